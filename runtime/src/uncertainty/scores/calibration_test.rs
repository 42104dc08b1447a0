//! Whether a calibration error is more than chance, and how large it may be.

use super::calibration::{Scheme, cells};
use super::top_label::TopLabel;
use crate::backend::outputs::folded_mean;
use crate::random::{Key, Purpose, Stream};
use crate::uncertainty::proportion::share_interval;
use crate::uncertainty::resamples::quantile;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Resamples that everything here rests on; no p-value is below 1/1,001.
const RESAMPLES: u32 = 1_000;
/// The power of the gap that is called detectable.
const POWER: f64 = 0.8;
/// Resamples, and halvings, of the search for it.
const RESAMPLES_OF_POWER: u32 = 400;
const HALVINGS_OF_POWER: usize = 12;
/// Halvings of the range in which an end of an interval is looked for.
const HALVINGS: usize = 30;

/// What a calibration error over bins tells, given the confidences.
///
/// *The test* is consistency resampling (Bröcker & Smith 2007, "Increasing the Reliability of Reliability Diagrams"): were
/// the network calibrated, each prediction would be right with the probability that it states. Labels are drawn so 1,000
/// times; the p-value is the share of the calibration errors so found that are no smaller than the one seen.
///
/// *The interval* is of the calibration error on unlimited inputs over the same bins, by inversion of a test: it holds the
/// values under which an error as large, or as small, as the one seen has a probability of 2.5 % or more. Gaps of bins are
/// taken as normal. How a value is spread over the bins is unknown; it is taken to be spread in proportion to the noise of
/// each, which hides most, so that the upper end is never too low for other spreads. Bins whose confidence leaves too little
/// chance of a mistake for a normal gap, as those of a very confident network, are taken together: what they add lies within
/// what the interval of their share of mistakes (Clopper & Pearson 1934) allows, also where none was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationTest {
    /// The debiased calibration error: Σ_b of 2·|g_b| − E|N(g_b, s_b²)|, at least 0, with g_b the gap of a bin times
    /// its share of inputs and s_b its standard error (Kumar, Liang & Ma 2019, "Verified Uncertainty Calibration",
    /// for absolute gaps as their implementation has it). A calibrated network still shows some.
    pub debiased: f64,
    /// 95 % interval of the calibration error over these bins, over test inputs given the draws. It holds both estimates.
    pub interval: [f64; 2],
    /// Between which 90 % of the calibration errors of a calibrated network with these confidences lie: the test rejects what
    /// is above.
    pub band_if_calibrated: [f64; 2],
    /// The probability of no smaller a calibration error if the network were calibrated.
    pub p_value: f64,
    /// How far accuracy would have to be below confidence, the same in every bin, for the test to find it with a probability
    /// of 80 %.
    pub detectable_gap: f64,
    /// Mean accuracy less mean confidence.
    pub mean_gap: f64,
    /// Its standard error if the network were calibrated, √(Σ c·(1 − c))/n.
    pub mean_gap_error: f64,
    /// The bins whose accuracy is below their confidence by more than the largest of all bins is in 95 % of the resamples,
    /// in units of its standard error.
    pub overconfident_bins: Vec<usize>,
    /// The bins whose accuracy is above it by as much.
    pub underconfident_bins: Vec<usize>,
    /// How many resamples.
    pub resamples: u32,
}

/// Chances of a mistake, Σ c·(1 − c), that a bin must hold before its gap is taken for normal.
const ENOUGH: f64 = 1.0;

/// A bin with inputs, all in shares of all inputs.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    bin: usize,
    /// Σ c·(1 − c) of its inputs, which is no share.
    chance: f64,
    /// Inputs in it.
    share: f64,
    /// Accuracy less confidence, times the share.
    gap: f64,
}

/// The inputs by bin.
struct Cells<'i> {
    inputs: &'i [TopLabel],
    /// The place in `cells` of each input.
    place: Vec<usize>,
    cells: Vec<Cell>,
}

