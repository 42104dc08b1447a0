//! Where the error of an estimate comes from, and the interval that all of it makes together.

use super::calibration::Gaps;
use crate::uncertainty::distribution::student_quantile;
use crate::uncertainty::proportion::{paired_interval, share_interval};

/// One source of error.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ErrorPart {
    /// A mean, or anything that is about normal, with its standard error.
    Mean {
        /// The standard error.
        error: f64,
        /// Degrees of freedom of that error.
        freedom: f64,
        /// The skewness of the estimate; 0 where it is symmetric.
        skewness: f64,
    },
    /// `coefficient` times a share.
    Share {
        /// What the share is multiplied by.
        coefficient: f64,
        /// How many are right.
        successes: f64,
        /// Of how many.
        trials: f64,
    },
    /// `coefficient` times the difference of two shares of the same inputs.
    PairedShares {
        /// What the difference is multiplied by.
        coefficient: f64,
        /// How many are right on the first side only, and on the second only.
        discordant: [f64; 2],
        /// Of how many.
        trials: f64,
    },
    /// `coefficient` times the mean calibration error of some networks.
    Calibration {
        /// What the mean is multiplied by.
        coefficient: f64,
        /// Those of each network.
        networks: Vec<Gaps>,
    },
}

impl ErrorPart {
    /// How far the truth may be below and above the estimate, unless one of `outside` of all cases is met.
    pub fn reach(&self, outside: f64) -> [f64; 2] {
        match self {
            Self::Mean { error, freedom, skewness } => {
                let quantile = student_quantile(*freedom, outside);
                [quantile, -quantile].map(|quantile| (error * unskewed(quantile, *skewness)).abs())
            }
            Self::Share { coefficient, successes, trials } => {
                let share = successes / trials;
                scaled(*coefficient, share, share_interval(*successes, *trials, outside))
            }
            Self::PairedShares { coefficient, discordant, trials } => {
                let difference = (discordant[0] - discordant[1]) / trials;
                scaled(*coefficient, difference, paired_interval(*discordant, *trials, outside))
            }
            Self::Calibration { coefficient, networks } => {
                // Networks on the same inputs err together.
                let mut reach = [0.0; 2];
                for gaps in networks {
                    let own = scaled(*coefficient, gaps.estimate(), gaps.interval(outside));
                    reach.iter_mut().zip(own).for_each(|(sum, own)| *sum += own / networks.len() as f64);
                }
                reach
            }
        }
    }
}

fn scaled(coefficient: f64, estimate: f64, [low, high]: [f64; 2]) -> [f64; 2] {
    let reach = [estimate - low, high - estimate].map(|reach| (coefficient * reach).max(0.0).max(-coefficient * reach));
    if coefficient < 0.0 { [reach[1], reach[0]] } else { reach }
}

/// The quantile of a studentised mean of skewed values that belongs to a quantile of Student's distribution (Hall 1992, "On
/// the removal of skewness by transformation"): the inverse of g(t) = t + λ·(t²/3 + 1/6) + λ²·t³/27, where λ is the
/// skewness of the mean, that of the values by √n.
fn unskewed(quantile: f64, skewness: f64) -> f64 {
    if skewness.abs() < 1e-6 {
        return quantile;
    }
    let found = 3.0 / skewness * ((1.0 + skewness * (quantile - skewness / 6.0)).cbrt() - 1.0);
    // Of very few, very skewed values the correction overshoots.
    if found * quantile > 0.0 { found } else { quantile }
}

/// An estimate with the sources of its error.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Estimate {
    /// Its value.
    pub value: f64,
    /// What it can be at all.
    pub range: [f64; 2],
    /// Where its error comes from.
    pub parts: Vec<ErrorPart>,
    /// Parts that err together, by their places, and how much: their correlation, above 0.
    pub correlations: Vec<([usize; 2], f64)>,
}

impl Estimate {
    /// The interval outside of which the truth lies in at most `outside` of all cases: the reaches of the parts are put
    /// together as standard errors would be ("method of variance estimates recovery", Zou & Donner 2008; with
    /// correlations Zou 2007).
    pub fn interval(&self, outside: f64) -> [f64; 2] {
        let reaches: Vec<[f64; 2]> = self.parts.iter().map(|part| part.reach(outside)).collect();
        let together = |side: usize| {
            let squares: f64 = reaches.iter().map(|reach| reach[side] * reach[side]).sum();
            let products: f64 =
                self.correlations.iter().map(|([a, b], by)| 2.0 * by * reaches[*a][side] * reaches[*b][side]).sum();
            (squares + products).sqrt()
        };
        // A range that rounding puts beyond the value does not move it.
        let [least, most] = [self.range[0].min(self.value), self.range[1].max(self.value)];
        [(self.value - together(0)).max(least), (self.value + together(1)).min(most)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_errors_add_up_as_squares() {
        let part = |error| ErrorPart::Mean { error, freedom: 1e9, skewness: 0.0 };
        let range = [f64::NEG_INFINITY, f64::INFINITY];
        let mut estimate = Estimate { value: 1.0, range, parts: vec![part(3.0), part(4.0)], correlations: vec![] };
        let [low, high] = estimate.interval(0.05);
        assert!((high - 1.0 - 5.0 * 1.959_964).abs() < 1e-5 && (1.0 - low - 5.0 * 1.959_964).abs() < 1e-5);
        estimate.correlations.push(([0, 1], 1.0));
        assert!((estimate.interval(0.05)[1] - 1.0 - 7.0 * 1.959_964).abs() < 1e-5);
        estimate.range = [0.5, 2.0];
        assert_eq!(estimate.interval(0.05), [0.5, 2.0]);
    }

    #[test]
    fn the_long_tail_reaches_further() {
        let part = ErrorPart::Mean { error: 1.0, freedom: 1e9, skewness: 0.3 };
        let [below, above] = part.reach(0.05);
        // 10·(∛(1 + 0.3·(1.96 − 0.05)) − 1) and 10·(1 − ∛(1 − 0.3·(1.96 + 0.05)))
        assert!((below - 1.630).abs() < 2e-3 && (above - 2.652).abs() < 3e-3, "{below} {above}");
    }

    #[test]
    fn a_negative_coefficient_exchanges_the_ends() {
        let part = |coefficient| ErrorPart::Share { coefficient, successes: 19.0, trials: 20.0 };
        let [below, above] = part(1.0).reach(0.05);
        assert_eq!(part(-1.0).reach(0.05), [above, below]);
        assert!(below > 3.0 * above);
    }
}
