//! How parameters start.
//!
//! Each parameter draws from a stream named after it, without `.mu`, so that twins that differ in a
//! layer's mark start from the same numbers.

use elbo_compiler::ir::{Initialization, PosteriorMean};
use elbo_random::{Key, Purpose};

/// A distribution of starting values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Start {
    /// This value.
    Constant(f64),
    /// N(mean, std²)
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// Uniform in ±bound.
    Uniform {
        /// Bound.
        bound: f64,
    },
}

impl Start {
    /// The start of weights with `fan_in` inputs of one output.
    pub(super) fn weights(initialization: &Initialization, fan_in: usize) -> Self {
        match *initialization {
            // kaiming_uniform_(a=√5) of torch.nn: bound = √(6 / ((1 + 5)·fan_in)).
            Initialization::Default => Self::Uniform { bound: inverse_root(fan_in) },
            // What comes from a file replaces this once all parameters are there.
            Initialization::Zeros | Initialization::Weights(_) => Self::Constant(0.0),
            Initialization::Normal { mean, std } => Self::Normal { mean, std },
            Initialization::LecunNormal => Self::Normal { mean: 0.0, std: inverse_root(fan_in) },
            Initialization::KaimingNormal => {
                Self::Normal { mean: 0.0, std: std::f64::consts::SQRT_2 * inverse_root(fan_in) }
            }
        }
    }

    /// The start of the bias beside such weights.
    pub(super) fn bias(initialization: &Initialization, fan_in: usize) -> Self {
        match initialization {
            Initialization::Default => Self::Uniform { bound: inverse_root(fan_in) },
            _ => Self::Constant(0.0),
        }
    }

    /// The start of the posterior means of weights; those of biases start at 0.
    pub(super) fn means(mean: &PosteriorMean, fan_in: usize) -> Self {
        match *mean {
            PosteriorMean::Zeros | PosteriorMean::Weights(_) => Self::Constant(0.0),
            PosteriorMean::Normal { mean, std } => Self::Normal { mean, std },
            PosteriorMean::LecunNormal => Self::weights(&Initialization::LecunNormal, fan_in),
            PosteriorMean::KaimingNormal => Self::weights(&Initialization::KaimingNormal, fan_in),
        }
    }

    /// `length` values for the parameter of this name (`conv1.weight`, without `.mu`), in PyTorch's order.
    pub(super) fn values(self, key: Key, name: &str, length: usize) -> Vec<f32> {
        let stream = key.stream(Purpose::Initialization, name);
        let mut values = vec![0.0; length];
        match self {
            Self::Constant(value) => values.fill(value as f32),
            Self::Normal { mean, std } => {
                stream.fill_normal(0, 0, 0, &mut values);
                values.iter_mut().for_each(|value| *value = (mean + std * f64::from(*value)) as f32);
            }
            Self::Uniform { bound } => {
                stream.fill_uniform(0, 0, 0, &mut values);
                values.iter_mut().for_each(|value| *value = ((2.0 * f64::from(*value) - 1.0) * bound) as f32);
            }
        }
        values
    }
}

/// 1/√n; a layer without inputs has no weights to start.
fn inverse_root(fan_in: usize) -> f64 {
    1.0 / (fan_in.max(1) as f64).sqrt()
}
