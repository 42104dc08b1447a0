//! Linear maps and convolutions, by the ways their weights are sampled.

mod back;
mod forward;
mod layer;
mod lower;

pub(super) use lower::{Products, conv1d, conv2d, linear, lower, reads_places};

use crate::gpu::network::Network;
use crate::gpu::pass::Pass;
use crate::gpu::plan::{Planner, StageBuffers};
use crate::gpu::stage::{Draws, Stage};
use crate::gpu::tensor::TensorId;
use elbo_compiler::ir::Estimator;
use elbo_gpu::{GpuError, Recording};
use layer::Weighted;

impl Stage for Weighted {
    fn tensors(&self) -> Vec<TensorId> {
        Weighted::tensors(self).collect()
    }

    fn draws(&self, trains: bool) -> Draws {
        match self.estimator(trains) {
            None => Draws::Nothing,
            Some(Estimator::LocalReparameterization) => Draws::Rows,
            Some(Estimator::Reparameterization | Estimator::Flipout) => Draws::Weights,
        }
    }

    fn plan(&self, network: &Network, planner: &mut Planner<'_>) -> StageBuffers {
        StageBuffers::new(layer::plan(self, network, planner))
    }

    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        forward::forward(pass, recording, number, self, false)
    }

    fn backward(
        &self,
        pass: &Pass<'_>,
        recording: &mut Recording,
        number: usize,
        add: &[bool],
    ) -> Result<(), GpuError> {
        back::backward(pass, recording, number, self, add[0])
    }

    /// The means and deviations of what is sampled.
    fn has_shared_part(&self) -> bool {
        self.estimator(false) == Some(Estimator::LocalReparameterization)
    }

    fn forward_shared(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        forward::forward(pass, recording, number, self, true)
    }
}
