//! Philox 4×32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
//! numbers: as easy as 1, 2, 3", SC 2011: a keyed bijection of 128-bit counters.

use crate::vector::{PANEL, Words};

/// Multipliers of a round (the paper's table 2).
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// What is added to the key between rounds: the golden ratio and √3 − 1.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// The four words that each of a vector of counters is mapped to under `key`.
///
/// # Safety
/// The processor has the vector's features; so for all functions here.
#[inline(always)]
unsafe fn philox<V: Words>(key: [u32; 2], [mut c0, mut c1, mut c2, mut c3]: [V::Words; 4]) -> [V::Words; 4] {
    // Written out, since as a loop it would stay one, with the keys computed each time.
    macro_rules! rounds {
        ($($number:literal)*) => {$(
            let k0 = key[0].wrapping_add(WEYL[0].wrapping_mul($number));
            let k1 = key[1].wrapping_add(WEYL[1].wrapping_mul($number));
            // SAFETY: the caller's promise.
            unsafe {
                let [first_high, first_low] = V::wide_product(c0, MULTIPLIERS[0]);
                let [second_high, second_low] = V::wide_product(c2, MULTIPLIERS[1]);
                c0 = V::xor(V::xor(c1, V::words(k0)), second_high);
                c1 = second_low;
                c2 = V::xor(V::xor(c3, V::words(k1)), first_high);
                c3 = first_low;
            }
        )*};
    }
    rounds!(0 1 2 3 4 5 6 7 8 9);
    [c0, c1, c2, c3]
}

/// A distance between blocks, and how far the blocks of a vector are from its first.
pub(super) struct Apart<V: Words> {
    apart: u64,
    last: u64,
    offsets: V::Words,
}

impl<V: Words> Apart<V> {
    #[inline(always)]
    pub(super) unsafe fn new(apart: u64) -> Self {
        let mut offsets = [0; PANEL];
        for (i, offset) in offsets.iter_mut().enumerate().take(V::LANES) {
            *offset = (i as u32).wrapping_mul(apart as u32);
        }
        // SAFETY: the caller's promise; the array holds a vector.
        let offsets = unsafe { V::load_words(offsets.as_ptr()) };
        Self { apart, last: (V::LANES as u64 - 1).saturating_mul(apart), offsets }
    }
}

/// The words of as many blocks as the vector has lanes: `first`, and so on at their distance. A block's counter is
/// (number low, number high, `sample`, `step`).
#[inline(always)]
pub(super) unsafe fn blocks<V: Words>(
    key: [u32; 2],
    [step, sample]: [u32; 2],
    first: u64,
    apart: &Apart<V>,
) -> [V::Words; 4] {
    // SAFETY: the caller's promise.
    unsafe {
        let [low, high] = if (first & LOW).saturating_add(apart.last) <= LOW {
            [V::total(V::words(first as u32), apart.offsets), V::words((first >> 32) as u32)]
        } else {
            carried::<V>(first, apart.apart)
        };
        philox::<V>(key, [low, high, V::words(sample), V::words(step)])
    }
}

/// The lower half of a block's number.
const LOW: u64 = u32::MAX as u64;

/// Numbers of blocks whose lower words overflow, which is rare.
#[inline(always)]
unsafe fn carried<V: Words>(first: u64, apart: u64) -> [V::Words; 2] {
    let [mut low, mut high] = [[0; PANEL]; 2];
    for i in 0..V::LANES {
        let number = first.wrapping_add((i as u64).wrapping_mul(apart));
        (low[i], high[i]) = (number as u32, (number >> 32) as u32);
    }
    // SAFETY: the caller's promise; the arrays hold a vector.
    unsafe { [V::load_words(low.as_ptr()), V::load_words(high.as_ptr())] }
}

#[cfg(test)]
mod tests {
    use super::{Apart, blocks, philox};
    use crate::vector::{Portable, Twice, Vector, Words};

    type Wide = Twice<Portable>;

    fn one(key: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
        // SAFETY: every processor can.
        unsafe { philox::<Portable>(key, counter.map(|word| Portable::words(word))).map(|words| words[3]) }
    }

    /// The known answers that Random123 1.14 publishes for `philox4x32 10` (tests/kat_vectors).
    #[test]
    fn agrees_with_the_published_vectors() {
        let cases = [
            ([0; 2], [0; 4], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 2], [u32::MAX; 4], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0xa409_3822, 0x299f_31d0],
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (key, counter, answer) in cases {
            assert_eq!(one(key, counter), answer);
        }
    }

    #[test]
    fn many_blocks_are_the_single_blocks_also_where_the_low_word_overflows() {
        for first in [0, u64::from(u32::MAX) - 3, u64::from(u32::MAX) - 7, u64::MAX - 2] {
            for apart in [1, 5, 1 << 31, (1 << 40) + 7, u64::MAX].into_iter().step_by(if cfg!(miri) { 3 } else { 1 }) {
                // SAFETY: every processor can.
                let words = unsafe { blocks([1, 2], [3, 4], first, &Apart::<Wide>::new(apart)) };
                for i in 0..Wide::LANES {
                    let number = first.wrapping_add(apart.wrapping_mul(i as u64));
                    let single = one([1, 2], [number as u32, (number >> 32) as u32, 4, 3]);
                    assert_eq!(words.map(|word| word.as_flattened()[i]), single, "{first} {apart}");
                }
            }
        }
    }
}
