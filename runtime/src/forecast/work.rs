//! The work of a step and of a draw, from which their time follows.

use super::{Counts, Work, memory};
use crate::backend::BackendError;
use crate::backend::native::{PlannedWork, planned_work};
use elbo_compiler::ir::Run;

/// The work of a step and of a draw for one batch, as the stages of the native backend declare it. candle does the same
/// in other loops: what a unit takes is measured for each backend.
pub(crate) fn work(run: &Run, examples: Counts) -> Result<(Work, Work), BackendError> {
    let batch = (run.training.batch as u64).min(examples.training as u64).max(1);
    let scored = memory::scored(examples);
    let PlannedWork { sample, update, draw } = planned_work(run, batch, scored)?;
    // Probabilities, their squares and entropies, in double precision.
    let functions = scored as f64 * memory::classes(run) as f64 * 3.0;
    let step = sample.times(run.training.samples.max(1) as f64).plus(update);
    Ok((step, draw.plus(Work { functions, ..Work::default() })))
}
