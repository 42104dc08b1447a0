//! Two vectors as one: every operation is done for one and then for the other, so that a processor finds work that does
//! not depend on what it waits for.

use super::{Vector, Words};

#[derive(Clone, Copy)]
pub(crate) struct Twice<V>(pub(crate) [V; 2]);

// SAFETY of every block here: the trait's contract, which is that of both halves.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<V: Words> Vector for Twice<V> {
    const LANES: usize = 2 * V::LANES;
    // Products have tiles enough to work on in turns.
    const TILE_ROWS: [usize; 4] = [0; 4];
    const TILE_PANELS: usize = 0;
    type Mask = [V::Mask; 2];
    type Wide = Self;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        unsafe { Self([V::splat(value); 2]) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { Self([V::load(from), V::load(from.add(V::LANES))]) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe {
            self.0[0].store(to);
            self.0[1].store(to.add(V::LANES));
        }
    }
    #[inline(always)]
    unsafe fn load_bytes(from: *const u8) -> Self {
        unsafe { Self([V::load_bytes(from), V::load_bytes(from.add(V::LANES))]) }
    }
    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8) {
        unsafe {
            self.0[0].store_bytes(to);
            self.0[1].store_bytes(to.add(V::LANES));
        }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        unsafe { Self([self.0[0].add(other.0[0]), self.0[1].add(other.0[1])]) }
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        unsafe { Self([self.0[0].sub(other.0[0]), self.0[1].sub(other.0[1])]) }
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        unsafe { Self([self.0[0].mul(other.0[0]), self.0[1].mul(other.0[1])]) }
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        unsafe { Self([self.0[0].div(other.0[0]), self.0[1].div(other.0[1])]) }
    }
    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        unsafe { Self([self.0[0].sqrt(), self.0[1].sqrt()]) }
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        unsafe { Self([self.0[0].abs(), self.0[1].abs()]) }
    }
    #[inline(always)]
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
        unsafe { Self([self.0[0].multiply_add(by.0[0], plus.0[0]), self.0[1].multiply_add(by.0[1], plus.0[1])]) }
    }
    #[inline(always)]
    unsafe fn greater(self, other: Self) -> [V::Mask; 2] {
        unsafe { [self.0[0].greater(other.0[0]), self.0[1].greater(other.0[1])] }
    }
    #[inline(always)]
    unsafe fn is_nan(self) -> [V::Mask; 2] {
        unsafe { [self.0[0].is_nan(), self.0[1].is_nan()] }
    }
    #[inline(always)]
    unsafe fn either(one: [V::Mask; 2], other: [V::Mask; 2]) -> [V::Mask; 2] {
        unsafe { [V::either(one[0], other[0]), V::either(one[1], other[1])] }
    }
    #[inline(always)]
    unsafe fn select(mask: [V::Mask; 2], yes: Self, no: Self) -> Self {
        unsafe { Self([V::select(mask[0], yes.0[0], no.0[0]), V::select(mask[1], yes.0[1], no.0[1])]) }
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        unsafe { Self([self.0[0].power_of_two(), self.0[1].power_of_two()]) }
    }
    #[inline(always)]
    unsafe fn split(self) -> (Self, Self) {
        unsafe {
            let [(m, e), (other_m, other_e)] = [self.0[0].split(), self.0[1].split()];
            (Self([m, other_m]), Self([e, other_e]))
        }
    }
}

// SAFETY of every block here: as above.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<V: Words> Words for Twice<V> {
    type Words = [V::Words; 2];

    #[inline(always)]
    unsafe fn words(value: u32) -> [V::Words; 2] {
        unsafe { [V::words(value); 2] }
    }
    #[inline(always)]
    unsafe fn load_words(from: *const u32) -> [V::Words; 2] {
        unsafe { [V::load_words(from), V::load_words(from.add(V::LANES))] }
    }
    #[inline(always)]
    unsafe fn wide_product(words: [V::Words; 2], by: u32) -> [[V::Words; 2]; 2] {
        unsafe {
            let [[high, low], [other_high, other_low]] = [V::wide_product(words[0], by), V::wide_product(words[1], by)];
            [[high, other_high], [low, other_low]]
        }
    }
    #[inline(always)]
    unsafe fn total(one: [V::Words; 2], other: [V::Words; 2]) -> [V::Words; 2] {
        unsafe { [V::total(one[0], other[0]), V::total(one[1], other[1])] }
    }
    #[inline(always)]
    unsafe fn xor(one: [V::Words; 2], other: [V::Words; 2]) -> [V::Words; 2] {
        unsafe { [V::xor(one[0], other[0]), V::xor(one[1], other[1])] }
    }
    #[inline(always)]
    unsafe fn and(one: [V::Words; 2], other: [V::Words; 2]) -> [V::Words; 2] {
        unsafe { [V::and(one[0], other[0]), V::and(one[1], other[1])] }
    }
    #[inline(always)]
    unsafe fn up<const BY: i32>(words: [V::Words; 2]) -> [V::Words; 2] {
        unsafe { [V::up::<BY>(words[0]), V::up::<BY>(words[1])] }
    }
    #[inline(always)]
    unsafe fn down<const BY: i32>(words: [V::Words; 2]) -> [V::Words; 2] {
        unsafe { [V::down::<BY>(words[0]), V::down::<BY>(words[1])] }
    }
    #[inline(always)]
    unsafe fn down_signed<const BY: i32>(words: [V::Words; 2]) -> [V::Words; 2] {
        unsafe { [V::down_signed::<BY>(words[0]), V::down_signed::<BY>(words[1])] }
    }
    #[inline(always)]
    unsafe fn of_signed(words: [V::Words; 2]) -> Self {
        unsafe { Self([V::of_signed(words[0]), V::of_signed(words[1])]) }
    }
    #[inline(always)]
    unsafe fn of_bits(words: [V::Words; 2]) -> Self {
        unsafe { Self([V::of_bits(words[0]), V::of_bits(words[1])]) }
    }
    #[inline(always)]
    unsafe fn bits(self) -> [V::Words; 2] {
        unsafe { [self.0[0].bits(), self.0[1].bits()] }
    }
    #[inline(always)]
    unsafe fn store_turned(numbers: [Self; 4], to: *mut f32) {
        unsafe {
            let [a, b, c, d] = numbers;
            V::store_turned([a.0[0], b.0[0], c.0[0], d.0[0]], to);
            V::store_turned([a.0[1], b.0[1], c.0[1], d.0[1]], to.add(4 * V::LANES));
        }
    }
}
