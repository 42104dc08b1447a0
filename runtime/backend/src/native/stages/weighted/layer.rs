//! A linear map or a convolution: what is known of it before anything runs.

use crate::native::geometry::{Geometry, Input, Layout};
use crate::native::packing::{Packing, Panels};
use crate::native::pass::Pass;
use crate::native::tensor::TensorId;
use crate::native::tiling::Tiling;
use elbo_compiler::ir::Estimator;
use elbo_kernels::Function;

/// Rows of a task at most.
pub(super) const ROWS: usize = 64;
/// Columns of a task at most.
pub(super) const COLUMNS: usize = 64;

/// A linear map or a convolution with what follows it.
#[derive(Debug)]
pub(in crate::native::stages) struct Weighted {
    /// Which places make which.
    pub(super) geometry: Geometry,
    /// Its weights.
    pub(super) weight: TensorId,
    /// Its bias.
    pub(super) bias: Option<TensorId>,
    /// How Gaussian weights are sampled in training and at prediction; `None` for weights of one value.
    pub(super) estimators: Option<[Estimator; 2]>,
    /// Applied to the result.
    pub(super) function: Function,
    /// Rows and columns before the pool, if one is joined.
    pub(super) before_pool: [usize; 2],
    /// Whether its input is kept as images with channels last.
    pub(super) reads_images: bool,
    /// Tiles in which it, and the gradient of its input, can be computed with fewer products.
    pub(super) tilings: [Option<Tiling>; 2],
}

impl Weighted {
    /// How it samples in training or at prediction, if its weights are Gaussian.
    pub(super) fn estimator(&self, trains: bool) -> Option<Estimator> {
        self.estimators.map(|[training, prediction]| if trains { training } else { prediction })
    }
}

/// The panels of a layer's weights.
pub(super) fn panels<'p>(pass: &Pass<'p>, weighted: &Weighted) -> &'p Panels {
    match &pass.network.tensors[weighted.weight].packing {
        Packing::Weights(panels) => panels,
        Packing::Vector { .. } | Packing::Positions { .. } => unreachable!("weights are packed as panels"),
    }
}

/// How a stage's input lies, and how far apart its rows are.
pub(super) fn input_layout(pass: &Pass<'_>, weighted: &Weighted, input: usize) -> (Input, usize) {
    let value = pass.network.values[input];
    if weighted.reads_images {
        let line = weighted.geometry.padded_input()[1] * value.channels;
        (Input::Images { channels: value.channels, line }, pass.network.numbers(input))
    } else {
        let layout = Layout { capacity: pass.plan.rows(input), width: value.width() };
        (Input::Places(layout), value.width())
    }
}
