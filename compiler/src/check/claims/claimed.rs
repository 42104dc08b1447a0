//! What a claim says, and of what it may.

use crate::compilation::{CompiledRun, CompiledSweep};
use elbo_grammar::ast::{Expression, Margin, Name};

/// The runs and sweeps without errors, of whose figures claims may be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finished<'c> {
    pub runs: &'c [CompiledRun],
    pub sweeps: &'c [CompiledSweep],
}

/// What follows the text of a claim.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claimed<'c> {
    /// The comparison.
    pub condition: &'c Expression,
    /// How far apart its sides may be.
    pub margin: &'c Option<Margin>,
    /// The word after `of`.
    pub estimand: &'c Option<Name>,
}
