//! Batches on a real Slurm on the loopback. Passed over, and said so, where slurm-wlm and munge are not installed or
//! `ELBO_TEST_SLURM=0`.

mod arrays;
mod cluster;
mod faults;
mod project;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// One cluster at a time: several would only wait for each other's processors.
fn serially() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
