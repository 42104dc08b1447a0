//! Paired differences between runs on the same test inputs.

use super::{Difference, Measure};
use crate::report::claims::{ClaimRun, ClaimSubject, ClaimSubjects, evaluate_claim};
use elbo_compiler::ir::{Claim, ClaimExpression, ClaimFigure, Comparison, Estimand, Metric};

/// The differences of `to` less `from` in every plain measure that both have, each with its 95 % interval over the test
/// inputs they share and the draws of both; none if they were scored on different test inputs, or their targets are real
/// numbers. They are differences of these two networks: other seeds of either say nothing here.
pub fn paired_differences(from: (&str, ClaimRun<'_>), to: (&str, ClaimRun<'_>)) -> Vec<Difference> {
    let Some(test) = from.1.evaluation.filter(|_| from.1.shares_test_set(&to.1)) else {
        return Vec::new();
    };
    let subject = |run| ClaimSubject { runs: vec![run], missing: Vec::new() };
    let runs = ClaimSubjects::from([("from".to_owned(), subject(from.1)), ("to".to_owned(), subject(to.1))]);
    let bins = test.expected_calibration_error_bins;
    Measure::plain()
        .filter_map(|measure| {
            let figure = |run: &str| {
                let metric = metric(&measure, bins)?;
                Some(ClaimExpression::Figure(ClaimFigure { metric, run: run.to_owned() }))
            };
            let claim = Claim {
                text: String::new(),
                left: figure("to")?,
                comparison: Comparison::Greater,
                right: figure("from")?,
                estimand: Estimand::Networks,
            };
            // Without an epistemic part in both there is no difference of it.
            let outcome = evaluate_claim(&claim, &runs).ok()?;
            let interval = outcome.interval?;
            Some(Difference {
                measure,
                from: from.0.to_owned(),
                to: to.0.to_owned(),
                value: outcome.difference,
                interval,
            })
        })
        .collect()
}

/// The metric of a measure that is had of every input; `None` of others.
pub(super) fn metric(measure: &Measure, bins: usize) -> Option<Metric> {
    Some(match measure {
        Measure::Accuracy => Metric::Accuracy,
        Measure::NegativeLogLikelihood => Metric::NegativeLogLikelihood,
        Measure::Brier => Metric::Brier,
        Measure::ExpectedCalibrationError => Metric::ExpectedCalibrationError { bins },
        Measure::Aleatoric => Metric::Aleatoric,
        Measure::Epistemic => Metric::Epistemic,
        Measure::MutualInformation => Metric::MutualInformation,
        Measure::RootMeanSquaredError | Measure::MeanAbsoluteError | Measure::Detection { .. } => return None,
    })
}
