//! How many threads compute.

use std::num::NonZeroUsize;

/// Sets the number of threads of this process, once; without a number all processors are used. Gives
/// the number in force. Results do not depend on it.
pub fn use_threads(threads: Option<NonZeroUsize>) -> usize {
    if let Some(threads) = threads {
        // Fails only where the pool has been made already; then its number stays in force.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    }
    rayon::current_num_threads()
}