impl CalibrationTest {
    /// Of the calibration error over `bins` bins of `scheme`, which must be possible. Without an input nothing is known:
    /// p = 1, and an interval from 0 to 1.
    pub(in crate::uncertainty) fn new(inputs: &[TopLabel], scheme: Scheme, bins: usize) -> Self {
        let cells = Cells::new(inputs, scheme, bins);
        let seen = total(cells.cells.iter().map(|cell| cell.gap));
        let consistent = cells.consistency();
        let larger = consistent.iter().filter(|one| one.0 >= seen * (1.0 - 1e-12)).count();
        let mut errors: Vec<f64> = consistent.iter().map(|one| one.0).collect();
        let mut largest: Vec<f64> = consistent.iter().map(|one| one.1).collect();
        errors.sort_unstable_by(f64::total_cmp);
        largest.sort_unstable_by(f64::total_cmp);
        let critical = quantile(&largest, 0.95);
        let noise = cells.noise(&vec![0.0; cells.cells.len()]);
        let beyond = |sign: f64| {
            let all = cells.cells.iter().zip(&noise);
            let beyond = all.filter(|(cell, noise)| sign * cell.gap > critical * **noise && cell.gap != 0.0);
            beyond.map(|(cell, _)| cell.bin).collect()
        };
        let (debiased, interval) = cells.interval(seen);
        Self {
            debiased,
            interval: if inputs.is_empty() { [0.0, 1.0] } else { interval },
            band_if_calibrated: [0.05, 0.95].map(|share| quantile(&errors, share)),
            p_value: (larger + 1) as f64 / f64::from(RESAMPLES + 1),
            detectable_gap: cells.detectable(quantile(&errors, 0.95)),
            mean_gap: cells.cells.iter().map(|cell| cell.gap).sum::<f64>() + 0.0,
            mean_gap_error: cells.cells.iter().map(|cell| cell.chance).sum::<f64>().sqrt()
                / (inputs.len() as f64).max(1.0),
            overconfident_bins: beyond(-1.0),
            underconfident_bins: beyond(1.0),
            resamples: RESAMPLES,
        }
    }
}

/// Σ |gap|.
fn total(gaps: impl Iterator<Item = f64>) -> f64 {
    gaps.map(f64::abs).sum::<f64>() + 0.0
}

fn stream(name: &str) -> Stream {
    Key::new(0).stream(Purpose::Bootstrap, name)
}

impl<'i> Cells<'i> {
    fn new(inputs: &'i [TopLabel], scheme: Scheme, bins: usize) -> Self {
        let bin_of_input = cells(inputs, scheme, bins);
        let mut used = bin_of_input.clone();
        used.sort_unstable();
        used.dedup();
        let place: Vec<usize> =
            bin_of_input.iter().map(|bin| used.binary_search(bin).expect("every bin is among those used")).collect();
        let mut cells: Vec<Cell> = used.into_iter().map(|bin| Cell { bin, ..Cell::default() }).collect();
        let share = 1.0 / inputs.len() as f64;
        for (input, &place) in inputs.iter().zip(&place) {
            let correct = f64::from(u8::from(input.correct));
            cells[place].chance += input.confidence * (1.0 - input.confidence);
            cells[place].share += share;
            cells[place].gap += share * (correct - input.confidence);
        }
        Self { inputs, place, cells }
    }

    /// The calibration error of each resample of the labels, and the largest gap of a bin in units of its noise.
    fn consistency(&self) -> Vec<(f64, f64)> {
        let noise = self.noise(&vec![0.0; self.cells.len()]);
        let labels = stream("labels");
        let one = |resample: u32| {
            let gaps = self.drawn(&labels, resample, 0.0);
            let ratios =
                gaps.iter().zip(&noise).filter(|(_, noise)| **noise > 0.0).map(|(gap, noise)| gap.abs() / noise);
            (total(gaps.iter().copied()), ratios.fold(0.0, f64::max))
        };
        (0..RESAMPLES).into_par_iter().map(one).collect()
    }

    /// The gaps of the bins under labels of which each is right with a probability of its confidence less `below`.
    fn drawn(&self, labels: &Stream, resample: u32, below: f64) -> Vec<f64> {
        let share = 1.0 / self.inputs.len() as f64;
        let mut words = vec![0_u32; self.inputs.len()];
        labels.fill_bits(resample, 0, 0, &mut words);
        let mut gaps = vec![0.0; self.cells.len()];
        for ((input, &place), word) in self.inputs.iter().zip(&self.place).zip(words) {
            let correct = f64::from(u8::from((f64::from(word) + 0.5) / 4_294_967_296.0 < input.confidence - below));
            gaps[place] += share * (correct - input.confidence);
        }
        gaps
    }

