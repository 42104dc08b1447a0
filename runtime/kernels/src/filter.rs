//! Convolutions by fewer products (Winograd 1980, "Arithmetic Complexity of Computations"; Lavin & Gray 2016, "Fast
//! Algorithms for Convolutional Neural Networks"): a tile of outputs y is Aᵀ[(G w) ⊙ (B x)], along rows and columns
//! alike. What is multiplied elementwise here are whole matrices, of examples by channels.
//!
//! Tiles with a point at infinity take 0, 1, −1, ½, −2 and 2 besides, as many as they need (Barabasz, Anderson, Soodhalter & Gregg 2020, "Error
//! Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks"); with them sums in single
//! precision are about as exact as those of the plain convolution. Tiles of a whole small image need no points: they
//! save one of four products of halves (Karatsuba & Ofman 1962).

mod lines;

use crate::vector::{PANEL, Vector};
use lines::{
    FourInputs, FourOutputGradients, FourOutputs, FourTapGradients, FourTaps, Halves, Line, MorePowers, PairInputs,
    PairOutputGradients, PairOutputs, PairTapGradients, PairTaps, Powers, QuadTapGradients, QuadTaps, SevenInputs,
    SixInputs, SumsOfMorePowers, SumsOfPowers,
};

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
