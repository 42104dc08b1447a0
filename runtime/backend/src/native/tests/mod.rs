//! The native backend against its reference.

mod draws;
mod parity;
mod plan;
mod pytorch;
mod sums;
mod training;
