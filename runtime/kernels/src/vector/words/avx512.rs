//! Sixteen words in a register of AVX-512.

use crate::vector::{Avx512, Words};
use std::arch::x86_64::*;

// SAFETY of every block here: the trait's contract, that AVX-512 F is there and addresses are valid.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Words for Avx512 {
    type Words = __m512i;

    #[inline(always)]
    unsafe fn words(value: u32) -> __m512i {
        unsafe { _mm512_set1_epi32(value as i32) }
    }
    #[inline(always)]
    unsafe fn load_words(from: *const u32) -> __m512i {
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn wide_product(words: __m512i, by: u32) -> [__m512i; 2] {
        unsafe {
            // The instruction multiplies every other word.
            let by = _mm512_set1_epi32(by as i32);
            let even = _mm512_mul_epu32(words, by);
            let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(words), by);
            let high = _mm512_mask_blend_epi32(0b1010_1010_1010_1010, _mm512_srli_epi64::<32>(even), odd);
            [high, _mm512_mullo_epi32(words, by)]
        }
    }
    #[inline(always)]
    unsafe fn total(one: __m512i, other: __m512i) -> __m512i {
        unsafe { _mm512_add_epi32(one, other) }
    }
    #[inline(always)]
    unsafe fn xor(one: __m512i, other: __m512i) -> __m512i {
        unsafe { _mm512_xor_si512(one, other) }
    }
    #[inline(always)]
    unsafe fn and(one: __m512i, other: __m512i) -> __m512i {
        unsafe { _mm512_and_si512(one, other) }
    }
    #[inline(always)]
    unsafe fn up<const BY: i32>(words: __m512i) -> __m512i {
        unsafe { _mm512_sllv_epi32(words, _mm512_set1_epi32(BY)) }
    }
    #[inline(always)]
    unsafe fn down<const BY: i32>(words: __m512i) -> __m512i {
        unsafe { _mm512_srlv_epi32(words, _mm512_set1_epi32(BY)) }
    }
    #[inline(always)]
    unsafe fn down_signed<const BY: i32>(words: __m512i) -> __m512i {
        unsafe { _mm512_srav_epi32(words, _mm512_set1_epi32(BY)) }
    }
    #[inline(always)]
    unsafe fn of_signed(words: __m512i) -> Self {
        unsafe { Self(_mm512_cvtepi32_ps(words)) }
    }
    #[inline(always)]
    unsafe fn of_bits(words: __m512i) -> Self {
        unsafe { Self(_mm512_castsi512_ps(words)) }
    }
    #[inline(always)]
    unsafe fn bits(self) -> __m512i {
        unsafe { _mm512_castps_si512(self.0) }
    }
    #[inline(always)]
    unsafe fn store_turned([a, b, c, d]: [Self; 4], to: *mut f32) {
        unsafe {
            // Within each half: a0 b0 a1 b1, c0 d0 c1 d1, and so on.
            let [ab, cd] = [_mm512_unpacklo_ps(a.0, b.0), _mm512_unpacklo_ps(c.0, d.0)];
            let [later_ab, later_cd] = [_mm512_unpackhi_ps(a.0, b.0), _mm512_unpackhi_ps(c.0, d.0)];
            let quarters = [
                _mm512_shuffle_ps::<0b01_00_01_00>(ab, cd),
                _mm512_shuffle_ps::<0b11_10_11_10>(ab, cd),
                _mm512_shuffle_ps::<0b01_00_01_00>(later_ab, later_cd),
                _mm512_shuffle_ps::<0b11_10_11_10>(later_ab, later_cd),
            ];
            // Quarter q of vector v holds block 4·q + v.
            let [a, b, c, d] = quarters;
            let [even, odd] =
                [_mm512_shuffle_f32x4::<0b10_00_10_00>(a, b), _mm512_shuffle_f32x4::<0b11_01_11_01>(a, b)];
            let [more_even, more_odd] =
                [_mm512_shuffle_f32x4::<0b10_00_10_00>(c, d), _mm512_shuffle_f32x4::<0b11_01_11_01>(c, d)];
            // Now a0 a2 b0 b2, a1 a3 b1 b3, c0 c2 d0 d2, c1 c3 d1 d3.
            _mm512_storeu_ps(to, _mm512_shuffle_f32x4::<0b10_00_10_00>(even, more_even));
            _mm512_storeu_ps(to.add(16), _mm512_shuffle_f32x4::<0b10_00_10_00>(odd, more_odd));
            _mm512_storeu_ps(to.add(32), _mm512_shuffle_f32x4::<0b11_01_11_01>(even, more_even));
            _mm512_storeu_ps(to.add(48), _mm512_shuffle_f32x4::<0b11_01_11_01>(odd, more_odd));
        }
    }
}
