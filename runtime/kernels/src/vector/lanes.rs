//! What vectors can do with their numbers, and with the words of 32 bits beside these, for random numbers: those mean the
//! same to the bit for every type.

/// Numbers side by side in a panel; every row of a buffer is padded to a multiple of it, whatever the processor, so
/// that plans do not depend on the table. A multiple of the numbers of every vector.
pub const PANEL: usize = 16;

/// Several `f32` that are computed with together.
///
/// # Safety
/// All methods may only be executed where the processor has the features of the type's table; `load…` and `store…`
/// need valid memory for [`Self::LANES`] numbers at their address, of any alignment.
pub(crate) trait Vector: Copy {
    /// How many; divides [`PANEL`].
    const LANES: usize;
    /// Rows that a tile of a product has at most, by the panels it is wide (one to four).
    const TILE_ROWS: [usize; 4];
    /// Panels that a tile of a product is wide at most.
    const TILE_PANELS: usize;
    /// A truth value each.
    type Mask: Copy;
    /// Several of these worked on in turns, no more than a [`PANEL`], for functions so long that a processor would wait
    /// for one result after the other; this type itself where there are not enough registers or lanes for it.
    type Wide: Words;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// Small whole numbers, kept as bytes.
    unsafe fn load_bytes(from: *const u8) -> Self;
    unsafe fn store_bytes(self, to: *mut u8);

    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    unsafe fn sqrt(self) -> Self;
    unsafe fn abs(self) -> Self;
    /// `self · by + plus`, rounded once where the processor can.
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self;

    /// Whether `self > other`; false where either is not a number.
    unsafe fn greater(self, other: Self) -> Self::Mask;
    /// Whether it is not a number.
    unsafe fn is_nan(self) -> Self::Mask;
    unsafe fn either(one: Self::Mask, other: Self::Mask) -> Self::Mask;
    unsafe fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// 2ⁿ of whole numbers n in −126 … 127.
    unsafe fn power_of_two(self) -> Self;
    /// Positive normal numbers as m·2ᵉ with m in [√½, √2): (m, e).
    unsafe fn split(self) -> (Self, Self);

    /// 0.
    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: as the caller's.
        unsafe { Self::splat(0.0) }
    }

    /// The first `count` numbers at an address, at most [`Self::LANES`], and zeros.
    #[inline(always)]
    unsafe fn load_part(from: *const f32, count: usize) -> Self {
        let mut numbers = [0.0; PANEL];
        // SAFETY: the caller vouches for `count` numbers; the array holds more than a vector.
        unsafe {
            std::ptr::copy_nonoverlapping(from, numbers.as_mut_ptr(), count.min(Self::LANES));
            Self::load(numbers.as_ptr())
        }
    }

    /// Stores the first `count` numbers, at most [`Self::LANES`].
    #[inline(always)]
    unsafe fn store_part(self, to: *mut f32, count: usize) {
        let mut numbers = [0.0; PANEL];
        // SAFETY: as in `load_part`.
        unsafe {
            self.store(numbers.as_mut_ptr());
            std::ptr::copy_nonoverlapping(numbers.as_ptr(), to, count.min(Self::LANES));
        }
    }

    /// The sum of all lanes, in `f64`, in their order.
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        let mut numbers = [0.0; PANEL];
        // SAFETY: the array holds more than a vector.
        unsafe { self.store(numbers.as_mut_ptr()) };
        numbers[..Self::LANES].iter().fold(0.0, |sum, &number| sum + f64::from(number))
    }
}

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
