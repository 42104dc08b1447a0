//! Random numbers: the same to the bit in every table, wherever a range begins and ends.

use super::{Numbers, sizes};
use crate::tiles::Strip;
use crate::{Across, Kernels, PANEL, Table, usable};

const TABLE: Table = Table { key: [0x1234_5678, 0x9abc_def0], step: 17, sample: 3 };

fn normals(kernels: Kernels, first: u64, count: usize) -> Vec<u32> {
    let mut values = vec![0.0; count];
    kernels.normals(TABLE, first, &mut values);
    values.into_iter().map(f32::to_bits).collect()
}

fn uniforms(kernels: Kernels, first: u64, count: usize) -> Vec<u32> {
    let mut values = vec![0.0; count];
    kernels.uniforms(TABLE, first, &mut values);
    values.into_iter().map(f32::to_bits).collect()
}

fn bits(kernels: Kernels, first: u64, count: usize) -> Vec<u32> {
    let mut values = vec![0; count];
    kernels.bits(TABLE, first, &mut values);
    values
}

type Kind = fn(Kernels, u64, usize) -> Vec<u32>;

const KINDS: [Kind; 3] = [normals, uniforms, bits];

/// The last ones cross where the low word of the block's number overflows.
const FIRSTS: [u64; 7] = [0, 1, 2, 3, 1021, (1 << 34) - 150, u64::MAX / 8 * 4 + 2];

#[test]
fn overlapping_ranges_agree_in_every_table() {
    let portable = Kernels::named("portable").expect("it is always usable");
    for kind in KINDS {
        for &first in if super::MIRI { &FIRSTS[4..6] } else { &FIRSTS[..] } {
            let whole = kind(portable, first, if super::MIRI { 300 } else { 1200 });
            for kernels in usable() {
                for &skipped in sizes(&[0, 1, 2, 3, 5, 64, 255], &[0, 3]) {
                    for &count in sizes(&[0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 31, 63, 255, 256, 257, 600], &[1, 17, 259])
                    {
                        let part = kind(kernels, first + skipped as u64, count);
                        assert_eq!(part, whole[skipped..][..count], "{kernels:?}: {count} from {first} + {skipped}");
                    }
                }
            }
        }
    }
}

/// Pinned: a spec's results must not change. These are the Philox words of blocks 0 and 1 under the key and counter of
/// Random123's zero vector, and what is made of them.
#[test]
fn the_numbers_are_fixed() {
    let zero = Table { key: [0; 2], step: 0, sample: 0 };
    for kernels in usable() {
        let mut words = [0; 4];
        kernels.bits(zero, 0, &mut words);
        assert_eq!(words, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8], "{kernels:?}");
        let mut uniforms = [0.0; 4];
        kernels.uniforms(zero, 0, &mut uniforms);
        assert_eq!(uniforms, words.map(|word| (word >> 8) as f32 / 16_777_216.0), "{kernels:?}");
    }
}

#[test]
fn normals_have_the_moments_of_a_standard_normal() {
    let count = if super::MIRI { 512 } else { 1 << 20 };
    for kernels in usable() {
        let mut values = vec![0.0; count];
        kernels.normals(TABLE, 0, &mut values);
        let moment = |power: i32| values.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / count as f64;
        // Six standard errors: the variance of the mean of xⁿ is (E x²ⁿ − (E xⁿ)²)/count.
        for (power, wanted, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = (variance / count as f64).sqrt();
            assert!((moment(power) - wanted).abs() < 6.0 * error, "{kernels:?}: moment {power} is {}", moment(power));
        }
    }
}

/// A panel of channels at positions: number `4·block + position mod 4` of each channel.
#[test]
fn normals_across_are_the_normals_at_the_same_indices() {
    let mut stream = Numbers(81);
    for &channels in sizes(&[1, 2, 7, 15, 16, 20], &[3, 16]) {
        for &rows in sizes(&[1, 2, 5], &[2]) {
            let (first, channel_blocks) = (stream.word() >> 20, 1 + stream.below(50) as u64);
            let row_blocks = channel_blocks * 40;
            // Blocks in no order, each number of them wanted or not.
            let wanted: Vec<(u64, [Option<u16>; 4])> = vec![
                (3, [None, Some(0), Some(4), None]),
                (0, [Some(1), Some(2), Some(3), Some(5)]),
                (17, [None; 4]),
                (1, [Some(7), None, None, Some(6)]),
            ];
            let across = Across { table: TABLE, first, channel_blocks, row_blocks, channels, wanted: &wanted };
            let (row_stride, slot_stride) = (PANEL + 3, rows * (PANEL + 3) + 7);
            for kernels in usable() {
                let mut numbers = vec![-9.0f32; 9 * slot_stride];
                let mut strip = Strip::over(&mut numbers, [9, rows], [slot_stride, row_stride]);
                kernels.normals_across(&across, &mut strip, 8);
                let mut expected = vec![-9.0f32; numbers.len()];
                for row in 0..rows {
                    for (block, slots) in &wanted {
                        for (position, slot) in slots.iter().enumerate() {
                            let Some(slot) = slot else { continue };
                            for channel in 0..PANEL {
                                let at = usize::from(*slot) * slot_stride + row * row_stride + channel;
                                let block = first + row as u64 * row_blocks + block + channel as u64 * channel_blocks;
                                let mut number = [0.0];
                                kernels.normals(TABLE, 4 * block + position as u64, &mut number);
                                expected[at] = if channel < channels { number[0] } else { 0.0 };
                            }
                        }
                    }
                }
                let same = numbers.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same, "{kernels:?}, {channels} channels, {rows} rows");
            }
        }
    }
}
