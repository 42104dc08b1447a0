//! Draws as they are recorded: once for a number of examples and samples.

use super::memory::Memory;
use super::network::Network;
use super::pass::Pass;
use super::plan::{Mode, Plan};
use super::planning::plan;
use super::stage::Stages;
use super::store::Store;
use elbo_gpu::{GpuError, Recording, Slice};
use elbo_random::Key;

/// A recorded prediction.
#[derive(Debug)]
pub(super) struct Prediction {
    /// Its buffers.
    pub(super) plan: Plan,
    slices: Vec<Option<Slice>>,
    /// What all samples share.
    pub(super) shared: Recording,
    /// The rest, for so many samples as the plan has.
    pub(super) sampled: Recording,
}

impl Prediction {
    /// Plans and records draws of so many examples, so many samples in one pass.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`] if there is no room, and what recording gives.
    pub(super) fn new(
        (network, stages): (&Network, &Stages),
        store: &Store,
        key: Key,
        [examples, samples]: [usize; 2],
    ) -> Result<Self, GpuError> {
        let device = &store.device;
        let plan = plan(network, stages, examples, Mode::Prediction { samples });
        let slices = plan.memory.allocate(device)?;
        let [mut shared, mut sampled] = [Recording::new(device), Recording::new(device)];
        let pass = Pass {
            network,
            plan: &plan,
            slices: &slices,
            store,
            key,
            sample: 0,
            adds: false,
            share: 1.0,
            records: None,
        };
        for (number, stage) in stages.iter().enumerate() {
            if plan.shared[number] {
                stage.forward(&pass, &mut shared, number)?;
                continue;
            }
            if plan.shares_part[number] {
                stage.forward_shared(&pass, &mut shared, number)?;
            }
            stage.forward(&pass, &mut sampled, number)?;
        }
        Ok(Self { plan, slices, shared, sampled })
    }

    /// Where a value lies.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if nothing needs it.
    pub(super) fn value(&self, value: usize) -> Result<&Slice, GpuError> {
        let slice = self.slices[Memory::number(self.plan.values[value])].as_ref();
        slice.ok_or_else(|| GpuError::Misuse { message: "a value that nothing needs".to_owned() })
    }
}
