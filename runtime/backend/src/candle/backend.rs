//! A network in the memory of a device.

use super::build;
use super::error::{internal, misuse};
use super::kernels::Kernels;
use super::network::{Network, Pass};
use super::noise::{Draw, Randomness};
use super::optimizer::Optimizer;
use super::site::Site;
use crate::outputs::{Observation, observation};
use crate::{Backend, BackendError, Batch, Parameters};
use candle_core::{DType, Device, Tensor};
use elbo_compiler::ir::{self, Clip, Objective};
use elbo_random::Key;
use std::sync::Arc;

/// A network as candle tensors on one device.
pub struct CandleBackend {
    pub(super) network: Network,
    pub(super) observation: Arc<dyn Observation>,
    pub(super) l2: f64,
    pub(super) clip: Option<Clip>,
    pub(super) optimizer: Optimizer,
    pub(super) key: Key,
    pub(super) dtype: DType,
    pub(super) device: Device,
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
        for tensor in run.network.layers.iter().flat_map(crate::starting_tensors) {
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
    pub(super) fn with(run: &ir::Run, device: Device, dtype: DType, kernels: Kernels) -> Result<Self, BackendError> {
        let key = Key::new(run.training.seed);
        let site = Site { key, dtype, device: &device, kernels, prediction: run.report.estimator };
        let network = build::network(&run.network, &site)?;
        let l2 = match run.training.objective {
            Objective::MaximumLikelihood => 0.0,
            Objective::Map { l2 } | Objective::Elbo { l2, .. } => l2,
        };
        let optimizer = Optimizer::new(&run.training.optimizer, &network.parameters(), kernels)?;
        let (observation, clip) = (observation(run).map_err(misuse)?, run.training.clip);
        Ok(Self { network, observation, l2, clip, optimizer, key, dtype, device })
    }

    /// The random numbers of a pass.
    pub(super) fn randomness(&self, draw: Draw) -> Randomness<'_> {
        Randomness { key: self.key, draw, dtype: self.dtype, device: &self.device }
    }

    /// A batch as a tensor `[examples, channels, height, width]`, `[examples, channels, length]` or `[examples,
    /// features]`.
    pub(super) fn upload(&self, batch: &Batch) -> Result<Tensor, BackendError> {
        if batch.shape != self.network.input {
            return Err(misuse(format!("the network takes {}, the batch holds {}", self.network.input, batch.shape)));
        }
        if batch.is_empty() {
            return Err(misuse("the batch is empty".to_owned()));
        }
        let expected = batch.shape.elements().checked_mul(batch.len());
        if expected != Some(batch.inputs.len()) {
            let (numbers, examples) = (batch.inputs.len(), batch.len());
            return Err(misuse(format!(
                "the batch holds {numbers} numbers for {examples} examples of {}",
                batch.shape
            )));
        }
        let shape: Vec<usize> = std::iter::once(batch.len()).chain(batch.shape.sizes()).collect();
        let tensor = Tensor::from_slice(&batch.inputs, shape, &self.device);
        tensor.and_then(|tensor| tensor.to_dtype(self.dtype)).map_err(internal("the input"))
    }

    /// The last layer's outputs in canonical order.
    pub(super) fn scores(&self, batch: &Batch, draw: Draw) -> Result<Tensor, BackendError> {
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
