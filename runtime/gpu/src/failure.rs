//! What a device reports by itself, whenever it does: it is lost, or something failed that nobody asked about.

use crate::error::GpuError;
use std::sync::{Arc, Mutex, PoisonError};

/// The first failure. It stays: what was computed after it is worth nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<Option<GpuError>>>);

impl Failures {
    /// Listens to a device.
    pub(crate) fn of(device: &wgpu::Device) -> Self {
        let failures = Self::default();
        let uncaptured = failures.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            uncaptured.set(GpuError::Failed { message: error.to_string() });
        }));
        let lost = failures.clone();
        device.set_device_lost_callback(move |reason, text| {
            lost.set(GpuError::Lost { message: format!("{text} ({reason:?})") });
        });
        failures
    }

    /// Keeps a failure, if it is the first.
    pub(crate) fn set(&self, failure: GpuError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    /// The first failure, if there was one.
    pub(crate) fn check(&self) -> Result<(), GpuError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }
}
