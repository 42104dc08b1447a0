//! Convolutions computed by tiles of outputs, with fewer products than outputs have taps.

use super::geometry::{Geometry, Slots};
use elbo_compiler::ir::Window;
use elbo_kernels::Filter;

/// Products that transforming one number of the weights costs as much as: it moves memory, they do not.
const PRODUCTS_A_NUMBER: usize = 45;

/// How a convolution is divided into tiles of one filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tiling {
    /// Of every tile.
    pub(super) filter: Filter,
    /// Rows and columns of tiles.
    tiles: [usize; 2],
    /// Rows and columns of the input.
    input: [usize; 2],
    /// Rows and columns of the output.
    output: [usize; 2],
    /// Zeros around the input.
    padding: [usize; 2],
    /// Products for an example, an input channel and an output channel, and how many the plain convolution takes.
    products: [usize; 2],
}

/// Pairs of an output and a tap that lies inside along an axis.
fn pairs(input: usize, output: usize, taps: usize, padding: usize) -> usize {
    let inside = |at: usize| at.checked_sub(padding).is_some_and(|at| at < input);
    (0..output).map(|place| (0..taps).filter(|tap| inside(place + tap)).count()).sum()
}

/// What a product of a filter costs with the maps around it, in hundredths of one without.
const fn cost(filter: Filter) -> usize {
    match filter {
        Filter::PairOfThree => 105,
        Filter::TwoOfThree => 110,
        Filter::QuadOfFive => 115,
        Filter::FourOfThree | Filter::TwoOfFive => 125,
        Filter::ThreeOfFive => 130,
    }
}

impl Tiling {
    /// The filter, of those that may be, with which a convolution of stride 1 takes the fewest products; `None` where
    /// none takes clearly fewer than the taps inside the image.
    fn new(
        input: [usize; 2],
        output: [usize; 2],
        kernel: [usize; 2],
        padding: [usize; 2],
        may_be: impl Fn(Filter) -> bool,
    ) -> Option<Self> {
        let plain = (0..2).map(|axis| pairs(input[axis], output[axis], kernel[axis], padding[axis])).product();
        let fits = |filter: &Filter| {
            let whole = [filter.outputs(); 2];
            let same = input == whole && output == whole && padding == [filter.taps() / 2; 2];
            may_be(*filter) && kernel == [filter.taps(); 2] && (same || !filter.is_whole())
        };
        let with = |filter: Filter| {
            let tiles = output.map(|size| size.div_ceil(filter.outputs()));
            let products = tiles[0] * tiles[1] * filter.products() * filter.products();
            Self { filter, tiles, input, output, padding, products: [products, plain] }
        };
        let tilings = Filter::ALL.into_iter().filter(fits).map(with);
        let expense = |tiling: &Self| tiling.products[0] * cost(tiling.filter);
        tilings.min_by_key(expense).filter(|tiling| expense(tiling) <= 75 * plain)
    }

    /// Whether so many rows are worth transforming the weights for.
    pub(super) fn is_worth(&self, rows: usize) -> bool {
        let numbers = self.filter.products().pow(2) + self.filter.taps().pow(2);
        let [products, plain] = self.products;
        rows.saturating_mul(plain.saturating_sub(products)) >= PRODUCTS_A_NUMBER * numbers
    }

    /// Rows of tiles.
    pub(super) fn bands(&self) -> usize {
        self.tiles[0]
    }

    /// The tiles of a row of them.
    pub(super) fn band(&self, band: usize) -> impl Iterator<Item = [usize; 2]> + use<> {
        (0..self.tiles[1]).map(move |column| [band, column])
    }

