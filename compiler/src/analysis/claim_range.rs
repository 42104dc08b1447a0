//! What the sides of a claim, and their difference, can be at all.

use crate::ir::{Claim, ClaimExpression, Comparison, Metric};

/// Whether a claim is true, or false, whatever its runs come to; `None` where that depends on them.
pub fn known_beforehand(claim: &Claim) -> Option<bool> {
    let [low, high] = range_of_difference(claim);
    // The stricter end first: no value is both.
    match claim.comparison {
        Comparison::Greater if low > 0.0 => Some(true),
        Comparison::Greater => (high <= 0.0).then_some(false),
        Comparison::GreaterOrEqual if low >= 0.0 => Some(true),
        Comparison::GreaterOrEqual => (high < 0.0).then_some(false),
        Comparison::Less if high < 0.0 => Some(true),
        Comparison::Less => (low >= 0.0).then_some(false),
        Comparison::LessOrEqual if high <= 0.0 => Some(true),
        Comparison::LessOrEqual => (low > 0.0).then_some(false),
        Comparison::Equivalent { margin } if low >= -margin && high <= margin => Some(true),
        Comparison::Equivalent { margin } => (low > margin || high < -margin).then_some(false),
    }
}

/// The range of the left side less the right side.
pub fn range_of_difference(claim: &Claim) -> [f64; 2] {
    if claim.left == claim.right {
        return [0.0, 0.0];
    }
    difference(range_of(&claim.left), range_of(&claim.right))
}

/// The least and the largest value of an expression, whatever its runs are.
pub fn range_of(expression: &ClaimExpression) -> [f64; 2] {
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
fn difference(left: [f64; 2], right: [f64; 2]) -> [f64; 2] {
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
    use crate::ir::{ClaimFigure, Estimand};

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

    #[test]
    fn what_no_run_can_change_is_known() {
        use Comparison::{Equivalent, Greater, GreaterOrEqual, Less, LessOrEqual};
        let figure = |metric, run: &str| ClaimExpression::Figure(ClaimFigure { metric, run: run.to_owned() });
        let accuracy = |run: &str| figure(Metric::Accuracy, run);
        let number = ClaimExpression::Number;
        for (left, comparison, right, expected) in [
            (accuracy("a"), Greater, number(90.0), Some(false)),
            (accuracy("a"), Less, number(90.0), Some(true)),
            (accuracy("a"), Greater, number(0.9), None),
            (accuracy("a"), Greater, number(1.0), Some(false)),
            (accuracy("a"), GreaterOrEqual, number(1.0), None),
            (accuracy("a"), GreaterOrEqual, number(0.0), Some(true)),
            (accuracy("a"), LessOrEqual, number(1.0), Some(true)),
            (accuracy("a"), Less, number(0.0), Some(false)),
            (figure(Metric::NegativeLogLikelihood, "a"), Less, number(-5.0), Some(false)),
            (figure(Metric::NegativeLogLikelihood, "a"), Greater, number(0.0), None),
            (accuracy("a"), Equivalent { margin: 2.0 }, accuracy("b"), Some(true)),
            (accuracy("a"), Equivalent { margin: 0.01 }, accuracy("b"), None),
            (accuracy("a"), Equivalent { margin: 0.01 }, number(2.0), Some(false)),
            (accuracy("a"), Greater, accuracy("b"), None),
            (accuracy("a"), Greater, accuracy("a"), Some(false)),
            (accuracy("a"), GreaterOrEqual, accuracy("a"), Some(true)),
        ] {
            let claim = Claim { text: String::new(), left, comparison, right, estimand: Estimand::Networks };
            assert_eq!(known_beforehand(&claim), expected, "{claim:?}");
        }
    }
}
