//! How much of something may be asked for, where that depends on neither data nor machine.
//!
//! The compiler refuses what is beyond these, and what runs a spec relies on the same numbers, so that no limit of a
//! spec or a manifest shows first when something is run.

/// The most bins of a calibration table.
pub const MOST_BINS: usize = 10_000;

/// The most numbers that the draws of one input with real targets come to: its quantiles need all of them at once
/// (2²² are 16 MiB).
pub const MOST_DRAWN_NUMBERS: usize = 1 << 22;

/// The most numbers in one image after any of its transforms (2²⁴ are 64 MiB).
pub const MOST_NUMBERS_OF_AN_IMAGE: usize = 1 << 24;

/// The most draws of a network in a step, in a validation or at prediction, of a spec and of `--samples` alike.
pub const MOST_DRAWS: u32 = 1_000_000;

/// The most members a sweep may have.
pub const MOST_MEMBERS: usize = 10_000;

/// How many declarations may stand behind one another, each extending or containing the next. A chain is
/// followed by calls within calls, so its length is bounded; a spec that people read has a handful.
pub const LONGEST_CHAIN: usize = 64;
