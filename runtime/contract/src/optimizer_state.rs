//! What an optimizer remembers between steps.

use super::Parameters;

/// What an optimizer remembers between steps, to be stored with a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimizerState {
    /// Steps taken.
    pub steps: u64,
    /// `<parameter>.first_moment` and `<parameter>.second_moment` of Adam and AdamW, `<parameter>.momentum` of
    /// stochastic gradient descent with momentum, in PyTorch's shapes.
    pub tensors: Parameters,
}
