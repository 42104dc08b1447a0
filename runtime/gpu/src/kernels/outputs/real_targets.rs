//! Real targets, whatever the family of their distributions.

use super::targets::Targets;
use super::{gaussian, poisson, student_t};
use crate::error::{GpuError, misuse};
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::parameters::LOGARITHMS;
use crate::pipeline::Program;

/// Where the second number of a distribution comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    /// The network gives it: its outputs are all first numbers, then all second ones.
    Given,
    /// It is learned beside the layers, one for each target.
    Learned,
}

/// The distribution of a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Normal, by its mean and the logarithm of its variance.
    Gaussian {
        /// Where the logarithm comes from.
        log_variance: Second,
    },
    /// Student's t, by its mean and the logarithm of the square of its scale.
    StudentT {
        /// Degrees of freedom, positive.
        df: f64,
        /// The logarithm of the standard density at 0: ln Γ((ν + 1)/2) − ln Γ(ν/2) − ½·ln(νπ).
        height: f64,
        /// Where the logarithm comes from.
        log_square: Second,
    },
    /// Poisson's, by the logarithm of its rate.
    Poisson,
}

/// Real targets of an example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RealTargets {
    distribution: Distribution,
    targets: u64,
}

/// How the terms of a family are compiled.
const FAMILY: &str = include_str!("../../wgsl/real_family.wgsl");

impl RealTargets {
    /// So many targets of each example.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if there are none.
    pub fn new(distribution: Distribution, targets: u64) -> Result<Self, GpuError> {
        if targets == 0 || targets > u64::from(u32::MAX) / 8 {
            return Err(misuse(format!("an example cannot have {targets} targets")));
        }
        Ok(Self { distribution, targets })
    }

    pub(super) fn targets(&self) -> u64 {
        self.targets
    }

    fn second(&self) -> Option<Second> {
        match self.distribution {
            Distribution::Gaussian { log_variance: second } | Distribution::StudentT { log_square: second, .. } => {
                Some(second)
            }
            Distribution::Poisson => None,
        }
    }

    pub(super) fn outputs(&self) -> u64 {
        match self.second() {
            Some(Second::Given) => 2 * self.targets,
            Some(Second::Learned) | None => self.targets,
        }
    }

    pub(super) fn learned(&self) -> u64 {
        match self.second() {
            Some(Second::Learned) => self.targets,
            Some(Second::Given) | None => 0,
        }
    }

    /// Each value in two parts, which single precision does not hold in one, and where it is a count its logarithm
    /// likewise.
    pub(super) fn words(&self, targets: Targets<'_>) -> Result<Vec<u32>, GpuError> {
        let Targets::Values(values) = targets else {
            return Err(misuse("real numbers are wanted, not classes"));
        };
        if !(values.len() as u64).is_multiple_of(self.targets) {
            return Err(misuse(format!("{} values are not those of whole examples", values.len())));
        }
        let mut words = Vec::with_capacity(4 * values.len());
        for &value in values {
            let logarithm = match self.distribution {
                Distribution::Gaussian { .. } | Distribution::StudentT { .. } => 0.0,
                Distribution::Poisson => poisson::logarithm(value)?,
            };
            words.extend(parts(value).into_iter().chain(parts(logarithm)).map(f32::to_bits));
        }
        Ok(words)
    }

    pub(super) fn constant(&self, values: &[f64]) -> f64 {
        let count = values.len() as f64;
        match self.distribution {
            Distribution::Gaussian { .. } => gaussian::CONSTANT * count,
            Distribution::StudentT { height, .. } => student_t::constant(height) * count,
            Distribution::Poisson => values.iter().copied().map(poisson::constant).sum(),
        }
    }

    fn flag(&self) -> &'static str {
        match self.distribution {
            Distribution::Gaussian { .. } => gaussian::FLAG,
            Distribution::StudentT { .. } => student_t::FLAG,
            Distribution::Poisson => poisson::FLAG,
        }
    }

    /// Degrees of freedom, where there are any.
    pub(super) fn df(&self) -> f64 {
        match self.distribution {
            Distribution::StudentT { df, .. } => df,
            Distribution::Gaussian { .. } | Distribution::Poisson => 0.0,
        }
    }

    pub(super) fn program(&self, with_gradient: bool) -> Program {
        let second = match self.second() {
            Some(Second::Given) => Some("GIVEN"),
            Some(Second::Learned) => Some("LEARNED"),
            None => None,
        };
        let gradient = with_gradient.then_some("GRADIENT");
        Program {
            name: "real targets",
            sources: &[FUNCTIONS, LOGARITHMS, FAMILY, include_str!("../../wgsl/real_targets.wgsl")],
            flags: std::iter::once(self.flag()).chain(second).chain(gradient).collect(),
            values: vec![("LEARNED", i64::from(self.learned() > 0))],
        }
    }

    pub(super) fn learned_gradient(&self) -> Program {
        Program {
            name: "learned gradient",
            sources: &[FUNCTIONS, LOGARITHMS, FAMILY, include_str!("../../wgsl/learned_gradient.wgsl")],
            flags: vec![self.flag()],
            values: Vec::new(),
        }
    }

    pub(super) fn squared_error(&self) -> Program {
        Program {
            name: "squared error",
            sources: &[FUNCTIONS, LOGARITHMS, FAMILY, include_str!("../../wgsl/squared_error.wgsl")],
            flags: vec![self.flag()],
            values: Vec::new(),
        }
    }
}

/// A number as the sum of two of single precision.
fn parts(number: f64) -> [f32; 2] {
    let high = number as f32;
    [high, (number - f64::from(high)) as f32]
}
