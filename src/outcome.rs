//! How a command ended, as exit codes.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done: 0.
    Done,
    /// The spec or the data is wrong, and was diagnosed: 1.
    Wrong,
    /// Wrong usage: 2.
    Usage,
    /// A defect of elbo itself: 70.
    Internal,
    /// Where results are kept cannot be written, which a worker tells its pool: 73, `EX_CANTCREAT` of sysexits.
    StoreFailed,
    /// Stopped by a signal, and can be resumed: 75, `EX_TEMPFAIL` of sysexits.
    Stopped,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Wrong => 1,
            Outcome::Usage => 2,
            Outcome::Internal => 70,
            Outcome::StoreFailed => 73,
            Outcome::Stopped => 75,
        })
    }
}
