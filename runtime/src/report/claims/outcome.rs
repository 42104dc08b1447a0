//! What became of a claim, and why nothing may have.

use elbo_compiler::ir::Estimand;
use serde::{Deserialize, Serialize};

/// How often an interval, or a test, may err.
pub const LEVEL: f64 = 0.05;

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimOutcome {
    /// Its sentence.
    pub text: String,
    /// Whether it is borne out, corrected for the number of claims.
    pub verdict: Verdict,
    /// Whether it would be if nothing else had been claimed: what the interval says.
    pub alone: Verdict,
    /// What it is about.
    pub estimand: Estimand,
    /// How far apart the sides of an equivalence may be.
    pub margin: Option<f64>,
    /// The left side less the right side; the mean over the runs of a sweep.
    pub difference: f64,
    /// 95 % interval of the difference; `None` where it cannot be had.
    pub interval: Option<[f64; 2]>,
    /// The smallest level at which it is decided, either way; 1 without an interval.
    pub p_value: f64,
    /// The same, corrected for the number of claims by Holm's method.
    pub corrected_p_value: f64,
    /// How many claims were asked about together, also those that could not be evaluated.
    pub claims: usize,
    /// How many networks it speaks of.
    pub networks: usize,
    /// What the interval rests on.
    pub basis: ClaimBasis,
    /// Why nothing can be decided, where that is so.
    pub undecidable: Option<Undecidable>,
}

/// Whether a claim is borne out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval says so.
    Held,
    /// The whole interval says the opposite.
    Failed,
    /// The interval holds both, or there is none.
    Undecided,
}

/// What an interval is over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimBasis {
    /// The inputs of each test set.
    pub inputs: Vec<usize>,
    /// The draws of each prediction, the fewest if runs differ; `None` where nothing is random, or seeds vary.
    pub draws: Option<usize>,
    /// The seeds of each sweep; none of networks.
    pub seeds: Vec<usize>,
    /// How the seeds of several sweeps were compared.
    pub pairing: Pairing,
    /// Single runs beside a sweep, whose spread over seeds was taken to be the sweep's.
    pub single_runs: Vec<String>,
    /// Whether a calibration error is in it, which is that of the population.
    pub calibration: bool,
}

/// How the seeds of several sweeps were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pairing {
    /// There is one sweep at the most.
    #[default]
    Alone,
    /// They have the same seeds, which were paired.
    Paired,
    /// They have different seeds, each with a spread of its own (Welch).
    Unpaired,
}

/// Why nothing can be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Undecidable {
    /// A claim of procedures on single runs.
    #[error("one run each: how much runs of a procedure differ shows in a sweep over `train.seed`")]
    OneRunEach,
    /// A sweep of fewer than three seeds.
    #[error(
        "`{sweep}` has {seeds} seeds{}, and a claim of procedures needs 3",
        if *beside > 0 { " without the run beside it, which is one of its members" } else { "" }
    )]
    FewSeeds {
        /// The sweep.
        sweep: String,
        /// How many there are.
        seeds: usize,
        /// How many more are compared with it as single runs.
        beside: usize,
    },
    /// Too few draws for an error.
    #[error("too few draws of `{run}` show how far other draws would be; set `samples` of its report to 3 or more")]
    Draws {
        /// The run.
        run: String,
    },
    /// A single test input.
    #[error("a single test input shows no spread")]
    OneInput,
    /// No mistake, or no right answer, was seen, and the network is too certain to tell what one costs.
    #[error(
        "`{run}` errs on none of its test inputs and gives probabilities of 1, so that nothing tells what a mistake costs"
    )]
    NoMistake {
        /// The run.
        run: String,
    },
    /// What is divided by may be zero.
    #[error("what is divided by may be 0 within its 95 % interval")]
    Divisor,
}

/// Why a claim cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// A run it speaks of is not there.
    #[error("there is no result of `{run}`; run it first")]
    NoRun {
        /// Its name.
        run: String,
    },
    /// Members of a sweep it speaks of are not there.
    #[error("`{sweep}` is not finished: {} missing; run the sweep again", listed(missing))]
    Incomplete {
        /// The sweep.
        sweep: String,
        /// The names of the members.
        missing: Vec<String>,
    },
    /// A run has scored no input.
    #[error("the result of `{run}` holds no prediction, so nothing can be claimed of it")]
    NoInput {
        /// Its name.
        run: String,
    },
    /// An epistemic figure of a single draw.
    #[error(
        "`{run}` was scored by a single draw, which has no epistemic part; set `samples` of its report to 2 or more"
    )]
    NotEpistemic {
        /// Its name.
        run: String,
    },
    /// A table, of which nothing can be claimed.
    #[error("what is claimed of `{run}` is a table and not a single number")]
    Table {
        /// Its name.
        run: String,
    },
    /// Arithmetic without a result.
    #[error("a side of the claim divides by zero")]
    Arithmetic,
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {}", quoted.join(", "), if names.len() == 1 { "is" } else { "are" })
}
