//! The native backend against its reference.

mod draws;
mod parity;
mod pytorch;
mod training;
