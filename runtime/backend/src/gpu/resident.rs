//! The training split on the device.

use super::error::misuse;
use super::objective;
use crate::{BackendError, ResidentContent, Targets};
use elbo_compiler::ir::Augmentation;
use elbo_gpu::kernels::Value;
use elbo_gpu::kernels::gather::{Gather, GatherRows};
use elbo_gpu::kernels::outputs::Family;
use elbo_gpu::kernels::resident::{Change, Content, Examples, ResidentExamples, ResidentRows};
use elbo_gpu::{Buffer, Device, GpuError, Recording, Slice};

/// The examples of a training, from which batches are made where they lie.
#[derive(Debug)]
pub(super) struct Resident {
    examples: ResidentExamples,
    words: ResidentRows,
    /// What is to be predicted of each position.
    pub(super) targets: Targets,
    /// Makes batches of so many rows.
    gathering: Option<Gathering>,
}

#[derive(Debug)]
struct Gathering {
    rows: usize,
    input: Slice,
    chosen: Buffer,
    recording: Recording,
}

impl Resident {
    /// Puts a split on the device.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`] if there is no room for it.
    pub(super) fn upload(
        device: &Device,
        family: &Family,
        split: &crate::ResidentExamples<'_>,
    ) -> Result<Self, GpuError> {
        let change = |augmentation: &Augmentation| match *augmentation {
            Augmentation::FlipHorizontal { probability } => Change::Flip { probability },
            Augmentation::Crop { size, padding } => Change::Crop { size, padding },
        };
        let changes: Vec<Change> = split.augment.iter().map(change).collect();
        let content = match &split.content {
            ResidentContent::Bytes { bytes, values } => Content::Bytes { bytes, values },
            ResidentContent::Numbers(numbers) => Content::Numbers(numbers),
        };
        let examples =
            Examples { planes: split.planes, content, numbers: split.numbers, changes: &changes, key: split.key };
        let words = family.words(objective::targets(&split.targets))?;
        Ok(Self {
            examples: ResidentExamples::upload(device, &examples)?,
            words: ResidentRows::upload(device, usize::try_from(family.words_of_example()).unwrap_or(0), &words)?,
            targets: split.targets.clone(),
            gathering: None,
        })
    }

    /// Refuses positions that no example has.
    ///
    /// # Errors
    /// [`BackendError::Internal`].
    pub(super) fn check(&self, positions: &[u32]) -> Result<(), BackendError> {
        let count = self.examples.positions();
        match positions.iter().find(|&&position| position as usize >= count) {
            Some(position) => Err(misuse(format!("there is no example {position}; there are {count}"))),
            None => Ok(()),
        }
    }

    /// Makes sure of a recording that gathers examples and their targets for a step, and says which.
    ///
    /// # Errors
    /// What recording and writing give.
    pub(super) fn gather(
        &mut self,
        device: &Device,
        value: Value,
        (rows, input, targets): (usize, &Slice, &Slice),
        positions: &[u32],
    ) -> Result<&Recording, GpuError> {
        let fits = |gathering: &Gathering| gathering.rows == rows && gathering.input.buffer().is(input.buffer());
        let gathering = match self.gathering.take().filter(fits) {
            Some(gathering) => gathering,
            None => {
                let chosen = device.zeros("the positions of a batch", rows as u64)?;
                let mut recording = Recording::new(device);
                let (examples, table) = (&self.examples, &self.words);
                Gather { examples, value, rows, chosen: &chosen.all(), to: input }.record(&mut recording)?;
                GatherRows { table, rows, chosen: &chosen.all(), to: targets }.record(&mut recording)?;
                Gathering { rows, input: input.clone(), chosen, recording }
            }
        };
        device.write_words(&gathering.chosen.slice(0, positions.len() as u64)?, positions)?;
        Ok(&self.gathering.insert(gathering).recording)
    }
}
