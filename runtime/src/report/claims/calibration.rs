//! An interval of the calibration error of the population.
//!
//! The error of a test set is a sum of absolute gaps, S = Σ_b |ĝ_b|, each with an error of its own, so that S is above
//! zero for a calibrated network, too: by √(2/π)·Σ_b σ_b where every gap is 0. The interval holds what of the population's
//! Σ_b |g_b| = θ a test of level α does not refuse, for whatever gaps make that test err the most:
//!
//! - θ is refused as too small if S is above θ + √(2/π)·Σσ_b + z·sd: a folded normal variable is above |g| by at most
//!   √(2/π)·σ in the mean, and by that much where all of θ is in one bin and the others are calibrated;
//! - θ is refused as too large if S is below its least mean less z·sd. E|N(g, σ)| is convex in g, so the least sum for a
//!   given θ has gaps in proportion to their errors, g_b = k·σ_b with k = θ/Σσ_b.
//!
//! Bins that hold too little chance of an error for any of this, as those of a very confident network, are taken together.
//! Σ_b |g_b| over them lies between |e − c| and e + c, where e is their share of mistakes among all inputs and c what their
//! confidence leaves for mistakes; e is held by the interval of a share (Clopper & Pearson 1934), also where no mistake, or
//! nothing but mistakes, was seen. Both kinds are put together as independent distances are.
//!
//! Kumar, Liang & Ma (2019) and Roelofs, Cain, Shlens & Mozer (2022) describe the bias; the folded normal distribution is
//! that of Leone, Nelson & Nottingham (1961).

use crate::uncertainty::distribution::{normal_density, normal_probability, normal_quantile, root};
use crate::uncertainty::proportion::share_interval;
use crate::uncertainty::scores::{TopLabel, bin_of};

/// Chances of an error that a bin must hold, Σ c·(1 − c), before its gap is taken for normal.
const ENOUGH: f64 = 1.0;

/// Values of θ that are looked at for the upper end, before it is found to the last digit between two of them.
const GRID: usize = 64;

/// √(2/π), the mean of |N(0, 1)|.
fn mean_of_folded() -> f64 {
    std::f64::consts::FRAC_2_PI.sqrt()
}

/// The gaps of a test set between confidence and accuracy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gaps {
    /// S of bins whose gap is about normal.
    sum: f64,
    /// Their σ_b.
    regular: Vec<f64>,
    /// The others.
    sparse: Sparse,
    /// What each input adds to S as it stands: its confidence less whether it is right, with the sign of its bin's gap.
    pub influences: Vec<f64>,
}

/// Bins whose gaps are not about normal, together.
#[derive(Debug, Clone, PartialEq, Default)]
struct Sparse {
    /// Their inputs.
    inputs: f64,
    /// Those of them that are wrong.
    wrong: f64,
    /// Σ (1 − c), the mistakes that their confidence leaves room for.
    told: f64,
    /// Inputs of all bins.
    all: f64,
}

impl Sparse {
    fn estimate(&self) -> f64 {
        if self.inputs > 0.0 { (self.wrong - self.told).abs() / self.all } else { 0.0 }
    }

    fn interval(&self, outside: f64) -> [f64; 2] {
        if self.inputs == 0.0 {
            return [0.0, 0.0];
        }
        let [fewest, most] = share_interval(self.wrong, self.inputs, outside).map(|share| share * self.inputs);
        let low = (fewest - self.told).max(self.told - most).max(0.0);
        [low / self.all, (most + self.told).min(self.inputs) / self.all]
    }
}

impl Gaps {
    /// Over bins of equal width on (0, 1].
    pub fn of_equal_width(inputs: &[TopLabel], bins: usize) -> Self {
        let bin_of_each: Vec<usize> = inputs.iter().map(|input| bin_of(input.confidence, bins)).collect();
        Self::new(inputs, &bin_of_each, bins)
    }

