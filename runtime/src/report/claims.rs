//! Whether finished runs bear a claim out.

mod text;

pub use text::{claim_grounds, claim_verdict, claims_markdown, claims_text};

use super::Report;
use crate::uncertainty::scores::{TopLabel, adaptive_calibration_error, expected_calibration_error};
use crate::uncertainty::{InputScores, PredictedInput, Resamples, ScoreSums, percentile_interval};
use elbo_compiler::ir::{Claim, ClaimExpression, ClaimFigure, Comparison, Metric};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A finished run that a claim speaks of.
#[derive(Debug, Clone, Copy)]
pub struct ClaimRun<'r> {
    /// Its report.
    pub report: &'r Report,
    /// The inputs of its `predictions.csv`.
    pub inputs: &'r [PredictedInput],
}

/// Finished runs by the names that claims use: a single one of a run, one a seed of a sweep.
pub type ClaimRuns<'r> = BTreeMap<String, Vec<ClaimRun<'r>>>;

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimOutcome {
    /// Its sentence.
    pub text: String,
    /// Whether it is borne out.
    pub verdict: Verdict,
    /// The left side less the right side: over all inputs, the mean over seeds.
    pub difference: f64,
    /// 95 % interval of the difference; `None` where it cannot be had, as from a single seed.
    pub interval: Option<[f64; 2]>,
    /// What the interval is over.
    pub over: Over,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Over {
    /// Test inputs, by the percentile bootstrap. Runs on the same test split are paired by input.
    Inputs {
        /// Resamples.
        resamples: u32,
    },
    /// Seeds of a sweep, by Student's t; sweeps are paired by seed.
    Seeds {
        /// How many.
        seeds: usize,
    },
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
    #[error("what is claimed of `{run}` is a table and not a figure")]
    Table {
        /// Its name.
        run: String,
    },
    /// Sweeps that cannot be paired.
    #[error(
        "`{first}` and `{second}` have different seeds, so that they cannot be compared seed by seed; give both the same"
    )]
    Seeds {
        /// One sweep.
        first: String,
        /// The other.
        second: String,
    },
    /// Arithmetic without a result.
    #[error("a side of the claim divides by zero")]
    Arithmetic,
}

/// Evaluates a claim on finished runs: over the seeds of its sweeps if it speaks of any, else over test inputs. Epistemic
/// figures are those in the T/(T − 1) form.
///
/// # Errors
/// [`ClaimError`] if a run is missing or a figure is not defined.
pub fn evaluate_claim(claim: &Claim, runs: &ClaimRuns<'_>) -> Result<ClaimOutcome, ClaimError> {
    let mut figures = Vec::new();
    for side in [&claim.left, &claim.right] {
        collect(side, &mut figures);
    }
    let names: BTreeSet<&str> = figures.iter().map(|figure| figure.run.as_str()).collect();
    let mut members: BTreeMap<&str, &[ClaimRun<'_>]> = BTreeMap::new();
    for name in names {
        let found = runs.get(name).filter(|runs| !runs.is_empty());
        let found = found.ok_or_else(|| ClaimError::NoRun { run: name.to_owned() })?;
        if found.iter().any(|run| run.inputs.is_empty()) {
            return Err(ClaimError::NoInput { run: name.to_owned() });
        }
        members.insert(name, found);
    }
    let (difference, interval, over) = if members.values().any(|runs| runs.len() > 1) {
        over_seeds(claim, &members)?
    } else {
        over_inputs(claim, &members)?
    };
    let verdict = interval.map_or(Verdict::Undecided, |interval| verdict(claim.comparison, interval));
    Ok(ClaimOutcome { text: claim.text.clone(), verdict, difference, interval, over })
}

fn collect<'c>(expression: &'c ClaimExpression, figures: &mut Vec<&'c ClaimFigure>) {
    match expression {
        ClaimExpression::Number(_) => {}
        ClaimExpression::Figure(figure) => figures.push(figure),
        ClaimExpression::Add(sides)
        | ClaimExpression::Subtract(sides)
        | ClaimExpression::Multiply(sides)
        | ClaimExpression::Divide(sides) => sides.iter().for_each(|side| collect(side, figures)),
    }
}

/// Whether every value between the ends is on the claimed side of 0.
fn verdict(comparison: Comparison, [low, high]: [f64; 2]) -> Verdict {
    let (holds, fails) = match comparison {
        Comparison::Greater => (low > 0.0, high <= 0.0),
        Comparison::GreaterOrEqual => (low >= 0.0, high < 0.0),
        Comparison::Less => (high < 0.0, low >= 0.0),
        Comparison::LessOrEqual => (high <= 0.0, low > 0.0),
    };
    match (holds, fails) {
        (true, _) => Verdict::Held,
        (_, true) => Verdict::Failed,
        _ => Verdict::Undecided,
    }
}

