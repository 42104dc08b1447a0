//! The static plan of a pass: every buffer it needs. `planning` makes it.

use super::memory::{BufferId, Memory};
use std::any::Any;

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Forward and backward passes of a batch.
    Training,
    /// Draws of a batch, so many samples in one pass.
    Prediction {
        /// Samples folded into the rows.
        samples: usize,
    },
}

/// When a buffer of a stage is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// While the stage runs.
    Forward,
    /// While its way back runs.
    Backward,
    /// From the one to the other; a prediction has no way back.
    Both,
    /// From the part that all samples share to the last sample.
    Samples,
}

/// The buffers of a stage beside its values, in the stage's own form.
#[derive(Debug)]
pub(super) struct StageBuffers(Box<dyn Any + Send + Sync>);

impl StageBuffers {
    /// In the form of one kind of stage.
    pub(super) fn new<Buffers: Any + Send + Sync>(buffers: Buffers) -> Self {
        Self(Box::new(buffers))
    }

    /// Of a stage that needs none.
    pub(super) fn none() -> Self {
        Self::new(())
    }
}

/// A plan.
#[derive(Debug)]
pub(super) struct Plan {
    /// What it is for.
    pub(super) mode: Mode,
    /// Rows of a batch that there is room for.
    pub(super) capacity: usize,
    /// Stages whose results all samples share; those before it run once for a batch.
    pub(super) shared: Vec<bool>,
    /// Stages of which a first part is shared by all samples, but not the result.
    pub(super) shares_part: Vec<bool>,
    /// By value.
    pub(super) values: Vec<BufferId>,
    /// Gradients of values, where needed.
    pub(super) gradients: Vec<Option<BufferId>>,
    /// By stage.
    pub(super) stages: Vec<StageBuffers>,
    /// Which buffers share memory.
    pub(super) memory: Memory,
}

impl Plan {
    /// Whether it trains.
    pub(super) fn trains(&self) -> bool {
        self.mode == Mode::Training
    }

    /// Samples that one pass makes.
    pub(super) fn samples(&self) -> usize {
        if let Mode::Prediction { samples } = self.mode { samples } else { 1 }
    }

    /// Whether all samples share a value.
    pub(super) fn is_shared(&self, value: usize) -> bool {
        value == 0 || self.shared[value - 1]
    }

    /// Rows of a value: those of sample s of a value that is not shared begin at row s·`capacity`.
    pub(super) fn rows(&self, value: usize) -> usize {
        if self.is_shared(value) { self.capacity } else { self.capacity * self.samples() }
    }

    /// The buffers that a stage has planned.
    ///
    /// # Panics
    /// If it has planned them in another form.
    pub(super) fn buffers<Buffers: Any>(&self, stage: usize) -> &Buffers {
        self.stages[stage].0.downcast_ref().expect("a stage reads its buffers in the form it planned them in")
    }
}

/// What a stage plans its buffers with.
pub(super) struct Planner<'p> {
    /// The plan so far: all values, none of the later stages.
    pub(super) plan: &'p mut Plan,
    /// The number of the stage.
    pub(super) number: usize,
    /// Its name.
    pub(super) name: &'p str,
    /// Its moment on the way back.
    pub(super) back: usize,
    /// The first and the last moment at which samples run that share what was before.
    pub(super) samples: [usize; 2],
}

impl Planner<'_> {
    /// A buffer of so many numbers.
    pub(super) fn numbers(&mut self, what: &str, numbers: usize, life: Life) -> BufferId {
        let buffer = self.plan.memory.buffer(format!("the {what} of `{}`", self.name), numbers);
        let forward = self.number + 1;
        let moments = match life {
            Life::Forward => vec![forward],
            Life::Backward => vec![self.back],
            Life::Both if self.plan.trains() => vec![forward, self.back],
            Life::Both => vec![forward],
            Life::Samples => [&[forward], &self.samples[..]].concat(),
        };
        moments.into_iter().for_each(|moment| self.plan.memory.touch(buffer, moment));
        buffer
    }
}
