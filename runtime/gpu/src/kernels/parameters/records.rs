//! What kernels say of each block, for the verdict.

use crate::buffer::Slice;
use crate::error::{GpuError, misuse};
use crate::kernels::rows::word;

/// What in a block was not a number. In a record each is a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// A parameter itself.
    Parameter,
    /// The divergence.
    Divergence,
    /// A gradient.
    Gradient,
    /// What an example costs.
    Cost,
    /// A statistic.
    Statistic,
}

impl Finding {
    /// All of them, what explains others first.
    pub const ALL: [Self; 5] = [Self::Parameter, Self::Divergence, Self::Gradient, Self::Cost, Self::Statistic];

    pub(super) const fn bit(self) -> u32 {
        match self {
            Self::Gradient => 1,
            Self::Divergence => 2,
            Self::Parameter => 4,
            Self::Cost => 8,
            Self::Statistic => 16,
        }
    }

    pub(super) fn of_bits(bits: u32) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |finding| bits & finding.bit() != 0)
    }

    /// What was found in a block, by its record, the four numbers that a kernel wrote. Nothing where all is well.
    pub fn of_record(record: [f32; 4]) -> impl Iterator<Item = Self> {
        Self::of_bits(record[3] as u32)
    }
}

/// Where a kernel puts the records of its blocks: four numbers each, block after block.
#[derive(Debug, Clone, Copy)]
pub struct Records<'r> {
    /// All records of a step.
    pub all: &'r Slice,
    /// The number of the record of the first block.
    pub first: u64,
}

impl Records<'_> {
    /// The number of the first record, if so many follow.
    pub(super) fn first_of(&self, blocks: u64) -> Result<u32, GpuError> {
        let there = self.all.numbers() / 4;
        if self.first.checked_add(blocks).is_none_or(|end| end > there) {
            return Err(misuse(format!("there are {there} records, not {blocks} from record {} on", self.first)));
        }
        word("records", self.first)
    }
}
