//! How close predictions come to their targets, as a training shows it.

/// How close the predictions of a batch come to its targets: sums, which add up over batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Closeness {
    /// Examples whose most probable class is the right one.
    Correct(usize),
    /// Σ (y − μ̄)² over examples and targets, μ̄ the mean prediction, in the units the network is trained in.
    SquaredError {
        /// The sum.
        sum: f64,
        /// Over how many targets.
        targets: usize,
    },
}

impl Closeness {
    /// The share of these examples that are right; `None` where targets are real numbers.
    pub fn accuracy(&self, examples: usize) -> Option<f64> {
        self.correct().map(|correct| correct as f64 / examples as f64)
    }

    /// The root of the mean squared error; `None` where targets are classes.
    pub fn root_mean_squared_error(&self) -> Option<f64> {
        match self {
            Self::SquaredError { sum, targets } => Some((sum / *targets as f64).sqrt()),
            Self::Correct(_) => None,
        }
    }

    /// Examples that are right; `None` where targets are real numbers.
    pub const fn correct(&self) -> Option<usize> {
        match self {
            Self::Correct(count) => Some(*count),
            Self::SquaredError { .. } => None,
        }
    }

    /// The sum of squared errors; `None` where targets are classes.
    pub const fn squared_error(&self) -> Option<f64> {
        match self {
            Self::SquaredError { sum, .. } => Some(*sum),
            Self::Correct(_) => None,
        }
    }
}
