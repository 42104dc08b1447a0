//! Vectors of `f32`, one type for each kind of processor.
//!
//! A kernel is written once, generic over [`Vector`], and always inlined into one function for each table, which
//! carries the target features; see [`crate::table`].

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod twice;
mod words;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
pub use lanes::PANEL;
pub(crate) use lanes::{Vector, Words};
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use portable::Portable;
pub(crate) use twice::Twice;
