//! Whether the next run fits into the memory that is left.

/// Memory that is never given away: for this program, the system, and what forecasts leave out.
const RESERVE: u64 = 256 << 20;

/// Address space that a worker takes beside its run, for the program and its threads.
const PROGRAM: u64 = 64 << 20;

/// What a worker that is under way takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// What its run is forecast to take at most.
    pub forecast: u64,
    /// What it holds by now.
    pub resident: u64,
}

/// Whether a run that is forecast to take `needed` bytes can be begun while `others` are under way and `available` bytes
/// are free: those that are under way may still grow to what is forecast.
pub(super) fn fits(needed: u64, available: u64, others: &[Taken]) -> bool {
    let still_to_come = others.iter().map(|taken| taken.forecast.saturating_sub(taken.resident)).sum::<u64>();
    needed.saturating_add(RESERVE).saturating_add(still_to_come) <= available
}

/// Whether a process that may take `limit` bytes for itself can do a run that is forecast to take `needed`.
pub(super) fn fits_alone(needed: u64, limit: u64) -> bool {
    needed.saturating_add(PROGRAM) <= limit
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn a_limit_of_each_process_is_shared_with_nobody() {
        assert!(fits_alone(GIB, GIB + PROGRAM) && !fits_alone(GIB, GIB) && !fits_alone(u64::MAX, GIB));
    }

    #[test]
    fn what_others_will_still_take_is_not_given_away() {
        assert!(fits(GIB, 2 * GIB, &[]));
        assert!(!fits(2 * GIB, 2 * GIB, &[]));
        let young = Taken { forecast: 2 * GIB, resident: GIB / 2 };
        assert!(!fits(GIB, 2 * GIB, &[young]));
        // What it holds by now is no longer among what is available.
        let grown = Taken { forecast: 2 * GIB, resident: 2 * GIB };
        assert!(fits(GIB, 2 * GIB, &[grown]));
        let larger = Taken { forecast: GIB, resident: 3 * GIB };
        assert!(fits(GIB, 2 * GIB, &[larger]));
        assert!(!fits(u64::MAX, 2 * GIB, &[young]));
    }
}
