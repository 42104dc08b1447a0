//! Standard normal numbers from pairs of random words (Box and Muller 1958), with polynomials of
//! our own: a platform's logarithm, sine and cosine differ in the last bits, these do not. Only
//! `+ − × √` and integer operations are used, which IEEE 754 fixes to the bit; nothing may be
//! contracted into fused multiply-adds.

/// Two independent standard normal numbers, r·cos θ and r·sin θ with r = √(−2 ln u), from two
/// independent words. u is a multiple of 2⁻³² in (0, 1], so that |result| ≤ 6.67.
#[inline(always)]
pub(super) fn pair(radius_word: u32, angle_word: u32) -> [f32; 2] {
    let radius = minus_two_logarithm(open_unit(radius_word)).sqrt();
    let [cosine, sine] = direction(angle_word);
    [radius * cosine, radius * sine]
}

/// (⌊word/2⌋ + ½)·2⁻³¹, rounded to f32. Halved first because signed conversion is the one that every
/// vector unit has.
#[inline(always)]
fn open_unit(word: u32) -> f32 {
    ((word >> 1) as i32 as f32 + 0.5) * (1.0 / 2_147_483_648.0)
}

/// −2 ln u for normal positive u. u = 2ᵉ·m with m in [√½, √2), and ln m from the polynomial of
/// Cephes' `logf` (Moshier 1989) in m − 1; relative error below 3e-7.
#[inline(always)]
fn minus_two_logarithm(u: f32) -> f32 {
    const HALF_ROOT: u32 = 0x3f35_04f3;
    let bits = u.to_bits();
    let exponent = (bits.wrapping_sub(HALF_ROOT) as i32) >> 23;
    let x = f32::from_bits(bits.wrapping_sub((exponent << 23) as u32)) - 1.0;
    let z = x * x;
    let mut p = 7.037_683_6e-2;
    p = p * x - 1.151_461e-1;
    p = p * x + 1.167_699_9e-1;
    p = p * x - 1.242_014_1e-1;
    p = p * x + 1.424_932_3e-1;
    p = p * x - 1.666_805_8e-1;
    p = p * x + 2.000_071_5e-1;
    p = p * x - 2.499_999_4e-1;
    p = p * x + 3.333_333e-1;
    let e = exponent as f32;
    // ln 2 in two parts: the first has few enough bits for e·ln 2 to be exact.
    let tail = p * x * z - e * 2.121_944_4e-4 - 0.5 * z;
    -2.0 * (tail + x + e * 0.693_359_4)
}

/// [cos θ, sin θ] of θ = q·π/2 + x: the word's top two bits are the quadrant q, the other thirty,
/// read as a signed fraction, give x in [−π/4, π/4). Polynomials of Cephes' `sinf` and `cosf`;
/// absolute error below 1.2e-7.
#[inline(always)]
fn direction(word: u32) -> [f32; 2] {
    const SCALE: f32 = std::f32::consts::FRAC_PI_4 / 2_147_483_648.0;
    let x = (word << 2) as i32 as f32 * SCALE;
    let z = x * x;
    let sine = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * x + x;
    let cosine = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    // Odd quadrants exchange the two; the signs follow from the quadrant's bits. Done on bit
    // patterns, without a branch.
    let quadrant = word >> 30;
    let exchange = (quadrant & 1).wrapping_neg();
    let (c, s) = (cosine.to_bits(), sine.to_bits());
    let difference = (c ^ s) & exchange;
    let cosine_sign = (quadrant.wrapping_add(1) & 2) << 30;
    let sine_sign = (quadrant & 2) << 30;
    [f32::from_bits(c ^ difference ^ cosine_sign), f32::from_bits(s ^ difference ^ sine_sign)]
}

#[cfg(test)]
mod tests {
    use super::{direction, minus_two_logarithm, open_unit, pair};
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

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
