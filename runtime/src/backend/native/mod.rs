//! The backend for the CPU: a static plan over kernels of our own.
//!
//! The IR becomes a network of stages (`network`) that each do the work of one or several layers; a plan (`plan`) gives
//! every buffer of a pass its place before the first step; a pass (`pass`) runs the stages and their ways back.
//! Kernels run in rayon's current pool, and no result depends on the number of its threads.

mod activation;
mod add;
mod arena;
mod average;
mod batch_norm;
mod divergence;
mod dropout;
mod example_norm;
mod flatten;
mod geometry;
mod gradients;
mod lower;
mod memory;
mod network;
mod noise;
mod non_finite;
mod occupied;
mod optimizer;
mod packing;
mod parameters;
mod pass;
mod plan;
mod pooling;
mod predict;
mod step;
mod tensor;
#[cfg(test)]
mod tests;
mod text;
mod tiling;
mod weighted;

use super::likelihood::Observation;
use super::{
    Backend, BackendError, Batch, DrawContext, DrawsContext, OptimizerState, Parameters, StepContext, StepOutcome,
};
use crate::random::Key;
use arena::Arena;
use elbo_compiler::analysis::{ExampleCounts, optimizer_state};
use elbo_compiler::ir::{self, Clip, Objective};
use elbo_kernels::Kernels;
pub use elbo_kernels::{NAMES as KERNEL_TABLES, VARIABLE as KERNELS_VARIABLE};
use gradients::Gradients;
use network::Network;
use optimizer::Optimizer;
use plan::{Mode, Plan};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// A network in the memory of the CPU.
#[derive(Debug)]
pub struct NativeBackend {
    network: Network,
    observation: Observation,
    l2: f64,
    clip: Option<Clip>,
    optimizer: Optimizer,
    gradients: Gradients,
    key: Key,
    kernels: Kernels,
    /// The divergence of the present parameters that has a closed form.
    divergence: f64,
    training: Option<Plan>,
    prediction: Mutex<Option<Plan>>,
    arena: Mutex<Arena>,
    /// Whether the arena is fitted to the training's plan.
    fitted: AtomicBool,
}

/// Does `work` on one of the pool's threads. A pass is hundreds of short parallel loops; begun from outside the pool each
/// would wait for a thread to be woken.
fn inside_the_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}

/// The backend's name in records and messages.
const NAME: &str = "native";

/// A contradiction in the IR, with the layer it happened in.
fn internal(layer: &str, message: String) -> BackendError {
    BackendError::Internal { backend: NAME, layer: layer.to_owned(), message }
}

/// An error of whoever called.
fn misuse(message: String) -> BackendError {
    internal("the objective", message)
}

/// The table of kernels in force.
fn kernels() -> Result<Kernels, BackendError> {
    Kernels::chosen().map_err(|error| BackendError::NoBackend { backend: NAME.to_owned(), reason: error.to_string() })
}

/// Bytes that the native backend will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedMemory {
    /// Parameters.
    pub parameters: u64,
    /// What the optimizer remembers.
    pub optimizer: u64,
    /// Buffers of passes, and gradients.
    pub passes: u64,
}

/// What a run takes in steps of `batch` examples and predictions of `scored`. Nothing of that size is allocated.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself.
pub fn planned_memory(run: &ir::Run, batch: usize, scored: usize) -> Result<PlannedMemory, BackendError> {
    let network = lower::outline(run)?;
    let training = Plan::new(&network, batch.max(1), Mode::Training);
    let [examples, samples] = predict::rows_of_pass(&network, scored.max(1), run.report.samples);
    let prediction = Plan::new(&network, examples, Mode::Prediction { samples });
    let bytes = |numbers: usize| (numbers * size_of::<f32>()) as u64;
    let (mut parameters, mut trained) = (0, 0);
    for tensor in &network.tensors {
        let length = tensor.packing.length();
        let parts = tensor.parts().len();
        parameters += bytes(length * if parts == 2 { 3 } else { 1 });
        trained += if tensor.is_trained() { bytes(length * parts) } else { 0 };
    }
    let moments = optimizer_state(Some(&run.training.optimizer)) as u64;
    let passes = training.bytes_in_all().max(prediction.bytes_in_all()) as u64 + trained;
    Ok(PlannedMemory { parameters, optimizer: trained * moments, passes })
}

