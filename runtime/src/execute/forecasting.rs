//! What a run will cost, said before it begins.

use super::{ExecuteError, Request, RunObserver};
use crate::backend::graphics::{GraphicsAdapter, adapter_of, planned_memory};
use crate::backend::{BackendError, DeviceChoice};
use crate::data::Dataset;
use crate::forecast::{
    Calibration, Counts, Forecast, MachineKey, TooLarge, WORTH_CALIBRATING, calibrate, calibration, forecast, keep,
    size,
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
    if !request.ignore_memory {
        check_memory(request, counts, &cost)?;
    }
    let work = cost.steps as f64 * cost.step.multiply_accumulates;
    if let Some(calibration) = request.calibrations.and_then(|folder| calibrated(request, folder, work, observer)) {
        cost = forecast(request.run, request.backend, counts, Some(&calibration))?;
    }
    observer.forecast(&cost);
    Ok(usize::try_from(cost.steps).unwrap_or(usize::MAX))
}

/// Refuses what does not fit into memory, as far as that is known: of a graphics processor with memory of its own no
/// interface tells how much it has, but the largest buffer that it takes.
fn check_memory(request: &Request<'_>, counts: Counts, cost: &Forecast) -> Result<(), ExecuteError> {
    let device = match request.device {
        DeviceChoice::Cpu => None,
        DeviceChoice::Gpu(_) => match adapter_of(request.device)? {
            Some(adapter) => Some(adapter),
            None => return Ok(()),
        },
        DeviceChoice::Cuda(_) | DeviceChoice::Metal => return Ok(()),
    };
    if let Some(adapter) = &device {
        check_buffers(request, counts, adapter)?;
    }
    let Some(available) = available_memory() else { return Ok(()) };
    let shares = device.is_none_or(|adapter| adapter.shares_memory());
    let checked = if shares { cost.check_memory(available) } else { cost.check_processor_memory(available) };
    Ok(checked.map_err(|error| TooLarge { limit: memory_limit(), ..error })?)
}

/// Refuses a buffer that is larger than the adapter takes.
fn check_buffers(request: &Request<'_>, counts: Counts, adapter: &GraphicsAdapter) -> Result<(), ExecuteError> {
    let batch = request.run.training.batch.min(counts.training).max(1);
    let planned = planned_memory(request.run, batch, 1)?;
    if planned.largest <= adapter.largest_buffer {
        return Ok(());
    }
    Err(ExecuteError::Backend(BackendError::TooLarge {
        backend: "gpu",
        layer: "a step".to_owned(),
        limit: format!(
            "it needs a buffer of {}, and {} takes at most {}; a smaller `batch` may do, for example \
             `--set train.batch=32`, or `--device cpu`",
            size(planned.largest),
            adapter.name,
            size(adapter.largest_buffer)
        ),
    }))
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
