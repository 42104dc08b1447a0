//! Elementary functions of vectors, from `+ − × ÷ √` and the exponent's bits alone, so that they differ between tables by
//! rounding only. The errors stated are relative where nothing else is said; `tests/elementary.rs` measures them.

use crate::vector::Vector;

/// Adding and taking away 1.5·2²³ rounds to a whole number.
const ROUNDER: f32 = 12_582_912.0;
/// ln 2 in two parts, the first of few bits, so that n·ln 2 loses nothing.
pub(crate) const LN_2_HIGH: f32 = 0.693_359_4;
pub(crate) const LN_2_LOW: f32 = -2.121_944_4e-4;
/// The polynomial of Cephes' `logf` (Moshier 1989) in m − 1 for m in [√½, √2), the highest power first.
pub(crate) const LOGARITHM: (f32, [f32; 8]) = (
    7.037_683_6e-2,
    [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ],
);
/// Beyond these eˣ leaves the normal numbers.
const LEAST: f32 = -87.0;
const MOST: f32 = 88.0;

/// n = x/ln 2 rounded, and eʳ − 1 of the rest r, from the polynomial of Cephes' `expf` (Moshier 1989).
#[inline(always)]
unsafe fn reduced<V: Vector>(x: V) -> (V, V) {
    // SAFETY: as the caller's; so in this whole file.
    unsafe {
        let x = V::select(x.greater(V::splat(MOST)), V::splat(MOST), x);
        let x = V::select(V::splat(LEAST).greater(x), V::splat(LEAST), x);
        let rounder = V::splat(ROUNDER);
        let n = x.multiply_add(V::splat(std::f32::consts::LOG2_E), rounder).sub(rounder);
        let r = n.multiply_add(V::splat(-LN_2_HIGH), x);
        let r = n.multiply_add(V::splat(-LN_2_LOW), r);
        let mut p = V::splat(1.987_569_1e-4);
        for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
            p = p.multiply_add(r, V::splat(coefficient));
        }
        (n, p.mul(r).multiply_add(r, r))
    }
}

/// eˣ to 2e-7; what would be below 1.6e-38 is that, what would be above 1.6e38 is that.
#[inline(always)]
pub(crate) unsafe fn exp<V: Vector>(x: V) -> V {
    // SAFETY: see `reduced`.
    unsafe {
        let (n, rest) = reduced(x);
        rest.add(V::splat(1.0)).mul(n.power_of_two())
    }
}

/// eˣ − 1, relative error 3e-7 also near 0.
#[inline(always)]
pub(crate) unsafe fn exp_m1<V: Vector>(x: V) -> V {
    // SAFETY: see `reduced`.
    unsafe {
        let (n, rest) = reduced(x);
        let power = n.power_of_two();
        power.multiply_add(rest, power.sub(V::splat(1.0)))
    }
}

/// ln x of positive normal x to 2e-7; the polynomial of Cephes' `logf`. Of what is not a number it is some number.
#[inline(always)]
pub(crate) unsafe fn ln<V: Vector>(x: V) -> V {
    // SAFETY: see `reduced`.
    unsafe {
        let (m, e) = x.split();
        let f = m.sub(V::splat(1.0));
        let z = f.mul(f);
        let (first, rest) = LOGARITHM;
        let mut p = V::splat(first);
        for coefficient in rest {
            p = p.multiply_add(f, V::splat(coefficient));
        }
        let tail = e.multiply_add(V::splat(LN_2_LOW), p.mul(f).mul(z));
        let tail = z.multiply_add(V::splat(-0.5), tail);
        e.multiply_add(V::splat(LN_2_HIGH), f.add(tail))
    }
}

/// ln(1 + x) for 0 ≤ x ≤ 1 to 3e-7, also near 0: 2·artanh(s) with s = x/(2 + x) ≤ ⅓ by its series.
#[inline(always)]
pub(crate) unsafe fn ln_1p<V: Vector>(x: V) -> V {
    // SAFETY: see `reduced`.
    unsafe {
        let s = x.div(x.add(V::splat(2.0)));
        let z = s.mul(s);
        let mut p = V::splat(1.0 / 15.0);
        for divisor in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0f32] {
            p = p.multiply_add(z, V::splat(1.0 / divisor));
        }
        s.add(s).mul(p)
    }
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), to 4e-7 where x ≥ −87; below, it stays what it is there.
#[inline(always)]
pub(crate) unsafe fn softplus<V: Vector>(x: V) -> V {
    // SAFETY: see `reduced`.
    unsafe {
        let rest = ln_1p(exp(V::zero().sub(x.abs())));
        V::select(V::zero().greater(x), V::zero(), x).add(rest)
    }
}

/// 1/(1 + e⁻ˣ), to 3e-7 where x ≥ −87; below, it stays what it is there.
#[inline(always)]
pub(crate) unsafe fn sigmoid<V: Vector>(x: V) -> V {
    // SAFETY: see `reduced`.
    unsafe {
        let t = exp(V::zero().sub(x.abs()));
        let numerator = V::select(V::zero().greater(x), t, V::splat(1.0));
        numerator.div(t.add(V::splat(1.0)))
    }
}

/// Hyperbolic tangent, to 3e-7 also near 0.
#[inline(always)]
pub(crate) unsafe fn tanh<V: Vector>(x: V) -> V {
    // SAFETY: see `reduced`.
    unsafe {
        let t = exp_m1(x.abs().mul(V::splat(-2.0)));
        let size = t.div(t.add(V::splat(2.0)));
        V::select(V::zero().greater(x), size, V::zero().sub(size))
    }
}

/// The error function (Abramowitz & Stegun 1964, 7.1.26), and e^−x². The error of both is absolute: 7e-7, of which the
/// formula's is 1.5e-7 and the rest rounding near 0, and 1e-7.
#[inline(always)]
pub(crate) unsafe fn erf<V: Vector>(x: V) -> (V, V) {
    // SAFETY: see `reduced`.
    unsafe {
        let size = x.abs();
        let one = V::splat(1.0);
        let t = one.div(size.multiply_add(V::splat(0.327_591_1), one));
        let mut p = V::splat(1.061_405_4);
        for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
            p = p.multiply_add(t, V::splat(coefficient));
        }
        let decay = exp(V::zero().sub(size.mul(size)));
        // From here on it is nothing; what little there is would make subnormal numbers of products, which are slow.
        let decay = V::select(size.greater(V::splat(6.0)), V::zero(), decay);
        let above = one.sub(p.mul(t).mul(decay));
        (V::select(V::zero().greater(x), V::zero().sub(above), above), decay)
    }
}
