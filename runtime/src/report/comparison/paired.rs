//! Paired differences between runs on the same test inputs.

use super::{Difference, Measure};
use crate::report::claims::{ClaimRun, evaluate_claim, same_test_split};
use elbo_compiler::ir::{Claim, ClaimExpression, ClaimFigure, Comparison, Metric};
use std::collections::BTreeMap;

/// The differences of `to` less `from` in every plain measure that both have, each with the 95 % interval of a bootstrap
/// over the test inputs they share; none if they were scored on different test splits, or their targets are real numbers.
pub fn paired_differences(from: (&str, ClaimRun<'_>), to: (&str, ClaimRun<'_>)) -> Vec<Difference> {
    let Some(test) = from.1.report.test.as_ref().filter(|_| same_test_split(&from.1, &to.1)) else {
        return Vec::new();
    };
    let runs = BTreeMap::from([("from".to_owned(), vec![from.1]), ("to".to_owned(), vec![to.1])]);
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

fn metric(measure: &Measure, bins: usize) -> Option<Metric> {
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