    /// The standard error of each gap, see [`noise`].
    fn noise(&self, gaps: &[f64]) -> Vec<f64> {
        let inputs = self.inputs.iter().copied().zip(self.place.iter().copied());
        noise(inputs, &self.cells, self.inputs.len() as f64, gaps)
    }

    /// The estimate without bias, and the interval, of an error of `seen`.
    fn interval(&self, seen: f64) -> (f64, [f64; 2]) {
        let gaps: Vec<f64> = self.cells.iter().map(|cell| cell.gap).collect();
        let noise = self.noise(&gaps);
        let unbiased = gaps.iter().zip(&noise).map(|(gap, noise)| 2.0 * gap.abs() - folded_mean(*gap, *noise));
        let debiased = unbiased.sum::<f64>().max(0.0);
        let (regular, sparse) = (self.part(|cell| cell.chance >= ENOUGH), self.part(|cell| cell.chance < ENOUGH));
        let seen_of = |part: &Part| total(part.cells.iter().map(|cell| cell.gap));
        let ends =
            [(seen_of(&regular), regular.interval_of_normal_gaps()), (seen_of(&sparse), sparse.interval_of_share())];
        // Above the estimate both err independently. Below it each may be nothing: a part of it that chance alone could have
        // made is no less chance beside another.
        let above = ends.iter().map(|(seen, ends)| (ends[1] - seen).powi(2)).sum::<f64>().sqrt();
        let [low, high] = [ends.iter().map(|(_, ends)| ends[0]).sum::<f64>(), (seen + above).min(1.0)];
        (debiased, [low.min(debiased), high.max(debiased)])
    }

    /// Some of the bins, in shares of all inputs still.
    fn part(&self, which: impl Fn(&Cell) -> bool) -> Part {
        let mut place_in_part = vec![None; self.cells.len()];
        let mut part = Part { all: self.inputs.len() as f64, ..Part::default() };
        for (cell, place) in self.cells.iter().zip(&mut place_in_part).filter(|(cell, _)| which(cell)) {
            *place = Some(part.cells.len());
            part.cells.push(*cell);
        }
        for (input, place) in self.inputs.iter().zip(&self.place) {
            if let Some(place) = place_in_part[*place] {
                part.inputs.push((*input, place));
            }
        }
        part
    }

    /// See [`CalibrationTest::detectable_gap`]. Confidences stand above the accuracy by the gap: labels are drawn so, and
    /// what the test finds is counted.
    fn detectable(&self, critical: f64) -> f64 {
        let labels = stream("power");
        let found = |gap: f64| {
            let rejects = |resample: &u32| total(self.drawn(&labels, *resample, gap).into_iter()) > critical;
            let rejected = (0..RESAMPLES_OF_POWER).into_par_iter().filter(rejects).count();
            rejected as f64 >= POWER * f64::from(RESAMPLES_OF_POWER)
        };
        if self.inputs.is_empty() || !found(1.0) {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS_OF_POWER {
            let middle = 0.5 * (low + high);
            if found(middle) { high = middle } else { low = middle }
        }
        high
    }
}

/// Some of the bins.
#[derive(Debug, Default)]
struct Part {
    cells: Vec<Cell>,
    /// Their inputs, each with the place of its bin.
    inputs: Vec<(TopLabel, usize)>,
    /// The inputs of all bins.
    all: f64,
}

impl Part {
    /// The interval of Σ |gap| by inversion of a test on normal gaps.
    fn interval_of_normal_gaps(&self) -> [f64; 2] {
        let gaps: Vec<f64> = self.cells.iter().map(|cell| cell.gap).collect();
        let seen = total(gaps.iter().copied());
        let Some(even) = pattern(self.noise(&gaps)) else { return [seen, seen] };
        let normals = self.normals();
        let at_least = |errors: Vec<f64>| errors.iter().filter(|error| **error >= seen).count();
        let least = (0.025 * f64::from(RESAMPLES)) as usize;
        let low = first(|error| at_least(self.spread(&normals, &even, error)) >= least);
        let high = first(|error| normals.len() - at_least(self.spread(&normals, &even, error)) < least);
        [low.min(seen), high.max(seen)]
    }

