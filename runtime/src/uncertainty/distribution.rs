//! Quantiles of the normal, Student's and the beta distribution.

/// The most steps of a search, which leave 2⁻⁶⁰ of where it began.
const STEPS: usize = 120;

/// Where `rising` reaches `target` between `low` and `high`: by the secant through the ends, each second step by halves, so
/// that no function can keep it from its end.
pub(crate) fn root(mut low: f64, mut high: f64, target: f64, rising: impl Fn(f64) -> f64) -> f64 {
    let above = |x: f64| rising(x) - target;
    let (mut below_at_low, mut above_at_high) = (above(low), above(high));
    for step in 0..STEPS {
        if high - low <= 4.0 * f64::EPSILON * low.abs().max(high.abs()) {
            break;
        }
        let share = below_at_low / (below_at_low - above_at_high);
        let by_secant = step % 2 == 0 && share > 0.0 && share < 1.0;
        let middle = if by_secant { low + share * (high - low) } else { 0.5 * (low + high) };
        let found = above(middle);
        if found < 0.0 {
            (low, below_at_low) = (middle, found)
        } else {
            (high, above_at_high) = (middle, found)
        }
        if found == 0.0 {
            return middle;
        }
    }
    0.5 * (low + high)
}

/// Φ(x) of the standard normal distribution.
pub(crate) fn normal_probability(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// φ(x), the density of the standard normal distribution.
pub(crate) fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The value that |z| of the standard normal distribution exceeds in a share `outside` of all cases.
pub(crate) fn normal_quantile(outside: f64) -> f64 {
    // The upper tail, which keeps its digits where it is small.
    root(-40.0, 0.0, 0.5 * outside, normal_probability).abs()
}

/// The value that |t| of Student's distribution exceeds in a share `outside` of all cases, for any number of degrees of
/// freedom above 0 (Abramowitz & Stegun 1964, 26.5.27): t = √(ν·(1 − x)/x) where I_x(ν/2, 1/2) = `outside`.
pub(crate) fn student_quantile(freedom: f64, outside: f64) -> f64 {
    if outside >= 1.0 {
        return 0.0;
    }
    // In ln t, so that tails far out keep their digits.
    let beyond = |logarithm: f64| {
        let square = (2.0 * logarithm).exp();
        1.0 - regularized_beta(0.5 * freedom, 0.5, freedom / (freedom + square))
    };
    root(-30.0, 30.0, 1.0 - outside, beyond).exp()
}

/// The `share` quantile of the beta distribution.
pub(crate) fn beta_quantile(a: f64, b: f64, share: f64) -> f64 {
    root(0.0, 1.0, share, |x| regularized_beta(a, b, x))
}

/// I_x(a, b), the regularised incomplete beta function, by Lentz's method on its continued fraction (Abramowitz & Stegun
/// 1964, 26.5.8; Press et al. 2007, section 6.4).
fn regularized_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p();
    if x < (a + 1.0) / (a + b + 2.0) {
        front.exp() * continued_fraction(a, b, x) / a
    } else {
        1.0 - front.exp() * continued_fraction(b, a, 1.0 - x) / b
    }
}

fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    // It takes about √max(a, b) terms.
    for term in 1..10_000 {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + numerator * d);
            c = away_from_zero(1.0 + numerator / c);
            change = d * c;
            result *= change;
        }
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_student_are_those_of_scipy() {
        // scipy.stats.t.ppf(0.975, freedom)
        for (freedom, expected) in [
            (1.0, 12.706_204_736_432_095),
            (2.0, 4.302_652_729_911_275),
            (3.0, 3.182_446_305_284_263),
            (4.0, 2.776_445_105_197_793),
            (9.0, 2.262_157_162_854_099),
            (30.0, 2.042_272_456_301_237),
        ] {
            let found = student_quantile(freedom, 0.05);
            assert!((found - expected).abs() < 1e-8, "{freedom}: {found}");
        }
        assert!((student_quantile(1e7, 0.05) - 1.959_964_5).abs() < 1e-5);
    }

    #[test]
    fn quantiles_of_the_normal_distribution_reach_far_out() {
        for (outside, expected) in [(0.05, 1.959_963_984_540_054), (2e-9, 5.997_807_015_007_687), (1.0, 0.0)] {
            assert!((normal_quantile(outside) - expected).abs() < 1e-6, "{outside}");
        }
    }

    #[test]
    fn quantiles_of_the_beta_distribution_are_those_of_scipy() {
        // scipy.stats.beta.ppf
        for ((a, b, share), expected) in [
            ((20.0, 1.0, 0.025), 0.831_566_519_640_3),
            ((2.0, 3.0, 0.5), 0.385_727_563_5),
            ((9_500.0, 501.0, 0.975), 0.954_094_131_4),
        ] {
            let found = beta_quantile(a, b, share);
            assert!((found - expected).abs() < 1e-5, "{a} {b}: {found}");
        }
    }
}
