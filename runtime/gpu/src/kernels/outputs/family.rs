//! What a network's outputs mean.

use super::categorical::Categorical;
use super::real_targets::RealTargets;
use super::targets::Targets;
use crate::error::GpuError;

/// A family of distributions.
#[derive(Debug, Clone)]
pub enum Family {
    /// Of classes.
    Categorical(Categorical),
    /// Of real numbers.
    Real(RealTargets),
}

impl Family {
    /// Numbers that the network gives of an example.
    pub fn outputs(&self) -> u64 {
        match self {
            Self::Categorical(family) => family.classes(),
            Self::Real(family) => family.outputs(),
        }
    }

    /// Numbers of an example that are summed over samples: probabilities of classes, or means of targets.
    pub fn predictions(&self) -> u64 {
        match self {
            Self::Categorical(family) => family.classes(),
            Self::Real(family) => family.targets(),
        }
    }

    /// Words of an example's targets on the device.
    pub fn words_of_example(&self) -> u64 {
        match self {
            Self::Categorical(_) => 1,
            Self::Real(family) => 4 * family.targets(),
        }
    }

    /// Numbers that are learned beside the layers; 0 for none.
    pub fn learned(&self) -> u64 {
        match self {
            Self::Categorical(_) => 0,
            Self::Real(family) => family.learned(),
        }
    }

    /// The words of targets, [`Family::words_of_example`] for each example.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if they are of another kind or number, or not of the family: no class, no count.
    pub fn words(&self, targets: Targets<'_>) -> Result<Vec<u32>, GpuError> {
        match self {
            Self::Categorical(family) => family.words(targets),
            Self::Real(family) => family.words(targets),
        }
    }

    /// What the cost of all these examples hangs on the targets alone, in nats; 0 for targets of another kind.
    pub fn constant(&self, targets: Targets<'_>) -> f64 {
        match (self, targets) {
            (Self::Real(family), Targets::Values(values)) => family.constant(values),
            (Self::Real(_), Targets::Classes(_)) | (Self::Categorical(_), _) => 0.0,
        }
    }

    /// What the sum of costs over these examples is divided by: how many they are, or the sum of the weights of their
    /// classes.
    pub fn total(&self, targets: Targets<'_>) -> f64 {
        match (self, targets) {
            (Self::Categorical(family), Targets::Classes(labels)) => family.total(labels),
            (Self::Real(family), Targets::Values(values)) => values.len() as f64 / family.targets() as f64,
            (Self::Categorical(_), Targets::Values(_)) | (Self::Real(_), Targets::Classes(_)) => 0.0,
        }
    }
}

/// Numbers of a row, its padding included.
pub(super) fn padded(numbers: u64) -> u64 {
    numbers.next_multiple_of(4)
}
