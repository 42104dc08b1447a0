//! Eight words in a register of AVX2.

use crate::vector::{Avx2, Words};
use std::arch::x86_64::*;

// SAFETY of every block here: the trait's contract, that AVX2 is there and addresses are valid.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Words for Avx2 {
    type Words = __m256i;

    #[inline(always)]
    unsafe fn words(value: u32) -> __m256i {
        unsafe { _mm256_set1_epi32(value as i32) }
    }
    #[inline(always)]
    unsafe fn load_words(from: *const u32) -> __m256i {
        unsafe { _mm256_loadu_si256(from.cast()) }
    }
    #[inline(always)]
    unsafe fn wide_product(words: __m256i, by: u32) -> [__m256i; 2] {
        unsafe {
            // The instruction multiplies every other word.
            let by = _mm256_set1_epi32(by as i32);
            let even = _mm256_mul_epu32(words, by);
            let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(words), by);
            let high = _mm256_blend_epi32::<0b1010_1010>(_mm256_srli_epi64::<32>(even), odd);
            [high, _mm256_mullo_epi32(words, by)]
        }
    }
    #[inline(always)]
    unsafe fn total(one: __m256i, other: __m256i) -> __m256i {
        unsafe { _mm256_add_epi32(one, other) }
    }
    #[inline(always)]
    unsafe fn xor(one: __m256i, other: __m256i) -> __m256i {
        unsafe { _mm256_xor_si256(one, other) }
    }
    #[inline(always)]
    unsafe fn and(one: __m256i, other: __m256i) -> __m256i {
        unsafe { _mm256_and_si256(one, other) }
    }
    #[inline(always)]
    unsafe fn up<const BY: i32>(words: __m256i) -> __m256i {
        unsafe { _mm256_slli_epi32::<BY>(words) }
    }
    #[inline(always)]
    unsafe fn down<const BY: i32>(words: __m256i) -> __m256i {
        unsafe { _mm256_srli_epi32::<BY>(words) }
    }
    #[inline(always)]
    unsafe fn down_signed<const BY: i32>(words: __m256i) -> __m256i {
        unsafe { _mm256_srai_epi32::<BY>(words) }
    }
    #[inline(always)]
    unsafe fn of_signed(words: __m256i) -> Self {
        unsafe { Self(_mm256_cvtepi32_ps(words)) }
    }
    #[inline(always)]
    unsafe fn of_bits(words: __m256i) -> Self {
        unsafe { Self(_mm256_castsi256_ps(words)) }
    }
    #[inline(always)]
    unsafe fn bits(self) -> __m256i {
        unsafe { _mm256_castps_si256(self.0) }
    }
    #[inline(always)]
    unsafe fn store_turned([a, b, c, d]: [Self; 4], to: *mut f32) {
        unsafe {
            // Within each half: a0 b0 a1 b1, c0 d0 c1 d1, and so on.
            let [ab, cd] = [_mm256_unpacklo_ps(a.0, b.0), _mm256_unpacklo_ps(c.0, d.0)];
            let [later_ab, later_cd] = [_mm256_unpackhi_ps(a.0, b.0), _mm256_unpackhi_ps(c.0, d.0)];
            let quarters = [
                _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd),
                _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd),
                _mm256_shuffle_ps::<0b01_00_01_00>(later_ab, later_cd),
                _mm256_shuffle_ps::<0b11_10_11_10>(later_ab, later_cd),
            ];
            // Stored by halves: putting whole vectors together takes longer.
            for (block, quarter) in quarters.into_iter().enumerate() {
                _mm_storeu_ps(to.add(4 * block), _mm256_castps256_ps128(quarter));
                _mm_storeu_ps(to.add(4 * block + 16), _mm256_extractf128_ps::<1>(quarter));
            }
        }
    }
}
