//! Measures this machine before a batch that is worth it, so that times can be forecast.
//!
//! The pool does so before its workers begin: two that measured at the same time would disturb each other.

use crate::plan::Where;
use elbo_runtime::forecast::{Calibration, MachineKey, WORTH_CALIBRATING, calibrate, calibration, keep};
use std::path::Path;

/// The calibration that is kept for runs of so many threads.
pub fn kept_calibration(place: &Where, threads: usize, folder: Option<&Path>) -> Option<Calibration> {
    let key = MachineKey::new(place.backend, place.device, threads).ok()?;
    calibration(folder?, &key).ok()
}

/// Measures the machine for runs of so many threads, if nothing is kept and so much work is ahead, counted in
/// multiply-accumulates. What goes wrong is told and stops nothing.
pub fn calibrated_for(
    place: &Where,
    (threads, work): (usize, f64),
    folder: Option<&Path>,
    tell: &mut dyn FnMut(&str),
) -> Option<Calibration> {
    if work < WORTH_CALIBRATING || kept_calibration(place, threads, folder).is_some() {
        return None;
    }
    tell("calibrating this machine, once, to forecast times");
    // As many threads as a worker has, whatever this process computes with.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()?;
    match pool.install(|| calibrate(place.backend, place.device, threads)) {
        Ok(new) => {
            if let Some(Err(problem)) = folder.map(|folder| keep(folder, &new)) {
                tell(&format!("the calibration could not be kept: {problem}"));
            }
            Some(new)
        }
        Err(error) => {
            tell(&error.to_string());
            None
        }
    }
}
