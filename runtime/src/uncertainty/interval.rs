//! 95 % intervals over test inputs: where a figure would lie on unlimited inputs of the same kind, given the draws.

use super::resamples::percentile_interval;
use super::{NORMAL_97_5, Resamples};
use rayon::prelude::*;

/// Wilson's 95 % interval of a proportion, `hits` of `count` (Wilson 1927; Agresti & Coull 1998): the shares p that lie
/// within 1.96·√(p(1 − p)/n) of the one seen. From 0 to 1 without a trial.
pub fn wilson_interval(hits: usize, count: usize) -> [f64; 2] {
    if count == 0 {
        return [0.0, 1.0];
    }
    let (n, z) = (count as f64, NORMAL_97_5);
    let share = hits as f64 / n;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends rounding would leave 1e-17.
    let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits == count { 1.0 } else { (centre + half).min(1.0) };
    [low, high]
}

/// 95 % bootstrap-t intervals of the means of `F` figures over the same inputs, a row an input; the ends are not kept in
/// any range. Resamples are those of [`Resamples`], so that two runs on the same inputs are resampled alike.
///
/// The mean of a resample is taken in units of that resample's own standard error (Efron & Tibshirani 1993, section 12.5),
/// which follows the skewness of scores such as the negative log-likelihood, where the percentile interval is too short
/// on the side of the rare large values (Hall 1988). Where a quantile is not finite, because resamples without any spread
/// are too many, that end is the percentile interval's.
pub(super) fn mean_intervals<const F: usize>(rows: &[[f64; F]]) -> [[f64; 2]; F] {
    let count = rows.len() as f64;
    let mut means = [0.0; F];
    for row in rows {
        means.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let means = means.map(|sum| sum / count);
    let moments = |indices: &mut dyn Iterator<Item = usize>| -> [[f64; 2]; F] {
        let mut sums = [[0.0; 2]; F];
        for index in indices {
            for ((sum, value), mean) in sums.iter_mut().zip(rows[index]).zip(means) {
                let distance = value - mean;
                sum[0] += distance;
                sum[1] += distance * distance;
            }
        }
        sums.map(|[sum, square]| {
            let mean = sum / count;
            [mean, ((square / count - mean * mean).max(0.0) / (count - 1.0)).sqrt()]
        })
    };
    let own = moments(&mut (0..rows.len()));
    let again: Vec<[[f64; 2]; F]> = (0..Resamples::COUNT)
        .into_par_iter()
        .map(|resample| {
            let indices = Resamples::of("inputs").indices(resample, rows.len());
            moments(&mut indices.into_iter().map(|index| index as usize))
        })
        .collect();
    std::array::from_fn(|at| {
        let error = own[at][1];
        let mut ratios: Vec<f64> = again.iter().map(|figures| ratio(figures[at])).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let place = |share: f64| ratios[((share * (ratios.len() - 1) as f64).round()) as usize];
        let percentiles = percentile_interval(again.iter().map(|figures| figures[at][0]).collect());
        let end = |ratio: f64, percentile: f64| means[at] + if ratio.is_finite() { -ratio * error } else { percentile };
        let [low, high] = [end(place(0.975), percentiles[0]), end(place(0.025), percentiles[1])];
        [low.min(means[at]), high.max(means[at])]
    })
}

/// A difference in units of its error.
fn ratio([difference, error]: [f64; 2]) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / error }
}

#[cfg(test)]
mod tests {
    use super::{mean_intervals, wilson_interval};

    #[test]
    fn wilson_intervals_are_those_of_scipy() {
        // scipy 1.17: binomtest(hits, count).proportion_ci(method="wilson").
        for (hits, count, expected) in [
            (33, 35, [0.813_929_425_798_350_7, 0.984_186_838_142_991_7]),
            (20, 20, [0.838_874_841_947_181, 1.0]),
            (0, 10, [0.0, 0.277_532_799_862_889_2]),
            (190, 200, [0.910_421_851_861_224, 0.972_617_354_399_236_1]),
        ] {
            let found = wilson_interval(hits, count);
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{hits} of {count}: {found} against {expected}");
            }
        }
        assert_eq!(wilson_interval(0, 0), [0.0, 1.0]);
    }

    #[test]
    fn intervals_of_means_hold_their_mean_and_follow_skewness() {
        let rows: Vec<[f64; 3]> =
            (0..100).map(|at| [f64::from(at), 2.5, (f64::from(at) / 99.0 - 1.0).exp().powi(9)]).collect();
        let [even, constant, skewed] = mean_intervals(&rows);
        let half = 1.984 * 2.901_149;
        assert!((even[0] - (49.5 - half)).abs() < 0.6 && (even[1] - (49.5 + half)).abs() < 0.6, "{even:?}");
        assert_eq!(constant, [2.5, 2.5]);
        let mean = rows.iter().map(|row| row[2]).sum::<f64>() / 100.0;
        assert!(skewed[1] - mean > 1.1 * (mean - skewed[0]), "{skewed:?} about {mean}");
        // One value among zeros: resamples without it have no spread.
        let mut rare = vec![[0.0]; 50];
        rare[7] = [744.0];
        let [[low, high]] = mean_intervals(&rare);
        assert!(low.is_finite() && high.is_finite() && low <= 14.88 && high > 14.88, "{low} to {high}");
    }
}
