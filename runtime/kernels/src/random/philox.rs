//! Philox 4×32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
//! numbers: as easy as 1, 2, 3", SC 2011: a keyed bijection of 128-bit counters.

/// Multipliers of a round (the paper's table 2).
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// What is added to the key between rounds: the golden ratio and √3 − 1.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// The four words that `counter` is mapped to under `key`.
#[inline(always)]
pub(super) fn philox(key: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
    let [mut k0, mut k1] = key;
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    for _ in 0..ROUNDS {
        let first = u64::from(MULTIPLIERS[0]) * u64::from(c0);
        let second = u64::from(MULTIPLIERS[1]) * u64::from(c2);
        c0 = (second >> 32) as u32 ^ c1 ^ k0;
        c1 = second as u32;
        c2 = (first >> 32) as u32 ^ c3 ^ k1;
        c3 = first as u32;
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    [c0, c1, c2, c3]
}

/// `BLOCKS` blocks, word by word: element `i` of array `w` is word `w` of block
/// `first + i·apart`. A block's counter is (number low, number high, `sample`, `step`).
///
/// Kept as one plain loop over arrays of fixed size so that the compiler turns it into vector code.
#[inline(always)]
pub(super) fn blocks<const BLOCKS: usize>(
    key: [u32; 2],
    step: u32,
    sample: u32,
    first: u64,
    apart: u64,
) -> [[u32; BLOCKS]; 4] {
    let mut words = [[0; BLOCKS]; 4];
    for i in 0..BLOCKS {
        let number = first.wrapping_add((i as u64).wrapping_mul(apart));
        let block = philox(key, [number as u32, (number >> 32) as u32, sample, step]);
        for (word, value) in words.iter_mut().zip(block) {
            word[i] = value;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{blocks, philox};

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
            assert_eq!(philox(key, counter), answer);
        }
    }

    #[test]
    fn many_blocks_are_the_single_blocks_also_where_the_low_word_overflows() {
        let first = u64::from(u32::MAX) - 30;
        let words = blocks::<64>([1, 2], 3, 4, first, 1);
        for i in 0..64 {
            let number = first + i as u64;
            let single = philox([1, 2], [number as u32, (number >> 32) as u32, 4, 3]);
            assert_eq!(words.map(|word| word[i]), single);
        }
    }
}
