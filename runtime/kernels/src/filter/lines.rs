//! The maps of filters along one axis, as sums without a zero.

use crate::vector::Vector;

/// A map along one axis.
pub(super) trait Line<const FROM: usize, const TO: usize> {
    /// # Safety
    /// The processor has the vector's features.
    unsafe fn apply<V: Vector>(x: [V; FROM]) -> [V; TO];
}

/// `number`·`factor` + `plus`.
#[inline(always)]
unsafe fn add_multiple<V: Vector>(number: V, factor: f32, plus: V) -> V {
    // SAFETY: the caller's promise, here and in all maps below.
    unsafe { number.multiply_add(V::splat(factor), plus) }
}

#[inline(always)]
unsafe fn scale<V: Vector>(number: V, factor: f32) -> V {
    // SAFETY: as above.
    unsafe { number.mul(V::splat(factor)) }
}

/// The transposed inverse of the Vandermonde matrix of 0, 1, −1, ½, −2 and infinity.
pub(super) struct SixInputs;

impl Line<6, 6> for SixInputs {
    #[inline(always)]
    unsafe fn apply<V: Vector>([x0, x1, x2, x3, x4, x5]: [V; 6]) -> [V; 6] {
        // SAFETY: as above.
        unsafe {
            let (odd, even) = (x1.sub(x3), x2.sub(x4));
            let one = add_multiple(x4, 1.0 / 3.0, scale(x1, -1.0 / 3.0));
            let minus_one = scale(x1.add(x4), -1.0 / 3.0);
            [
                add_multiple(odd, -1.5, add_multiple(x2, -2.0, x0.add(x4))),
                add_multiple(x3, 5.0 / 6.0, add_multiple(x2, 1.0 / 6.0, one)),
                add_multiple(x3, -1.0 / 6.0, add_multiple(x2, 5.0 / 6.0, minus_one)),
                add_multiple(odd, 32.0 / 15.0, scale(even, 16.0 / 15.0)),
                add_multiple(even, -1.0 / 15.0, scale(odd, 1.0 / 30.0)),
                add_multiple(even, -1.5, add_multiple(x3, -2.0, x1.add(x5))),
            ]
        }
    }
}

/// A polynomial at those points.
pub(super) struct Powers<const COUNT: usize>;

impl<const COUNT: usize> Line<COUNT, 6> for Powers<COUNT> {
    #[inline(always)]
    unsafe fn apply<V: Vector>(x: [V; COUNT]) -> [V; 6] {
        // SAFETY: as above.
        unsafe {
            let last = x[COUNT - 1];
            let (mut even, mut odd) = (x[0], x[1]);
            for (power, &number) in x.iter().enumerate().skip(2) {
                let sum = if power % 2 == 0 { &mut even } else { &mut odd };
                *sum = sum.add(number);
            }
            let (mut half, mut minus_two) = (last, last);
            for &number in x[..COUNT - 1].iter().rev() {
                half = add_multiple(half, 0.5, number);
                minus_two = add_multiple(minus_two, -2.0, number);
            }
            [x[0], even.add(odd), even.sub(odd), half, minus_two, last]
        }
    }
}

/// The transpose of that.
pub(super) struct SumsOfPowers<const COUNT: usize>;

impl<const COUNT: usize> Line<6, COUNT> for SumsOfPowers<COUNT> {
    #[inline(always)]
    unsafe fn apply<V: Vector>([x0, x1, x2, x3, x4, x5]: [V; 6]) -> [V; COUNT] {
        // SAFETY: as above.
        unsafe {
            let (even, odd) = (x1.add(x2), x1.sub(x2));
            let (mut half, mut minus_two) = (1.0, 1.0);
            let mut sums = [x0; COUNT];
            for (power, sum) in sums.iter_mut().enumerate() {
                let pair = if power % 2 == 0 { even } else { odd };
                *sum = add_multiple(x3, half, add_multiple(x4, minus_two, pair));
                half *= 0.5;
                minus_two *= -2.0;
            }
            sums[0] = sums[0].add(x0);
            sums[COUNT - 1] = sums[COUNT - 1].add(x5);
            sums
        }
    }
}

/// The same with the point 2 between −2 and infinity.
pub(super) struct SevenInputs;

