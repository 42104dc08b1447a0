//! The bootstrap over inputs: how far a figure would be on another test set of this size.

use super::InputScores;
use super::scores::bin_of;
use crate::random::{Key, Purpose, Stream};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Resamples of inputs with replacement (Efron & Tibshirani 1993, chapter 13). No run's seed decides them, so that runs
/// on the same inputs are resampled alike and their differences are paired.
#[derive(Debug, Clone, Copy)]
pub struct Resamples {
    stream: Stream,
}

impl Resamples {
    /// How many resamples every interval rests on.
    pub const COUNT: u32 = 1_000;

    /// Those of one kind of inputs, by name.
    pub fn of(name: &str) -> Self {
        Self { stream: Key::new(0).stream(Purpose::Bootstrap, name) }
    }

    /// The inputs of one resample, as many as there are. A word times the number of inputs, without its lower half: for
    /// 2²⁴ inputs some are more probable than others by 0.4 %, for ten thousand by 0.0003 %.
    pub fn indices(&self, resample: u32, inputs: usize) -> Vec<u32> {
        let mut words = vec![0; inputs];
        self.stream.fill_bits(resample, 0, 0, &mut words);
        words.iter_mut().for_each(|word| *word = ((u64::from(*word) * inputs as u64) >> 32) as u32);
        words
    }
}

/// The 2.5 and 97.5 % quantiles of a statistic over resamples, linear between its values.
///
/// # Panics
/// If there is no value.
pub fn percentile_interval(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_unstable_by(f64::total_cmp);
    [0.025, 0.975].map(|share| quantile(&values, share))
}

/// The quantile of sorted values, linear between them (numpy's default; Hyndman & Fan 1996, definition 7).
///
/// # Panics
/// If there is no value.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (sorted[below], sorted[above]);
    low + (high - low) * (place - below as f64)
}

/// 95 % percentile bootstrap intervals over inputs, lower and upper end; `None` where the figure is not defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervals {
    /// Of the accuracy.
    pub accuracy: [f64; 2],
    /// Of the mean −ln p̄(y).
    pub negative_log_likelihood: [f64; 2],
    /// Of the Brier score.
    pub brier: [f64; 2],
    /// Of the expected calibration error. Resampling adds chance to every bin, so that this interval lies above the
    /// figure itself where calibration is good.
    pub expected_calibration_error: [f64; 2],
    /// Of the mean aleatoric trace.
    pub aleatoric: [f64; 2],
    /// Of the mean epistemic trace in the T/(T − 1) form.
    pub epistemic_unbiased: Option<[f64; 2]>,
    /// Of the mean entropy of p̄.
    pub entropy: [f64; 2],
    /// Of the mutual information times T/(T − 1).
    pub mutual_information_corrected: Option<[f64; 2]>,
    /// How many resamples.
    pub resamples: u32,
}

/// Means over a resample, in the order of [`Intervals`].
const FIGURES: usize = 8;

/// What of an input enters them: the figures, in the place of the calibration error how far its confidence is from
/// whether it is right, and the bin that falls in.
struct Row {
    figures: [f64; FIGURES],
    bin: usize,
}

/// Where the calibration error stands.
const CALIBRATION: usize = 3;

impl Row {
    fn new(input: &InputScores, bins: usize) -> Self {
        let correct = f64::from(u8::from(input.correct));
        let figures = [
            correct,
            input.negative_log_likelihood,
            input.brier,
            correct - input.confidence,
            input.aleatoric,
            input.epistemic.unwrap_or(0.0),
            input.entropy,
            input.entropy - input.expected_entropy,
        ];
        Self { figures, bin: bin_of(input.confidence, bins) }
    }
}

/// The figures of a resample. `gaps` has a place a bin.
fn resampled(rows: &[Row], indices: &[u32], gaps: &mut [f64]) -> [f64; FIGURES] {
    let mut sums = [0.0; FIGURES];
    gaps.fill(0.0);
    for &index in indices {
        let row = &rows[index as usize];
        sums.iter_mut().zip(row.figures).for_each(|(sum, figure)| *sum += figure);
        gaps[row.bin] += row.figures[CALIBRATION];
    }
    sums[CALIBRATION] = gaps.iter().map(|gap| gap.abs()).sum();
    sums.map(|sum| sum / indices.len() as f64)
}

impl Intervals {
    /// The intervals of the scores of `inputs` from `samples` draws, calibration over `bins` bins; `None` for fewer
    /// than two inputs.
    pub fn new(inputs: &[InputScores], samples: usize, bins: usize) -> Option<Self> {
        if inputs.len() < 2 {
            return None;
        }
        let rows: Vec<Row> = inputs.iter().map(|input| Row::new(input, bins)).collect();
        let resamples = Resamples::of("inputs");
        let means: Vec<[f64; FIGURES]> = (0..Resamples::COUNT)
            .into_par_iter()
            .map_init(
                || vec![0.0; bins],
                |gaps, resample| resampled(&rows, &resamples.indices(resample, rows.len()), gaps),
            )
            .collect();
        let interval = |at: usize, factor: f64| percentile_interval(means.iter().map(|row| row[at] * factor).collect());
        let unbiased = samples as f64 / (samples as f64 - 1.0);
        let epistemic = inputs.iter().all(|input| input.epistemic.is_some());
        Some(Self {
            accuracy: interval(0, 1.0),
            negative_log_likelihood: interval(1, 1.0),
            brier: interval(2, 1.0),
            expected_calibration_error: interval(CALIBRATION, 1.0),
            aleatoric: interval(4, 1.0),
            epistemic_unbiased: epistemic.then(|| interval(5, unbiased)),
            entropy: interval(6, 1.0),
            mutual_information_corrected: epistemic.then(|| interval(7, unbiased).map(|end| end.max(0.0))),
            resamples: Resamples::COUNT,
        })
    }
}
