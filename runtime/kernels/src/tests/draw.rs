//! Draws and merges.

use super::{FUNCTIONS, Numbers, Panel, close, name, on_every_table, reference, sizes};
use crate::tiles::Strip;
use crate::{Draw, Drawn, Function, Kernels, Merge, PANEL, Second, VARIANCE_FLOOR, usable};

/// What one place may be: each slot's value before the function and its factor.
fn places(draw: &Draw<'_>, row: usize, column: usize) -> Vec<(f64, f64)> {
    let at = |view: &crate::View<'_>, slot: usize| f64::from(view.numbers[slot * view.slot + row * view.row + column]);
    (0..draw.slots)
        .map(|slot| {
            let mean = at(&draw.product, slot) + f64::from(draw.bias[column]);
            match &draw.second {
                Second::None => (mean, 0.0),
                Second::Variance { product, bias, noise } => {
                    let variance = at(product, slot) + f64::from(bias[column]) + f64::from(VARIANCE_FLOOR);
                    let noise = at(noise, slot);
                    (mean + variance.sqrt() * noise, noise / (2.0 * variance.sqrt()))
                }
                Second::Signed { product, bias, signs } => {
                    let sign = at(signs, slot);
                    (mean + sign * (at(product, slot) + f64::from(bias[column])), sign)
                }
            }
        })
        .collect()
}

struct Results {
    values: Vec<f32>,
    squares: Vec<f32>,
    factors: Vec<f32>,
    choices: Vec<u8>,
}

const ROW: usize = PANEL + 3;

/// Draws into rows [`ROW`] apart, leaving out what `present` leaves out.
fn draw_on(kernels: Kernels, draw: &Draw<'_>, rows: usize, present: [bool; 3]) -> Results {
    let floats = |there: bool| if there { vec![-7.0f32; rows * ROW] } else { Vec::new() };
    let (mut values, mut squares, mut factors) = (floats(true), floats(present[0]), floats(present[1]));
    let mut choices = if present[2] { vec![99u8; rows * ROW] } else { Vec::new() };
    kernels.draw(
        draw,
        &mut Drawn {
            values: Strip::over(&mut values, [1, rows], [0, ROW]),
            squares: Strip::over(&mut squares, [1, rows], [0, ROW]),
            factors: Strip::over(&mut factors, [1, rows], [0, ROW]),
            choices: Strip::over(&mut choices, [1, rows], [0, ROW]),
        },
    );
    for numbers in [&values, &squares, &factors] {
        let between = numbers.iter().enumerate().filter(|(at, _)| at % ROW >= PANEL);
        between.for_each(|(at, &number)| assert_eq!(number, -7.0, "{kernels:?} writes between rows, at {at}"));
    }
    assert!(choices.iter().enumerate().all(|(at, &choice)| at % ROW < PANEL || choice == 99));
    Results { values, squares, factors, choices }
}

/// Values to 2e-6 of what is added up, factors to 1e-6.
fn compare(kernels: Kernels, draw: &Draw<'_>, rows: usize, present: [bool; 3]) -> Vec<(f32, f64)> {
    let results = draw_on(kernels, draw, rows, present);
    let mut all = Vec::new();
    for row in 0..rows {
        for column in 0..PANEL {
            let at = row * ROW + column;
            let what = || format!("{kernels:?} {:?} {} ({row}, {column})", draw.function, name(&draw.second));
            let places = places(draw, row, column);
            let largest = places.iter().map(|place| place.0).fold(f64::NEG_INFINITY, f64::max);
            let tolerance = 2e-6 * (3.0 + largest.abs());
            let value = reference::value(draw.function, largest);
            close(results.values[at], value, tolerance, what);
            all.push((results.values[at], 3.0 + largest.abs()));
            if present[0] {
                let square = f64::from(results.values[at]).powi(2);
                close(results.squares[at], square, 1e-7 * square + 1e-37, what);
            }
            if present[2] {
                let chosen = usize::from(results.choices[at]);
                assert!(places[chosen].0 >= largest - tolerance, "{}: {chosen} of {places:?}", what());
            }
            if present[1] {
                // Of slots that are as good as equal, either may be chosen.
                let near = places.iter().filter(|place| place.0 >= largest - tolerance);
                let wanted = near.map(|place| place.1).min_by(|a, b| {
                    let distance = |factor: &f64| (f64::from(results.factors[at]) - factor).abs();
                    distance(a).total_cmp(&distance(b))
                });
                let wanted = wanted.expect("the largest is among them");
                close(results.factors[at], wanted, 1e-6 * wanted.abs(), what);
            }
        }
    }
    all
}

