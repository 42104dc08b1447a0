//! What stages record their kernels with: the network, its plan, where buffers and parameters lie, and which numbers
//! are drawn.

use super::memory::{BufferId, Memory};
use super::network::Network;
use super::plan::Plan;
use super::records::{At, Records};
use super::store::Store;
use super::tensor::TensorId;
use elbo_gpu::kernels::Value;
use elbo_gpu::{GpuError, Slice};
use elbo_random::{Key, Purpose, Stream};

/// What a pass is recorded with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'p> {
    /// The network.
    pub(super) network: &'p Network,
    /// The plan.
    pub(super) plan: &'p Plan,
    /// Where its buffers lie.
    pub(super) slices: &'p [Option<Slice>],
    /// Parameters and their gradients.
    pub(super) store: &'p Store,
    /// The run's key.
    pub(super) key: Key,
    /// The number of the sample after the first of a run; of several in the rows, of the first of them.
    pub(super) sample: usize,
    /// Whether gradients of parameters are added to those of an earlier sample.
    pub(super) adds: bool,
    /// The share of the sample in the objective.
    pub(super) share: f64,
    /// Where records go, in training.
    pub(super) records: Option<&'p Records>,
}

impl<'p> Pass<'p> {
    /// Where a buffer lies.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if the plan says that nothing needs it.
    pub(super) fn buffer(&self, buffer: BufferId) -> Result<&'p Slice, GpuError> {
        let slice = self.slices.get(Memory::number(buffer)).and_then(Option::as_ref);
        slice.ok_or_else(|| GpuError::Misuse { message: "a buffer is used that nothing was said to need".to_owned() })
    }

    /// Where a value lies.
    ///
    /// # Errors
    /// As [`Pass::buffer`].
    pub(super) fn value(&self, value: usize) -> Result<&'p Slice, GpuError> {
        self.buffer(self.plan.values[value])
    }

    /// Where the gradient of a value lies, if it is needed.
    ///
    /// # Errors
    /// As [`Pass::buffer`].
    pub(super) fn gradient(&self, value: usize) -> Result<Option<&'p Slice>, GpuError> {
        self.plan.gradients[value].map(|buffer| self.buffer(buffer)).transpose()
    }

    /// Where the gradient of a stage's own value lies.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if it is not needed: the stage's way back is not to be recorded then.
    pub(super) fn own_gradient(&self, number: usize) -> Result<&'p Slice, GpuError> {
        let missing = || GpuError::Misuse { message: "the way back of a stage that has none".to_owned() };
        self.gradient(number + 1)?.ok_or_else(missing)
    }

    /// Where the records of the divergence of a tensor on its draws go.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if there are none.
    pub(super) fn records_of(&self, tensor: TensorId) -> Result<At, GpuError> {
        let missing = || GpuError::Misuse { message: "a divergence that nobody keeps".to_owned() };
        self.records.and_then(|records| records.of_drawn(tensor)).ok_or_else(missing)
    }

    /// The value that a stage receives first.
    pub(super) fn input(&self, number: usize) -> usize {
        self.network.sites[number].input
    }

    /// The shape of a value.
    pub(super) fn shape(&self, value: usize) -> Value {
        self.network.values[value]
    }

    /// Rows of a value.
    pub(super) fn rows(&self, value: usize) -> usize {
        self.plan.rows(value)
    }

    /// The random numbers of a layer or parameter, by what they are for in training and at prediction.
    pub(super) fn stream(&self, training: Purpose, prediction: Purpose, name: &str) -> Stream {
        self.key.stream(if self.plan.trains() { training } else { prediction }, name)
    }

    /// Standard normal numbers of a layer or parameter.
    pub(super) fn noise(&self, name: &str) -> Stream {
        self.stream(Purpose::TrainingNoise, Purpose::PredictionNoise, name)
    }
}
