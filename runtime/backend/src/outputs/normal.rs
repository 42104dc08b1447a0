//! The normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};

/// The distribution function of the standard normal distribution.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The mean of |x| for x ~ N(mean, deviation²), the folded normal distribution (Leone, Nelson & Nottingham 1961):
/// σ·√(2/π)·e^(−μ²/2σ²) + μ·(1 − 2Φ(−μ/σ)).
pub fn folded_mean(mean: f64, deviation: f64) -> f64 {
    if deviation <= 0.0 {
        return mean.abs();
    }
    let ratio = mean / deviation;
    // The last bracket is an error function.
    deviation * FRAC_2_PI.sqrt() * (-0.5 * ratio * ratio).exp() + mean * libm::erf(ratio * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::folded_mean;

    #[test]
    fn folded_means_are_those_of_scipy() {
        // scipy.stats.foldnorm.mean(|μ|/σ, scale=σ)
        for (mean, deviation, expected) in [
            (0.0, 1.0, 0.797_884_560_802_865_4),
            (0.5, 0.25, 0.504_245_351_308_414_9),
            (-0.02, 0.05, 0.043_043_883_694_745_3),
            (-3.0, 0.0, 3.0),
        ] {
            let found = folded_mean(mean, deviation);
            assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        }
    }
}
