//! Which runs are better than all others they are compared with, as far as the test inputs can tell.

use super::Measure;
use super::paired::metric;
use crate::report::claims::{ClaimRun, ClaimSubject, ClaimSubjects, Verdict, evaluate_claim};
use elbo_compiler::ir::{Claim, ClaimExpression, ClaimFigure, Comparison, Estimand};

/// What a mark of the best says.
pub const BEST: &str = "best on the same test inputs: the paired 95 % interval of its difference from every other \
    excludes 0";

/// Whether the runs `one` are better than the runs `other` in a measure: on the same test inputs, and by a paired 95 %
/// interval without 0, over test inputs and draws of single runs, over seeds, too, where either are several.
pub fn is_better(measure: &Measure, one: &[ClaimRun<'_>], other: &[ClaimRun<'_>]) -> bool {
    let (Some(more), Some(first)) = (measure.more_is_better(), one.first()) else { return false };
    if !one.iter().chain(other).all(|run| run.shares_test_set(first)) {
        return false;
    }
    let bins = first.evaluation.map_or(1, |evaluation| evaluation.expected_calibration_error_bins);
    let Some(metric) = metric(measure, bins) else { return false };
    let figure = |run: &str| ClaimExpression::Figure(ClaimFigure { metric, run: run.to_owned() });
    let claim = Claim {
        text: String::new(),
        left: figure("one"),
        comparison: if more { Comparison::Greater } else { Comparison::Less },
        right: figure("other"),
        estimand: if one.len().max(other.len()) > 1 { Estimand::Procedures } else { Estimand::Networks },
    };
    let subjects = ClaimSubjects::from([("one".to_owned(), subject(one)), ("other".to_owned(), subject(other))]);
    evaluate_claim(&claim, &subjects).is_ok_and(|outcome| outcome.verdict == Verdict::Held)
}

fn subject<'r>(runs: &[ClaimRun<'r>]) -> ClaimSubject<'r> {
    ClaimSubject { runs: runs.to_vec(), missing: Vec::new() }
}

/// The place of the one of several values that is better than every other, if there is such a one.
pub(crate) fn best_of(more: bool, values: &[Option<f64>], better: impl Fn(usize, usize) -> bool) -> Option<usize> {
    let known: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?))).collect();
    let order = |value: f64| if more { value } else { -value };
    let (first, _) = *known.iter().max_by(|one, other| order(one.1).total_cmp(&order(other.1)))?;
    let others = || known.iter().map(|(place, _)| *place).filter(|place| *place != first);
    (others().next().is_some() && others().all(|other| better(first, other))).then_some(first)
}
