//! A network in memory: its parameters, its plans, and what a step keeps.

use super::arena::Arena;
use super::error::{NAME, misuse};
use super::gradients::Gradients;
use super::network::Network;
use super::optimizer::{self, Optimizer};
use super::plan::{Mode, Plan};
use super::stage::Stages;
use super::{lower, planning};
use crate::outputs::{Observation, observation};
use crate::{Backend, BackendError, Batch, Parameters};
use elbo_compiler::ir::{self, Clip, Objective};
use elbo_kernels::Kernels;
use elbo_random::Key;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A network in the memory of the CPU.
#[derive(Debug)]
pub struct NativeBackend {
    pub(super) network: Network,
    pub(super) stages: Stages,
    pub(super) observation: Arc<dyn Observation>,
    pub(super) l2: f64,
    pub(super) clip: Option<Clip>,
    pub(super) optimizer: Optimizer,
    pub(super) gradients: Gradients,
    pub(super) key: Key,
    pub(super) kernels: Kernels,
    /// The divergence of the present parameters that has a closed form.
    pub(super) divergence: f64,
    pub(super) training: Option<Plan>,
    pub(super) prediction: Mutex<Option<Plan>>,
    pub(super) arena: Mutex<Arena>,
    /// Whether the arena is fitted to the training's plan.
    pub(super) fitted: AtomicBool,
}

/// The table of kernels in force.
pub(super) fn kernels() -> Result<Kernels, BackendError> {
    Kernels::chosen().map_err(|error| BackendError::NoBackend { backend: NAME.to_owned(), reason: error.to_string() })
}

impl NativeBackend {
    /// The network of a run with its starting values, none of which comes from a file.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if the IR contradicts itself, [`BackendError::Parameters`] if a layer starts from a
    /// file, [`BackendError::NoBackend`] if the table of kernels that was asked for is not there.
    pub fn new(run: &ir::Run) -> Result<Self, BackendError> {
        Self::starting_from(run, &Parameters::new())
    }

    /// The same, where `given` holds the parameters, under the network's names for them, of the layers that start from
    /// files. It may hold others, too.
    ///
    /// # Errors
    /// As [`NativeBackend::new`]; [`BackendError::Parameters`] if one is missing, unknown, or has another shape.
    pub fn starting_from(run: &ir::Run, given: &Parameters) -> Result<Self, BackendError> {
        for tensor in run.network.layers.iter().flat_map(crate::starting_tensors) {
            let name = tensor.name;
            if !given.contains_key(&name) {
                return Err(BackendError::Parameters(format!("`{name}` starts from a file, but has not been read")));
            }
        }
        let mut backend = Self::with(run, kernels()?)?;
        if !given.is_empty() {
            let mut parameters = backend.parameters()?;
            parameters.extend(given.iter().map(|(name, tensor)| (name.clone(), tensor.clone())));
            backend.set_parameters(&parameters)?;
        }
        Ok(backend)
    }

    /// The same with another table of kernels, for tests.
    pub(super) fn with(run: &ir::Run, kernels: Kernels) -> Result<Self, BackendError> {
        let key = Key::new(run.training.seed);
        let (mut network, stages) = lower::network(run, key)?;
        let l2 = match run.training.objective {
            Objective::MaximumLikelihood => 0.0,
            Objective::Map { l2 } | Objective::Elbo { l2, .. } => l2,
        };
        let divergence = optimizer::refresh(kernels, &mut network);
        Ok(Self {
            optimizer: Optimizer::new(&run.training.optimizer, &network),
            gradients: Gradients::new(&network),
            observation: observation(run).map_err(misuse)?,
            l2,
            clip: run.training.clip,
            key,
            kernels,
            divergence,
            training: None,
            prediction: Mutex::new(None),
            arena: Mutex::new(Arena::new()),
            fitted: AtomicBool::new(false),
            network,
            stages,
        })
    }

    /// The name of the table of kernels in force: `avx512`, `avx2`, `neon` or `portable`.
    ///
    /// # Errors
    /// [`BackendError::NoBackend`] if `ELBO_KERNELS` asks for what this processor has not.
    pub fn kernel_table() -> Result<&'static str, BackendError> {
        Ok(kernels()?.name())
    }

    /// Refuses a network whose output is no vector.
    pub(super) fn check_output(&self) -> Result<(), BackendError> {
        let output = self.network.values[self.network.output()];
        if output.positions() != 1 {
            return Err(misuse("classes need a vector of scores, not an image".to_owned()));
        }
        Ok(())
    }

    /// Refuses a batch that does not fit.
    pub(super) fn check(&self, batch: &Batch) -> Result<(), BackendError> {
        let input = self.network.input;
        if batch.shape != input {
            return Err(misuse(format!("the network takes {input}, the batch holds {}", batch.shape)));
        }
        if batch.is_empty() {
            return Err(misuse("the batch is empty".to_owned()));
        }
        if batch.shape.elements().checked_mul(batch.len()) != Some(batch.inputs.len()) {
            let (numbers, examples) = (batch.inputs.len(), batch.len());
            return Err(misuse(format!(
                "the batch holds {numbers} numbers for {examples} examples of {}",
                batch.shape
            )));
        }
        Ok(())
    }

    /// Makes sure that the plan of training has room for so many examples, and that memory is its own.
    pub(super) fn plan_training(&mut self, examples: usize) {
        let known = self.training.as_ref().is_some_and(|plan| plan.capacity >= examples);
        if !known {
            self.training = Some(planning::plan(&self.network, &self.stages, examples, Mode::Training));
        }
        let plan = self.training.as_ref().expect("it has just been made");
        let arena = self.arena.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !self.fitted.swap(true, Ordering::Relaxed) || !known {
            arena.fit(plan);
        }
    }
}