impl Line<7, 7> for SevenInputs {
    #[inline(always)]
    unsafe fn apply<V: Vector>([x0, x1, x2, x3, x4, x5, x6]: [V; 7]) -> [V; 7] {
        // SAFETY: as above.
        unsafe {
            let even = x2.sub(x4);
            let zero = add_multiple(x5, -0.5, add_multiple(x4, 0.25, x0));
            let one = add_multiple(x5, -1.0 / 3.0, scale(x4, -1.0 / 6.0));
            let minus_one = add_multiple(x5, 1.0 / 9.0, scale(x4, -1.0 / 6.0));
            let infinity = add_multiple(x5, -0.5, add_multiple(x4, -5.0, x6));
            [
                add_multiple(x1, -2.0, add_multiple(x2, -1.25, add_multiple(x3, 2.5, zero))),
                add_multiple(x1, -2.0 / 3.0, add_multiple(x2, 2.0 / 3.0, add_multiple(x3, 1.5, one))),
                add_multiple(x1, -2.0 / 9.0, add_multiple(x2, 2.0 / 3.0, add_multiple(x3, -7.0 / 18.0, minus_one))),
                add_multiple(x1, 128.0 / 45.0, add_multiple(x3, -32.0 / 9.0, scale(x5, 32.0 / 45.0))),
                add_multiple(even, -1.0 / 24.0, scale(x1.sub(x5), 1.0 / 60.0)),
                add_multiple(even, -1.0 / 24.0, add_multiple(x3, -1.0 / 18.0, scale(x1.add(x5), 1.0 / 36.0))),
                add_multiple(x1, -2.0, add_multiple(x2, 4.0, add_multiple(x3, 2.5, infinity))),
            ]
        }
    }
}

/// A polynomial at those points.
pub(super) struct MorePowers<const COUNT: usize>;

impl<const COUNT: usize> Line<COUNT, 7> for MorePowers<COUNT> {
    #[inline(always)]
    unsafe fn apply<V: Vector>(x: [V; COUNT]) -> [V; 7] {
        // SAFETY: as above.
        unsafe {
            let [zero, one, minus_one, half, minus_two, infinity] = Powers::apply(x);
            let mut two = infinity;
            for &number in x[..COUNT - 1].iter().rev() {
                two = add_multiple(two, 2.0, number);
            }
            [zero, one, minus_one, half, minus_two, two, infinity]
        }
    }
}

/// The transpose of that.
pub(super) struct SumsOfMorePowers<const COUNT: usize>;

impl<const COUNT: usize> Line<7, COUNT> for SumsOfMorePowers<COUNT> {
    #[inline(always)]
    unsafe fn apply<V: Vector>([x0, x1, x2, x3, x4, x5, x6]: [V; 7]) -> [V; COUNT] {
        // SAFETY: as above.
        unsafe {
            let mut sums = SumsOfPowers::apply([x0, x1, x2, x3, x4, x6]);
            let mut two = 1.0;
            for sum in &mut sums {
                *sum = add_multiple(x5, two, *sum);
                two *= 2.0;
            }
            sums
        }
    }
}

/// The same for 0, 1, −1 and infinity, with the halves at the taps.
pub(super) struct FourInputs;
pub(super) struct FourTaps;
pub(super) struct FourOutputs;
pub(super) struct FourOutputGradients;
pub(super) struct FourTapGradients;

impl Line<4, 4> for FourInputs {
    #[inline(always)]
    unsafe fn apply<V: Vector>([x0, x1, x2, x3]: [V; 4]) -> [V; 4] {
        // SAFETY: as above.
        unsafe { [x0.sub(x2), x1.add(x2), x2.sub(x1), x3.sub(x1)] }
    }
}

impl Line<3, 4> for FourTaps {
    #[inline(always)]
    unsafe fn apply<V: Vector>([w0, w1, w2]: [V; 3]) -> [V; 4] {
        // SAFETY: as above.
        unsafe {
            let (outer, inner) = (scale(w0.add(w2), 0.5), scale(w1, 0.5));
            [w0, outer.add(inner), outer.sub(inner), w2]
        }
    }
}

impl Line<4, 2> for FourOutputs {
    #[inline(always)]
    unsafe fn apply<V: Vector>([p0, p1, p2, p3]: [V; 4]) -> [V; 2] {
        // SAFETY: as above.
        unsafe { [p0.add(p1).add(p2), p1.sub(p2).add(p3)] }
    }
}

impl Line<2, 4> for FourOutputGradients {
    #[inline(always)]
    unsafe fn apply<V: Vector>([y0, y1]: [V; 2]) -> [V; 4] {
        // SAFETY: as above.
        unsafe { [y0, y0.add(y1), y0.sub(y1), y1] }
    }
}

impl Line<4, 3> for FourTapGradients {
    #[inline(always)]
    unsafe fn apply<V: Vector>([p0, p1, p2, p3]: [V; 4]) -> [V; 3] {
        // SAFETY: as above.
        unsafe {
            let (sum, difference) = (scale(p1.add(p2), 0.5), scale(p1.sub(p2), 0.5));
            [p0.add(sum), difference, p3.add(sum)]
        }
    }
}

/// y₀ = w₁(x₀ + x₁) + (w₂ − w₁)x₁ and y₁ = w₁(x₀ + x₁) + (w₀ − w₁)x₀.
pub(super) struct PairInputs;
pub(super) struct PairTaps;
pub(super) struct PairOutputs;
pub(super) struct PairOutputGradients;
pub(super) struct PairTapGradients;