type Found = (f64, Option<[f64; 2]>, Over);

/// The left side less the right side with figures by `figure`.
fn difference(claim: &Claim, figure: &dyn Fn(&ClaimFigure) -> Result<f64, ClaimError>) -> Result<f64, ClaimError> {
    let value = value(&claim.left, figure)? - value(&claim.right, figure)?;
    if value.is_finite() { Ok(value) } else { Err(ClaimError::Arithmetic) }
}

fn value(
    expression: &ClaimExpression,
    figure: &dyn Fn(&ClaimFigure) -> Result<f64, ClaimError>,
) -> Result<f64, ClaimError> {
    let both = |sides: &[ClaimExpression; 2]| -> Result<(f64, f64), ClaimError> {
        Ok((value(&sides[0], figure)?, value(&sides[1], figure)?))
    };
    Ok(match expression {
        ClaimExpression::Number(number) => *number,
        ClaimExpression::Figure(of) => figure(of)?,
        ClaimExpression::Add(sides) => both(sides).map(|(left, right)| left + right)?,
        ClaimExpression::Subtract(sides) => both(sides).map(|(left, right)| left - right)?,
        ClaimExpression::Multiply(sides) => both(sides).map(|(left, right)| left * right)?,
        ClaimExpression::Divide(sides) => both(sides).map(|(left, right)| left / right)?,
    })
}

/// Bootstrap over test inputs of single runs. Those on one test split share their resamples, the others have their own.
fn over_inputs(claim: &Claim, members: &BTreeMap<&str, &[ClaimRun<'_>]>) -> Result<Found, ClaimError> {
    let mut splits: Vec<TestSplit> = Vec::new();
    let mut place = BTreeMap::new();
    for (name, runs) in members {
        let split = TestSplit::of(&runs[0]);
        let found = splits.iter().position(|known| *known == split).unwrap_or(splits.len());
        if found == splits.len() {
            splits.push(split);
        }
        place.insert(*name, found);
    }
    let run_of = |figure: &ClaimFigure| &members[figure.run.as_str()][0];
    let all = difference(claim, &|figure| measure(figure, run_of(figure), run_of(figure).inputs.iter()))?;
    let again: Result<Vec<f64>, ClaimError> = (0..Resamples::COUNT)
        .into_par_iter()
        .map(|resample| {
            let indices: Vec<Vec<u32>> = splits
                .iter()
                .enumerate()
                .map(|(split, test)| {
                    let name = if split == 0 { "inputs".to_owned() } else { format!("inputs/{split}") };
                    Resamples::of(&name).indices(resample, test.examples)
                })
                .collect();
            difference(claim, &|figure| {
                let run = run_of(figure);
                let chosen = indices[place[figure.run.as_str()]].iter().map(|&index| &run.inputs[index as usize]);
                measure(figure, run, chosen)
            })
        })
        .collect();
    let over = Over::Inputs { resamples: Resamples::COUNT };
    // A resample that divides by zero leaves the difference without an interval.
    Ok((all, again.ok().map(percentile_interval), over))
}

/// Whether two runs were scored on the same test inputs, as far as their reports tell.
pub(super) fn same_test_split(one: &ClaimRun<'_>, other: &ClaimRun<'_>) -> bool {
    TestSplit::of(one) == TestSplit::of(other)
}

/// What makes two test splits the same.
#[derive(PartialEq)]
struct TestSplit {
    source: String,
    digests: Vec<(String, String)>,
    examples: usize,
}

impl TestSplit {
    fn of(run: &ClaimRun<'_>) -> Self {
        let data = &run.report.run.data;
        // Neither other distributions nor starting weights.
        let own = data.digests.iter().filter(|(name, _)| !name.contains('/'));
        Self {
            source: data.source.clone(),
            digests: own.map(|(name, digest)| (name.clone(), digest.clone())).collect(),
            examples: run.inputs.len(),
        }
    }
}

/// Student's t over seeds; single runs stand beside every seed as they are.
fn over_seeds(claim: &Claim, members: &BTreeMap<&str, &[ClaimRun<'_>]>) -> Result<Found, ClaimError> {
    let members: BTreeMap<&str, Vec<ClaimRun<'_>>> =
        members.iter().map(|(name, runs)| (*name, by_seed(runs))).collect();
    let seeds_of = |runs: &[ClaimRun<'_>]| runs.iter().map(|run| run.report.run.seed).collect::<Vec<u64>>();
    let mut sweeps = members.iter().filter(|(_, runs)| runs.len() > 1);
    let (first, runs) = sweeps.next().expect("the caller has seen a sweep");
    let seeds = seeds_of(runs);
    if let Some((second, _)) = sweeps.find(|(_, other)| seeds_of(other) != seeds) {
        return Err(ClaimError::Seeds { first: (*first).to_owned(), second: (*second).to_owned() });
    }
    let differences: Result<Vec<f64>, ClaimError> = (0..seeds.len())
        .map(|seed| {
            difference(claim, &|figure| {
                let runs = &members[figure.run.as_str()];
                let run = if runs.len() > 1 { &runs[seed] } else { &runs[0] };
                measure(figure, run, run.inputs.iter())
            })
        })
        .collect();
    let differences = differences?;
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|value| (value - mean) * (value - mean)).sum();
    let half = student_t_95(differences.len() - 1) * (squares / (count - 1.0) / count).sqrt();
    Ok((mean, Some([mean - half, mean + half]), Over::Seeds { seeds: differences.len() }))
}

fn by_seed<'r>(runs: &[ClaimRun<'r>]) -> Vec<ClaimRun<'r>> {
    let mut runs = runs.to_vec();
    runs.sort_by_key(|run| run.report.run.seed);
    runs
}

