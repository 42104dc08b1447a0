//! The probability integral transform: where targets lie in their predictive distributions.

use serde::{Deserialize, Serialize};

/// Bins of the histogram.
const BINS: usize = 10;

/// Where the targets lie in their predictive distributions, F(y): evenly between 0 and 1 if these are right (Dawid 1984;
/// Gneiting, Balabdaoui & Raftery 2007). Many near both ends tell of predictions that are too narrow, many in the middle of
/// such that are too wide, and a slope of a bias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbabilityIntegralTransform {
    /// Targets in each of ten bins of equal width.
    pub counts: Vec<usize>,
    /// The largest distance of their distribution function from the even one.
    pub kolmogorov_smirnov: f64,
    /// The probability of no smaller a distance if the predictive distributions were right.
    pub p_value: f64,
}

impl ProbabilityIntegralTransform {
    /// Of the values of F(y); at least one.
    pub(super) fn new(mut values: Vec<f64>) -> Self {
        let mut counts = vec![0; BINS];
        values.iter().for_each(|value| counts[((value * BINS as f64) as usize).min(BINS - 1)] += 1);
        values.sort_unstable_by(f64::total_cmp);
        let count = values.len() as f64;
        let distance = |(place, value): (usize, &f64)| {
            let place = place as f64;
            (value - place / count).max((place + 1.0) / count - value)
        };
        let distance = values.iter().enumerate().map(distance).fold(0.0, f64::max);
        Self { counts, kolmogorov_smirnov: distance, p_value: kolmogorov_p_value(distance, count) }
    }
}

/// The p-value of a Kolmogorov–Smirnov distance: the limiting distribution 2·Σ (−1)^(k−1)·e^(−2k²λ²) at
/// λ = (√n + 0.12 + 0.11/√n)·D, good to two digits from n = 5 on (Stephens 1970).
fn kolmogorov_p_value(distance: f64, count: f64) -> f64 {
    let root = count.sqrt();
    let lambda = (root + 0.12 + 0.11 / root) * distance;
    // Below this the sum needs more terms than are worth it, and is 1 to nine digits.
    if lambda < 0.27 {
        return 1.0;
    }
    let term = |k: i32| {
        let size = (-2.0 * f64::from(k * k) * lambda * lambda).exp();
        if k % 2 == 1 { size } else { -size }
    };
    (2.0 * (1..=20).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_near_those_of_scipy() {
        // scipy.stats.kstwo.sf(distance, count), exact
        for (distance, count, expected) in [
            (0.2, 20.0, 0.352_720_173_623),
            (0.136, 100.0, 0.044_860_299_791),
            (0.05, 500.0, 0.158_662_602_238),
            (0.4, 5.0, 0.308_8),
            (0.03, 1000.0, 0.322_690_214_391),
        ] {
            let found = kolmogorov_p_value(distance, count);
            assert!((found - expected).abs() < 0.01, "{found}, not {expected}");
        }
    }

    #[test]
    fn values_are_counted_and_tested() {
        let even = ProbabilityIntegralTransform::new((0..100).map(|at| (f64::from(at) + 0.5) / 100.0).collect());
        assert_eq!(even.counts, [10; 10]);
        assert!((even.kolmogorov_smirnov - 0.005).abs() < 1e-12 && even.p_value == 1.0);
        let ends = ProbabilityIntegralTransform::new([0.0, 1.0].repeat(50));
        assert_eq!((ends.counts[0], ends.counts[9], ends.kolmogorov_smirnov), (50, 50, 0.5));
        assert!(ends.p_value < 1e-9);
    }
}