impl Line<2, 3> for PairInputs {
    #[inline(always)]
    unsafe fn apply<V: Vector>([x0, x1]: [V; 2]) -> [V; 3] {
        // SAFETY: as above.
        unsafe { [x0.add(x1), x1, x0] }
    }
}

impl Line<3, 3> for PairTaps {
    #[inline(always)]
    unsafe fn apply<V: Vector>([w0, w1, w2]: [V; 3]) -> [V; 3] {
        // SAFETY: as above.
        unsafe { [w1, w2.sub(w1), w0.sub(w1)] }
    }
}

impl Line<3, 2> for PairOutputs {
    #[inline(always)]
    unsafe fn apply<V: Vector>([p0, p1, p2]: [V; 3]) -> [V; 2] {
        // SAFETY: as above.
        unsafe { [p0.add(p1), p0.add(p2)] }
    }
}

impl Line<2, 3> for PairOutputGradients {
    #[inline(always)]
    unsafe fn apply<V: Vector>([y0, y1]: [V; 2]) -> [V; 3] {
        // SAFETY: as above.
        unsafe { [y0.add(y1), y0, y1] }
    }
}

impl Line<3, 3> for PairTapGradients {
    #[inline(always)]
    unsafe fn apply<V: Vector>([p0, p1, p2]: [V; 3]) -> [V; 3] {
        // SAFETY: as above.
        unsafe { [p2, p0.sub(p1).sub(p2), p1] }
    }
}

/// A map of pairs on halves, and again within each.
pub(super) struct Halves<L>(std::marker::PhantomData<L>);

impl<L: Line<2, 3>> Line<4, 9> for Halves<L> {
    #[inline(always)]
    unsafe fn apply<V: Vector>([x0, x1, x2, x3]: [V; 4]) -> [V; 9] {
        // SAFETY: as above.
        unsafe {
            let ([a0, a1, a2], [b0, b1, b2]) = (L::apply([x0, x2]), L::apply([x1, x3]));
            let [[c0, c1, c2], [c3, c4, c5], [c6, c7, c8]] =
                [L::apply([a0, b0]), L::apply([a1, b1]), L::apply([a2, b2])];
            [c0, c1, c2, c3, c4, c5, c6, c7, c8]
        }
    }
}

impl<L: Line<3, 2>> Line<9, 4> for Halves<L> {
    #[inline(always)]
    unsafe fn apply<V: Vector>([p0, p1, p2, p3, p4, p5, p6, p7, p8]: [V; 9]) -> [V; 4] {
        // SAFETY: as above.
        unsafe {
            let [a0, a1] = L::apply([p0, p1, p2]);
            let [b0, b1] = L::apply([p3, p4, p5]);
            let [c0, c1] = L::apply([p6, p7, p8]);
            let ([y0, y2], [y1, y3]) = (L::apply([a0, b0, c0]), L::apply([a1, b1, c1]));
            [y0, y1, y2, y3]
        }
    }
}

/// The taps of halves are matrices with the same value along each diagonal, too: w₁ w₂ w₃ for the halves that stand
/// where they are, w₃ w₄ 0 and 0 w₀ w₁ for the halves beside them.
pub(super) struct QuadTaps;
pub(super) struct QuadTapGradients;

impl Line<5, 9> for QuadTaps {
    #[inline(always)]
    unsafe fn apply<V: Vector>([w0, w1, w2, w3, w4]: [V; 5]) -> [V; 9] {
        // SAFETY: as above.
        unsafe {
            let own = [w1, w2, w3];
            let after = [w3.sub(w1), w4.sub(w2), V::zero().sub(w3)];
            let before = [V::zero().sub(w1), w0.sub(w2), w1.sub(w3)];
            let [[a0, a1, a2], [b0, b1, b2], [c0, c1, c2]] =
                [PairTaps::apply(own), PairTaps::apply(after), PairTaps::apply(before)];
            [a0, a1, a2, b0, b1, b2, c0, c1, c2]
        }
    }
}

impl Line<9, 5> for QuadTapGradients {
    #[inline(always)]
    unsafe fn apply<V: Vector>([p0, p1, p2, p3, p4, p5, p6, p7, p8]: [V; 9]) -> [V; 5] {
        // SAFETY: as above.
        unsafe {
            let [own1, own2, own3] = PairTapGradients::apply([p0, p1, p2]);
            let [after1, after2, after3] = PairTapGradients::apply([p3, p4, p5]);
            let [before1, before2, before3] = PairTapGradients::apply([p6, p7, p8]);
            [
                before2,
                own1.sub(after1).sub(before1).add(before3),
                own2.sub(after2).sub(before2),
                own3.sub(after3).sub(before3).add(after1),
                after2,
            ]
        }
    }
}
