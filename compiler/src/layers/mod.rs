//! Kinds of layers, a file each: the arguments, the shape that comes out, the tensors, the work, and how the layer is
//! written as text and as LaTeX.
//!
//! A new kind is its file here, and in this one its module and its row of the table below, of which everything else is
//! made. The rest of the compiler asks [`kind::LayerKind`]; what remains is the execution in each backend.

pub(crate) mod activation;
mod adaptive_avgpool;
mod add;
mod avgpool;
mod batchnorm;
mod concat;
pub(crate) mod container;
mod conv1d;
mod conv2d;
mod conv_transpose2d;
mod convolution;
mod dropout;
pub(crate) mod equation;
mod flatten;
mod groupnorm;
pub(crate) mod kind;
mod layernorm;
mod linear;
mod maxpool;
mod normalization;
mod pool;
mod tensors;
mod upsample;
mod window;

pub use tensors::{Statistic, StatisticTensor, TensorKind, WeightTensor};

use crate::ir::Shape;
use crate::signature::{ReadArguments, Signature};
use container::Container;
use kind::{Declared, LayerKind, Learns, ShapeProblem};
use serde::{Deserialize, Serialize};

/// What the structs of kinds are made of.
pub mod parts {
    pub use super::activation::Activation;
    pub use super::upsample::Interpolation;
    pub use super::window::Window;
}

