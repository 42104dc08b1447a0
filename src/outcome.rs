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
    /// Stopped by a signal or by the loss of its device, and can be resumed: 75, `EX_TEMPFAIL` of sysexits.
    Stopped,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Wrong => 1,
            Self::Usage => 2,
            Self::Internal => 70,
            Self::StoreFailed => 73,
            Self::Stopped => 75,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}