/// The plans of a run as text: of a training step and of its predictions.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself, [`BackendError::NoBackend`] if the table of kernels that
/// was asked for is not there.
pub fn plan_text(run: &ir::Run) -> Result<String, BackendError> {
    let network = lower::outline(run)?;
    // No step has more examples than there are.
    let examples = ExampleCounts::published(&run.data).map_or(usize::MAX, |counts| counts.training);
    let training = Plan::new(&network, run.training.batch.min(examples).max(1), Mode::Training);
    let scored = usize::try_from(crate::train::PREDICTION_BATCH).unwrap_or(usize::MAX);
    let [examples, samples] = predict::rows_of_pass(&network, scored, run.report.samples);
    let prediction = Plan::new(&network, examples, Mode::Prediction { samples });
    let kernels = kernels()?.name();
    let (training, prediction) = (text::text(&network, &training), text::text(&network, &prediction));
    Ok(format!("kernels: {kernels}\n\n{training}\n{prediction}"))
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
        for tensor in run.network.layers.iter().flat_map(super::starting_tensors) {
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
    fn with(run: &ir::Run, kernels: Kernels) -> Result<Self, BackendError> {
        let key = Key::new(run.training.seed);
        let mut network = lower::network(run, key)?;
        let l2 = match run.training.objective {
            Objective::MaximumLikelihood => 0.0,
            Objective::Map { l2 } | Objective::Elbo { l2, .. } => l2,
        };
        let divergence = optimizer::refresh(kernels, &mut network);
        Ok(Self {
            optimizer: Optimizer::new(&run.training.optimizer, &network),
            gradients: Gradients::new(&network),
            observation: Observation::of(run).map_err(misuse)?,
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
    fn check_output(&self) -> Result<(), BackendError> {
        let output = self.network.values[self.network.stages.len()];
        if output.positions() != 1 {
            return Err(misuse("classes need a vector of scores, not an image".to_owned()));
        }
        Ok(())
    }

    /// Refuses a batch that does not fit.
    fn check(&self, batch: &Batch) -> Result<(), BackendError> {
        let input = self.network.input;
        if batch.shape != input {
            return Err(misuse(format!("the network takes {input}, the batch holds {}", batch.shape)));
        }
        if batch.is_empty() {
            return Err(misuse("the batch is empty".to_owned()));
        }
        if batch.shape.elements().checked_mul(batch.len()) != Some(batch.images.len()) {
            let (numbers, examples) = (batch.images.len(), batch.len());
            return Err(misuse(format!(
                "the batch holds {numbers} numbers for {examples} examples of {}",
                batch.shape
            )));
        }
        Ok(())
    }
}

impl Backend for NativeBackend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn train_step(&mut self, batch: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        inside_the_pool(|| step::step(self, batch, context))
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        let DrawContext { sample, first_example, pass } = *draw;
        self.predict_draws(batch, &DrawsContext { first_sample: sample, samples: 1, first_example, pass })
    }

    fn predict_draws(&self, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
        inside_the_pool(|| predict::predict(self, batch, draws))
    }

    fn kl(&self) -> Result<f64, BackendError> {
        Ok(divergence::expected(&self.network))
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        Ok(parameters::publish(&self.network))
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        parameters::set(&mut self.network, parameters)?;
        self.divergence = optimizer::refresh(self.kernels, &mut self.network);
        Ok(())
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        Ok(self.optimizer.state(&self.network))
    }

    fn set_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), BackendError> {
        self.optimizer.set_state(&self.network, state)
    }

    fn is_stochastic(&self) -> bool {
        self.network.is_stochastic()
    }
}