/// All that is made of the table of kinds, whose rows say `Variant(Struct) in module`. A kind without parameters is a unit
/// variant, `Variant: Struct in module`.
macro_rules! kinds {
    ($($(#[$documentation:meta])* $variant:ident $(($held:ident))? $(: $unit:ident)? in $module:ident;)*) => {
        /// The structs of all kinds that have parameters.
        pub mod kinds {
            $($(pub use super::$module::$held;)?)*
        }

        /// What a layer computes from the output of the layer before it. Each variant holds the struct of its kind; a
        /// kind without parameters is a unit variant, which is written as its name alone.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        pub enum Operation {
            $($(#[$documentation])* $variant $(($module::$held))?,)*
        }

        impl Operation {
            /// The names of all variants.
            pub const KINDS: &[&str] = &[$(stringify!($variant)),*];

            /// The name of its variant.
            pub fn variant(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                }
            }

            /// What its kind says of it.
            pub(crate) fn kind(&self) -> &dyn LayerKind {
                match self {
                    $(Self::$variant $((kind @ $module::$held { .. }))? => {
                        $(let kind: &$module::$held = kind; kind)?
                        $(&$module::$unit)?
                    })*
                }
            }

            /// The operation as it works on `input`.
            pub(crate) fn settled(mut self, input: Shape) -> Result<Self, ShapeProblem> {
                match &mut self {
                    $(Self::$variant $((kind @ $module::$held { .. }))? => {
                        $(<$module::$held>::settle(kind, input))?
                        $($module::$unit.settle(input))?
                    })*
                }?;
                Ok(self)
            }

            /// The layer that specs write so, with these arguments; `None` where an error has been reported.
            pub(crate) fn read(name: &str, arguments: &dyn ReadArguments) -> Option<Self> {
                $(if let Some(form) = $module::FORMS.iter().find(|form| form.signature.name == name) {
                    let read = (form.read)(arguments);
                    return read.map(
                        $(|kind: $module::$held| Self::$variant(kind))?
                        $(|$module::$unit| Self::$variant)?
                    );
                })*
                None
            }
        }

        /// The layer of this name, and what it learns.
        pub(crate) fn find(name: &str) -> Option<(&'static Signature, Learns)> {
            $(if let Some(form) = $module::FORMS.iter().find(|form| form.signature.name == name) {
                return Some((&form.signature, form.learns));
            })*
            None
        }

        /// The signatures of all layers.
        pub(crate) const SIGNATURES: &[Signature] = &{
            let mut signatures = [Signature::constant("", ""); 0 $(+ $module::FORMS.len())*];
            let mut end = 0;
            $(end = placed(&mut signatures, end, $module::FORMS);)*
            assert!(end == signatures.len());
            signatures
        };
    };
}

// In the order of the reference.
kinds! {
    /// A convolution along a sequence.
    Conv1d(Conv1d) in conv1d;
    /// A convolution of images.
    Conv2d(Conv2d) in conv2d;
    /// The way back of a convolution of images.
    ConvTranspose2d(ConvTranspose2d) in conv_transpose2d;
    /// A linear map.
    Linear(Linear) in linear;
    /// Maxima over windows.
    MaxPool(MaxPool) in maxpool;
    /// Means over windows.
    AvgPool(AvgPool) in avgpool;
    /// Means over as many windows as the output has places.
    AdaptiveAvgPool(AdaptiveAvgPool) in adaptive_avgpool;
    /// More rows and columns, made of those there are.
    Upsample(Upsample) in upsample;
    /// An element-wise function.
    Activation(Elementwise) in activation;
    /// Image or sequence to vector, in channel, row, column order.
    Flatten: Flatten in flatten;
    /// Normalisation over the batch.
    BatchNorm(BatchNorm) in batchnorm;
    /// Normalisation of each example over groups of channels.
    GroupNorm(GroupNorm) in groupnorm;
    /// Normalisation of each example over all its numbers.
    LayerNorm(LayerNorm) in layernorm;
    /// The sum with an earlier output.
    Add(Add) in add;
    /// The channels of earlier outputs and its input, one after the other.
    Concat(Concat) in concat;
    /// A random mask.
    Dropout(Dropout) in dropout;
}

/// A word before branches, as the operation that joins them.
macro_rules! container {
    ($variant:ident in $module:ident) => {
        Container {
            signature: $module::CONTAINER.signature,
            join: |others| Operation::$variant(($module::CONTAINER.join)(others)),
            shape: $module::CONTAINER.shape,
            rule: $module::CONTAINER.rule,
        }
    };
}

/// Every word before branches, the reserved `residual` first.
const CONTAINERS: &[Container<Operation>] = &[container!(Add in add), container!(Concat in concat)];

/// The signatures of those that are not reserved.
pub(crate) const CONTAINER_SIGNATURES: &[Signature] = &{
    let mut signatures = [Signature::constant("", ""); CONTAINERS.len() - 1];
    let mut index = 0;
    while index < signatures.len() {
        signatures[index] = CONTAINERS[index + 1].signature;
        index += 1;
    }
    signatures
};

/// What this word before branches means.
pub(crate) fn container(name: &str) -> Option<&'static Container<Operation>> {
    CONTAINERS.iter().find(|container| container.signature.name == name)
}

/// The signatures of all activations.
pub(crate) const ACTIVATION_SIGNATURES: &[Signature] = &{
    let mut signatures = [Signature::constant("", ""); activation::FORMS.len()];
    placed(&mut signatures, 0, activation::FORMS);
    signatures
};

/// Puts the signatures of these layers at `start`; gives where they end.
const fn placed<K>(signatures: &mut [Signature], start: usize, forms: &[Declared<K>]) -> usize {
    let mut index = 0;
    while index < forms.len() {
        signatures[start + index] = forms[index].signature;
        index += 1;
    }
    start + index
}

impl Operation {
    /// The layers whose outputs it reads beside its input, by name; [`crate::ir::INPUT`] is the network's own.
    pub fn others(&self) -> &[String] {
        self.kind().others()
    }

    /// The shape it gives for `input`, if it can take that.
    pub fn output(&self, input: Shape) -> Option<Shape> {
        self.kind().output(input).ok()
    }

    /// The running statistics it keeps where it receives `input`.
    pub fn statistics(&self, input: Shape) -> Vec<StatisticTensor> {
        self.kind().statistics(input)
    }
}
