//! Each kernel against plain formulas in double precision.

mod divergence;
mod drawn;
mod functions;
mod records;
mod step;
mod update;
mod verdict;

use super::*;
use crate::device::{Device, Opening};
use crate::recording::Recording;
use crate::tests::device;
use crate::{Buffer, Varying};

/// Lengths of tensors.
const LENGTHS: [u64; 6] = [1, 100, 4096, 4097, 8191, 100_003];

/// Divisions of operands and of workgroups, to all of which results are the same.
fn openings() -> [Opening; 3] {
    [(None, None), (Some(1 << 14), None), (Some(3 << 14), Some(2))].map(|(binding_limit, workgroup_limit)| Opening {
        binding_limit,
        workgroup_limit,
        ..Opening::default()
    })
}

/// Numbers between −1 and 1 that look random, the same each time (Steele, Lea & Flood 2014, splitmix64).
fn numbers(seed: u64, count: u64) -> Vec<f32> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) as f64 / u64::MAX as f64 * 2.0 - 1.0) as f32
    };
    (0..count).map(next).collect()
}

/// A buffer with these numbers.
fn buffer(device: &Device, what: &str, numbers: &[f32]) -> Buffer {
    let buffer = device.zeros(what, numbers.len() as u64).unwrap();
    device.write(&buffer.all(), numbers).unwrap();
    buffer
}

/// Tensors in a buffer of their set.
fn laid_out(segments: &Segments, tensors: &[Vec<f32>]) -> Vec<f32> {
    let mut all = vec![0.0; segments.numbers() as usize];
    let mut first = 0;
    for tensor in tensors {
        all[first..first + tensor.len()].copy_from_slice(tensor);
        first += tensor.len().next_multiple_of(BLOCK as usize);
    }
    all
}

/// The tensors of a buffer of their set.
fn taken_out(lengths: &[u64], all: &[f32]) -> Vec<Vec<f32>> {
    let mut first = 0;
    let take = |length: &u64| {
        let tensor = all[first..first + *length as usize].to_vec();
        first += (*length as usize).next_multiple_of(BLOCK as usize);
        tensor
    };
    lengths.iter().map(take).collect()
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Fails unless both are as close as rounding leaves sums of terms of this size.
fn close(found: f32, wanted: f64, size: f64, what: &str) {
    let error = (f64::from(found) - wanted).abs();
    assert!(error <= 2e-6 * size + 1e-37, "{what}: {found}, not {wanted} ({error:e} of {size:e})");
}

/// Fails unless all bits are the same.
fn same_bits(one: &[Vec<f32>], other: &[Vec<f32>]) {
    let bits = |all: &[Vec<f32>]| all.iter().flatten().map(|number| number.to_bits()).collect::<Vec<_>>();
    assert!(bits(one) == bits(other), "other bits");
}