    /// The interval of Σ |gap| by the share of mistakes: between |e − c| and e + c, with e their share and c what confidence
    /// leaves for them.
    fn interval_of_share(&self) -> [f64; 2] {
        let seen = total(self.cells.iter().map(|cell| cell.gap));
        let count = self.inputs.len() as f64;
        if count == 0.0 {
            return [0.0, 0.0];
        }
        let wrong = self.inputs.iter().filter(|(input, _)| !input.correct).count() as f64;
        let told: f64 = self.inputs.iter().map(|(input, _)| 1.0 - input.confidence).sum();
        let [fewest, most] = share_interval(wrong, count, 0.05).map(|share| share * count);
        let low = (fewest - told).max(told - most).max(0.0) / self.all;
        [low.min(seen), ((most + told).min(count) / self.all).max(seen)]
    }

    fn noise(&self, gaps: &[f64]) -> Vec<f64> {
        noise(self.inputs.iter().copied(), &self.cells, self.all, gaps)
    }

    /// The calibration errors that chance gives if that on unlimited inputs is `error`, spread over the bins as `pattern`,
    /// which sums to 1. Every call has the same chance.
    fn spread(&self, normals: &[Vec<f64>], pattern: &[f64], error: f64) -> Vec<f64> {
        let gaps: Vec<f64> =
            pattern.iter().zip(&self.cells).map(|(part, cell)| (part * error).copysign(cell.gap)).collect();
        let noise = self.noise(&gaps);
        let one = |row: &Vec<f64>| total(gaps.iter().zip(&noise).zip(row).map(|((gap, noise), z)| gap + noise * z));
        normals.par_iter().map(one).collect()
    }