    /// Over bins of equal count, longer ones first. Which of several equally confident inputs stand before a cut is the
    /// order of the inputs, where the metric shares their accuracy.
    pub fn of_equal_count(inputs: &[TopLabel], bins: usize) -> Self {
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by(|&left, &right| inputs[left].confidence.total_cmp(&inputs[right].confidence));
        let mut bin_of_each = vec![0; inputs.len()];
        let (each, longer) = (inputs.len() / bins, inputs.len() % bins);
        for (place, &input) in order.iter().enumerate() {
            let of_longer = longer * (each + 1);
            bin_of_each[input] =
                if place < of_longer { place / (each + 1) } else { longer + (place - of_longer) / each.max(1) };
        }
        Self::new(inputs, &bin_of_each, bins)
    }

    fn new(inputs: &[TopLabel], bin_of_each: &[usize], bins: usize) -> Self {
        let count = inputs.len() as f64;
        // Of each bin: Σ of gaps, Σ of their squares, Σ c·(1 − c), inputs, those that are wrong, Σ (1 − c).
        let mut sums = vec![[0.0; 6]; bins];
        let gap = |input: &TopLabel| input.confidence - f64::from(u8::from(input.correct));
        for (input, &bin) in inputs.iter().zip(bin_of_each) {
            let gap = gap(input);
            let left = 1.0 - input.confidence;
            let wrong = f64::from(u8::from(!input.correct));
            let more = [gap, gap * gap, input.confidence * left, 1.0, wrong, left];
            sums[bin].iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
        }
        let (mut sum, mut regular) = (0.0, Vec::new());
        let mut sparse = Sparse { all: count, ..Sparse::default() };
        for [gaps, squares, chance, inputs, wrong, left] in &sums {
            if *chance >= ENOUGH {
                // Few errors show less spread than their chance has: where confidence tells more, it counts.
                regular.push((squares - gaps * gaps / count).max(*chance).max(0.0).sqrt() / count);
                sum += gaps.abs() / count;
            } else {
                sparse.inputs += inputs;
                sparse.wrong += wrong;
                sparse.told += left;
            }
        }
        let influences =
            inputs.iter().zip(bin_of_each).map(|(input, &bin)| gap(input) * sums[bin][0].signum()).collect();
        Self { sum, regular, sparse, influences }
    }

    /// The calibration error of the population at which S is what is expected at the least: no more than S, and 0 where a
    /// calibrated network would have as much.
    pub fn estimate(&self) -> f64 {
        self.upper(0.0) + self.sparse.estimate()
    }

    /// The ends of the interval outside of which the population's error lies in at most `outside` of all cases.
    pub fn interval(&self, outside: f64) -> [f64; 2] {
        let z = normal_quantile(outside);
        let (regular, sparse) = (self.upper(0.0), self.sparse.estimate());
        let own = [self.lower(z), self.upper(z)];
        let others = self.sparse.interval(outside);
        let reach = |side: usize| (own[side] - regular).hypot(others[side] - sparse);
        let estimate = self.estimate();
        [(estimate - reach(0)).max(0.0), estimate + reach(1)]
    }

    fn lower(&self, z: f64) -> f64 {
        let largest = self.regular.iter().copied().fold(0.0, f64::max);
        let squares: f64 = self.regular.iter().map(|error| error * error).sum();
        let share = std::f64::consts::FRAC_2_PI;
        let deviation = ((1.0 - share) * squares + share * largest * largest).sqrt();
        let total: f64 = self.regular.iter().sum();
        (self.sum - mean_of_folded() * total - z * deviation).max(0.0).min(self.upper(0.0))
    }

