//! What can go wrong between a spec and a prediction.

use elbo_compiler::ir::Run;
use elbo_runtime::execute::ExecuteError;

/// Why a spec, a run or a prediction fails. `Display` names the place, the problem and, on lines of their own, the fix.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The spec has errors: every diagnostic as text, each with its place.
    Spec {
        /// The diagnostics, as `elbo check` prints them without colours.
        diagnostics: String,
    },
    /// The spec declares no run of this name, or several where one was wanted.
    NoRun {
        /// The spec.
        spec: String,
        /// The name that was asked for; `None` where the only run was.
        name: Option<String>,
        /// The runs that it declares, members of sweeps included.
        runs: Vec<String>,
    },
    /// Numbers are no examples of the network.
    Inputs {
        /// How many numbers there are.
        numbers: usize,
        /// How many an example has.
        per_example: usize,
    },
    /// A number of an example is not finite.
    NotFinite {
        /// Its place among the numbers, from 0.
        place: usize,
    },
    /// Data, memory, the store or the network.
    Run {
        /// What happened.
        error: Box<ExecuteError>,
        /// What would fix it.
        help: Option<String>,
    },
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Spec { diagnostics } => formatter.write_str(diagnostics.trim_end()),
            Self::NoRun { spec, name, runs } => {
                match name {
                    Some(name) => write!(formatter, "`{spec}` declares no run `{name}`")?,
                    None => write!(formatter, "`{spec}` has not exactly one run, so one must be named")?,
                }
                match runs.as_slice() {
                    [] => formatter.write_str("\n  help: declare one: `run NAME { model = …; data = …; train = … }`"),
                    runs => write!(formatter, "\n  help: its runs are {}", runs.join(", ")),
                }
            }
            Self::Inputs { numbers, per_example } => write!(
                formatter,
                "{numbers} numbers are no examples of {per_example} each\n  help: give {per_example} numbers per \
                 example, one example after the other"
            ),
            Self::NotFinite { place } => write!(
                formatter,
                "number {place} is not finite\n  help: leave out examples with missing values, or fill them in as the \
                 training data were"
            ),
            Self::Run { error, help } => {
                error.fmt(formatter)?;
                help.as_ref().map_or(Ok(()), |help| write!(formatter, "\n  help: {help}"))
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Run { error, .. } => error.source(),
            Self::Spec { .. } | Self::NoRun { .. } | Self::Inputs { .. } | Self::NotFinite { .. } => None,
        }
    }
}

impl From<ExecuteError> for Error {
    fn from(error: ExecuteError) -> Self {
        let help = error.help();
        Self::Run { error: Box::new(error), help }
    }
}

impl Error {
    /// The error of a run that is known: what it does already is no advice.
    pub(crate) fn of_run(error: ExecuteError, run: &Run) -> Self {
        let help = error.help_for(run);
        Self::Run { error: Box::new(error), help }
    }
}
