//! The native backend against its reference.
