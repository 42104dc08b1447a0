//! The kernels of elbo for graphics processors, and the device they run on.
//!
//! [`adapters`] lists what there is, [`Device::open`] opens one of them. Numbers lie in [`Buffer`]s; kernels
//! ([`kernels`]) are put into a [`Recording`] once and run by [`Device::run`] as often as wanted. Nothing panics: a
//! device that is lost, memory that is not there and operands that do not fit are [`GpuError`]s.
//!
//! Values lie `[row][position][channel]` in 32-bit numbers, channels padded to a multiple of four with zeros. Sums
//! have a fixed order, whatever the division into dispatches, so that a device gives the same bits each time.

pub mod adapter;
mod buffer;
mod cost;
mod device;
mod error;
mod failure;
pub mod kernels;
pub mod measure;
mod pipeline;
mod recording;
mod run;
mod template;
#[cfg(test)]
mod tests;
mod varying;

pub use adapter::{Adapter, adapters, choose};
pub use buffer::{Buffer, Slice};
pub use cost::Cost;
pub use device::{Device, Opening};
pub use error::GpuError;
pub use pipeline::Program;
pub use recording::{Dispatch, Recording};
pub use varying::Varying;
