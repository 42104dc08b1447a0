//! What an optimizer remembers between steps.

use super::Parameters;

/// What an optimizer remembers between steps, to be stored with a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimizerState {
    /// Steps taken.
    pub steps: u64,
    /// `<parameter>.<moment>` for each of [`elbo_compiler::ir::Optimizer::moments`], such as `<parameter>.momentum`, in
    /// PyTorch's shapes.
    pub tensors: Parameters,
}
