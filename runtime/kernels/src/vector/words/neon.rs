//! Four words in a register of NEON.

use crate::vector::{Neon, Words};
use std::arch::aarch64::*;

// SAFETY of every block here: the trait's contract; NEON is part of every AArch64 processor.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Words for Neon {
    type Words = uint32x4_t;

    #[inline(always)]
    unsafe fn words(value: u32) -> uint32x4_t {
        unsafe { vdupq_n_u32(value) }
    }
    #[inline(always)]
    unsafe fn load_words(from: *const u32) -> uint32x4_t {
        unsafe { vld1q_u32(from) }
    }
    #[inline(always)]
    unsafe fn wide_product(words: uint32x4_t, by: u32) -> [uint32x4_t; 2] {
        unsafe {
            let by = vdup_n_u32(by);
            let first = vreinterpretq_u32_u64(vmull_u32(vget_low_u32(words), by));
            let last = vreinterpretq_u32_u64(vmull_u32(vget_high_u32(words), by));
            [vuzp2q_u32(first, last), vuzp1q_u32(first, last)]
        }
    }
    #[inline(always)]
    unsafe fn total(one: uint32x4_t, other: uint32x4_t) -> uint32x4_t {
        unsafe { vaddq_u32(one, other) }
    }
    #[inline(always)]
    unsafe fn xor(one: uint32x4_t, other: uint32x4_t) -> uint32x4_t {
        unsafe { veorq_u32(one, other) }
    }
    #[inline(always)]
    unsafe fn and(one: uint32x4_t, other: uint32x4_t) -> uint32x4_t {
        unsafe { vandq_u32(one, other) }
    }
    // Shifts by a register, whose negative counts are to the right: a constant generic parameter has its range checked by
    // the instructions with a constant count, each in its own way.
    #[inline(always)]
    unsafe fn up<const BY: i32>(words: uint32x4_t) -> uint32x4_t {
        unsafe { vshlq_u32(words, vdupq_n_s32(BY)) }
    }
    #[inline(always)]
    unsafe fn down<const BY: i32>(words: uint32x4_t) -> uint32x4_t {
        unsafe { vshlq_u32(words, vdupq_n_s32(-BY)) }
    }
    #[inline(always)]
    unsafe fn down_signed<const BY: i32>(words: uint32x4_t) -> uint32x4_t {
        unsafe { vreinterpretq_u32_s32(vshlq_s32(vreinterpretq_s32_u32(words), vdupq_n_s32(-BY))) }
    }
    #[inline(always)]
    unsafe fn of_signed(words: uint32x4_t) -> Self {
        unsafe { Self(vcvtq_f32_s32(vreinterpretq_s32_u32(words))) }
    }
    #[inline(always)]
    unsafe fn of_bits(words: uint32x4_t) -> Self {
        unsafe { Self(vreinterpretq_f32_u32(words)) }
    }
    #[inline(always)]
    unsafe fn bits(self) -> uint32x4_t {
        unsafe { vreinterpretq_u32_f32(self.0) }
    }
    #[inline(always)]
    unsafe fn store_turned([a, b, c, d]: [Self; 4], to: *mut f32) {
        unsafe { vst4q_f32(to, float32x4x4_t(a.0, b.0, c.0, d.0)) }
    }
}
