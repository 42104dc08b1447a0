//! How fast the native backend's kernels can be on this machine.

use elbo_kernels::{Kernels, measure_peak};
use std::time::Duration;

/// Billions of floating-point operations a second; a multiply-accumulate is two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Of one core.
    pub gigaflops_of_a_core: f64,
    /// Of all threads together.
    pub gigaflops_of_all_threads: f64,
}

/// How long each of the two is measured.
const TIME: Duration = Duration::from_millis(150);

/// The peak as measured now, with the table of kernels in force; `None` if that cannot be used.
pub fn peak() -> Option<Peak> {
    let kernels = Kernels::chosen().ok()?;
    let measured = measure_peak(kernels, TIME);
    Some(Peak { gigaflops_of_a_core: measured.one_thread, gigaflops_of_all_threads: measured.all_threads })
}
