//! Student-t distributions (Lange, Little & Taylor 1989, equation 1): with mean μ and s = ln τ² of the scale a target
//! y costs −ln c + ½·[s + (ν + 1)·ln(1 + (y − μ)²·e^(−s)/ν)] nats, ln c being the logarithm of the standard density
//! at 0.

pub(super) const FLAG: &str = "STUDENT_T";

/// −ln c
pub(super) fn constant(height: f64) -> f64 {
    -height
}
