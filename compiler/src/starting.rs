//! How specs say where tensors start from, apart from what it comes to.

use crate::signature::{Parameter, Signature};

/// `weights("file.safetensors")`
pub(crate) const WEIGHTS: Signature = Signature::optional(
    "weights",
    "From a file of tensors, by the names of the layers.",
    &[
        Parameter::text("file", "A safetensors file, relative to the spec."),
        Parameter::text(
            "layer",
            "What the layer, or the block instance, is called in the file. In a `default` it stands before every name.",
        )
        .default_in_words("its own name"),
    ],
)
.required(1);

/// Every way to start a normalisation.
pub(crate) const NORMALIZATION_STARTS: &[Signature] =
    &[Signature::constant("ones", "Scales and variances 1, shifts and means 0."), WEIGHTS];
