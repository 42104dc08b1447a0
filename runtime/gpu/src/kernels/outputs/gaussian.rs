//! Normal distributions (Nix & Weigend 1994, equation 5): with mean μ and log-variance s a target y costs
//! ½·[ln 2π + s + (y − μ)²·e^(−s)] nats.

pub(super) const FLAG: &str = "GAUSSIAN";

/// ½·ln 2π
pub(super) const CONSTANT: f64 = 0.918_938_533_204_672_7;
