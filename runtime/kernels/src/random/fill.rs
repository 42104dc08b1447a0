//! Filling memory with the numbers of a table.

use super::{normal, philox};
use crate::tiles::Strip;
use crate::vector::{PANEL, Vector};

/// Blocks that are worked out together: enough for vector code to run at full speed.
const TILE: usize = 64;
/// The same where few numbers are wanted, such as one image's augmentation.
const SMALL_TILE: usize = 4;

/// The numbers of one (step, sample) under a key: an unlimited table, addressed by an index. Number i is the (i mod
/// 4)-th of block ⌊i/4⌋.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// The key of Philox.
    pub key: [u32; 2],
    /// A part of the counter.
    pub step: u32,
    /// A part of the counter.
    pub sample: u32,
}

/// How the four words of a block become four numbers.
trait Distribution {
    type Number: Copy + Default;
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

/// Standard normal numbers number `first`, `first + 1`, … of the table.
///
/// # Safety
/// The processor has the vector's features; so for all kernels here.
#[inline(always)]
pub(crate) unsafe fn normals<V: Vector>(table: Table, first: u64, values: &mut [f32]) {
    fill::<Normal>(table, first, values);
}

/// The same for numbers uniform in [0, 1), multiples of 2⁻²⁴: a word's upper 24 bits.
#[inline(always)]
pub(crate) unsafe fn uniforms<V: Vector>(table: Table, first: u64, values: &mut [f32]) {
    fill::<Uniform>(table, first, values);
}

/// The same for the generator's words.
#[inline(always)]
pub(crate) unsafe fn bits<V: Vector>(table: Table, first: u64, values: &mut [u32]) {
    fill::<Bits>(table, first, values);
}

#[inline(always)]
fn fill<D: Distribution>(table: Table, first: u64, values: &mut [D::Number]) {
    let mut block = first / 4;
    let mut skipped = (first % 4) as usize;
    let mut rest = values;
    while !rest.is_empty() {
        let taken = if skipped + rest.len() > 4 * SMALL_TILE {
            let tile = tile::<D, TILE>(table, block);
            block = block.wrapping_add(TILE as u64);
            copy(&tile, skipped, rest)
        } else {
            copy(&tile::<D, SMALL_TILE>(table, block), skipped, rest)
        };
        rest = &mut rest[taken..];
        skipped = 0;
    }
}

#[inline(always)]
fn tile<D: Distribution, const BLOCKS: usize>(table: Table, first: u64) -> [[D::Number; 4]; BLOCKS] {
    let [a, b, c, d] = philox::blocks::<BLOCKS>(table.key, table.step, table.sample, first, 1);
    let mut numbers = [[D::Number::default(); 4]; BLOCKS];
    for i in 0..BLOCKS {
        numbers[i] = D::numbers([a[i], b[i], c[i], d[i]]);
    }
    numbers
}

/// Copies as many numbers of a tile as there is room for, and returns how many those were.
#[inline(always)]
fn copy<T: Copy>(tile: &[[T; 4]], skipped: usize, values: &mut [T]) -> usize {
    let numbers = &tile.as_flattened()[skipped..];
    let taken = numbers.len().min(values.len());
    values[..taken].copy_from_slice(&numbers[..taken]);
    taken
}

/// Standard normal numbers for a panel of channels at a few positions: a block holds four neighbouring positions of one
/// channel, so that the channels of a panel lie side by side in a vector.
#[derive(Debug, Clone, Copy)]
pub struct Across<'a> {
    /// The table.
    pub table: Table,
    /// The block of the first channel, first row and position 0.
    pub first: u64,
    /// Blocks between two channels.
    pub channel_blocks: u64,
    /// Blocks between two rows.
    pub row_blocks: u64,
    /// Channels of the panel that exist; the others become 0.
    pub channels: usize,
    /// The blocks that are wanted, relative to those of position 0, and the slot that each of their numbers belongs
    /// to, if any.
    pub wanted: &'a [(u64, [Option<u16>; 4])],
}

/// # Safety
/// The strip has all the slots that are named.
#[inline(always)]
pub(crate) unsafe fn normals_across<V: Vector>(across: &Across<'_>, strip: &mut Strip<'_, f32>) {
    let Table { key, step, sample } = across.table;
    for row in 0..strip.rows() {
        let row_first = across.first.wrapping_add((row as u64).wrapping_mul(across.row_blocks));
        for (block, slots) in across.wanted {
            let first = row_first.wrapping_add(*block);
            let [a, b, c, d] = philox::blocks::<PANEL>(key, step, sample, first, across.channel_blocks);
            let mut numbers = [[0.0f32; PANEL]; 4];
            for i in 0..PANEL {
                [numbers[0][i], numbers[1][i]] = normal::pair(a[i], b[i]);
            }
            for i in 0..PANEL {
                [numbers[2][i], numbers[3][i]] = normal::pair(c[i], d[i]);
            }
            for (numbers, slot) in numbers.iter_mut().zip(slots) {
                let Some(slot) = slot else { continue };
                numbers[across.channels.min(PANEL)..].fill(0.0);
                // SAFETY: the slot is one of the strip's, which is a panel wide.
                unsafe { strip.at(usize::from(*slot), row).cast::<[f32; PANEL]>().write_unaligned(*numbers) };
            }
        }
    }
}
