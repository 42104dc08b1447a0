//! What a run will cost, said before it begins.

use super::{ExecuteError, Request, RunObserver};
use crate::backend::candle::DeviceChoice;
use crate::data::Dataset;
use crate::forecast::{
    Calibration, Counts, MachineKey, TooLarge, WORTH_CALIBRATING, calibrate, calibration, forecast, keep,
};
use crate::machine::{available_memory, memory_limit};
use std::path::Path;

/// Tells what its data hold, forecasts the run, and refuses one that memory cannot hold; its steps.
pub(super) fn announce(
    request: &Request<'_>,
    dataset: &Dataset,
    observer: &mut dyn RunObserver,
) -> Result<usize, ExecuteError> {
    observer.opened(dataset.opened(&request.run.data));
    let (training, validation) = (dataset.training.len(), dataset.validation.len());
    let source = dataset.training_source();
    let counts = Counts { source, training, validation, test: dataset.test.len() };
    let mut cost = forecast(request.run, request.backend, counts, None)?;
    let on_processor = request.device == DeviceChoice::Cpu;
    if on_processor
        && !request.ignore_memory
        && let Some(available) = available_memory()
    {
        cost.check_memory(available).map_err(|error| TooLarge { limit: memory_limit(), ..error })?;
    }
    let work = cost.steps as f64 * cost.step.multiply_accumulates;
    if let Some(calibration) = request.calibrations.and_then(|folder| calibrated(request, folder, work, observer)) {
        cost = forecast(request.run, request.backend, counts, Some(&calibration))?;
    }
    observer.forecast(&cost);
    Ok(usize::try_from(cost.steps).unwrap_or(usize::MAX))
}

/// The machine's calibration: the one that is kept, or a new one if so much work is ahead. What goes wrong is told and
/// stops nothing.
fn calibrated(request: &Request<'_>, folder: &Path, work: f64, observer: &mut dyn RunObserver) -> Option<Calibration> {
    let key = MachineKey::new(request.backend, request.device, request.threads).ok()?;
    if let Ok(found) = calibration(folder, &key) {
        return Some(found);
    }
    if work < WORTH_CALIBRATING {
        return None;
    }
    observer.remark("calibrating this machine, once, to forecast times");
    match calibrate(request.backend, request.device, request.threads) {
        Ok(new) => {
            if let Err(problem) = keep(folder, &new) {
                observer.remark(&format!("the calibration could not be kept: {problem}"));
            }
            Some(new)
        }
        Err(error) => {
            observer.remark(&error.to_string());
            None
        }
    }
}
