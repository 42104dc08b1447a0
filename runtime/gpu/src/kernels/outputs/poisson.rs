//! Poisson distributions: with log-rate z a count y costs e^z − y·z + ln y! nats. On the device that is y·(e^d − 1 −
//! d) with d = z − ln y, whose terms are as small as it is, and y − y·ln y + ln y!, which hangs on the count alone.

use crate::error::{GpuError, misuse};

pub(super) const FLAG: &str = "POISSON";

/// ln y; 0 of 0.
///
/// # Errors
/// [`GpuError::Misuse`] of what is no count.
pub(super) fn logarithm(count: f64) -> Result<f64, GpuError> {
    if !(count >= 0.0 && count.fract() == 0.0) {
        return Err(misuse("counts are wanted, whole numbers from 0 on"));
    }
    Ok(if count == 0.0 { 0.0 } else { count.ln() })
}

/// y − y·ln y + ln y!; 0 of 0.
pub(super) fn constant(count: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count - count * count.ln() + libm::lgamma(count + 1.0) }
}
