//! Kinds of layers, a file each: the arguments, the shape that comes out, the tensors, the work, and how the layer is
//! written as text and as LaTeX.
//!
//! A new kind is its file here, and in this one its module, a variant of [`Operation`], a line of `each_kind` and a row
//! of [`LAYERS`]. The rest of the compiler asks [`kind::LayerKind`]; what remains is the execution in each backend.

pub(crate) mod activation;
mod adaptive_avgpool;
mod add;
mod avgpool;
mod batchnorm;
mod conv1d;
mod conv2d;
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
mod window;

pub use activation::{Activation, Elementwise};
pub use adaptive_avgpool::AdaptiveAvgPool;
pub use add::Add;
pub use avgpool::AvgPool;
pub use batchnorm::BatchNorm;
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use dropout::Dropout;
pub use groupnorm::GroupNorm;
pub use layernorm::LayerNorm;
pub use linear::Linear;
pub use maxpool::MaxPool;
pub use tensors::{TensorKind, WeightTensor};
pub use window::Window;

use crate::ir::Shape;
use crate::signature::Signature;
use flatten::Flatten;
use kind::{Declared, LayerKind, Learns, ShapeProblem};
use serde::{Deserialize, Serialize};

/// What a layer computes from the output of the layer before it. Each variant holds the struct of its kind; a kind
/// without parameters is a unit variant, which is written as its name alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// A convolution along a sequence.
    Conv1d(Conv1d),
    /// A convolution of images.
    Conv2d(Conv2d),
    /// A linear map.
    Linear(Linear),
    /// Maxima over windows.
    MaxPool(MaxPool),
    /// Means over windows.
    AvgPool(AvgPool),
    /// Means over as many windows as the output has places.
    AdaptiveAvgPool(AdaptiveAvgPool),
    /// An element-wise function.
    Activation(Elementwise),
    /// Image or sequence to vector, in channel, row, column order.
    Flatten,
    /// Normalisation over the batch.
    BatchNorm(BatchNorm),
    /// Normalisation of each example over groups of channels.
    GroupNorm(GroupNorm),
    /// Normalisation of each example over all its numbers.
    LayerNorm(LayerNorm),
    /// The sum with an earlier output.
    Add(Add),
    /// A random mask.
    Dropout(Dropout),
}

/// The kind that an operation holds, in an expression for any of them.
macro_rules! each_kind {
    ($operation:expr, $flatten:expr, $kind:ident => $value:expr) => {
        match $operation {
            Operation::Conv1d($kind) => $value,
            Operation::Conv2d($kind) => $value,
            Operation::Linear($kind) => $value,
            Operation::MaxPool($kind) => $value,
            Operation::AvgPool($kind) => $value,
            Operation::AdaptiveAvgPool($kind) => $value,
            Operation::Activation($kind) => $value,
            Operation::Flatten => {
                let $kind = $flatten;
                $value
            }
            Operation::BatchNorm($kind) => $value,
            Operation::GroupNorm($kind) => $value,
            Operation::LayerNorm($kind) => $value,
            Operation::Add($kind) => $value,
            Operation::Dropout($kind) => $value,
        }
    };
}

impl Operation {
    /// What its kind says of it.
    pub(crate) fn kind(&self) -> &dyn LayerKind {
        each_kind!(self, &Flatten, kind => kind)
    }

    /// The layers whose outputs it reads beside its input, by name; [`crate::ir::INPUT`] is the network's own.
    pub fn others(&self) -> &[String] {
        self.kind().others()
    }

    /// The operation as it works on `input`.
    pub(crate) fn settled(mut self, input: Shape) -> Result<Self, ShapeProblem> {
        each_kind!(&mut self, &mut Flatten, kind => kind.settle(input))?;
        Ok(self)
    }
}

/// A kind as an operation.
macro_rules! operation {
    ($declared:expr, $variant:ident) => {
        Declared {
            signature: $declared.signature,
            read: |arguments| ($declared.read)(arguments).map(Operation::$variant),
            learns: $declared.learns,
        }
    };
}

/// An activation as an operation.
macro_rules! activation {
    ($index:literal) => {
        Declared {
            signature: activation::ACTIVATIONS[$index].signature,
            read: |arguments| {
                let function = (activation::ACTIVATIONS[$index].read)(arguments)?;
                Some(Operation::Activation(Elementwise { function }))
            },
            learns: Learns::Nothing,
        }
    };
}

/// Every layer that a spec can name, in the order of the reference.
pub(crate) const LAYERS: [Declared<Operation>; 19] = [
    operation!(conv1d::DECLARED, Conv1d),
    operation!(conv2d::DECLARED, Conv2d),
    operation!(linear::DECLARED, Linear),
    operation!(maxpool::DECLARED, MaxPool),
    operation!(avgpool::DECLARED, AvgPool),
    operation!(adaptive_avgpool::GLOBAL, AdaptiveAvgPool),
    operation!(adaptive_avgpool::DECLARED, AdaptiveAvgPool),
    activation!(0),
    activation!(1),
    activation!(2),
    activation!(3),
    activation!(4),
    activation!(5),
    activation!(6),
    activation!(7),
    Declared {
        signature: flatten::DECLARED.signature,
        read: |arguments| (flatten::DECLARED.read)(arguments).map(|_| Operation::Flatten),
        learns: Learns::Nothing,
    },
    operation!(batchnorm::DECLARED, BatchNorm),
    operation!(groupnorm::DECLARED, GroupNorm),
    operation!(layernorm::DECLARED, LayerNorm),
];

/// The signatures of all layers.
pub(crate) const SIGNATURES: &[Signature] = &signatures(&LAYERS);

/// The signatures of all activations.
pub(crate) const ACTIVATION_SIGNATURES: &[Signature] = &signatures(&activation::ACTIVATIONS);

const fn signatures<K, const N: usize>(declared: &[Declared<K>; N]) -> [Signature; N] {
    let mut signatures = [Signature::constant("", ""); N];
    let mut index = 0;
    while index < N {
        signatures[index] = declared[index].signature;
        index += 1;
    }
    signatures
}

/// The layer of this name.
pub(crate) fn find(name: &str) -> Option<&'static Declared<Operation>> {
    const ALL: &[Declared<Operation>] = &LAYERS;
    ALL.iter().find(|layer| layer.signature.name == name)
}
