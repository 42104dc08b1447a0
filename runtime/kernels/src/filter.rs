//! Convolutions by fewer products (Winograd 1980, "Arithmetic Complexity of Computations"; Lavin & Gray 2016, "Fast
//! Algorithms for Convolutional Neural Networks"): a tile of outputs y is Aᵀ[(G w) ⊙ (B x)], along rows and columns
//! alike. What is multiplied elementwise here are whole matrices, of examples by channels.
//!
//! Tiles with a point at infinity take 0, 1, −1, ½, −2 and 2 besides, as many as they need (Barabasz, Anderson, Soodhalter & Gregg 2020, "Error
//! Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks"); with them sums in single
//! precision are about as exact as those of the plain convolution. Tiles of a whole small image need no points: they
//! save one of four products of halves (Karatsuba & Ofman 1962).

use crate::vector::{PANEL, Vector};

/// A tile: so many outputs of a convolution of stride 1 along each axis, from the inputs they see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Four outputs of three taps, from six inputs by six products.
    FourOfThree,
    /// Two outputs of three taps, from four inputs by four products.
    TwoOfThree,
    /// Two outputs of five taps, from six inputs by six products.
    TwoOfFive,
    /// Three outputs of five taps, from seven inputs by seven products.
    ThreeOfFive,
    /// All of an image of two with three taps around each output, by three products.
    PairOfThree,
    /// All of an image of four with five taps around each output, by nine products.
    QuadOfFive,
}

/// Which of a filter's maps; each acts along both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// B: from inputs to products.
    Inputs,
    /// G: from taps to products.
    Taps,
    /// Aᵀ: from products to outputs.
    Outputs,
    /// A: from gradients of outputs to those of products.
    OutputGradients,
    /// Gᵀ: from gradients of products to those of taps.
    TapGradients,
}

impl Filter {
    /// Every filter.
    pub const ALL: [Self; 6] =
        [Self::FourOfThree, Self::TwoOfThree, Self::TwoOfFive, Self::ThreeOfFive, Self::PairOfThree, Self::QuadOfFive];

    /// Outputs along an axis.
    pub const fn outputs(self) -> usize {
        match self {
            Self::FourOfThree | Self::QuadOfFive => 4,
            Self::ThreeOfFive => 3,
            Self::TwoOfThree | Self::TwoOfFive | Self::PairOfThree => 2,
        }
    }

    /// Taps along an axis.
    pub const fn taps(self) -> usize {
        match self {
            Self::FourOfThree | Self::TwoOfThree | Self::PairOfThree => 3,
            Self::TwoOfFive | Self::ThreeOfFive | Self::QuadOfFive => 5,
        }
    }

    /// Inputs along an axis.
    pub const fn inputs(self) -> usize {
        if self.is_whole() { self.outputs() } else { self.outputs() + self.taps() - 1 }
    }

    /// Products along an axis.
    pub const fn products(self) -> usize {
        match self {
            Self::FourOfThree | Self::TwoOfFive => 6,
            Self::ThreeOfFive => 7,
            Self::TwoOfThree => 4,
            Self::PairOfThree => 3,
            Self::QuadOfFive => 9,
        }
    }

    /// Whether a tile is an image padded with zeros to its own size, of which it takes no more than what is inside.
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::PairOfThree | Self::QuadOfFive)
    }

    /// Numbers along an axis that a map reads and gives.
    pub const fn sizes(self, map: Map) -> [usize; 2] {
        match map {
            Map::Inputs => [self.inputs(), self.products()],
            Map::Taps => [self.taps(), self.products()],
            Map::Outputs => [self.products(), self.outputs()],
            Map::OutputGradients => [self.outputs(), self.products()],
            Map::TapGradients => [self.products(), self.taps()],
        }
    }
}

/// One of a filter's maps over arrays of numbers: the array at each place of `to` is a sum of those at `from`, both in
/// order of rows and then columns of the tile.
#[derive(Debug)]
pub struct Filtering<'f> {
    /// Which filter.
    pub filter: Filter,
    /// Which of its maps.
    pub map: Map,
    /// Holds the arrays that are read.
    pub source: &'f [f32],
    /// Where each begins; an array that is not there is one of zeros.
    pub from: &'f [Option<usize>],
    /// Between two rows of an array that is read.
    pub from_row: usize,
    /// Where each array that is written begins; one that nobody wants is left out.
    pub to: &'f [Option<usize>],
    /// Between two rows of an array that is written.
    pub to_row: usize,
    /// Rows of an array.
    pub rows: usize,
    /// Numbers of a row, a multiple of [`PANEL`].
    pub columns: usize,
}

impl Filtering<'_> {
    /// Panics unless everything that is read and written lies within its slice.
    pub(crate) fn check(&self, target: &[f32]) {
        let [from, to] = self.filter.sizes(self.map);
        assert!(self.from.len() == from * from && self.to.len() == to * to, "a map of another size");
        assert!(self.columns.is_multiple_of(PANEL), "rows of a map are whole panels");
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        // Saturating: a distance that overflows must fail here and not come round to a small one.
        let fits = |places: &[Option<usize>], row: usize, length: usize| {
            let last = (self.rows - 1).saturating_mul(row).saturating_add(self.columns);
            places.iter().flatten().all(|place| place.saturating_add(last) <= length)
        };
        assert!(fits(self.from, self.from_row, self.source.len()), "an array that a map reads is too short");
        assert!(fits(self.to, self.to_row, target.len()), "an array that a map writes is too short");
        assert!(self.to_row >= self.columns || self.rows == 1, "rows that a map writes overlap");
    }
}

