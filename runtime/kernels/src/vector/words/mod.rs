//! Words of 32 bits beside the numbers of a vector, for random numbers. They mean the same to the bit for every type.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

use super::Vector;

/// A vector that has words.
///
/// # Safety
/// As [`Vector`]'s.
pub(crate) trait Words: Vector {
    /// As many words as the vector has numbers.
    type Words: Copy;

    unsafe fn words(value: u32) -> Self::Words;
    unsafe fn load_words(from: *const u32) -> Self::Words;
    /// The products' upper and lower words.
    unsafe fn wide_product(words: Self::Words, by: u32) -> [Self::Words; 2];
    /// Modulo 2³².
    unsafe fn total(one: Self::Words, other: Self::Words) -> Self::Words;
    unsafe fn xor(one: Self::Words, other: Self::Words) -> Self::Words;
    unsafe fn and(one: Self::Words, other: Self::Words) -> Self::Words;
    /// Shifted towards the upper bits.
    unsafe fn up<const BY: i32>(words: Self::Words) -> Self::Words;
    /// Shifted towards the lower bits, zeros behind.
    unsafe fn down<const BY: i32>(words: Self::Words) -> Self::Words;
    /// Shifted towards the lower bits, copies of the sign behind.
    unsafe fn down_signed<const BY: i32>(words: Self::Words) -> Self::Words;
    /// The words read as signed, rounded.
    unsafe fn of_signed(words: Self::Words) -> Self;
    /// The numbers with these bits.
    unsafe fn of_bits(words: Self::Words) -> Self;
    /// The bits of the numbers.
    unsafe fn bits(self) -> Self::Words;
    /// Stores the first number of each, then the second of each, and so on: four times [`Vector::LANES`] numbers.
    unsafe fn store_turned(numbers: [Self; 4], to: *mut f32);
}
