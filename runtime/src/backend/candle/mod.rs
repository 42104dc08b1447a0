//! The backend over candle tensors with candle's autograd; the reference, and the GPU path.
//!
//! # Threads
//! Its own loops and candle's matrix products run in rayon's current thread pool; a program sets its size
//! with `rayon::ThreadPoolBuilder::build_global`. The number of parts candle cuts a product into, and the
//! size of candle's own pool for element-wise operations, come from `RAYON_NUM_THREADS` (else the
//! physical cores) when the process starts. Results do not depend on any of these: a test compares bits.

mod activation;
mod affine;
mod averaging;
mod batchnorm;
mod build;
mod device;
mod dropout;
mod elementwise;
mod flipout;
mod gradient;
mod kernels;
mod kl;
mod likelihood;
mod mixture;
mod network;
mod noise;
mod non_finite;
mod normalization;
mod objective;
mod optimizer;
mod parameters;
mod pooling;
mod real;
mod sums;
#[cfg(test)]
pub(super) mod tests;
mod training;
mod unfold;
mod update;
mod variational;

pub use device::DeviceChoice;

use super::likelihood::Observation;
use super::{Backend, BackendError, Batch, DrawContext, OptimizerState, Parameters, StepContext, StepOutcome};
use crate::random::Key;
use build::Site;
use candle_core::{DType, Device, Tensor};
use elbo_compiler::ir::{self, Clip, Objective};
use kernels::Kernels;
use network::{Network, Pass};
use noise::{Draw, Randomness};
use optimizer::Optimizer;

/// A network as candle tensors on one device.
pub struct CandleBackend {
    network: Network,
    observation: Observation,
    l2: f64,
    clip: Option<Clip>,
    optimizer: Optimizer,
    key: Key,
    dtype: DType,
    device: Device,
}

/// Turns candle's error into ours, with the layer it happened in.
fn internal(layer: &str) -> impl Fn(candle_core::Error) -> BackendError {
    let layer = layer.to_owned();
    move |error| BackendError::Internal { backend: "candle", layer: layer.clone(), message: error.to_string() }
}

/// An error of whoever called.
fn misuse(message: String) -> BackendError {
    BackendError::Internal { backend: "candle", layer: "the objective".to_owned(), message }
}

impl CandleBackend {
    /// The network of a run with its starting values, none of which comes from a file.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if the IR contradicts itself or memory on the device runs out,
    /// [`BackendError::Parameters`] if a layer starts from a file.
    pub fn new(run: &ir::Run, device: Device) -> Result<Self, BackendError> {
        Self::starting_from(run, device, &Parameters::new())
    }

    /// The same, where `given` holds the parameters, under the network's names for them, of the layers that start
    /// from files. It may hold others, too.
    ///
    /// # Errors
    /// As [`CandleBackend::new`]; [`BackendError::Parameters`] if one is missing, unknown, or has another shape.
    pub fn starting_from(run: &ir::Run, device: Device, given: &Parameters) -> Result<Self, BackendError> {
        for tensor in run.network.layers.iter().flat_map(super::starting_tensors) {
            let name = tensor.name;
            if !given.contains_key(&name) {
                return Err(BackendError::Parameters(format!("`{name}` starts from a file, but has not been read")));
            }
        }
        let kernels = Kernels::for_device(&device);
        let mut backend = Self::with(run, device, DType::F32, kernels)?;
        if !given.is_empty() {
            let mut parameters = backend.parameters()?;
            parameters.extend(given.iter().map(|(name, tensor)| (name.clone(), tensor.clone())));
            backend.set_parameters(&parameters)?;
        }
        Ok(backend)
    }

    /// The same with another type and form of kernels, for tests.
    fn with(run: &ir::Run, device: Device, dtype: DType, kernels: Kernels) -> Result<Self, BackendError> {
        let key = Key::new(run.training.seed);
        let site = Site { key, dtype, device: &device, kernels, prediction: run.report.estimator };
        let network = build::network(&run.network, &site)?;
        let l2 = match run.training.objective {
            Objective::MaximumLikelihood => 0.0,
            Objective::Map { l2 } | Objective::Elbo { l2, .. } => l2,
        };
        let optimizer = Optimizer::new(&run.training.optimizer, &network.parameters(), kernels)?;
        let (observation, clip) = (Observation::of(run).map_err(misuse)?, run.training.clip);
        Ok(Self { network, observation, l2, clip, optimizer, key, dtype, device })
    }

    fn randomness(&self, draw: Draw) -> Randomness<'_> {
        Randomness { key: self.key, draw, dtype: self.dtype, device: &self.device }
    }

    /// A batch as a tensor `[examples, channels, height, width]`, `[examples, channels, length]` or `[examples,
    /// features]`.
    fn upload(&self, batch: &Batch) -> Result<Tensor, BackendError> {
        if batch.shape != self.network.input {
            return Err(misuse(format!("the network takes {}, the batch holds {}", self.network.input, batch.shape)));
        }
        if batch.is_empty() {
            return Err(misuse("the batch is empty".to_owned()));
        }
        let expected = batch.shape.elements().checked_mul(batch.len());
        if expected != Some(batch.images.len()) {
            let (numbers, examples) = (batch.images.len(), batch.len());
            return Err(misuse(format!(
                "the batch holds {numbers} numbers for {examples} examples of {}",
                batch.shape
            )));
        }
        let shape: Vec<usize> = std::iter::once(batch.len()).chain(batch.shape.sizes()).collect();
        let tensor = Tensor::from_slice(&batch.images, shape, &self.device);
        tensor.and_then(|tensor| tensor.to_dtype(self.dtype)).map_err(internal("the input"))
    }

    /// The last layer's outputs in canonical order.
    fn scores(&self, batch: &Batch, draw: Draw) -> Result<Tensor, BackendError> {
        let posteriors = self.network.posteriors(false)?;
        let pass = Pass {
            randomness: self.randomness(draw),
            posteriors: &posteriors,
            gradients: false,
            statistics: &Vec::new(),
        };
        let (output, _) = self.network.forward(&self.upload(batch)?, &pass, &mut |_, _| Ok(()))?;
        match output.rank() {
            4 => output.permute((0, 3, 1, 2)).and_then(|output| output.contiguous()).map_err(internal("the output")),
            _ => Ok(output),
        }
    }
}

impl Backend for CandleBackend {
    fn name(&self) -> &'static str {
        "candle"
    }

    fn train_step(&mut self, batch: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        training::step(self, batch, context)
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        let DrawContext { sample, first_example, pass } = *draw;
        let scores = self.scores(batch, Draw::Prediction { pass, sample, first_example })?;
        let values = scores.to_dtype(DType::F32).and_then(|scores| scores.flatten_all()?.to_vec1());
        values.map_err(internal("the output"))
    }

    fn kl(&self) -> Result<f64, BackendError> {
        let posteriors = self.network.posteriors(false)?;
        self.network.expected_divergence(&posteriors)
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        parameters::publish(&self.network.parameters())
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        parameters::replace(&self.network.parameters(), parameters, self.dtype, &self.device)
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        self.optimizer.state()
    }

    fn set_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), BackendError> {
        self.optimizer.set_state(state, self.dtype, &self.device)
    }

    fn is_stochastic(&self) -> bool {
        self.network.is_stochastic()
    }
}
