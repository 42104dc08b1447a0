//! Every kernel of every usable table against plain loops in double precision.

mod divergence;
mod draw;
mod elementary;
mod elementwise;
mod filter;
mod gaussians;
mod panics;
mod points;
mod product;
mod random;
mod reference;
mod retrace;
mod table;
mod tiles;

use crate::{Function, Kernels, Second, View, usable};

/// Miri takes a thousand times as long: it is given few of the sizes.
const MIRI: bool = cfg!(miri);

/// `many`, or `few` under Miri.
fn sizes<'s>(many: &'s [usize], few: &'s [usize]) -> &'s [usize] {
    if MIRI { few } else { many }
}

/// Every function, with parameters that show.
const FUNCTIONS: [Function; 9] = [
    Function::Identity,
    Function::Relu,
    Function::LeakyRelu { slope: 0.1 },
    Function::Softplus,
    Function::Elu { alpha: 1.5 },
    Function::Tanh,
    Function::Sigmoid,
    Function::Gelu,
    Function::Silu,
];

/// A stream of numbers for tests (SplitMix64; Steele, Lea & Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Less than `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.word() % end as u64) as usize
    }

    fn within(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * ((self.word() >> 40) as f32 / 16_777_216.0)
    }

    fn many(&mut self, count: usize, least: f32, most: f32) -> Vec<f32> {
        (0..count).map(|_| self.within(least, most)).collect()
    }
}

/// `got` is within `tolerance` of `want`; what is not finite must be so in the same way.
#[track_caller]
fn close(got: f32, want: f64, tolerance: f64, what: impl FnOnce() -> String) {
    let right = if want.is_nan() { got.is_nan() } else { (f64::from(got) - want).abs() <= tolerance };
    assert!(right, "{}: {got:e} where {want:e} ± {tolerance:e} is right", what());
}

/// Calls `test` for every table; what it returns for one agrees with what it returns for the first to 1e-5 of the
/// scale that comes with each number.
#[track_caller]
fn on_every_table(mut test: impl FnMut(Kernels) -> Vec<(f32, f64)>) {
    let mut first: Option<Vec<(f32, f64)>> = None;
    for kernels in usable() {
        let numbers = test(kernels);
        let first = first.get_or_insert_with(|| numbers.clone());
        assert_eq!(first.len(), numbers.len());
        for (at, (&(got, scale), &(other, _))) in numbers.iter().zip(first.iter()).enumerate() {
            let difference = (f64::from(got) - f64::from(other)).abs();
            assert!(
                difference <= 1e-5 * scale || got.is_nan() && other.is_nan(),
                "{kernels:?}: number {at} is {got:e} here and {other:e} in another table"
            );
        }
    }
}

/// Numbers `[slot][row][panel]` with distances larger than needed.
struct Panel {
    numbers: Vec<f32>,
    slot: usize,
    row: usize,
}

impl Panel {
    fn new(stream: &mut Numbers, [slots, rows]: [usize; 2], least: f32, most: f32) -> Self {
        let row = crate::PANEL + stream.below(9);
        let slot = rows * row + stream.below(30);
        Self { numbers: stream.many(slots * slot, least, most), slot, row }
    }

    fn view(&self) -> View<'_> {
        View { numbers: &self.numbers, slot: self.slot, row: self.row }
    }

    fn at(&self, slot: usize, row: usize, column: usize) -> f64 {
        f64::from(self.numbers[slot * self.slot + row * self.row + column])
    }
}

fn name(second: &Second<'_>) -> &'static str {
    match second {
        Second::None => "none",
        Second::Variance { .. } => "variance",
        Second::Signed { .. } => "signed",
    }
}
