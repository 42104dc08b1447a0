//! Four numbers in plain Rust, for every other processor and for checking the rest.

use super::Vector;

/// The bits of √½.
pub(crate) const HALF_ROOT: u32 = 0x3f35_04f3;

#[derive(Clone, Copy)]
pub(crate) struct Portable(pub(super) [f32; 4]);

#[inline(always)]
fn each(function: impl Fn(usize) -> f32) -> Portable {
    Portable([function(0), function(1), function(2), function(3)])
}

impl Vector for Portable {
    const LANES: usize = 4;
    const TILE_ROWS: [usize; 4] = [2, 0, 0, 0];
    const TILE_PANELS: usize = 1;
    type Mask = [bool; 4];
    // The compiler makes vectors of four numbers of this, and loses sight of more.
    type Wide = Self;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        unsafe { Self(from.cast::<[f32; 4]>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn load_bytes(from: *const u8) -> Self {
        // SAFETY: the trait's contract.
        each(|lane| f32::from(unsafe { *from.add(lane) }))
    }
    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8) {
        for (lane, number) in self.0.into_iter().enumerate() {
            // SAFETY: the trait's contract.
            unsafe { *to.add(lane) = number as u8 };
        }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        each(|lane| self.0[lane] + other.0[lane])
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        each(|lane| self.0[lane] - other.0[lane])
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        each(|lane| self.0[lane] * other.0[lane])
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        each(|lane| self.0[lane] / other.0[lane])
    }
    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        each(|lane| self.0[lane].sqrt())
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        each(|lane| self.0[lane].abs())
    }
    // Not `mul_add`, which without an instruction for it is a slow call.
    #[inline(always)]
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
        each(|lane| self.0[lane] * by.0[lane] + plus.0[lane])
    }
    #[inline(always)]
    unsafe fn greater(self, other: Self) -> [bool; 4] {
        [0, 1, 2, 3].map(|lane| self.0[lane] > other.0[lane])
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> [bool; 4] {
        self.0.map(f32::is_nan)
    }
    #[inline(always)]
    unsafe fn either(one: [bool; 4], other: [bool; 4]) -> [bool; 4] {
        [0, 1, 2, 3].map(|lane| one[lane] | other[lane])
    }
    #[inline(always)]
    unsafe fn select(mask: [bool; 4], yes: Self, no: Self) -> Self {
        each(|lane| if mask[lane] { yes.0[lane] } else { no.0[lane] })
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        each(|lane| f32::from_bits(((self.0[lane] as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    unsafe fn split(self) -> (Self, Self) {
        let exponent = |lane: usize| (self.0[lane].to_bits().wrapping_sub(HALF_ROOT) as i32) >> 23;
        let mantissa = each(|lane| f32::from_bits(self.0[lane].to_bits().wrapping_sub((exponent(lane) << 23) as u32)));
        (mantissa, each(|lane| exponent(lane) as f32))
    }
}
