//! The kernels between products against plain loops in double precision, over odd shapes; with the same bits twice
//! and over any division into dispatches.

mod activation;
mod batch_norm;
mod channels;
mod dropout;
mod example_norm;
mod gather;
mod max_pool;
mod misuse;
mod shares;

use super::value::Value;
use crate::buffer::Buffer;
use crate::device::{Device, Opening};
use crate::recording::Recording;
use crate::tests::device;
use crate::varying::Varying;
use elbo_random::{Key, Purpose};
use std::cell::Cell;

/// Standard normal numbers.
fn normals(seed: u64, count: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; count];
    Key::new(seed).stream(Purpose::Initialization, "tests").fill_normal(0, 0, 0, &mut numbers);
    numbers
}

/// Numbers of rows of a value, 0 in its padding.
fn numbers_of(value: Value, rows: usize, mut number: impl FnMut(usize) -> f32) -> Vec<f32> {
    let count = rows * value.numbers();
    (0..count).map(|at| if at % value.width() < value.channels { number(at) } else { 0.0 }).collect()
}

/// Normal numbers of rows of a value.
fn random(seed: u64, value: Value, rows: usize) -> Vec<f32> {
    let all = normals(seed, rows * value.numbers());
    numbers_of(value, rows, |at| all[at])
}

/// A buffer with these numbers.
fn put(device: &Device, numbers: &[f32]) -> Buffer {
    let buffer = device.zeros("operand", numbers.len() as u64).unwrap();
    device.write(&buffer.all(), numbers).unwrap();
    buffer
}

/// A buffer of so many numbers that no kernel gives.
fn fresh(device: &Device, count: usize) -> Buffer {
    put(device, &vec![-77.25; count])
}

thread_local! {
    /// Dispatches of the last run, and how often a limit has made them more, in this test.
    static DISPATCHES: Cell<usize> = const { Cell::new(0) };
    static DIVIDED: Cell<usize> = const { Cell::new(0) };
}

/// That limits have divided dispatches in this test, if there is a device.
fn some_were_divided() {
    assert!(DIVIDED.get() > 0, "nothing was divided");
}

/// Runs what is recorded and reads buffers back.
fn run(recording: &Recording, varying: &Varying, reads: &[&Buffer]) -> Vec<Vec<f32>> {
    DISPATCHES.set(recording.dispatches());
    let slices: Vec<_> = reads.iter().map(|buffer| buffer.all()).collect();
    recording.device().run(&[recording], varying, &slices).unwrap()
}

/// What `compute` gives, the same to the bit twice and where operands have `limit` bytes at most and few workgroups
/// fit into a dimension. `None` where there is no device.
fn same_bits(limit: usize, mut compute: impl FnMut(&Device) -> Vec<Vec<f32>>) -> Option<Vec<Vec<f32>>> {
    let Some(whole) = device(&Opening::default()) else {
        DIVIDED.set(1);
        return None;
    };
    let divided = Opening { binding_limit: Some(limit as u64), workgroup_limit: Some(200), ..Opening::default() };
    let divided = device(&divided)?;
    let mut counted = |device| {
        let numbers = compute(device);
        (numbers, DISPATCHES.get())
    };
    let [(first, count), (second, _), (third, divided_count)] = [&whole, &whole, &divided].map(&mut counted);
    DIVIDED.set(DIVIDED.get() + usize::from(divided_count > count));
    let bits = |all: &Vec<Vec<f32>>| -> Vec<Vec<u32>> {
        all.iter().map(|numbers| numbers.iter().map(|number| number.to_bits()).collect()).collect()
    };
    assert!(bits(&first) == bits(&second), "twice");
    assert!(bits(&first) == bits(&third), "divided by a limit of {limit} bytes");
    Some(first)
}

/// That numbers are those of a reference, to `tolerance` of the larger of 1 and the size of the number.
fn close(what: &str, numbers: &[f32], exact: &[f64], tolerance: f64) {
    assert_eq!(numbers.len(), exact.len(), "{what}");
    for (at, (&number, &exact)) in numbers.iter().zip(exact).enumerate() {
        let error = (f64::from(number) - exact).abs();
        assert!(error <= tolerance * exact.abs().max(1.0), "{what}: number {at} is {number}, not {exact}");
    }
}

/// That numbers are these to the bit.
fn equal(what: &str, numbers: &[f32], exact: &[f32]) {
    assert_eq!(numbers.len(), exact.len(), "{what}");
    for (at, (number, exact)) in numbers.iter().zip(exact).enumerate() {
        assert!(number.to_bits() == exact.to_bits(), "{what}: number {at} is {number:e}, not {exact:e}");
    }
}
