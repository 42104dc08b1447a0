//! Whether finished runs bear a claim out.
//!
//! A claim compares the left side less the right side with 0. Its verdict rests on a 95 % interval of that difference over
//! whatever could have been otherwise: test inputs and draws of networks as they are, seeds, too, of procedures. Claims
//! that are evaluated together are corrected for their number.

mod calibration;
mod error_part;
mod estimation;
mod holm;
mod linear;
mod measured;
mod subject;
mod text;

pub use holm::correct_for_number;
pub use subject::{ClaimRun, ClaimSubject, ClaimSubjects};
pub use text::{claim_grounds, claim_verdict, claims_markdown, claims_text};

use elbo_compiler::analysis::{range_of, range_of_difference};
use elbo_compiler::ir::{Claim, Comparison, Estimand};
use error_part::Estimate;
use estimation::Claimed;
use linear::{Linear, divisors_of, figures_of};
use measured::MeasuredFigure;
use serde::{Deserialize, Serialize};
use subject::Trainings;

/// How often an interval, or a test, may err.
pub const LEVEL: f64 = 0.05;

/// The smallest p-value that is told from 0.
const SMALLEST_P: f64 = 1e-12;

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

/// Evaluates a claim on finished runs. Epistemic figures are those in the T/(T − 1) form, calibration errors those of the
/// population. The verdict is that of the claim alone, until [`correct_for_number`] has seen the others.
///
/// # Errors
/// [`ClaimError`] if a run is missing or a figure is not defined.
pub fn evaluate_claim(claim: &Claim, runs: &ClaimSubjects<'_>) -> Result<ClaimOutcome, ClaimError> {
    let sides = [&claim.left, &claim.right];
    let figures = figures_of(sides);
    let mut subjects: Vec<Trainings<'_>> = Vec::new();
    for figure in &figures {
        if !subjects.iter().any(|known| known.name == figure.run) {
            subjects.push(Trainings::find(&figure.run, runs)?);
        }
    }
    if claim.estimand == Estimand::Procedures {
        without_runs_beside_them(&mut subjects);
    }
    let networks = distinct_networks(&subjects);
    let measured: Vec<MeasuredFigure> =
        figures.iter().map(|figure| MeasuredFigure::new(figure, &subjects)).collect::<Result<_, _>>()?;
    let values: Vec<f64> = measured.iter().map(MeasuredFigure::value).collect();
    let linear = Linear::difference(sides, &figures, &values)?;
    let claimed = Claimed { estimand: claim.estimand, subjects: &subjects, figures: &measured };
    let mut undecidable = None;
    let mut divisors = Vec::new();
    sides.into_iter().for_each(|side| divisors_of(side, &mut divisors));
    for divisor in divisors {
        let estimate = claimed.estimate(&Linear::new(divisor, &figures, &values)?, range_of(divisor));
        if estimate.is_ok_and(|(estimate, _)| holds_zero(estimate.interval(LEVEL))) {
            undecidable = Some(Undecidable::Divisor);
        }
    }
    let (estimate, basis) = match claimed.estimate(&linear, range_of_difference(claim)) {
        Ok((estimate, basis)) => (Some(estimate), basis),
        Err(reason) => {
            undecidable = undecidable.or(Some(reason));
            (None, ClaimBasis::default())
        }
    };
    let estimate = estimate.filter(|_| undecidable.is_none());
    let decide = |estimate: &Estimate, level| verdict(claim.comparison, estimate.interval(level));
    let p_value = estimate.as_ref().map_or(1.0, |estimate| p_value(|level| decide(estimate, level)));
    let alone = estimate.as_ref().map_or(Verdict::Undecided, |estimate| decide(estimate, LEVEL));
    Ok(ClaimOutcome {
        text: claim.text.clone(),
        verdict: alone,
        alone,
        estimand: claim.estimand,
        margin: match claim.comparison {
            Comparison::Equivalent { margin } => Some(margin),
            Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Less | Comparison::LessOrEqual => None,
        },
        difference: linear.value,
        interval: estimate.map(|estimate| estimate.interval(LEVEL)),
        p_value,
        corrected_p_value: p_value,
        claims: 1,
        networks,
        basis,
        undecidable,
    })
}

/// Takes what stands beside a sweep as a single run out of it, so that no training is on both sides.
fn without_runs_beside_them(subjects: &mut [Trainings<'_>]) {
    let singles: Vec<String> = (subjects.iter().filter(|subject| subject.runs.len() == 1))
        .map(|subject| subject.runs[0].training.to_owned())
        .collect();
    for sweep in subjects.iter_mut().filter(|subject| subject.runs.len() > 1) {
        let all = sweep.runs.len();
        sweep.runs.retain(|run| !singles.iter().any(|single| single == run.training));
        sweep.beside = all - sweep.runs.len();
    }
    // A sweep of nothing else stays as it is: it shows nothing either way.
}

fn distinct_networks(subjects: &[Trainings<'_>]) -> usize {
    let mut known: Vec<&str> =
        subjects.iter().flat_map(|subject| subject.runs.iter().map(|run| run.training)).collect();
    known.sort_unstable();
    known.dedup();
    known.len()
}

fn holds_zero([low, high]: [f64; 2]) -> bool {
    low <= 0.0 && high >= 0.0
}

/// Whether every value of the interval is on the claimed side of 0, or within the margin of it. An equivalence is held by
/// two one-sided tests, each at half the level (Schuirmann 1987), so that at the margin no more than at 0 is decided.
fn verdict(comparison: Comparison, [low, high]: [f64; 2]) -> Verdict {
    let (holds, fails) = match comparison {
        Comparison::Greater => (low > 0.0, high <= 0.0),
        Comparison::GreaterOrEqual => (low >= 0.0, high < 0.0),
        Comparison::Less => (high < 0.0, low >= 0.0),
        Comparison::LessOrEqual => (high <= 0.0, low > 0.0),
        Comparison::Equivalent { margin } => (low >= -margin && high <= margin, low > margin || high < -margin),
    };
    match (holds, fails) {
        (true, _) => Verdict::Held,
        (_, true) => Verdict::Failed,
        _ => Verdict::Undecided,
    }
}

/// The smallest level at which the interval decides.
fn p_value(decide: impl Fn(f64) -> Verdict) -> f64 {
    let decided = |logarithm: f64| decide(logarithm.exp()) != Verdict::Undecided;
    let (mut low, mut high) = (SMALLEST_P.ln(), 0.999_999_f64.ln());
    if decided(low) {
        return 0.0;
    }
    if !decided(high) {
        return 1.0;
    }
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        if decided(middle) { high = middle } else { low = middle }
    }
    high.exp()
}

#[cfg(test)]
mod tests;
