//! What a layer does beside its products: panels of 64 rows that the nearest cache holds.

use super::{Case, positive, some};
use elbo_kernels::{
    Draw, Drawn, Extent, Function, Grid, Kernels, Merge, PANEL, Retrace, Retraced, Second, View, for_each_tile,
};

const ROWS: usize = 64;
/// Panels that one run works on, so that handing out the tile costs nothing in comparison.
const PANELS: usize = 64;
const SIZE: usize = ROWS * PANEL;

/// One tile of every buffer.
fn grid() -> Grid {
    Grid { positions: 1, capacity: ROWS, rows: ROWS, columns: PANEL, block: [1, ROWS, PANEL] }
}

fn view(numbers: &[f32]) -> View<'_> {
    View { numbers, slot: SIZE, row: PANEL }
}

struct Wanted {
    variance: bool,
    slots: usize,
    function: Function,
    others: bool,
}

fn draw(kernels: Kernels, wanted: Wanted) -> Case {
    let Wanted { variance, slots, function, others } = wanted;
    let (product, noise) = (some(slots * SIZE), some(slots * SIZE));
    let (variances, bias, second_bias) = (positive(slots * SIZE), some(PANEL), positive(PANEL));
    let mut values = vec![0.0; SIZE];
    let mut squares = vec![0.0; if others { SIZE } else { 0 }];
    let mut factors = squares.clone();
    let mut choices = vec![0u8; if others && slots > 1 { SIZE } else { 0 }];
    let read = if variance { 3 } else { 1 } * slots * SIZE * 4;
    let bytes = PANELS * (read + 4 * (values.len() + squares.len() + factors.len()) + choices.len());
    let run = move || {
        let one = Extent::Positions(1);
        for_each_tile(
            &grid(),
            [(&mut values, one), (&mut squares, one), (&mut factors, one)],
            [(&mut choices, one)],
            |_, [mut values, mut squares, mut factors], [mut choices]| {
                let second = if variance {
                    Second::Variance { product: view(&variances), bias: &second_bias, noise: view(&noise) }
                } else {
                    Second::None
                };
                let draw = Draw { product: view(&product), bias: &bias, second, function, slots };
                let mut drawn = Drawn {
                    values: values.strip(0, 1, 0),
                    squares: squares.strip(0, 1, 0),
                    factors: factors.strip(0, 1, 0),
                    choices: choices.strip(0, 1, 0),
                };
                for _ in 0..PANELS {
                    kernels.draw(std::hint::black_box(&draw), &mut drawn);
                }
            },
        );
    };
    Case { numbers: PANELS * SIZE, operations: 0, bytes, run: Box::new(run) }
}

pub fn draw_relu(kernels: Kernels) -> Case {
    draw(kernels, Wanted { variance: false, slots: 1, function: Function::Relu, others: false })
}

pub fn draw_variance_relu(kernels: Kernels) -> Case {
    draw(kernels, Wanted { variance: true, slots: 1, function: Function::Relu, others: true })
}

pub fn draw_variance_softplus(kernels: Kernels) -> Case {
    let wanted = Wanted { variance: true, slots: 1, function: Function::Softplus, others: true };
    draw(kernels, wanted)
}

pub fn draw_values_only(kernels: Kernels) -> Case {
    let wanted = Wanted { variance: true, slots: 1, function: Function::Softplus, others: false };
    draw(kernels, wanted)
}

pub fn draw_largest(kernels: Kernels) -> Case {
    let wanted = Wanted { variance: true, slots: 4, function: Function::Softplus, others: true };
    draw(kernels, wanted)
}

fn retrace(kernels: Kernels, slots: usize) -> Case {
    let (gradient, values, factors) = (some(SIZE), positive(SIZE), some(SIZE));
    let choices: Vec<u8> = (0..SIZE).map(|at| (at % slots) as u8).collect();
    let [mut first, mut second] = [0; 2].map(|_| vec![0.0; slots * SIZE]);
    let [mut first_sum, mut second_sum] = [0; 2].map(|_| vec![0.0; PANEL]);
    let bytes = PANELS * 4 * SIZE * (3 + 2 * slots);
    let run = move || {
        let many = Extent::Positions(slots);
        for_each_tile(
            &grid(),
            [(&mut first, many), (&mut second, many), (&mut first_sum, Extent::Sums), (&mut second_sum, Extent::Sums)],
            [],
            |_, [mut first, mut second, mut first_sum, mut second_sum], []| {
                let retrace = Retrace {
                    gradient: view(&gradient),
                    values: view(&values),
                    function: Function::Softplus,
                    factors: Some(view(&factors)),
                    choices: (slots > 1).then_some((&choices, PANEL)),
                    slots,
                };
                let mut retraced = Retraced {
                    first: first.strip(0, slots, 0),
                    second: second.strip(0, slots, 0),
                    first_sum: first_sum.strip(0, 1, 0),
                    second_sum: second_sum.strip(0, 1, 0),
                };
                for _ in 0..PANELS {
                    kernels.retrace(std::hint::black_box(&retrace), &mut retraced);
                }
            },
        );
    };
    Case { numbers: PANELS * SIZE * slots, operations: 0, bytes, run: Box::new(run) }
}

pub fn retrace_softplus(kernels: Kernels) -> Case {
    retrace(kernels, 1)
}

pub fn retrace_largest(kernels: Kernels) -> Case {
    retrace(kernels, 4)
}

pub fn merge(kernels: Kernels) -> Case {
    let (first, second, factor) = (some(SIZE), some(SIZE), some(SIZE));
    let mut to = vec![0.0; SIZE];
    let run = move || {
        for_each_tile(&grid(), [(&mut to, Extent::Positions(1))], [], |_, [mut to], []| {
            let merge = Merge { first: view(&first), second: Some((view(&second), view(&factor), 2.0)), add: false };
            let mut to = to.strip(0, 1, 0);
            for _ in 0..PANELS {
                kernels.merge(std::hint::black_box(&merge), &mut to);
            }
        });
    };
    Case { numbers: PANELS * SIZE, operations: 0, bytes: PANELS * 16 * SIZE, run: Box::new(run) }
}

/// Weights of 64 × 64 turned, block by block.
pub fn transpose(kernels: Kernels) -> Case {
    const SIDE: usize = 64;
    let (from, mut to) = (some(SIDE * SIDE), vec![0.0; SIDE * SIDE]);
    let run = move || {
        for row in (0..SIDE).step_by(PANEL) {
            for column in (0..SIDE).step_by(PANEL) {
                let from = &from[row * SIDE + column..];
                kernels.transpose(from, SIDE, (PANEL, PANEL), &mut to[column * SIDE + row..], SIDE);
            }
        }
    };
    let numbers = SIDE * SIDE;
    Case { numbers, operations: 0, bytes: 8 * numbers, run: Box::new(run) }
}
