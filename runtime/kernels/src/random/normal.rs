//! Standard normal numbers from pairs of random words (Box and Muller 1958), with polynomials of
//! our own: a platform's logarithm, sine and cosine differ in the last bits, these do not. Only
//! `+ − × √` and integer operations are used, which IEEE 754 fixes to the bit; nothing may be
//! contracted into fused multiply-adds.

use crate::functions::{LN_2_HIGH, LN_2_LOW, LOGARITHM};
use crate::vector::Words;
use std::f32::consts::FRAC_PI_4;

/// 2³¹
const HALF_OF_ALL: f32 = 2_147_483_648.0;

/// Two independent standard normal numbers, r·cos θ and r·sin θ with r = √(−2 ln u), from two
/// independent words. u is a multiple of 2⁻³² in (0, 1], so that |result| ≤ 6.67.
///
/// # Safety
/// The processor has the vector's features; so for all functions here.
#[inline(always)]
pub(super) unsafe fn pair<V: Words>(radius_word: V::Words, angle_word: V::Words) -> [V; 2] {
    // SAFETY: the caller's promise; so in this whole file.
    unsafe {
        let radius = minus_two_logarithm(open_unit::<V>(radius_word)).sqrt();
        let [cosine, sine] = direction::<V>(angle_word);
        [radius.mul(cosine), radius.mul(sine)]
    }
}

/// (⌊word/2⌋ + ½)·2⁻³¹, rounded to f32. Halved first because signed conversion is the one that every
/// vector unit has.
#[inline(always)]
unsafe fn open_unit<V: Words>(word: V::Words) -> V {
    // SAFETY: see `pair`.
    unsafe { V::of_signed(V::down::<1>(word)).add(V::splat(0.5)).mul(V::splat(1.0 / HALF_OF_ALL)) }
}

/// −2 ln u for normal positive u. u = 2ᵉ·m with m in [√½, √2), and ln m from the polynomial of
/// Cephes' `logf` (Moshier 1989) in m − 1; relative error below 3e-7.
#[inline(always)]
unsafe fn minus_two_logarithm<V: Words>(u: V) -> V {
    // SAFETY: see `pair`.
    unsafe {
        let (m, e) = u.split();
        let x = m.sub(V::splat(1.0));
        let z = x.mul(x);
        let (first, rest) = LOGARITHM;
        let mut p = V::splat(first);
        for coefficient in rest {
            p = p.mul(x).add(V::splat(coefficient));
        }
        // ln 2 in two parts: the first has few enough bits for e·ln 2 to be exact.
        let tail = p.mul(x).mul(z).sub(e.mul(V::splat(-LN_2_LOW))).sub(z.mul(V::splat(0.5)));
        tail.add(x).add(e.mul(V::splat(LN_2_HIGH))).mul(V::splat(-2.0))
    }
}

/// [cos θ, sin θ] of θ = q·π/2 + x: the word's top two bits are the quadrant q, the other thirty,
/// read as a signed fraction, give x in [−π/4, π/4). Polynomials of Cephes' `sinf` and `cosf`;
/// absolute error below 1.2e-7.
#[inline(always)]
unsafe fn direction<V: Words>(word: V::Words) -> [V; 2] {
    // SAFETY: see `pair`.
    unsafe {
        let x = V::of_signed(V::up::<2>(word)).mul(V::splat(FRAC_PI_4 / HALF_OF_ALL));
        let z = x.mul(x);
        let sine = z.mul(V::splat(-1.951_529_6e-4)).add(V::splat(8.332_161e-3));
        let sine = sine.mul(z).sub(V::splat(1.666_665_5e-1)).mul(z).mul(x).add(x);
        let cosine = z.mul(V::splat(2.443_315_7e-5)).sub(V::splat(1.388_731_6e-3));
        let cosine = cosine.mul(z).add(V::splat(4.166_664_6e-2)).mul(z).mul(z);
        let cosine = cosine.sub(z.mul(V::splat(0.5))).add(V::splat(1.0));
        // Odd quadrants exchange the two. The cosine is negative in the middle quadrants, whose two bits differ, the sine
        // in the last two. Done on bit patterns, without a branch.
        let (c, s) = (cosine.bits(), sine.bits());
        let upper = V::words(1 << 31);
        let lower_bit = V::up::<1>(word);
        let difference = V::and(V::xor(c, s), V::down_signed::<31>(lower_bit));
        let cosine_sign = V::and(V::xor(word, lower_bit), upper);
        let sine_sign = V::and(word, upper);
        [V::of_bits(V::xor(V::xor(c, difference), cosine_sign)), V::of_bits(V::xor(V::xor(s, difference), sine_sign))]
    }
}

#[cfg(test)]
mod tests {
    use crate::vector::{Portable, Vector, Words};
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

