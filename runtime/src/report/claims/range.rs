//! What a claim's difference can be at all, so that no interval reaches beyond.

use elbo_compiler::ir::{ClaimExpression, Metric};

/// The least and the largest value of an expression, whatever its runs are.
pub(super) fn range_of(expression: &ClaimExpression) -> [f64; 2] {
    let both = |sides: &[ClaimExpression; 2]| [range_of(&sides[0]), range_of(&sides[1])];
    match expression {
        ClaimExpression::Number(value) => [*value, *value],
        ClaimExpression::Figure(figure) => range_of_metric(figure.metric),
        ClaimExpression::Add(sides) => {
            let [left, right] = both(sides);
            [left[0] + right[0], left[1] + right[1]]
        }
        ClaimExpression::Subtract(sides) => {
            let [left, right] = both(sides);
            difference(left, right)
        }
        ClaimExpression::Multiply(sides) => {
            let [left, right] = both(sides);
            hull(left, right, |a, b| a * b)
        }
        ClaimExpression::Divide(sides) => {
            let [left, right] = both(sides);
            if right[0] > 0.0 || right[1] < 0.0 { hull(left, right, |a, b| a / b) } else { EVERYTHING }
        }
    }
}

/// The range of left minus right.
pub(super) fn difference(left: [f64; 2], right: [f64; 2]) -> [f64; 2] {
    [left[0] - right[1], left[1] - right[0]]
}

const EVERYTHING: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];

/// What lies between the results for all ends; everything where an end has none.
fn hull(left: [f64; 2], right: [f64; 2], result: fn(f64, f64) -> f64) -> [f64; 2] {
    let ends = left.map(|a| right.map(|b| result(a, b)));
    let ends = ends.as_flattened();
    if ends.iter().any(|end| end.is_nan()) {
        return EVERYTHING;
    }
    [ends.iter().copied().fold(f64::INFINITY, f64::min), ends.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
}

fn range_of_metric(metric: Metric) -> [f64; 2] {
    match metric {
        Metric::Accuracy
        | Metric::ExpectedCalibrationError { .. }
        | Metric::AdaptiveCalibrationError { .. }
        | Metric::Aleatoric => [0.0, 1.0],
        Metric::Brier => [0.0, 2.0],
        Metric::NegativeLogLikelihood
        | Metric::Entropy
        | Metric::Epistemic
        | Metric::MutualInformation
        | Metric::RootMeanSquaredError
        | Metric::MeanAbsoluteError => [0.0, f64::INFINITY],
        Metric::Reliability { .. } | Metric::RiskCoverage | Metric::PerClass | Metric::Confusion | Metric::Coverage => {
            EVERYTHING
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use elbo_compiler::ir::ClaimFigure;

    #[test]
    fn ranges_follow_the_arithmetic() {
        let figure = |metric| ClaimExpression::Figure(ClaimFigure { metric, run: "a".to_owned() });
        let number = ClaimExpression::Number;
        let accuracy = || figure(Metric::Accuracy);
        for (expression, expected) in [
            (accuracy(), [0.0, 1.0]),
            (ClaimExpression::Subtract(Box::new([number(0.5), accuracy()])), [-0.5, 0.5]),
            (ClaimExpression::Multiply(Box::new([number(-2.0), accuracy()])), [-2.0, 0.0]),
            (ClaimExpression::Divide(Box::new([accuracy(), number(4.0)])), [0.0, 0.25]),
            (ClaimExpression::Divide(Box::new([number(1.0), accuracy()])), EVERYTHING),
            (ClaimExpression::Add(Box::new([figure(Metric::Brier), number(1.0)])), [1.0, 3.0]),
        ] {
            assert_eq!(range_of(&expression), expected, "{expression:?}");
        }
    }
}
