//! Four numbers in a register of NEON.

use super::Vector;
use std::arch::aarch64::*;

#[derive(Clone, Copy)]
pub(crate) struct Neon(pub(super) float32x4_t);

// SAFETY of every block here: the trait's contract; NEON is part of every AArch64 processor.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Vector for Neon {
    const LANES: usize = 4;
    // Twenty-four sums, four numbers of the panel and one broadcast of thirty-two registers.
    const TILE_ROWS: [usize; 4] = [6, 0, 0, 0];
    const TILE_PANELS: usize = 1;
    type Mask = uint32x4_t;
    type Wide = super::Twice<Self>;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        unsafe { Self(vdupq_n_f32(value)) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { Self(vld1q_f32(from)) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { vst1q_f32(to, self.0) }
    }
    #[inline(always)]
    unsafe fn load_bytes(from: *const u8) -> Self {
        unsafe {
            let numbers = std::array::from_fn::<f32, 4, _>(|lane| f32::from(*from.add(lane)));
            Self(vld1q_f32(numbers.as_ptr()))
        }
    }
    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8) {
        let mut numbers = [0.0f32; 4];
        unsafe {
            vst1q_f32(numbers.as_mut_ptr(), self.0);
            for (lane, number) in numbers.into_iter().enumerate() {
                *to.add(lane) = number as u8;
            }
        }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        unsafe { Self(vaddq_f32(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        unsafe { Self(vsubq_f32(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        unsafe { Self(vmulq_f32(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        unsafe { Self(vdivq_f32(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        unsafe { Self(vsqrtq_f32(self.0)) }
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        unsafe { Self(vabsq_f32(self.0)) }
    }
    #[inline(always)]
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
        unsafe { Self(vfmaq_f32(plus.0, self.0, by.0)) }
    }
    #[inline(always)]
    unsafe fn greater(self, other: Self) -> uint32x4_t {
        unsafe { vcgtq_f32(self.0, other.0) }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> uint32x4_t {
        unsafe { vmvnq_u32(vceqq_f32(self.0, self.0)) }
    }
    #[inline(always)]
    unsafe fn either(one: uint32x4_t, other: uint32x4_t) -> uint32x4_t {
        unsafe { vorrq_u32(one, other) }
    }
    #[inline(always)]
    unsafe fn select(mask: uint32x4_t, yes: Self, no: Self) -> Self {
        unsafe { Self(vbslq_f32(mask, yes.0, no.0)) }
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        unsafe {
            let biased = vaddq_s32(vcvtnq_s32_f32(self.0), vdupq_n_s32(127));
            Self(vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased)))
        }
    }
    #[inline(always)]
    unsafe fn split(self) -> (Self, Self) {
        unsafe {
            let bits = vreinterpretq_s32_f32(self.0);
            let above = vsubq_s32(bits, vdupq_n_s32(super::portable::HALF_ROOT as i32));
            let exponent = vshrq_n_s32::<23>(above);
            let mantissa = vsubq_s32(bits, vshlq_n_s32::<23>(exponent));
            (Self(vreinterpretq_f32_s32(mantissa)), Self(vcvtq_f32_s32(exponent)))
        }
    }
}
