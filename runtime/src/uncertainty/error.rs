//! What can be wrong with predictions that are to be scored.

/// What can be wrong with predictions that are to be scored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UncertaintyError {
    /// A class score is NaN or infinite.
    #[error(
        "the network's score of class {class} for input {input} is not a finite number; \
         its parameters or the input hold a value that is too large"
    )]
    NotFinite {
        /// The input, counted from 0 within the call.
        input: usize,
        /// The class.
        class: usize,
    },
    /// A predicted mean or variance of a real target is no finite number, or the variance is 0.
    #[error(
        "the network's {what} of target {target} for input {input} is out of range; \
         its parameters or the input hold a value that is too large"
    )]
    Value {
        /// `mean` or `variance`.
        what: &'static str,
        /// The input, counted from 0.
        input: usize,
        /// The target, counted from 0.
        target: usize,
    },
    /// A matrix has the wrong number of numbers.
    #[error(
        "{found} class scores or probabilities were given where {expected} are needed ({rows} inputs × {classes} classes)"
    )]
    Size {
        /// How many came.
        found: usize,
        /// How many fit.
        expected: usize,
        /// Inputs.
        rows: usize,
        /// Classes.
        classes: usize,
    },
    /// Labels and predictions differ in number.
    #[error("{labels} labels were given for {inputs} predictions")]
    Labels {
        /// How many labels.
        labels: usize,
        /// How many predictions.
        inputs: usize,
    },
    /// A label names no class.
    #[error("input {input} has the label {label}, but there are only {classes} classes (0 to {})", .classes.saturating_sub(1))]
    LabelOutOfRange {
        /// The input, counted from 0.
        input: usize,
        /// Its label.
        label: u32,
        /// How many classes there are.
        classes: usize,
    },
    /// A probability of 0 was given for what happened, whose negative log-likelihood is infinite.
    #[error(
        "the label of input {input} was given a probability of 0, whose negative log-likelihood is infinite; \
         give class scores, from which it can be computed, instead of probabilities"
    )]
    ZeroProbability {
        /// The input, counted from 0.
        input: usize,
    },
    /// Nothing to score.
    #[error("there is no prediction to score; the split holds no example, or no sample was drawn")]
    Empty,
    /// A calibration table of no bins or of absurdly many.
    #[error("a calibration table cannot have {bins} bins; ask for 1 to {maximum}, commonly 15")]
    Bins {
        /// As asked for.
        bins: usize,
        /// The most there can be.
        maximum: usize,
    },
}