/// A figure of some inputs of a run.
fn measure<'i>(
    figure: &ClaimFigure,
    run: &ClaimRun<'_>,
    inputs: impl Iterator<Item = &'i PredictedInput>,
) -> Result<f64, ClaimError> {
    let samples = run.report.test.as_ref().map_or(1, |test| test.samples) as f64;
    let unbiased = samples / (samples - 1.0);
    let mean = |inputs: &mut dyn Iterator<Item = &'i PredictedInput>, sum: fn(&ScoreSums) -> f64| {
        let mut sums = ScoreSums::default();
        inputs.for_each(|input| sums.add(&input.scores));
        sums.mean(sum(&sums))
    };
    let top = |inputs: &mut dyn Iterator<Item = &'i PredictedInput>| -> Vec<TopLabel> {
        inputs.map(|input| TopLabel::from(&input.scores)).collect()
    };
    let mut inputs = inputs;
    let epistemic = |of: f64| match run.inputs[0].scores {
        InputScores { epistemic: Some(_), .. } => Ok(of * unbiased),
        _ => Err(ClaimError::NotEpistemic { run: figure.run.clone() }),
    };
    match figure.metric {
        Metric::Accuracy => Ok(mean(&mut inputs, |sums| sums.correct as f64)),
        Metric::NegativeLogLikelihood => Ok(mean(&mut inputs, |sums| sums.negative_log_likelihood)),
        Metric::Brier => Ok(mean(&mut inputs, |sums| sums.brier)),
        Metric::Aleatoric => Ok(mean(&mut inputs, |sums| sums.aleatoric)),
        Metric::Entropy => Ok(mean(&mut inputs, |sums| sums.entropy)),
        Metric::Epistemic => epistemic(mean(&mut inputs, |sums| sums.epistemic)),
        Metric::MutualInformation => epistemic(mean(&mut inputs, |sums| sums.entropy - sums.expected_entropy).max(0.0)),
        Metric::ExpectedCalibrationError { bins } => expected_calibration_error(&top(&mut inputs), bins)
            .map_err(|_| ClaimError::Table { run: figure.run.clone() }),
        Metric::AdaptiveCalibrationError { bins } => adaptive_calibration_error(&top(&mut inputs), bins)
            .map_err(|_| ClaimError::Table { run: figure.run.clone() }),
        Metric::Reliability { .. }
        | Metric::RiskCoverage
        | Metric::PerClass
        | Metric::Confusion
        | Metric::RootMeanSquaredError
        | Metric::MeanAbsoluteError
        | Metric::Coverage => Err(ClaimError::Table { run: figure.run.clone() }),
    }
}

/// The value that |t| of Student's distribution stays below in 95 of 100 cases, by bisection of its distribution, which
/// is a finite sum for whole degrees of freedom (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
fn student_t_95(freedom: usize) -> f64 {
    let within = |t: f64| {
        let angle = (t / (freedom as f64).sqrt()).atan();
        let (sine, cosine) = angle.sin_cos();
        let odd = freedom % 2 == 1;
        let (mut term, mut sum) = if odd { (cosine, if freedom > 1 { cosine } else { 0.0 }) } else { (1.0, 1.0) };
        // Powers of the cosine up to freedom − 2, two at a time.
        let mut power = if odd { 3 } else { 2 };
        while power + 2 <= freedom {
            let step = power as f64;
            term *= cosine * cosine * (step - 1.0) / step;
            sum += term;
            power += 2;
        }
        if odd { std::f64::consts::FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
    };
    let (mut low, mut high) = (1.0, 20.0);
    while high - low > 1e-12 {
        let middle = 0.5 * (low + high);
        if within(middle) < 0.95 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests;
