//! The native backend against its reference.

mod parity;
mod pytorch;
