//! A network on a device: its parameters, what was recorded of it, and what a step keeps.

use super::error::{failed, misuse};
use super::lower::{self, Lowered};
use super::network::Network;
use super::objective;
use super::opening;
use super::optimizer::{self, Ending};
use super::parameters::{self, Slot};
use super::prediction::Prediction;
use super::resident::Resident;
use super::stage::Stages;
use super::store::Store;
use super::tensor::Tensor;
use super::training::{Parts, Training};
use crate::outputs::{Observation, observation};
use crate::{Backend, BackendError, Batch, DeviceChoice, Parameters};
use elbo_compiler::ir::{self, Objective};
use elbo_gpu::kernels::outputs::Family;
use elbo_gpu::kernels::parameters::Optimizer;
use elbo_gpu::{Device, GpuError, Slice, Varying};
use elbo_random::Key;
use std::sync::{Arc, Mutex};

/// A network in the memory of a graphics processor.
#[derive(Debug)]
pub struct GpuBackend {
    pub(super) device: Device,
    pub(super) network: Network,
    pub(super) stages: Stages,
    pub(super) store: Store,
    pub(super) observation: Arc<dyn Observation>,
    pub(super) family: Family,
    pub(super) algorithm: ir::Optimizer,
    pub(super) optimizer: Optimizer,
    /// Steps that the optimizer has taken.
    pub(super) steps: u64,
    pub(super) ending: Ending,
    pub(super) key: Key,
    /// Examples of a whole step.
    pub(super) batch: usize,
    pub(super) training: Option<Training>,
    pub(super) prediction: Mutex<Option<Prediction>>,
    pub(super) resident: Option<Resident>,
}

impl GpuBackend {
    /// The network of a run with its starting values on a device. `given` holds the parameters, under the network's
    /// names for them, of the layers that start from files; it may hold others, too.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] if the device is not there, [`BackendError::OutOfDeviceMemory`] if it has no room,
    /// [`BackendError::Internal`] if the IR contradicts itself, [`BackendError::Parameters`] if a parameter is missing,
    /// unknown, or has another shape.
    pub fn starting_from(run: &ir::Run, device: DeviceChoice, given: &Parameters) -> Result<Self, BackendError> {
        let DeviceChoice::Gpu(adapter) = device else {
            return Err(BackendError::NoDevice {
                device: device.to_string(),
                reason: "the backend `gpu` computes on graphics processors only".to_owned(),
            });
        };
        for tensor in run.network.layers.iter().flat_map(crate::starting_tensors) {
            let name = tensor.name;
            if !given.contains_key(&name) {
                return Err(BackendError::Parameters(format!("`{name}` starts from a file, but has not been read")));
            }
        }
        let mut backend = Self::with(run, opening::open(adapter)?)?;
        if !given.is_empty() {
            let mut parameters = backend.parameters()?;
            parameters.extend(given.iter().map(|(name, tensor)| (name.clone(), tensor.clone())));
            backend.set_parameters(&parameters)?;
        }
        Ok(backend)
    }

    /// The same on an open device, none of whose layers starts from a file.
    ///
    /// # Errors
    /// As [`GpuBackend::starting_from`].
    pub(super) fn with(run: &ir::Run, device: Device) -> Result<Self, BackendError> {
        let key = Key::new(run.training.seed);
        let Lowered { network, stages, started } = lower::network(run, key)?;
        let of = |layer: &str, error: GpuError| failed(&device.description().name, layer, error);
        let optimizer = optimizer::kernel(&run.training.optimizer);
        let l2 = match run.training.objective {
            Objective::MaximumLikelihood => 0.0,
            Objective::Map { l2 } | Objective::Elbo { l2, .. } => l2,
        };
        let store = Store::new(&device, &network, optimizer.moments());
        let store = store.map_err(|error| of("the parameters", error))?;
        let ending = Ending::new((&network, &store), &optimizer, (l2, run.training.clip));
        let backend = Self {
            ending: ending.map_err(|error| of("the optimizer", error))?,
            family: objective::family(run, &device).map_err(|error| of("the objective", error))?,
            observation: observation(run).map_err(misuse)?,
            algorithm: run.training.optimizer.clone(),
            optimizer,
            steps: 0,
            key,
            batch: run.training.batch,
            training: None,
            prediction: Mutex::new(None),
            resident: None,
            device,
            network,
            stages,
            store,
        };
        backend.start(&started).map_err(|error| backend.failed("the parameters", error))?;
        Ok(backend)
    }

    /// Gives every tensor its starting values.
    fn start(&self, started: &[lower::Started]) -> Result<(), GpuError> {
        let slots = self.slots(|_| true, |tensor, part| self.store.part(tensor, part))?;
        for (slot, values) in slots.iter().zip(started.iter().flatten()) {
            self.device.write(&slot.slice, &slot.packing.pack(values, slot.absent))?;
        }
        self.refresh()
    }

    /// Renews what depends on parameters that were set.
    pub(super) fn refresh(&self) -> Result<(), GpuError> {
        self.device.run(&[&self.ending.refresh], &Varying::default(), &[]).map(drop)
    }

    /// What went wrong on the device, in a layer or in `the objective`, `the optimizer`.
    pub(super) fn failed(&self, layer: &str, error: GpuError) -> BackendError {
        failed(&self.device.description().name, layer, error)
    }

    /// Parts of tensors by name; see [`parameters::slots`].
    pub(super) fn slots(
        &self,
        wanted: impl Fn(&Tensor) -> bool,
        slice: impl Fn(usize, usize) -> Result<Slice, GpuError>,
    ) -> Result<Vec<Slot<'_>>, GpuError> {
        parameters::slots(&self.network, wanted, slice)
    }

    /// What a step is recorded of.
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            network: &self.network,
            stages: &self.stages,
            store: &self.store,
            family: &self.family,
            ending: &self.ending,
            key: self.key,
        }
    }

    /// Refuses a network whose output is no vector.
    pub(super) fn check_output(&self) -> Result<(), BackendError> {
        if self.network.values[self.network.output()].positions() != 1 {
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
}
