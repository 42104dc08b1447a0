//! Filters against plain convolutions in double precision, and each map against its transpose.

use super::{MIRI, Numbers, close, on_every_table};
use crate::{Filter, Filtering, Kernels, Map, PANEL};

/// One map of arrays that lie one after the other.
fn map(kernels: Kernels, filter: Filter, map: Map, numbers: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let [from, to] = filter.sizes(map);
    let length = rows * columns;
    let mut target = vec![0.0; to * to * length];
    let places = |count: usize| (0..count * count).map(|at| Some(at * length)).collect::<Vec<_>>();
    let (from, to) = (places(from), places(to));
    let filtering = Filtering {
        filter,
        map,
        source: numbers,
        from: &from,
        from_row: columns,
        to: &to,
        to_row: columns,
        rows,
        columns,
    };
    kernels.filter(&filtering, &mut target);
    target
}

/// Outputs, gradients of taps and of inputs of a tile, number by number.
struct Tile {
    filter: Filter,
    outputs: Vec<f64>,
}

impl Tile {
    /// The input under a tap of an output along an axis.
    fn under(filter: Filter, output: usize, tap: usize) -> Option<usize> {
        let at = output + tap;
        let at = if filter.is_whole() { at.checked_sub(filter.taps() / 2)? } else { at };
        (at < filter.inputs()).then_some(at)
    }

    /// Calls `visit` with output, input and tap of every product of the plain convolution.
    fn products(filter: Filter, mut visit: impl FnMut(usize, usize, usize)) {
        let (outputs, inputs, taps) = (filter.outputs(), filter.inputs(), filter.taps());
        for (oy, ox) in (0..outputs * outputs).map(|at| (at / outputs, at % outputs)) {
            for (ty, tx) in (0..taps * taps).map(|at| (at / taps, at % taps)) {
                if let (Some(y), Some(x)) = (Self::under(filter, oy, ty), Self::under(filter, ox, tx)) {
                    visit(oy * outputs + ox, y * inputs + x, ty * taps + tx);
                }
            }
        }
    }

    fn new(filter: Filter, inputs: &[f32], taps: &[f32]) -> Self {
        let mut outputs = vec![0.0; filter.outputs() * filter.outputs()];
        Self::products(filter, |output, input, tap| outputs[output] += f64::from(inputs[input]) * f64::from(taps[tap]));
        Self { filter, outputs }
    }

    fn tap_gradients(&self, inputs: &[f32], gradients: &[f32]) -> Vec<f64> {
        let mut taps = vec![0.0; self.filter.taps() * self.filter.taps()];
        Self::products(self.filter, |output, input, tap| {
            taps[tap] += f64::from(inputs[input]) * f64::from(gradients[output]);
        });
        taps
    }
}

#[test]
fn products_of_maps_are_convolutions_and_their_gradients() {
    let size = [if MIRI { 1 } else { 2 }, PANEL];
    let length = size[0] * size[1];
    on_every_table(|kernels| {
        let mut found = Vec::new();
        for filter in Filter::ALL {
            let mut stream = Numbers(7);
            let square = |count: usize| count * count * length;
            let inputs = stream.many(square(filter.inputs()), -1.0, 1.0);
            let taps = stream.many(square(filter.taps()), -1.0, 1.0);
            let gradients = stream.many(square(filter.outputs()), -1.0, 1.0);
            let through =
                |inputs: &[f32], taps: &[f32]| inputs.iter().zip(taps).map(|(a, b)| a * b).collect::<Vec<f32>>();
            let mapped = map(kernels, filter, Map::Inputs, &inputs, size);
            let products = through(&mapped, &map(kernels, filter, Map::Taps, &taps, size));
            let outputs = map(kernels, filter, Map::Outputs, &products, size);
            let products = through(&mapped, &map(kernels, filter, Map::OutputGradients, &gradients, size));
            let tap_gradients = map(kernels, filter, Map::TapGradients, &products, size);
            for at in 0..length {
                let own = |numbers: &[f32]| numbers.iter().skip(at).step_by(length).copied().collect::<Vec<f32>>();
                let tile = Tile::new(filter, &own(&inputs), &own(&taps));
                let wanted = tile.tap_gradients(&own(&inputs), &own(&gradients));
                // A convolution of nine or twenty-five products of numbers below 1.
                let scale = (filter.taps() * filter.taps()) as f64;
                for (got, want) in own(&outputs).into_iter().zip(&tile.outputs) {
                    close(got, *want, 2e-6 * scale, || format!("{kernels:?} {filter:?} output"));
                    found.push((got, scale));
                }
                for (got, want) in own(&tap_gradients).into_iter().zip(&wanted) {
                    close(got, *want, 2e-6 * scale, || format!("{kernels:?} {filter:?} gradient of a tap"));
                    found.push((got, scale));
                }
            }
        }
        found
    });
}

#[test]
fn what_is_not_there_is_zero_and_what_is_not_wanted_is_left_alone() {
    for kernels in crate::usable() {
        let (rows, columns, from_row, to_row) = (2, PANEL, PANEL + 3, PANEL + 5);
        let source = Numbers(3).many(16 * 64, -1.0, 1.0);
        let mut from: Vec<Option<usize>> = (0..16).map(|at| Some(at * 64)).collect();
        let mut to: Vec<Option<usize>> = (0..16).map(|at| Some(at * 64)).collect();
        (from[5], to[10]) = (None, None);
        let (filter, map) = (Filter::TwoOfThree, Map::Inputs);
        let run = |source: &[f32], from: &[Option<usize>], to: &[Option<usize>]| {
            let mut target = vec![7.0; 16 * 64];
            kernels.filter(&Filtering { filter, map, source, from, from_row, to, to_row, rows, columns }, &mut target);
            target
        };
        let got = run(&source, &from, &to);
        let mut zeroed = source.clone();
        zeroed[5 * 64..6 * 64].fill(0.0);
        let all: Vec<Option<usize>> = (0..16).map(|at| Some(at * 64)).collect();
        let mut wanted = run(&zeroed, &all, &all);
        wanted[10 * 64..11 * 64].fill(7.0);
        assert_eq!(got, wanted, "{kernels:?}");
        assert!(got[PANEL..to_row].iter().all(|&number| number == 7.0), "{kernels:?}: between two rows");
    }
}

#[test]
#[should_panic(expected = "an array that a map reads is too short")]
fn a_short_source_is_refused() {
    let places = vec![Some(0); 16];
    let (filter, map) = (Filter::TwoOfThree, Map::Inputs);
    let source = vec![0.0; PANEL - 1];
    let filtering = Filtering {
        filter,
        map,
        source: &source,
        from: &places,
        from_row: PANEL,
        to: &places,
        to_row: PANEL,
        rows: 1,
        columns: PANEL,
    };
    Kernels::widest().filter(&filtering, &mut [0.0; PANEL]);
}