    /// The first number of a vector.
    fn first(vector: Portable) -> f32 {
        let mut numbers = [0.0; Portable::LANES];
        // SAFETY: the array holds a vector; every processor can.
        unsafe { vector.store(numbers.as_mut_ptr()) };
        numbers[0]
    }

    // SAFETY of the four: every processor can.
    fn open_unit(word: u32) -> f32 {
        // SAFETY: as above.
        first(unsafe { super::open_unit(Portable::words(word)) })
    }

    fn minus_two_logarithm(u: f32) -> f32 {
        // SAFETY: as above.
        first(unsafe { super::minus_two_logarithm(Portable::splat(u)) })
    }

    fn direction(word: u32) -> [f32; 2] {
        // SAFETY: as above.
        unsafe { super::direction::<Portable>(Portable::words(word)) }.map(first)
    }

    fn pair(radius_word: u32, angle_word: u32) -> [f32; 2] {
        // SAFETY: as above.
        unsafe { super::pair::<Portable>(Portable::words(radius_word), Portable::words(angle_word)) }.map(first)
    }

    /// Words over the whole range, with both ends and the neighbourhood of every quadrant's edge.
    fn words() -> impl Iterator<Item = u32> {
        let edges = [0, 1 << 29, 1 << 30, 3 << 29, 1 << 31, 3 << 30, u32::MAX];
        let near = edges.into_iter().flat_map(|edge: u32| {
            (0..64).step_by(if cfg!(miri) { 13 } else { 1 }).map(move |i| edge.wrapping_add(i).wrapping_sub(32))
        });
        near.chain((0..if cfg!(miri) { 100 } else { 200_000 }).map(|i: u32| i.wrapping_mul(0x9E37_79B9)))
    }

    #[test]
    fn logarithm_is_accurate() {
        for word in words() {
            let u = open_unit(word);
            assert!(u > 0.0 && u <= 1.0);
            let exact = -2.0 * f64::from(u).ln();
            let error = (f64::from(minus_two_logarithm(u)) - exact).abs();
            assert!(error <= 3e-7 * exact, "u = {u:e}: {error:e} of {exact:e}");
        }
    }

    #[test]
    fn direction_is_accurate() {
        for word in words() {
            let x = f64::from((word << 2) as i32) / 2_147_483_648.0 * FRAC_PI_4;
            let angle = f64::from(word >> 30) * FRAC_PI_2 + x;
            let [cosine, sine] = direction(word);
            let error = (f64::from(cosine) - angle.cos()).abs().max((f64::from(sine) - angle.sin()).abs());
            assert!(error <= 1.2e-7, "{word:#x}: {error:e}");
        }
    }

    #[test]
    fn pairs_are_accurate_and_bounded() {
        let mut largest = 0.0_f32;
        for (radius_word, angle_word) in words().zip(words().skip(77)) {
            let u = f64::from(open_unit(radius_word));
            let x = f64::from((angle_word << 2) as i32) / 2_147_483_648.0 * FRAC_PI_4;
            let angle = f64::from(angle_word >> 30) * FRAC_PI_2 + x;
            let radius = (-2.0 * u.ln()).sqrt();
            let [first, second] = pair(radius_word, angle_word);
            let error = (f64::from(first) - radius * angle.cos()).abs();
            let error = error.max((f64::from(second) - radius * angle.sin()).abs());
            assert!(error <= 2e-6, "{radius_word:#x} {angle_word:#x}: {error:e}");
            largest = largest.max(first.abs()).max(second.abs());
        }
        assert!(cfg!(miri) || (6.0..6.67).contains(&largest), "{largest}");
    }

    #[test]
    fn unit_is_the_word_rounded() {
        for word in words() {
            let exact = (f64::from(word >> 1) + 0.5) / 2_147_483_648.0;
            assert!((f64::from(open_unit(word)) - exact).abs() <= exact / 8_388_608.0);
        }
    }

    /// Computed with numpy's float32, operation by operation: a changed coefficient, order of operations
    /// or contraction shows here.
    #[test]
    fn bits_are_fixed() {
        let cases = [
            ((0, 0), [1_087_709_773, 0]),
            ((1 << 20, 1 << 28), [1_081_158_182, 1_070_057_871]),
            ((0x1234_5678, 0x9abc_def0), [3_219_730_231, 3_216_216_961]),
            ((u32::MAX, 7), [2_147_483_648, 2_147_483_648]),
            ((0xfffc_1080, 0x96ab_ad25), [3_155_722_859, 3_149_772_481]),
        ];
        for ((radius, angle), bits) in cases {
            assert_eq!(pair(radius, angle).map(f32::to_bits), bits, "{radius:#x} {angle:#x}");
        }
    }
}