    /// How many tiles there are.
    pub(super) fn count(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    /// The tile of this number.
    pub(super) fn tile(&self, number: usize) -> [usize; 2] {
        [number / self.tiles[1], number % self.tiles[1]]
    }

    /// Row and column of each input of a tile that lies inside, in order.
    pub(super) fn inputs(&self, tile: [usize; 2]) -> impl Iterator<Item = Option<[usize; 2]>> + Clone + use<> {
        let Self { filter, input, padding, .. } = *self;
        let first = [0, 1].map(|axis| tile[axis] * filter.outputs());
        // A whole tile begins with the image, any other with the padding.
        let padding = if filter.is_whole() { [0, 0] } else { padding };
        square(filter.inputs()).map(move |at| {
            let place = [0, 1].map(|axis| (first[axis] + at[axis]).checked_sub(padding[axis]));
            let inside = |axis: usize| place[axis].filter(|&place| place < input[axis]);
            Some([inside(0)?, inside(1)?])
        })
    }

    /// Row and column of each output of a tile that there is, in order.
    pub(super) fn outputs(&self, tile: [usize; 2]) -> impl Iterator<Item = Option<[usize; 2]>> + Clone + use<> {
        let Self { filter, output, .. } = *self;
        square(filter.outputs()).map(move |at| {
            let place = [0, 1].map(|axis| tile[axis] * filter.outputs() + at[axis]);
            (place[0] < output[0] && place[1] < output[1]).then_some(place)
        })
    }
}

/// Rows and columns of a square, in order.
fn square(size: usize) -> impl Iterator<Item = [usize; 2]> + Clone {
    (0..size * size).map(move |at| [at / size, at % size])
}

/// The tilings of a convolution and of the gradient of its input, which is a convolution of the gradient of its output
/// with the taps in reverse.
pub(super) fn tilings(geometry: &Geometry, window: &Window) -> [Option<Tiling>; 2] {
    let (input, output) = (geometry.input(), geometry.slots.size());
    if window.stride != [1, 1] || window.dilation != [1, 1] {
        return [None, None];
    }
    // The gradient's padding is never negative: no more zeros than taps are of use around an image.
    let back = [0, 1].map(|axis| (window.kernel[axis] - 1).checked_sub(window.padding[axis]));
    let forward =
        Tiling::new(input, output, window.kernel, window.padding, |filter| holds_windows(filter, geometry.slots));
    let back = if let [Some(rows), Some(columns)] = back {
        Tiling::new(output, input, window.kernel, [rows, columns], |_| true)
    } else {
        None
    };
    [forward, back]
}

/// Whether every window of a pool lies in one tile, and rows of tiles are rows of windows.
fn holds_windows(filter: Filter, slots: Slots) -> bool {
    slots.are_squares_of(1) || (slots.are_squares_of(2) && filter.outputs().is_multiple_of(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_filter_is_chosen_and_none_where_it_saves_little() {
        let choice = |size: usize, kernel: usize, padding: usize| {
            let output = size + 2 * padding + 1 - kernel;
            Tiling::new([size; 2], [output; 2], [kernel; 2], [padding; 2], |_| true)
                .map(|tiling| (tiling.filter, tiling.products))
        };
        assert_eq!(choice(2, 3, 1), Some((Filter::PairOfThree, [9, 16])));
        assert_eq!(choice(4, 3, 1), Some((Filter::FourOfThree, [36, 100])));
        assert_eq!(choice(32, 3, 1), Some((Filter::FourOfThree, [2304, 8836])));
        assert_eq!(choice(4, 5, 2), Some((Filter::QuadOfFive, [81, 196])));
        assert_eq!(choice(15, 5, 2), Some((Filter::ThreeOfFive, [1225, 4761])));
        assert_eq!(choice(6, 5, 0), Some((Filter::TwoOfFive, [36, 100])));
        assert_eq!(choice(1, 3, 1), None);
        assert_eq!(choice(9, 7, 3), None);
    }

    #[test]
    fn tiles_cover_every_output_once_with_the_inputs_it_sees() {
        for (size, kernel, padding) in [(2, 3, 1), (7, 3, 1), (6, 3, 0), (4, 5, 2), (9, 5, 1)] {
            let output = size + 2 * padding + 1 - kernel;
            let tiling = Tiling::new([size; 2], [output; 2], [kernel; 2], [padding; 2], |_| true).expect("a tiling");
            let mut seen = vec![0; output * output];
            for number in 0..tiling.count() {
                let tile = tiling.tile(number);
                let inputs: Vec<_> = tiling.inputs(tile).collect();
                for place in tiling.outputs(tile).flatten() {
                    seen[place[0] * output + place[1]] += 1;
                    for tap in square(kernel) {
                        let at = [0, 1].map(|axis| (place[axis] + tap[axis]).checked_sub(padding));
                        let [Some(y), Some(x)] = at else { continue };
                        assert!(y >= size || x >= size || inputs.contains(&Some([y, x])), "{size} {kernel} {padding}");
                    }
                }
            }
            assert!(seen.iter().all(|&times| times == 1), "{size} {kernel} {padding}");
        }
    }
}
