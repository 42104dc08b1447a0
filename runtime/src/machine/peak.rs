//! How fast the native backend's kernels can be on this machine.

/// Billions of floating-point operations a second; a multiply-accumulate is two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Of one core.
    pub gigaflops_of_a_core: f64,
    /// Of all threads together.
    pub gigaflops_of_all_threads: f64,
}

/// The peak as measured now, where there is something to measure it with.
pub fn peak() -> Option<Peak> {
    None
}
