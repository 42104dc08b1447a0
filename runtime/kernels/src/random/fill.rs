//! Filling memory with the numbers of a table.

use super::{normal, philox};
use crate::tiles::Strip;
use crate::vector::{PANEL, Twice, Words};

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
    /// Words stand for numbers of their bits.
    unsafe fn numbers<V: Words>(words: [V::Words; 4]) -> [V; 4];
}

struct Normal;
struct Uniform;
struct Bits;

impl Distribution for Normal {
    #[inline(always)]
    unsafe fn numbers<V: Words>([a, b, c, d]: [V::Words; 4]) -> [V; 4] {
        // Both pairs in turns.
        // SAFETY: the caller's promise.
        let [Twice([first, third]), Twice([second, fourth])] = unsafe { normal::pair::<Twice<V>>([a, c], [b, d]) };
        [first, second, third, fourth]
    }
}

// Written out: a closure given to `map` may stay a call, in which there are no vector instructions.
impl Distribution for Uniform {
    #[inline(always)]
    unsafe fn numbers<V: Words>([a, b, c, d]: [V::Words; 4]) -> [V; 4] {
        // SAFETY: the caller's promise.
        unsafe {
            let scale = V::splat(1.0 / 16_777_216.0);
            [
                V::of_signed(V::down::<8>(a)).mul(scale),
                V::of_signed(V::down::<8>(b)).mul(scale),
                V::of_signed(V::down::<8>(c)).mul(scale),
                V::of_signed(V::down::<8>(d)).mul(scale),
            ]
        }
    }
}

impl Distribution for Bits {
    #[inline(always)]
    unsafe fn numbers<V: Words>([a, b, c, d]: [V::Words; 4]) -> [V; 4] {
        // SAFETY: the caller's promise.
        unsafe { [V::of_bits(a), V::of_bits(b), V::of_bits(c), V::of_bits(d)] }
    }
}

/// Standard normal numbers number `first`, `first + 1`, … of the table.
///
/// # Safety
/// The processor has the vector's features; so for all kernels here.
#[inline(always)]
pub(crate) unsafe fn normals<V: Words>(table: Table, first: u64, values: &mut [f32]) {
    // SAFETY: the caller's promise; so below.
    unsafe { fill::<V, Normal>(table, first, values) }
}

/// The same for numbers uniform in [0, 1), multiples of 2⁻²⁴: a word's upper 24 bits.
#[inline(always)]
pub(crate) unsafe fn uniforms<V: Words>(table: Table, first: u64, values: &mut [f32]) {
    // SAFETY: as above.
    unsafe { fill::<V, Uniform>(table, first, values) }
}

/// The same for the generator's words.
#[inline(always)]
pub(crate) unsafe fn bits<V: Words>(table: Table, first: u64, values: &mut [u32]) {
    // SAFETY: as above; words have the size and alignment of numbers, and any bits are a number's.
    unsafe {
        let values = std::slice::from_raw_parts_mut(values.as_mut_ptr().cast::<f32>(), values.len());
        fill::<V, Bits>(table, first, values);
    }
}

#[inline(always)]
unsafe fn fill<V: Words, D: Distribution>(table: Table, first: u64, values: &mut [f32]) {
    let skipped = (first % 4) as usize;
    // Few numbers are wanted for one image's augmentation, say.
    // SAFETY: the caller's promise.
    unsafe {
        if skipped + values.len() <= 4 * V::LANES {
            fill_from::<V, D>(table, first / 4, skipped, values);
        } else {
            fill_from::<V::Wide, D>(table, first / 4, skipped, values);
        }
    }
}

/// From number `skipped` of a block on.
#[inline(always)]
unsafe fn fill_from<V: Words, D: Distribution>(table: Table, mut block: u64, skipped: usize, values: &mut [f32]) {
    let Table { key, step, sample } = table;
    let (mut skipped, mut rest) = (skipped, values);
    // SAFETY: the caller's promise.
    let apart = unsafe { philox::Apart::<V>::new(1) };
    while !rest.is_empty() {
        // SAFETY: the caller's promise; a whole group of blocks goes directly to where there is room for it.
        let taken = unsafe {
            let numbers = D::numbers::<V>(philox::blocks::<V>(key, [step, sample], block, &apart));
            if skipped == 0 && rest.len() >= 4 * V::LANES {
                V::store_turned(numbers, rest.as_mut_ptr());
                4 * V::LANES
            } else {
                let mut group = [0.0f32; 4 * PANEL];
                V::store_turned(numbers, group.as_mut_ptr());
                let wanted = &group[skipped..4 * V::LANES];
                let taken = wanted.len().min(rest.len());
                rest[..taken].copy_from_slice(&wanted[..taken]);
                taken
            }
        };
        block = block.wrapping_add(V::LANES as u64);
        rest = &mut rest[taken..];
        skipped = 0;
    }
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
/// The strip has all the slots that are named, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn normals_across<V: Words>(across: &Across<'_>, strip: &mut Strip<'_, f32>) {
    // SAFETY: the caller's promise.
    unsafe { normals_wide::<V::Wide>(across, strip) }
}

#[inline(always)]
unsafe fn normals_wide<V: Words>(across: &Across<'_>, strip: &mut Strip<'_, f32>) {
    let Table { key, step, sample } = across.table;
    // SAFETY: the caller's promise.
    let apart = unsafe { philox::Apart::<V>::new(across.channel_blocks) };
    for row in 0..strip.rows() {
        let row_first = across.first.wrapping_add((row as u64).wrapping_mul(across.row_blocks));
        for (block, slots) in across.wanted {
            for lane in (0..PANEL).step_by(V::LANES) {
                let first =
                    row_first.wrapping_add(*block).wrapping_add((lane as u64).wrapping_mul(across.channel_blocks));
                // SAFETY: a slot that is named is one of the strip's, which is a panel wide.
                unsafe {
                    let numbers = Normal::numbers::<V>(philox::blocks::<V>(key, [step, sample], first, &apart));
                    for (numbers, slot) in numbers.into_iter().zip(slots) {
                        let Some(slot) = slot else { continue };
                        numbers.store(strip.at(usize::from(*slot), row).add(lane));
                    }
                }
            }
            for slot in slots.iter().flatten() {
                for channel in across.channels..PANEL {
                    // SAFETY: as above.
                    unsafe { *strip.at(usize::from(*slot), row).add(channel) = 0.0 };
                }
            }
        }
    }
}
