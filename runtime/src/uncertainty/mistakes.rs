//! What mistakes add to a mean that depends on the labels.
//!
//! A confident network that is right on every test input shows no spread at all, and its next input may still cost more than
//! all of them together. So the mean is split: what mistakes add is their share, whose error is that of a share (Clopper &
//! Pearson 1934; of two networks Tango 1998) also where none was seen, times what a mistake costs; the rest is a mean like
//! any other. What a mistake costs is what those seen cost more than the right answers, beside one more that costs what the
//! network's own confidence says (as a prior of one observation), which alone stands where none was seen.

use super::InputScores;
use super::proportion::share_interval;
use elbo_compiler::ir::Metric;

/// The mistakes of a network, as a metric counts them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mistakes {
    /// 1 for each input that is predicted wrong, else 0.
    pub wrong: Vec<f64>,
    /// What a mistake adds to the metric's value of an input; not finite where none was seen and a confidence of 1 does not
    /// tell.
    pub cost: f64,
}

impl Mistakes {
    /// Those of a metric; `None` of one that does not depend on labels, or is no mean.
    pub fn of<'i>(
        metric: Metric,
        inputs: impl Iterator<Item = &'i InputScores> + Clone,
        values: &[f64],
    ) -> Option<Self> {
        // What an input would be worth if it were predicted right, and wrong.
        let worth: fn(&InputScores) -> [f64; 2] = match metric {
            Metric::Accuracy => |_| [1.0, 0.0],
            // All that is not given to the predicted class may be the true one's.
            Metric::NegativeLogLikelihood => |scores| [-scores.confidence.ln(), -(-scores.confidence).ln_1p()],
            Metric::Brier => |scores| [2.0 * (1.0 - scores.confidence).powi(2), 2.0 * scores.confidence.powi(2)],
            Metric::Aleatoric
            | Metric::Entropy
            | Metric::Epistemic
            | Metric::MutualInformation
            | Metric::ExpectedCalibrationError { .. }
            | Metric::AdaptiveCalibrationError { .. }
            | Metric::Reliability { .. }
            | Metric::RiskCoverage
            | Metric::PerClass
            | Metric::Confusion
            | Metric::RootMeanSquaredError
            | Metric::MeanAbsoluteError
            | Metric::Coverage => return None,
        };
        let wrong: Vec<f64> = inputs.clone().map(|scores| f64::from(u8::from(!scores.correct))).collect();
        let mean = |of: f64| {
            let chosen = || values.iter().zip(&wrong).filter(|(_, wrong)| **wrong == of);
            let count = chosen().count() as f64;
            (chosen().map(|(value, _)| value).sum::<f64>() / count, count)
        };
        let ((right, of_right), (mistaken, of_mistaken)) = (mean(0.0), mean(1.0));
        let told = inputs.zip(values).map(|(scores, value)| {
            let [if_right, if_wrong] = worth(scores);
            if scores.correct { if_wrong - value } else { value - if_right }
        });
        let mut told = told.sum::<f64>() / values.len() as f64;
        let seen = of_right.min(of_mistaken);
        let cost = if seen > 0.0 {
            if !told.is_finite() {
                // A confidence of 1 tells no cost; the dearest input that was seen stands for it.
                told = values.iter().copied().fold(0.0, f64::max);
            }
            (seen * (mistaken - right) + told) / (seen + 1.0)
        } else {
            told
        };
        Some(Self { wrong, cost })
    }
}

/// Mistakes, or right answers, below which a mean that depends on them has its interval from their share: with fewer, how
/// far the values seen are spread says little of those to come.
const FEW: f64 = 5.0;

/// The 95 % interval of the mean of `values` where fewer than [`FEW`] mistakes, or right answers, were seen: the interval of
/// their share times what one costs, and that of the rest, `interval_of_rest` of what the values are without it, put
/// together as independent distances are. `None` elsewhere; an end that is not finite where nothing tells a cost.
pub(crate) fn interval_by_mistakes<'i>(
    metric: Metric,
    inputs: impl Iterator<Item = &'i InputScores> + Clone,
    values: &[f64],
    interval_of_rest: impl FnOnce(&[f64]) -> [f64; 2],
) -> Option<[f64; 2]> {
    let Mistakes { wrong, cost } = Mistakes::of(metric, inputs, values)?;
    let count = values.len() as f64;
    let mistakes: f64 = wrong.iter().sum();
    if mistakes.min(count - mistakes) >= FEW {
        return None;
    }
    if !cost.is_finite() {
        return Some([f64::NEG_INFINITY, f64::INFINITY]);
    }
    let rest: Vec<f64> = values.iter().zip(&wrong).map(|(value, wrong)| value - cost * wrong).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let shares = share_interval(mistakes, count, 0.05).map(|share| cost * (share - mistakes / count));
    let own = interval_of_rest(&rest).map(|end| end - mean(&rest));
    let reach = |side: fn(f64, f64) -> f64| side(shares[0], shares[1]).hypot(side(own[0], own[1]));
    let value = mean(values);
    Some([value - reach(f64::min), value + reach(f64::max)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(outcomes: &[(f64, bool)]) -> (Vec<InputScores>, Vec<f64>) {
        let input = |&(confidence, correct): &(f64, bool)| {
            let true_class: f64 = if correct { confidence } else { 1.0 - confidence };
            InputScores {
                predicted: usize::from(!correct),
                confidence,
                correct,
                negative_log_likelihood: -true_class.ln(),
                brier: 2.0 * (1.0 - true_class).powi(2),
                aleatoric: 0.0,
                epistemic: None,
                entropy: 0.0,
                expected_entropy: 0.0,
            }
        };
        let inputs: Vec<InputScores> = outcomes.iter().map(input).collect();
        let values = inputs.iter().map(|input| input.negative_log_likelihood).collect();
        (inputs, values)
    }

    #[test]
    fn a_mistake_costs_what_was_seen_or_what_confidence_says() {
        let odds = |confidence: f64| (confidence / (1.0 - confidence)).ln();
        let cost = |outcomes: &[(f64, bool)]| {
            let (inputs, values) = inputs(outcomes);
            Mistakes::of(Metric::NegativeLogLikelihood, inputs.iter(), &values).expect("it depends on labels").cost
        };
        assert!((cost(&[(0.99, true); 5]) - odds(0.99)).abs() < 1e-9);
        // Where all are equally confident, both say the same.
        assert!((cost(&[(0.9, true), (0.9, true), (0.9, false)]) - odds(0.9)).abs() < 1e-9);
        // One seen and one told.
        let mixed = [(0.99, true), (0.99, true), (0.6, false)];
        let told = (2.0 * odds(0.99) + odds(0.6)) / 3.0;
        let seen = -(0.4_f64.ln()) + 0.99_f64.ln();
        assert!((cost(&mixed) - 0.5 * (seen + told)).abs() < 1e-9);
        assert!(!cost(&[(1.0, true); 5]).is_finite());
    }

    #[test]
    fn what_depends_on_no_label_has_none() {
        let (inputs, values) = inputs(&[(0.9, true)]);
        assert_eq!(Mistakes::of(Metric::Entropy, inputs.iter(), &values), None);
        let accuracy = Mistakes::of(Metric::Accuracy, inputs.iter(), &[1.0]).expect("it depends on labels");
        assert_eq!((accuracy.wrong, accuracy.cost), (vec![0.0], -1.0));
    }
}
