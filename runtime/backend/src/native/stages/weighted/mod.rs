//! Linear maps and convolutions: products, noise, activation and pool in one pass; and the way back.

mod back;
mod buffers;
mod drawn;
mod forward;
mod forward_tiles;
mod input_gradient;
mod layer;
pub(super) mod lower;
mod text;
mod tile_gradient;
mod tiles;
mod weight_gradient;
mod work;
mod workspace;

pub(super) use lower::{conv1d, conv2d, linear, lower, reads_places};

use crate::Work;
use crate::native::arena::Arena;
use crate::native::gradients::Gradients;
use crate::native::network::Network;
use crate::native::pass::Pass;
use crate::native::plan::{Plan, Planner, StageBuffers};
use crate::native::stage::{Draws, Load, Stage};
use crate::native::tensor::TensorId;
use elbo_compiler::ir::Estimator;
use layer::Weighted;

impl Stage for Weighted {
    fn tensors(&self) -> Vec<TensorId> {
        std::iter::once(self.weight).chain(self.bias).collect()
    }

    fn draws(&self, trains: bool) -> Draws {
        match self.estimator(trains) {
            None => Draws::Nothing,
            Some(Estimator::LocalReparameterization) => Draws::Rows,
            Some(Estimator::Reparameterization | Estimator::Flipout) => Draws::Weights,
        }
    }

    fn plan(&self, network: &Network, planner: &mut Planner<'_>) -> StageBuffers {
        StageBuffers::new(buffers::plan(self, network, planner))
    }

    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        forward::forward(pass, arena, number, self, false);
    }

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, gradients: &mut Gradients, add: &[bool]) {
        back::backward(pass, arena, number, self, gradients, add[0]);
    }

    fn description(&self, network: &Network, plan: &Plan, number: usize) -> String {
        text::description(self, network, plan, number)
    }

    fn work(&self, network: &Network, number: usize, load: &Load) -> Work {
        work::work(self, network, number, load)
    }

    /// Variances are products with squares.
    fn reads_squares(&self, trains: bool) -> bool {
        self.estimator(trains) == Some(Estimator::LocalReparameterization)
    }

    fn writes_squares(&self) -> bool {
        true
    }

    /// The means and variances of what is sampled.
    fn has_shared_part(&self) -> bool {
        self.estimator(false) == Some(Estimator::LocalReparameterization)
    }

    fn forward_shared(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        forward::forward(pass, arena, number, self, true);
    }

    fn drawn_divergence(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) -> f64 {
        drawn::divergence(pass, arena, number, self)
    }
}