/// Calls `test` with a draw for each kind of second product.
fn for_each_second(stream: &mut Numbers, rows: usize, slots: usize, mut test: impl FnMut(&Draw<'_>)) {
    let product = Panel::new(stream, [slots, rows], -3.0, 3.0);
    let deviation = Panel::new(stream, [slots, rows], -2.0, 2.0);
    let variance = Panel::new(stream, [slots, rows], 0.0, 2.0);
    let noise = Panel::new(stream, [slots, rows], -3.0, 3.0);
    let mut signs = Panel::new(stream, [slots, rows], -1.0, 1.0);
    signs.numbers.iter_mut().for_each(|sign| *sign = sign.signum());
    let (bias, second) = (stream.many(PANEL, -1.0, 1.0), stream.many(PANEL, 0.0, 1.0));
    for second in [
        Second::None,
        Second::Variance { product: variance.view(), bias: &second, noise: noise.view() },
        Second::Signed { product: deviation.view(), bias: &second, signs: signs.view() },
    ] {
        for function in FUNCTIONS {
            test(&Draw { product: product.view(), bias: &bias, second, function, slots });
        }
    }
}

#[test]
fn draws_agree_with_plain_loops() {
    let mut stream = Numbers(11);
    for &rows in sizes(&[1, 2, 3, 17, 64, 70], &[1]) {
        for &slots in sizes(&[1, 4, 9], &[2]) {
            for_each_second(&mut stream, rows, slots, |draw| {
                on_every_table(|kernels| compare(kernels, draw, rows, [true; 3]));
            });
        }
    }
}

#[test]
fn any_of_the_results_may_be_left_out() {
    let mut stream = Numbers(12);
    let rows = if super::MIRI { 1 } else { 5 };
    for_each_second(&mut stream, rows, if super::MIRI { 2 } else { 4 }, |draw| {
        // Absence does not depend on the function.
        if super::MIRI && draw.function != Function::Relu {
            return;
        }
        for absent in (0..7).step_by(if super::MIRI { 3 } else { 1 }) {
            let present = [absent & 1 != 0, absent & 2 != 0, absent & 4 != 0];
            on_every_table(|kernels| compare(kernels, draw, rows, present));
        }
    });
}

#[test]
fn the_first_of_equals_is_chosen() {
    let product = Panel { numbers: vec![1.5; 9 * 16], slot: 16, row: 16 };
    let bias = [0.0; PANEL];
    let draw = Draw { product: product.view(), bias: &bias, second: Second::None, function: Function::Relu, slots: 9 };
    for kernels in usable() {
        let choices = draw_on(kernels, &draw, 1, [true; 3]).choices;
        assert_eq!(choices[..PANEL], [0; PANEL], "{kernels:?}");
    }
}

#[test]
fn every_slot_can_be_chosen() {
    let mut stream = Numbers(13);
    // Whole numbers of their own for each slot: the largest is where it is put.
    let mut product = Panel::new(&mut stream, [256, 1], -1.0, 0.0);
    for slot in (0..256).step_by(if super::MIRI { 200 } else { 1 }) {
        let column = slot % PANEL;
        let before = std::mem::replace(&mut product.numbers[slot * product.slot + column], 2.0);
        let bias = [0.0; PANEL];
        let draw =
            Draw { product: product.view(), bias: &bias, second: Second::None, function: Function::Tanh, slots: 256 };
        for kernels in usable() {
            let choices = draw_on(kernels, &draw, 1, [true; 3]).choices;
            assert_eq!(usize::from(choices[column]), slot, "{kernels:?}");
        }
        product.numbers[slot * product.slot + column] = before;
    }
}

#[test]
fn what_is_not_a_number_stays_visible() {
    let mut stream = Numbers(14);
    for function in FUNCTIONS {
        for slot in (0..4).step_by(if super::MIRI { 3 } else { 1 }) {
            for where_to in 0..if super::MIRI { 1 } else { 3 } {
                let [mut product, mut variance, mut noise] = [(-3.0, 3.0), (0.1, 2.0), (-3.0, 3.0)]
                    .map(|(least, most)| Panel::new(&mut stream, [4, 2], least, most));
                let column = stream.below(PANEL);
                let to = [&mut product, &mut variance, &mut noise].into_iter().nth(where_to).expect("one of three");
                let at = slot * to.slot + to.row + column;
                to.numbers[at] = f32::NAN;
                let (bias, second) = ([0.0; PANEL], [0.0; PANEL]);
                let second = Second::Variance { product: variance.view(), bias: &second, noise: noise.view() };
                let draw = Draw { product: product.view(), bias: &bias, second, function, slots: 4 };
                for kernels in usable() {
                    let results = draw_on(kernels, &draw, 2, [true; 3]);
                    for (numbers, name) in [(&results.values, "values"), (&results.squares, "squares")] {
                        let lost = numbers
                            .iter()
                            .enumerate()
                            .find(|(place, number)| number.is_nan() != (*place == ROW + column));
                        assert_eq!(lost, None, "{kernels:?} {function:?}, slot {slot}, {name}");
                    }
                    assert_eq!(usize::from(results.choices[ROW + column]), slot, "{kernels:?} {function:?}");
                }
            }
        }
    }
}

#[test]
fn a_negative_variance_is_not_a_number() {
    let product = Panel { numbers: vec![1.0; 16], slot: 16, row: 16 };
    let variance = Panel { numbers: vec![-1e-3; 16], slot: 16, row: 16 };
    let bias = [0.0; PANEL];
    let second = Second::Variance { product: variance.view(), bias: &bias, noise: product.view() };
    let draw = Draw { product: product.view(), bias: &bias, second, function: Function::Relu, slots: 1 };
    for kernels in usable() {
        let values = draw_on(kernels, &draw, 1, [false; 3]).values;
        assert!(values[..PANEL].iter().all(|value| value.is_nan()), "{kernels:?}: {values:?}");
    }
}

#[test]
fn merges_agree_with_plain_loops() {
    let mut stream = Numbers(15);
    for &rows in sizes(&[1, 2, 3, 17, 64, 70], &[1, 3]) {
        let [first, second, factor] = [0; 3].map(|_| Panel::new(&mut stream, [1, rows], -2.0, 2.0));
        for (both, add) in [(false, false), (false, true), (true, false), (true, true)] {
            let merge = Merge { first: first.view(), second: both.then(|| (second.view(), factor.view(), 2.0)), add };
            on_every_table(|kernels| {
                let mut to = vec![0.5; rows * ROW];
                kernels.merge(&merge, &mut Strip::over(&mut to, [1, rows], [0, ROW]));
                for (at, &number) in to.iter().enumerate() {
                    let (row, column) = (at / ROW, at % ROW);
                    if column >= PANEL {
                        assert_eq!(number, 0.5);
                        continue;
                    }
                    let mut wanted = first.at(0, row, column) + if add { 0.5 } else { 0.0 };
                    if both {
                        wanted += 2.0 * second.at(0, row, column) * factor.at(0, row, column);
                    }
                    close(number, wanted, 2e-6, || format!("{kernels:?} at {at}"));
                }
                to.into_iter().map(|number| (number, 1.0)).collect()
            });
        }
    }
}
