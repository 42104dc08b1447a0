//! Filling slices with the numbers of a stream.

use super::{Stream, normal, philox};
use rayon::prelude::*;

/// Blocks that are worked out together: enough for vector code to run at full speed.
const TILE: usize = 64;
/// The same where few numbers are wanted, such as one image's augmentation.
const SMALL_TILE: usize = 4;
/// Numbers in one task of a parallel fill, some 50 µs of work.
const TASK: usize = 1 << 14;

impl Stream {
    /// Fills `values` with standard normal numbers number `first`, `first + 1`, … of the table
    /// (step, sample). Any two overlapping ranges agree where they overlap.
    ///
    /// Numbers 4b … 4b + 3 are the two Box–Muller pairs of block b (words 0, 1 and words 2, 3). The
    /// bits are the same on every machine and for any number of threads.
    pub fn fill_normal(&self, step: u32, sample: u32, first: u64, values: &mut [f32]) {
        Table { key: self.key, step, sample }.fill::<Normal>(first, values);
    }

    /// The same for numbers uniform in [0, 1), multiples of 2⁻²⁴: a word's upper 24 bits.
    pub fn fill_uniform(&self, step: u32, sample: u32, first: u64, values: &mut [f32]) {
        Table { key: self.key, step, sample }.fill::<Uniform>(first, values);
    }

    /// The same for whole numbers uniform over all 32-bit values: the generator's words.
    pub fn fill_bits(&self, step: u32, sample: u32, first: u64, values: &mut [u32]) {
        Table { key: self.key, step, sample }.fill::<Bits>(first, values);
    }
}

/// How the four words of a block become four numbers.
trait Distribution {
    type Number: Copy + Default + Send;
    fn numbers(words: [u32; 4]) -> [Self::Number; 4];
}

struct Normal;
struct Uniform;
struct Bits;

impl Distribution for Normal {
    type Number = f32;
    #[inline(always)]
    fn numbers([a, b, c, d]: [u32; 4]) -> [f32; 4] {
        let [first, second] = normal::pair(a, b);
        let [third, fourth] = normal::pair(c, d);
        [first, second, third, fourth]
    }
}

impl Distribution for Uniform {
    type Number = f32;
    #[inline(always)]
    fn numbers(words: [u32; 4]) -> [f32; 4] {
        words.map(|word| (word >> 8) as i32 as f32 * (1.0 / 16_777_216.0))
    }
}

impl Distribution for Bits {
    type Number = u32;
    #[inline(always)]
    fn numbers(words: [u32; 4]) -> [u32; 4] {
        words
    }
}

/// The numbers of one (step, sample).
#[derive(Clone, Copy)]
struct Table {
    key: [u32; 2],
    step: u32,
    sample: u32,
}

impl Table {
    fn fill<D: Distribution>(self, first: u64, values: &mut [D::Number]) {
        if values.len() <= TASK {
            self.fill_serially::<D>(first, values);
        } else {
            values.par_chunks_mut(TASK).enumerate().for_each(|(task, values)| {
                self.fill_serially::<D>(first.wrapping_add((task * TASK) as u64), values);
            });
        }
    }

    fn fill_serially<D: Distribution>(self, first: u64, values: &mut [D::Number]) {
        let mut block = first / 4;
        let mut skipped = (first % 4) as usize;
        let mut rest = values;
        while !rest.is_empty() {
            let taken = if skipped + rest.len() > 4 * SMALL_TILE {
                block = block.wrapping_add(TILE as u64);
                copy(&self.tile::<D, TILE>(block.wrapping_sub(TILE as u64)), skipped, rest)
            } else {
                copy(&self.tile::<D, SMALL_TILE>(block), skipped, rest)
            };
            rest = &mut rest[taken..];
            skipped = 0;
        }
    }

    #[inline(never)]
    fn tile<D: Distribution, const BLOCKS: usize>(self, first: u64) -> [[D::Number; 4]; BLOCKS] {
        let [a, b, c, d] = philox::blocks::<BLOCKS>(self.key, self.step, self.sample, first);
        let mut numbers = [[D::Number::default(); 4]; BLOCKS];
        for i in 0..BLOCKS {
            numbers[i] = D::numbers([a[i], b[i], c[i], d[i]]);
        }
        numbers
    }
}

/// Copies as many numbers of a tile as there is room for, and returns how many those were.
fn copy<T: Copy>(tile: &[[T; 4]], skipped: usize, values: &mut [T]) -> usize {
    let numbers = &tile.as_flattened()[skipped..];
    let taken = numbers.len().min(values.len());
    values[..taken].copy_from_slice(&numbers[..taken]);
    taken
}
