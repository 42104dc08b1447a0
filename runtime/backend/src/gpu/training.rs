//! The steps of a network as they are recorded: once for a number of examples and samples.

use super::memory::Memory;
use super::network::Network;
use super::optimizer::{Ending, Gradients};
use super::pass::Pass;
use super::plan::{Mode, Plan};
use super::planning::plan;
use super::records::{Looked, Records};
use super::stage::Stages;
use super::store::Store;
use elbo_gpu::kernels::outputs::{Closeness, Family, LearnedGradient, Loss};
use elbo_gpu::{Buffer, GpuError, Recording, Slice};
use elbo_random::Key;

/// What a step is recorded of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'p> {
    /// The network.
    pub(super) network: &'p Network,
    /// What it computes.
    pub(super) stages: &'p Stages,
    /// Its parameters.
    pub(super) store: &'p Store,
    /// What its outputs mean.
    pub(super) family: &'p Family,
    /// What ends a step.
    pub(super) ending: &'p Ending,
    /// The run's key.
    pub(super) key: Key,
}

/// A recorded step.
#[derive(Debug)]
pub(super) struct Training {
    /// Examples that there is room for.
    pub(super) capacity: usize,
    /// Samples of the network.
    pub(super) samples: usize,
    /// The buffers of its passes.
    pub(super) plan: Plan,
    /// Where they lie.
    pub(super) slices: Vec<Option<Slice>>,
    /// Words of the batch's targets.
    pub(super) targets: Buffer,
    /// What examples cost, sample by sample.
    pub(super) costs: Buffer,
    /// How close predictions come, by example.
    pub(super) closeness: Buffer,
    /// What was found, block by block.
    pub(super) records: Records,
    /// All passes of a step, and what was found of its gradients.
    pub(super) gradients: Recording,
}

/// Operands of kernels begin at multiples of so many numbers.
const ALIGNED: usize = 64;

impl Training {
    /// Plans and records a step for so many examples and samples.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`] if there is no room, and what recording gives.
    pub(super) fn new(parts: Parts<'_>, capacity: usize, samples: usize) -> Result<Self, GpuError> {
        let Parts { network, stages, store, family, .. } = parts;
        let device = &store.device;
        let plan = plan(network, stages, capacity, Mode::Training);
        let slices = plan.memory.allocate(device)?;
        let costs = device.zeros("the costs of a batch", (samples * stride(capacity)) as u64)?;
        let statistics = store.statistics.as_ref().map_or(0, |[kept, _]| kept.numbers());
        let looked = Looked { costs: costs.numbers(), statistics };
        let mut training = Self {
            targets: device.zeros("the targets of a batch", capacity as u64 * family.words_of_example())?,
            closeness: device.zeros("the closeness of predictions", capacity as u64)?,
            records: Records::new(device, network, store, Some(looked))?,
            gradients: Recording::new(device),
            capacity,
            samples,
            plan,
            slices,
            costs,
        };
        training.gradients = training.record(parts)?;
        Ok(training)
    }

    /// The pass of a sample.
    pub(super) fn pass<'p>(&'p self, parts: Parts<'p>, sample: usize) -> Pass<'p> {
        Pass {
            network: parts.network,
            plan: &self.plan,
            slices: &self.slices,
            store: parts.store,
            key: parts.key,
            sample,
            adds: sample > 0,
            share: 1.0 / self.samples as f64,
            records: Some(&self.records),
        }
    }

    fn record(&self, parts: Parts<'_>) -> Result<Recording, GpuError> {
        let Parts { stages, store, family, ending, .. } = parts;
        let mut recording = Recording::new(&store.device);
        let rows = self.capacity as u64;
        let predicted = family.predictions().next_multiple_of(4);
        let predictions = store.device.zeros("the predictions of a batch", rows * predicted)?.all();
        if let Some([kept, pending]) = &store.statistics {
            recording.copy(&kept.all(), &pending.all())?;
        }
        for sample in 0..self.samples {
            let pass = self.pass(parts, sample);
            for (number, stage) in stages.iter().enumerate() {
                stage.forward(&pass, &mut recording, number)?;
            }
            self.record_loss(parts, &pass, &mut recording, &predictions)?;
            record_backward(stages, &pass, &mut recording)?;
        }
        Closeness {
            family,
            rows,
            samples: self.samples as u64,
            predictions: &predictions,
            targets: &self.targets.all(),
            closeness: &self.closeness.all(),
        }
        .record(&mut recording)?;
        ending.complete(&mut recording, store, Gradients::OfData, &self.records)?;
        ending.look_at(&mut recording, store, &self.costs.all(), &self.records)?;
        ending.decide(&mut recording, &self.records)?;
        Ok(recording)
    }

    /// What a sample costs, with the gradients along the output and along what it learns.
    fn record_loss(
        &self,
        parts: Parts<'_>,
        pass: &Pass<'_>,
        recording: &mut Recording,
        predictions: &Slice,
    ) -> Result<(), GpuError> {
        let Parts { network, store, family, .. } = parts;
        let learned = network.learned.as_ref().map(|(tensor, _)| *tensor);
        let (rows, share, add) = (self.capacity as u64, pass.share, pass.adds);
        let (outputs, targets) = (pass.value(network.output())?, &self.targets.all());
        let vector = learned.map(|tensor| store.centre(tensor)).transpose()?;
        let costs = &self.costs.slice((pass.sample * stride(self.capacity)) as u64, rows)?;
        let (gradient, learned_values) = (pass.gradient(network.output())?, vector.as_ref());
        Loss { family, rows, share, add, outputs, learned: learned_values, targets, costs, predictions, gradient }
            .record(recording)?;
        if let (Some(tensor), Some(learned)) = (learned, learned_values) {
            let gradient = &store.along_centre(tensor)?;
            LearnedGradient { family, rows, share, add, outputs, targets, learned, gradient }.record(recording)?;
        }
        Ok(())
    }

    /// Where the batch goes.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if nothing reads it, which no network has.
    pub(super) fn input(&self) -> Result<&Slice, GpuError> {
        let slice = self.slices[Memory::number(self.plan.values[0])].as_ref();
        slice.ok_or_else(|| GpuError::Misuse { message: "nothing reads the input".to_owned() })
    }

    /// Numbers of a sample's costs, of all that were read back.
    pub(super) fn costs_of<'c>(&self, costs: &'c [f32], sample: usize) -> &'c [f32] {
        &costs[sample * stride(self.capacity)..][..self.capacity]
    }
}

/// Numbers from the costs of one sample to those of the next.
fn stride(capacity: usize) -> usize {
    capacity.next_multiple_of(ALIGNED)
}

/// The stages' ways back, last to first.
fn record_backward(stages: &Stages, pass: &Pass<'_>, recording: &mut Recording) -> Result<(), GpuError> {
    // Whether a value's gradient has its first part.
    let mut begun = vec![false; pass.network.values.len()];
    for (number, stage) in stages.iter().enumerate().rev() {
        if pass.plan.gradients[number + 1].is_none() {
            continue;
        }
        let reads = pass.network.sites[number].reads();
        let add: Vec<bool> = reads.map(|value| std::mem::replace(&mut begun[value], true)).collect();
        stage.backward(pass, recording, number, &add)?;
    }
    Ok(())
}
