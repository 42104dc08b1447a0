//! What is predicted of one real target that nobody knows.

use super::Marginal;
use super::input::LEVELS;

/// The predictive distribution of one target, in its own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValuePrediction {
    /// μ̄.
    pub mean: f64,
    /// `E[σ²]`, the variance within the draws.
    pub aleatoric: f64,
    /// `Var[μ]` in the 1/T form, the variance between the draws; `None` for T = 1.
    pub epistemic: Option<f64>,
    /// The central interval that holds the target with probability 95 %: quantiles of the mixture of all draws.
    pub interval: [f64; 2],
}

impl ValuePrediction {
    /// Of the mixture of all draws.
    pub fn of(mixture: &impl Marginal) -> Self {
        let (level, z) = LEVELS[LEVELS.len() - 1];
        let tail = 0.5 * (1.0 - level);
        Self {
            mean: mixture.mean(),
            aleatoric: mixture.aleatoric(),
            epistemic: (mixture.samples() > 1).then(|| mixture.epistemic()),
            interval: [mixture.quantile(tail, -z), mixture.quantile(1.0 - tail, z)],
        }
    }

    /// The standard deviation of the mixture, √(`E[σ²]` + `Var[μ]`): the law of total variance.
    pub fn deviation(&self) -> f64 {
        (self.aleatoric + self.epistemic.unwrap_or(0.0)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncertainty::GaussianMixture;

    #[test]
    fn one_draw_is_a_normal_distribution_and_several_are_wider() {
        let one = ValuePrediction::of(&GaussianMixture { means: vec![3.0], log_variances: vec![4.0_f64.ln()] });
        assert!((one.deviation() - 2.0).abs() < 1e-12 && one.epistemic.is_none());
        for (end, expected) in one.interval.into_iter().zip([3.0 - 1.96 * 2.0, 3.0 + 1.96 * 2.0]) {
            assert!((end - expected).abs() < 1e-3, "{end}, not {expected}");
        }
        let two = GaussianMixture { means: vec![0.0, 6.0], log_variances: vec![4.0_f64.ln(); 2] };
        let found = ValuePrediction::of(&two);
        assert_eq!((found.mean, found.epistemic), (3.0, Some(9.0)));
        assert!((found.deviation() - 13.0_f64.sqrt()).abs() < 1e-12);
        let held = two.cdf(found.interval[1]) - two.cdf(found.interval[0]);
        assert!((held - 0.95).abs() < 1e-9, "{held}");
    }
}