    fn upper(&self, z: f64) -> f64 {
        let total: f64 = self.regular.iter().sum();
        if total == 0.0 {
            return self.sum;
        }
        let squares: f64 = self.regular.iter().map(|error| error * error).sum();
        // The least S of level α for a θ.
        let least = |error: f64| {
            let k = error / total;
            let folded = 2.0 * normal_density(k) + k * (2.0 * normal_probability(k) - 1.0);
            let variance = squares * (1.0 + k * k - folded * folded).max(0.0);
            total * folded - z * variance.sqrt()
        };
        let most = self.sum + z * squares.sqrt();
        // It need not rise everywhere, so the last θ that is not refused is looked for from above.
        let grid = |place: usize| most * place as f64 / GRID as f64;
        let Some(place) = (0..=GRID).rev().find(|&place| least(grid(place)) <= self.sum) else { return 0.0 };
        if place == GRID { most } else { root(grid(place), grid(place + 1), self.sum, least) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(count: usize, confidence: f64, every: usize) -> Vec<TopLabel> {
        (0..count).map(|index| TopLabel { confidence, correct: !index.is_multiple_of(every) }).collect()
    }

    /// S of all bins, where those that are sparse err in one direction.
    fn sum_of(gaps: &Gaps) -> f64 {
        gaps.sum + gaps.sparse.estimate()
    }

    /// scipy.stats.beta.ppf(0.975, 1, 20) = 0.168434 and beta.ppf(0.025, 5, 1) = 0.478176
    #[test]
    fn what_was_never_seen_is_not_ruled_out() {
        let sure = Gaps::of_equal_width(&inputs(20, 1.0, 100)[1..].repeat(2)[..20], 15);
        let [low, high] = sure.interval(0.05);
        assert!(low == 0.0 && (high - 0.168_434).abs() < 1e-5, "{low} {high}");
        let [low, high] = Gaps::of_equal_width(&inputs(5, 1.0, 1), 15).interval(0.05);
        assert!((low - 0.478_176).abs() < 1e-5 && high == 1.0, "{low} {high}");
    }

    #[test]
    fn the_interval_holds_the_estimate_and_the_estimate_is_no_more_than_the_sum() {
        for (count, confidence, every) in [(50, 0.9, 10), (50, 0.9, 3), (1_000, 0.6, 2), (7, 0.99, 5), (1, 0.5, 2)] {
            let inputs = inputs(count, confidence, every);
            for gaps in [Gaps::of_equal_width(&inputs, 15), Gaps::of_equal_count(&inputs, 15)] {
                for outside in [0.05, 0.5, 1e-6] {
                    let [low, high] = gaps.interval(outside);
                    let estimate = gaps.estimate();
                    assert!(low <= estimate && estimate <= high, "{low} {estimate} {high}");
                    assert!(low >= 0.0 && estimate <= sum_of(&gaps) + 1e-12, "{estimate}");
                }
            }
        }
    }

    #[test]
    fn a_calibrated_network_may_have_no_error_and_a_bad_one_may_not() {
        let mut mixed = inputs(500, 0.9, 10);
        mixed.extend(inputs(500, 0.5, 2));
        let [low, high] = Gaps::of_equal_width(&mixed, 15).interval(0.05);
        assert!(low == 0.0 && high < 0.06, "{high}");
        let [low, high] = Gaps::of_equal_width(&inputs(1_000, 0.9, 2), 15).interval(0.05);
        assert!(low > 0.33 && low < 0.4 && high > 0.4 && high < 0.45, "{low} {high}");
    }

    #[test]
    fn bins_of_equal_count_are_those_of_the_metric() {
        let inputs: Vec<TopLabel> = (0..37_u32)
            .map(|index| TopLabel { confidence: 0.3 + f64::from(index) / 60.0, correct: index % 3 != 0 })
            .collect();
        let expected = crate::uncertainty::scores::adaptive_calibration_error(&inputs, 5).expect("five bins");
        assert!((sum_of(&Gaps::of_equal_count(&inputs, 5)) - expected).abs() < 1e-12);
        let expected = crate::uncertainty::scores::expected_calibration_error(&inputs, 5).expect("five bins");
        assert!((sum_of(&Gaps::of_equal_width(&inputs, 5)) - expected).abs() < 1e-12);
    }
}
