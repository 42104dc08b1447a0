//! Intervals of shares and of their paired differences that keep their level in small samples and near 0 and 1.

use super::distribution::{beta_quantile, normal_quantile, root};

/// The ends of the interval of a share from `successes` of `trials`, outside of which it lies in at most `outside` of all
/// cases whatever it is (Clopper & Pearson 1934). Neither number need be whole, so that an effective number of trials can
/// stand for them (Korn & Graubard 1998).
pub(crate) fn share_interval(successes: f64, trials: f64, outside: f64) -> [f64; 2] {
    let failures = (trials - successes).max(0.0);
    let low = if successes <= 0.0 { 0.0 } else { beta_quantile(successes, failures + 1.0, 0.5 * outside) };
    let high = if failures <= 0.0 { 1.0 } else { beta_quantile(successes + 1.0, failures, 1.0 - 0.5 * outside) };
    [low, high]
}

/// The ends of the score interval of the difference of two paired shares (Tango 1998): `gained` and `lost` of `trials`
/// are right on one side only.
pub(crate) fn paired_interval([gained, lost]: [f64; 2], trials: f64, outside: f64) -> [f64; 2] {
    let difference = (gained - lost) / trials;
    let wanted = normal_quantile(outside);
    // The score falls as the difference that it tests rises.
    let score = |tested: f64| {
        let first = 2.0 * trials;
        let second = -gained - lost + (2.0 * trials - gained + lost) * tested;
        let third = -lost * tested * (1.0 - tested);
        let share = (((second * second - 4.0 * first * third).max(0.0)).sqrt() - second) / (2.0 * first);
        let variance = trials * (2.0 * share + tested * (1.0 - tested));
        let distance = gained - lost - trials * tested;
        // At the ends of what a difference can be there is no variance left.
        if variance > 1e-300 { distance / variance.sqrt() } else { distance.signum() * f64::INFINITY }
    };
    let low = root(-1.0, difference, -wanted, |tested| -score(tested));
    let high = root(difference, 1.0, wanted, |tested| -score(tested));
    [low.min(difference), high.max(difference)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_near_one_is_not_taken_for_certain() {
        // scipy.stats.binomtest(20, 20).proportion_ci() and (19, 20)
        for (successes, expected) in [(20.0, [0.831_566_5, 1.0]), (19.0, [0.751_267_2, 0.998_734_9])] {
            let found = share_interval(successes, 20.0, 0.05);
            assert!(found.iter().zip(expected).all(|(end, other)| (end - other).abs() < 1e-6), "{found:?}");
        }
    }

    #[test]
    fn paired_differences_are_those_that_tango_prints() {
        // Tango 1998, table I: of 44 pairs, 1 and 0 discordant, and the crossover example with 12 and 2 of 60.
        let found = paired_interval([0.0, 1.0], 44.0, 0.05);
        assert!((found[0] + 0.118).abs() < 2e-3 && (found[1] - 0.058).abs() < 2e-3, "{found:?}");
        // Without any discordant pair the ends are ±z²/(n + z²).
        let found = paired_interval([0.0, 0.0], 50.0, 0.05);
        let expected = 1.959_964_f64.powi(2) / (50.0 + 1.959_964_f64.powi(2));
        assert!((found[1] - expected).abs() < 1e-6 && (found[0] + expected).abs() < 1e-6, "{found:?}");
    }
}
