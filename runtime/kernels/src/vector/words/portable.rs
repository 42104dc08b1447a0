//! Four words in plain Rust.

use crate::vector::{Portable, Words};

impl Words for Portable {
    type Words = [u32; 4];

    #[inline(always)]
    unsafe fn words(value: u32) -> [u32; 4] {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load_words(from: *const u32) -> [u32; 4] {
        // SAFETY: the trait's contract.
        unsafe { from.cast::<[u32; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn wide_product(words: [u32; 4], by: u32) -> [[u32; 4]; 2] {
        let product = |lane: usize| u64::from(words[lane]) * u64::from(by);
        let products = [product(0), product(1), product(2), product(3)];
        let [a, b, c, d] = products;
        [[a >> 32, b >> 32, c >> 32, d >> 32].map(|word| word as u32), [a as u32, b as u32, c as u32, d as u32]]
    }
    #[inline(always)]
    unsafe fn total(one: [u32; 4], other: [u32; 4]) -> [u32; 4] {
        [0, 1, 2, 3].map(|lane| one[lane].wrapping_add(other[lane]))
    }
    #[inline(always)]
    unsafe fn xor(one: [u32; 4], other: [u32; 4]) -> [u32; 4] {
        [0, 1, 2, 3].map(|lane| one[lane] ^ other[lane])
    }
    #[inline(always)]
    unsafe fn and(one: [u32; 4], other: [u32; 4]) -> [u32; 4] {
        [0, 1, 2, 3].map(|lane| one[lane] & other[lane])
    }
    #[inline(always)]
    unsafe fn up<const BY: i32>(words: [u32; 4]) -> [u32; 4] {
        words.map(|word| word << BY)
    }
    #[inline(always)]
    unsafe fn down<const BY: i32>(words: [u32; 4]) -> [u32; 4] {
        words.map(|word| word >> BY)
    }
    #[inline(always)]
    unsafe fn down_signed<const BY: i32>(words: [u32; 4]) -> [u32; 4] {
        words.map(|word| (word as i32 >> BY) as u32)
    }
    #[inline(always)]
    unsafe fn of_signed(words: [u32; 4]) -> Self {
        Self(words.map(|word| word as i32 as f32))
    }
    #[inline(always)]
    unsafe fn of_bits(words: [u32; 4]) -> Self {
        Self(words.map(f32::from_bits))
    }
    #[inline(always)]
    unsafe fn bits(self) -> [u32; 4] {
        self.0.map(f32::to_bits)
    }
    #[inline(always)]
    unsafe fn store_turned([a, b, c, d]: [Self; 4], to: *mut f32) {
        for lane in 0..4 {
            let together = [a.0[lane], b.0[lane], c.0[lane], d.0[lane]];
            // SAFETY: the trait's contract.
            unsafe { to.add(4 * lane).cast::<[f32; 4]>().write_unaligned(together) };
        }
    }
}
