//! What a run will cost, before it begins: memory on the machine, steps, and time.
//!
//! Memory follows from the run and the backend alone ([`MemoryForecast`]). Time needs a [`Calibration`]: the machine takes a few
//! steps of small networks once, and what a unit of each kind of [`Work`] takes is fitted to them.

mod calibration;
mod cost;
mod counts;
mod fit;
mod memory;
mod text;
mod time;
mod timing;
mod work;

#[cfg(test)]
mod tests;

pub use crate::backend::Work;
pub use calibration::{Calibration, CalibrationError, MachineKey, calibrate, calibrate_by, calibration, keep};
pub use cost::{Forecast, TooLarge};
pub use counts::Counts;
pub use elbo_machine::size;
pub use memory::MemoryForecast;
pub use text::duration;
pub use time::TimeForecast;
pub(crate) use work::work;

use crate::backend::{BackendChoice, BackendError};
use crate::train::{elbo_examples, run_of_weight_draws};
use elbo_compiler::analysis::{LayerCounts, count, drawn_by_position, is_random_at_prediction};
use elbo_compiler::ir::Run;

/// Multiply-accumulates of training from which on it is worth measuring the machine first: the work of about half a
/// minute.
pub const WORTH_CALIBRATING: f64 = 1e12;

/// What `run` will cost on a backend with so many examples.
///
/// # Errors
/// [`BackendError`] if the backend cannot plan it.
pub fn forecast(
    run: &Run,
    backend: BackendChoice,
    examples: Counts,
    calibration: Option<&Calibration>,
) -> Result<Forecast, BackendError> {
    let LayerCounts { parameters, multiply_accumulates } = count(&run.network);
    let number = |count: usize| count as u64;
    let memory_of = |run: &Run| match backend {
        BackendChoice::Native => memory::plan(run, examples),
        BackendChoice::Gpu => memory::plan_on_device(run, examples),
        BackendChoice::Candle => Ok(memory::estimate(run, examples)),
    };
    let (step, draw) = work(run, examples)?;
    let mut memory = memory_of(run)?;
    let by_weights = run_of_weight_draws(run);
    let is_compared = drawn_by_position(&run.network, run.report.estimator).next().is_some();
    let mut weight_draw = Work::default();
    if let Some(drawn) = &by_weights {
        // The network is opened again once the first has been given back.
        (_, weight_draw) = work(drawn, examples)?;
        let mut again = memory_of(drawn)?;
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
    let is_stochastic = is_random_at_prediction(&run.network) || run.training.inference.is_random();
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
        step,
        draw,
        weight_draw,
        memory,
        time: None,
    };
    forecast.time = calibration.map(|calibration| TimeForecast::new(&forecast, calibration));
    Ok(forecast)
}