    /// A standard normal number for each resample and bin.
    fn normals(&self) -> Vec<Vec<f64>> {
        let stream = stream("gaps");
        let one = |resample: u32| {
            let mut row = vec![0.0_f32; self.cells.len()];
            stream.fill_normal(resample, 0, 0, &mut row);
            row.into_iter().map(f64::from).collect()
        };
        (0..RESAMPLES).map(one).collect()
    }
}

/// The standard error of each gap over inputs, `all` with those of other bins, if the gaps on unlimited inputs were `gaps`:
/// that of right and wrong given the confidence, and of how many inputs fall into the bin.
fn noise(inputs: impl Iterator<Item = (TopLabel, usize)>, cells: &[Cell], all: f64, gaps: &[f64]) -> Vec<f64> {
    let shifts: Vec<f64> = gaps.iter().zip(cells).map(|(gap, cell)| gap / cell.share).collect();
    let mut variances = vec![0.0; cells.len()];
    for (input, place) in inputs {
        let right = (input.confidence + shifts[place]).clamp(0.0, 1.0);
        variances[place] += right * (1.0 - right) / all;
    }
    let each = variances.iter().zip(&shifts).zip(cells);
    each.map(|((within, shift), cell)| {
        let between = (cell.share * (1.0 - cell.share)).max(0.0) * shift * shift;
        ((within + between) / all).sqrt()
    })
    .collect()
}

/// Where `holds` begins to hold between 0 and 1, for one that goes on holding; 1 if nowhere.
fn first(holds: impl Fn(f64) -> bool) -> f64 {
    if holds(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

/// Parts that sum to 1, if they sum to anything.
fn pattern(mut parts: Vec<f64>) -> Option<Vec<f64>> {
    let sum: f64 = parts.iter().sum();
    parts.iter_mut().for_each(|part| *part /= sum);
    (sum > 0.0).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Confidences between ½ and 1, right with the probability that `right` makes of them.
    fn inputs(count: u32, seed: u32, right: impl Fn(f64) -> f64) -> Vec<TopLabel> {
        let mut numbers = vec![0.0_f32; 2 * count as usize];
        stream("test").fill_uniform(seed, 0, 0, &mut numbers);
        let input = |pair: &[f32]| {
            let confidence = 0.5 + 0.5 * f64::from(pair[0]);
            TopLabel { confidence, correct: f64::from(pair[1]) < right(confidence) }
        };
        numbers.chunks_exact(2).map(input).collect()
    }

    #[test]
    fn a_calibrated_network_is_rejected_as_often_as_the_level_says() {
        for scheme in [Scheme::EqualWidth, Scheme::EqualCount] {
            let test = |seed| CalibrationTest::new(&inputs(300, seed, |p| p), scheme, 15);
            let tests: Vec<CalibrationTest> = (0..100).map(test).collect();
            let rejected = tests.iter().filter(|test| test.p_value <= 0.05).count();
            // Binomial(100, .05) exceeds 11 with probability .004.
            assert!(rejected <= 11, "{rejected} of 100");
            let covered = tests.iter().filter(|test| test.interval[0] <= 0.0).count();
            assert!(covered >= 91, "{covered} of 100 intervals hold 0");
            let beyond =
                |test: &&CalibrationTest| !(test.overconfident_bins.is_empty() && test.underconfident_bins.is_empty());
            let beyond = tests.iter().filter(beyond).count();
            assert!(beyond <= 12, "{beyond} of 100 have a bin beyond");
            let debiased = tests.iter().map(|test| test.debiased).sum::<f64>() / 100.0;
            let mut band = [0.0; 2];
            tests
                .iter()
                .for_each(|test| band.iter_mut().zip(test.band_if_calibrated).for_each(|(a, b)| *a += b / 100.0));
            assert!(debiased < 0.75 * 0.5 * (band[0] + band[1]), "{debiased} of {band:?}");
        }
    }

    #[test]
    fn bins_that_cancel_in_the_mean_are_found() {
        let half = |at: usize| at.is_multiple_of(2);
        let numbers = inputs(2_000, 1, |p| p);
        let all: Vec<TopLabel> = numbers
            .iter()
            .enumerate()
            .map(|(at, input)| {
                // The uniform number behind the confidence decides.
                let (confidence, accuracy) = if half(at) { (0.6, 0.9) } else { (0.9, 0.6) };
                TopLabel { confidence, correct: 2.0 * (input.confidence - 0.5) < accuracy }
            })
            .collect();
        let mean = all.iter().map(|top| top.confidence - f64::from(u8::from(top.correct))).sum::<f64>() / 2_000.0;
        assert!(mean.abs() < 0.02, "{mean}");
        for (scheme, bins) in [(Scheme::EqualWidth, [8, 13]), (Scheme::EqualCount, [0, 7])] {
            let test = CalibrationTest::new(&all, scheme, 15);
            assert!(test.p_value < 0.002 && test.interval[0] > 0.2, "{test:?}");
            assert_eq!(
                (test.underconfident_bins.as_slice(), test.overconfident_bins.as_slice()),
                (&bins[..1], &bins[1..])
            );
        }
    }

    #[test]
    fn little_or_nothing_is_no_fault() {
        for scheme in [Scheme::EqualWidth, Scheme::EqualCount] {
            let none = CalibrationTest::new(&[], scheme, 15);
            assert_eq!((none.p_value, none.interval, none.debiased), (1.0, [0.0, 1.0], 0.0));
            let sure = CalibrationTest::new(&[TopLabel { confidence: 1.0, correct: true }; 3], scheme, 15);
            assert_eq!((sure.p_value, sure.debiased), (1.0, 0.0));
            let wrong = CalibrationTest::new(&[TopLabel { confidence: 1.0, correct: false }; 3], scheme, 15);
            assert!(wrong.p_value < 0.01 && wrong.interval[1] == 1.0, "{wrong:?}");
            // Twelve right answers of a certain network leave room for a quarter of mistakes (Clopper & Pearson: 26.5 %), and a
            // gap of 1 point would show in one of eight such sets.
            let few = CalibrationTest::new(&[TopLabel { confidence: 0.9997, correct: true }; 12], scheme, 15);
            assert!(few.interval[0] == 0.0 && (few.interval[1] - 0.265).abs() < 2e-3, "{few:?}");
            assert!(few.detectable_gap > 0.1 && few.detectable_gap < 0.15, "{few:?}");
            let one = CalibrationTest::new(&[TopLabel { confidence: 0.9, correct: false }], scheme, 15);
            assert!(one.interval[0] == 0.0 && one.interval[1] == 1.0, "{one:?}");
            assert!(serde_json::to_string(&wrong).is_ok_and(|text| !text.contains("null")));
        }
    }
}
