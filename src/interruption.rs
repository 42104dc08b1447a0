//! Signals that ask the program to stop.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Exit code after a second Ctrl-C, as shells give it for the signal.
const INTERRUPTED: i32 = 130;

/// A flag that the first Ctrl-C, or the first request of the system to end, sets. Another Ctrl-C ends the program at once.
///
/// # Errors
/// If the system lets no signal be received.
pub fn watch() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    // The order matters: the first looks at the flag before the second sets it.
    flag::register_conditional_shutdown(SIGINT, INTERRUPTED, Arc::clone(&stop))?;
    flag::register(SIGINT, Arc::clone(&stop))?;
    flag::register(SIGTERM, Arc::clone(&stop))?;
    Ok(stop)
}

/// As [`watch`]; SIGUSR1, by which Slurm says that the time limit is near, sets the flag, too.
///
/// # Errors
/// As of [`watch`].
pub fn watch_worker() -> io::Result<Arc<AtomicBool>> {
    let stop = watch()?;
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGUSR1, Arc::clone(&stop))?;
    Ok(stop)
}