/// # Safety
/// [`Filtering::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn filter<V: Vector>(filtering: &Filtering<'_>, target: &mut [f32]) {
    macro_rules! choose {
        ($($filter:ident: $inputs:ty, $taps:ty, $outputs:ty, $output_gradients:ty, $tap_gradients:ty;)*) => {
            // SAFETY: the caller's promise.
            unsafe {
                match (filtering.filter, filtering.map) {
                    $(
                        (Filter::$filter, Map::Inputs) => run::<V, $inputs, _, _>(filtering, target),
                        (Filter::$filter, Map::Taps) => run::<V, $taps, _, _>(filtering, target),
                        (Filter::$filter, Map::Outputs) => run::<V, $outputs, _, _>(filtering, target),
                        (Filter::$filter, Map::OutputGradients) => run::<V, $output_gradients, _, _>(filtering, target),
                        (Filter::$filter, Map::TapGradients) => run::<V, $tap_gradients, _, _>(filtering, target),
                    )*
                }
            }
        };
    }
    choose! {
        FourOfThree: SixInputs, Powers<3>, SumsOfPowers<4>, Powers<4>, SumsOfPowers<3>;
        TwoOfThree: FourInputs, FourTaps, FourOutputs, FourOutputGradients, FourTapGradients;
        TwoOfFive: SixInputs, Powers<5>, SumsOfPowers<2>, Powers<2>, SumsOfPowers<5>;
        ThreeOfFive: SevenInputs, MorePowers<5>, SumsOfMorePowers<3>, MorePowers<3>, SumsOfMorePowers<5>;
        PairOfThree: PairInputs, PairTaps, PairOutputs, PairOutputGradients, PairTapGradients;
        QuadOfFive: Halves<PairInputs>, QuadTaps, Halves<PairOutputs>, Halves<PairOutputGradients>, QuadTapGradients;
    }
}

/// A map along one axis.
trait Line<const FROM: usize, const TO: usize> {
    /// # Safety
    /// The processor has the vector's features.
    unsafe fn apply<V: Vector>(x: [V; FROM]) -> [V; TO];
}

#[inline(always)]
unsafe fn run<V: Vector, L: Line<FROM, TO>, const FROM: usize, const TO: usize>(
    filtering: &Filtering<'_>,
    target: &mut [f32],
) {
    let complete = [filtering.from, filtering.to].iter().all(|places| places.iter().all(Option::is_some));
    // Most tiles lie inside: what is asked of every array takes as long there as the sums.
    // SAFETY: the caller's promise.
    unsafe {
        if complete {
            run_over::<V, L, FROM, TO, true>(filtering, target);
        } else {
            run_over::<V, L, FROM, TO, false>(filtering, target);
        }
    }
}

#[inline(always)]
unsafe fn run_over<V: Vector, L: Line<FROM, TO>, const FROM: usize, const TO: usize, const COMPLETE: bool>(
    filtering: &Filtering<'_>,
    target: &mut [f32],
) {
    let mut from = [[Array::ABSENT; FROM]; FROM];
    let mut to = [[Array::ABSENT; TO]; TO];
    for (array, place) in from.as_flattened_mut().iter_mut().zip(filtering.from) {
        place.iter().for_each(|place| array.0 = filtering.source.as_ptr().wrapping_add(*place).cast_mut());
    }
    for (array, place) in to.as_flattened_mut().iter_mut().zip(filtering.to) {
        place.iter().for_each(|place| array.0 = target.as_mut_ptr().wrapping_add(*place));
    }
    for row in 0..filtering.rows {
        for column in (0..filtering.columns).step_by(V::LANES) {
            let (source, target) = (row * filtering.from_row + column, row * filtering.to_row + column);
            // SAFETY: the caller's promise covers every address; where all arrays are there, none is absent.
            unsafe {
                let mut along_rows = [[V::zero(); TO]; FROM];
                for (line, arrays) in along_rows.iter_mut().zip(&from) {
                    let mut numbers = [V::zero(); FROM];
                    for (number, array) in numbers.iter_mut().zip(arrays) {
                        if COMPLETE || array.is_there() {
                            *number = V::load(array.0.add(source));
                        }
                    }
                    *line = L::apply(numbers);
                }
                for x in 0..TO {
                    let mut numbers = [V::zero(); FROM];
                    for (number, line) in numbers.iter_mut().zip(&along_rows) {
                        *number = line[x];
                    }
                    for (number, arrays) in L::apply(numbers).into_iter().zip(&to) {
                        if COMPLETE || arrays[x].is_there() {
                            number.store(arrays[x].0.add(target));
                        }
                    }
                }
            }
        }
    }
}

/// Where an array begins, if it is there.
#[derive(Clone, Copy)]
struct Array(*mut f32);

impl Array {
    const ABSENT: Self = Self(std::ptr::null_mut());

    fn is_there(self) -> bool {
        !self.0.is_null()
    }
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
struct SixInputs;

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
struct Powers<const COUNT: usize>;

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
struct SumsOfPowers<const COUNT: usize>;

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
struct SevenInputs;

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
struct MorePowers<const COUNT: usize>;

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
struct SumsOfMorePowers<const COUNT: usize>;

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
struct FourInputs;
struct FourTaps;
struct FourOutputs;
struct FourOutputGradients;
struct FourTapGradients;

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
struct PairInputs;
struct PairTaps;
struct PairOutputs;
struct PairOutputGradients;
struct PairTapGradients;

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
struct Halves<L>(std::marker::PhantomData<L>);

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
struct QuadTaps;
struct QuadTapGradients;

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
