//! Tests against the native backend, on whatever device there is: a driver in software if there is no other.

mod faults;
mod memory;
mod parity;
mod same_bits;
mod training;

use super::GpuBackend;
use elbo_compiler::ir::Run;
use elbo_gpu::adapter::Wanted;
use elbo_gpu::{Device, Opening, adapters, choose};
use std::sync::OnceLock;

/// A device of its own, opened so; none, with the reason told, where there is no adapter.
fn open(opening: &Opening) -> Option<Device> {
    let opened = adapters().and_then(|adapters| {
        let adapter = choose(&adapters, Wanted::Best).or_else(|_| choose(&adapters, Wanted::Software))?;
        Device::open(adapter, opening)
    });
    opened.inspect_err(|error| eprintln!("skipped: {error}")).ok()
}

/// The device of all tests, for which kernels are compiled once.
fn device() -> Option<Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    DEVICE.get_or_init(|| open(&Opening::default())).clone()
}

/// The network of a run on the device of all tests.
fn backend(run: &Run) -> Option<GpuBackend> {
    Some(GpuBackend::with(run, device()?).expect("the network of a test is small"))
}
