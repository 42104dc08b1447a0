//! Resamples of inputs, and quantiles over them.

use crate::random::{Key, Purpose, Stream};

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
