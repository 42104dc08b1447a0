//! Why a layer cannot start from a file.

use super::names::{listing, quoted};
use crate::backend::StartingTensor;
use crate::store::{TensorFile, TensorFileError};
use elbo_compiler::ir::Layer;
use std::io;
use std::path::{Path, PathBuf};

/// A layer and the file that it starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The layer.
    pub layer: String,
    /// The file.
    pub path: PathBuf,
}

/// Why a layer cannot start from a file. `Display` names the place and the problem, [`StartError::help`] the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The operating system does not let the file be read.
    #[error("layer `{}` starts from `{}`, which cannot be read: {error}", place.layer, place.path.display())]
    Unreadable {
        /// The layer and the file.
        place: Place,
        /// Why.
        error: io::Error,
    },
    /// No safetensors file, or a damaged one.
    #[error(
        "layer `{}` starts from `{}`, which is no whole safetensors file: {problem}",
        place.layer, place.path.display()
    )]
    Form {
        /// The layer and the file.
        place: Place,
        /// What it is instead, or what of it does not fit.
        problem: String,
    },
    /// The file has none of the names that would do.
    #[error("`{}` has no tensor {wanted}, from which layer `{}` starts; it has {found}", place.path.display(), place.layer)]
    Missing {
        /// The layer and the file.
        place: Place,
        /// The names that would do.
        wanted: String,
        /// The names that are there.
        found: String,
        /// What to do.
        help: String,
    },
    /// A tensor that does not fit.
    #[error(
        "layer `{}` cannot start from the tensor {} of `{}`: {problem}",
        place.layer, quoted(tensor), place.path.display()
    )]
    Tensor {
        /// The layer and the file.
        place: Place,
        /// The tensor's name in the file.
        tensor: String,
        /// Why not.
        problem: String,
    },
}

impl StartError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "check that the file is there and that you may read it; its path is relative to the spec's folder"
                    .into()
            }
            Self::Form { .. } => {
                "name the `weights.safetensors` of a finished run, or a file that `safetensors.torch.save_file` wrote"
                    .into()
            }
            Self::Missing { help, .. } => help.clone(),
            Self::Tensor { .. } => {
                "let the layer have the sizes it had in the network the file comes from, and the file finite real \
                 numbers"
                    .into()
            }
        }
    }

    pub(super) fn opening(layer: &str, path: &Path, error: TensorFileError) -> Self {
        let place = Place { layer: layer.to_owned(), path: path.to_owned() };
        match error {
            TensorFileError::Read(error) => Self::Unreadable { place, error },
            TensorFileError::Form(problem) => Self::Form { place, problem },
        }
    }

    /// A file that has none of these names for what `layer` wants.
    pub(super) fn missing(
        place: Place,
        layer: &Layer,
        tensor: &StartingTensor<'_>,
        candidates: &[String],
        file: &TensorFile,
    ) -> Self {
        let names: Vec<&str> = file.names().collect();
        let (StartingTensor { start, part, shape, .. }, end) = (tensor, format!(".{}", tensor.part.name()));
        let own = format!("{}{end}", start.layer.as_deref().unwrap_or(&layer.name));
        let beside: Vec<&str> = (candidates.iter())
            .filter_map(|name| name.strip_suffix(part.name()))
            .filter(|layer| names.iter().any(|name| name.starts_with(layer)))
            .collect();
        // A layer of another name whose tensor would fit.
        let fitting: Vec<&str> =
            (names.iter().copied()).filter(|name| name.ends_with(&end) && file.shape(name) == Some(shape)).collect();
        let is_normalization = layer.mark.is_none();
        let help = match (fitting.as_slice(), beside.is_empty()) {
            (_, false) if *part == crate::backend::StartingPart::Bias && !is_normalization => {
                "the file has this layer without a bias; write `bias=false` for it".to_owned()
            }
            (_, false) => "the file has only a part of this layer; take one that was written whole".to_owned(),
            ([first, rest @ ..], true) => {
                let name = first.strip_suffix(&end).unwrap_or(first).escape_debug().to_string();
                let sure = if rest.is_empty() { "" } else { ", if that is the one that is meant" };
                // A `default` puts its `layer` before the name of every layer, so what is right there is wrong here.
                let before = fitting.iter().find_map(|found| {
                    let own = format!(".{}{end}", crate::backend::file_name(&layer.name));
                    Some(found.strip_suffix(&own)?.escape_debug().to_string())
                });
                match before {
                    Some(before) => format!(
                        "write `weights({0:?}, layer=\"{before}\")` in a `default`, which puts it before the name \
                         of every \
                         layer, or `weights({0:?}, layer=\"{before}.{1}\")` at this layer",
                        start.file,
                        crate::backend::file_name(&layer.name),
                    ),
                    None => format!("write `weights({:?}, layer=\"{name}\")`{sure}", start.file),
                }
            }
            ([], true) if is_normalization => {
                "write `init=ones()` for this layer if it is not to start from the file, or say what it is called \
                 there, \
                 `init=weights(…, layer=\"…\")`"
                    .to_owned()
            }
            ([], true) => "say what the layer is called in the file, `weights(…, layer=\"…\")`, or let it start \
            otherwise, \
                           by another `init=` or `mean=`"
                .to_owned(),
        };
        let mut wanted = quoted(&own);
        if part.is_weight() {
            wanted = format!("{wanted} or {}", quoted(&format!("{own}.mu")));
        }
        Self::Missing { place, wanted, found: listing(&names), help }
    }
}

/// Why a tensor of the shape `found` is not one of `wanted`, and whether it only has its axes in another order.
pub(super) fn shape_problem(found: &[usize], wanted: &[usize]) -> String {
    let plain = format!("it has the shape {found:?}, but the layer's is {wanted:?}");
    match order_of_axes(found, wanted) {
        Some(axes) => {
            let axes: Vec<String> = axes.iter().map(usize::to_string).collect();
            format!(
                "{plain}: its axes are in another order, as TensorFlow and Keras have them; \
                 `tensor.permute({}).contiguous()` puts them in PyTorch's",
                axes.join(", ")
            )
        }
        None => plain,
    }
}

/// The order of the axes of `found` that gives `wanted`, of those that other programs use.
fn order_of_axes(found: &[usize], wanted: &[usize]) -> Option<&'static [usize]> {
    let orders: &[&[usize]] = match found.len() {
        2 => &[&[1, 0]],
        // [kernel, in, out] of a convolution along a sequence.
        3 => &[&[2, 1, 0]],
        // [rows, columns, in, out]; [out, rows, columns, in].
        4 => &[&[3, 2, 0, 1], &[0, 3, 1, 2]],
        _ => &[],
    };
    let is_order = |axes: &&&[usize]| {
        wanted.len() == axes.len() && axes.iter().zip(wanted).all(|(axis, size)| found[*axis] == *size)
    };
    orders.iter().find(is_order).copied()
}
