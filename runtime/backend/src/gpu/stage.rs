//! What a kind of stage offers: this is all that plans and passes know of it.

use super::network::Network;
use super::pass::Pass;
use super::plan::{Planner, StageBuffers};
use super::tensor::TensorId;
use elbo_gpu::{GpuError, Recording};
use std::fmt::Debug;

/// What a stage draws in a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draws {
    /// Nothing: two passes over the same input give the same.
    Nothing,
    /// Numbers of their own for each row. Where its input is shared by all samples, the stage spreads it over the rows
    /// of each.
    Rows,
    /// Weights, once for a pass.
    Weights,
}

/// The work of one or several layers, as one step of a pass. `number` is the place of the stage: it writes value
/// `number + 1`, and what it reads stands in `network.sites[number]`. Its methods record kernels, which run later,
/// again and again.
pub(super) trait Stage: Debug + Send + Sync {
    /// Its parameters and running statistics.
    fn tensors(&self) -> Vec<TensorId> {
        Vec::new()
    }

    /// What it draws in training or at prediction.
    fn draws(&self, _trains: bool) -> Draws {
        Draws::Nothing
    }

    /// The buffers it needs beside its values; [`super::plan::Plan::buffers`] gives them back.
    fn plan(&self, _network: &Network, _planner: &mut Planner<'_>) -> StageBuffers {
        StageBuffers::none()
    }

    /// Computes its value.
    ///
    /// # Errors
    /// What recording its kernels gives.
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError>;

    /// From the gradient of its value to that of each value it reads, where the plan has one, and of its parameters.
    /// `add` says of each value it reads, in order, whether its gradient is added to what is there.
    ///
    /// # Errors
    /// What recording its kernels gives.
    fn backward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize, add: &[bool])
    -> Result<(), GpuError>;

    /// Whether a first part of a prediction is the same for all samples, which [`Stage::forward_shared`] computes once.
    fn has_shared_part(&self) -> bool {
        false
    }

    /// Computes what all samples share.
    ///
    /// # Errors
    /// What recording its kernels gives.
    fn forward_shared(&self, _pass: &Pass<'_>, _recording: &mut Recording, _number: usize) -> Result<(), GpuError> {
        Ok(())
    }
}

/// The stages of a network, in order of execution.
#[derive(Debug)]
pub(super) struct Stages(Vec<Box<dyn Stage>>);

impl Stages {
    /// These.
    pub(super) fn new(stages: Vec<Box<dyn Stage>>) -> Self {
        Self(stages)
    }

    /// One after the other.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &dyn Stage> + ExactSizeIterator {
        self.0.iter().map(|stage| &**stage)
    }

    /// Whether two draws of a prediction can differ.
    pub(super) fn is_stochastic(&self) -> bool {
        self.iter().any(|stage| stage.draws(false) != Draws::Nothing)
    }
}
