//! What a run will cost, before it begins: memory on the machine, steps, and time.
//!
//! Memory follows from the run and the backend alone ([`MemoryForecast`]). Time needs a [`Calibration`]: the machine takes a few
//! steps of small networks once, and what a unit of each kind of [`Work`] takes is fitted to them.

mod calibration;
mod counts;
mod fit;
mod memory;
mod text;
mod time;
mod work;

#[cfg(test)]
mod tests;

pub use calibration::{Calibration, CalibrationError, MachineKey, calibrate, calibrate_by, calibration, keep};
pub use counts::Counts;
pub use memory::MemoryForecast;
pub use text::{duration, size};
pub use time::TimeForecast;
pub use work::Work;

use crate::backend::{BackendChoice, BackendError};
use crate::train::{elbo_examples, run_of_weight_draws};
use elbo_compiler::analysis::{LayerCounts, count, drawn_by_position};
use elbo_compiler::ir::Run;
use serde::Serialize;

/// Multiply-accumulates of training from which on it is worth measuring the machine first: the work of about half a
/// minute.
pub const WORTH_CALIBRATING: f64 = 1e12;

/// What a run will cost on the processor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Forecast {
    /// Weights and biases; each counts once, whatever its mark.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one example.
    pub multiply_accumulates: u64,
    /// Examples a step.
    pub batch: u64,
    /// Samples of the network a step.
    pub samples: u64,
    /// Examples.
    pub examples: Counts,
    /// Steps of training.
    pub steps: u64,
    /// Epochs, the last perhaps in part.
    pub epochs: u64,
    /// Draws for each validation example, after each epoch.
    pub validation_draws: u64,
    /// Images that are scored once training has ended: the test split, the validation split for its temperature, and
    /// the sets of other distributions.
    pub scored: u64,
    /// Draws for each of them.
    pub test_draws: u64,
    /// Images that are scored again under draws of the weights: the test split and what the final ELBO is measured on; 0
    /// where training drew from its posterior.
    pub scored_by_weights: u64,
    /// A step's work.
    pub step: Work,
    /// A draw's work, for one batch.
    pub draw: Work,
    /// The same of a draw of all weights.
    pub weight_draw: Work,
    /// How far the process grows.
    pub memory: MemoryForecast,
    /// How long it takes, where the machine is calibrated.
    pub time: Option<TimeForecast>,
}

/// What `run` will cost on a backend with so many examples.
///
/// # Errors
/// [`BackendError`] if the native backend cannot plan it.
pub fn forecast(
    run: &Run,
    backend: BackendChoice,
    examples: Counts,
    calibration: Option<&Calibration>,
) -> Result<Forecast, BackendError> {
    let LayerCounts { parameters, multiply_accumulates } = count(&run.network);
    let number = |count: usize| count as u64;
    let played = memory::play(run, examples);
    let mut memory = match backend {
        BackendChoice::Native => memory::plan(run, examples)?,
        BackendChoice::Candle => played.memory,
    };
    let by_weights = run_of_weight_draws(run);
    let is_compared = drawn_by_position(&run.network, run.report.estimator).next().is_some();
    let mut weight_draw = Work::default();
    if let Some(drawn) = &by_weights {
        // The network is opened again once the first has been given back.
        let again = memory::play(drawn, examples);
        weight_draw = again.draw;
        let mut again = match backend {
            BackendChoice::Native => memory::plan(drawn, examples)?,
            BackendChoice::Candle => again.memory,
        };
        let kept = if is_compared { memory::kept_scores(run, examples) } else { 0 };
        again.passes = again.passes.saturating_add(kept);
        again.peak = again.peak.saturating_add(kept);
        if again.peak > memory.peak {
            memory = again;
        }
    }
    let compared = if is_compared { examples.test } else { 0 };
    let scored_by_weights =
        by_weights.as_ref().map_or(0, |_| number(elbo_examples(examples.training).saturating_add(compared)));
    let batch = number(run.training.batch).max(1);
    let batches = number(examples.training).div_ceil(batch).max(1);
    let whole = batches.saturating_mul(number(run.training.epochs));
    let steps = run.training.max_steps.map_or(whole, |most| whole.min(number(most)));
    let is_stochastic = memory::is_stochastic(&run.network);
    let draws = |samples: usize| if is_stochastic { number(samples) } else { 1 };
    let mut forecast = Forecast {
        parameters: number(parameters),
        multiply_accumulates: number(multiply_accumulates),
        batch,
        samples: number(run.training.samples),
        examples,
        steps,
        epochs: steps.div_ceil(batches),
        validation_draws: draws(run.training.validation_samples),
        scored: number(examples.scored(&run.report)),
        test_draws: draws(run.report.samples),
        scored_by_weights,
        step: played.step,
        draw: played.draw,
        weight_draw,
        memory,
        time: None,
    };
    forecast.time = calibration.map(|calibration| TimeForecast::new(&forecast, calibration));
    Ok(forecast)
}

/// More memory than there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the run needs about {} of memory, of which {} is available{}",
    size(*.needed), size(*.available), .limit.as_ref().map_or_else(String::new, |limit| format!(" under {limit}"))
)]
pub struct TooLarge {
    /// Bytes the run will still take.
    pub needed: u64,
    /// Bytes the system can give.
    pub available: u64,
    /// What allows no more, where that is not the machine: `the limit of …`.
    pub limit: Option<String>,
}

impl Forecast {
    /// Whether the run fits into `available` bytes, of which its data has been taken already.
    ///
    /// # Errors
    /// [`TooLarge`] if it does not.
    pub fn check_memory(&self, available: u64) -> Result<(), TooLarge> {
        let needed = self.memory.peak.saturating_sub(self.memory.data);
        if needed > available { Err(TooLarge { needed, available, limit: None }) } else { Ok(()) }
    }
}
