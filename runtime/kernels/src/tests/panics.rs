//! Safe methods refuse what does not fit.

use super::Panel;
use crate::tiles::Strip;
use crate::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whether `work` panics, in every table.
#[track_caller]
fn refused(what: &str, work: impl Fn(Kernels)) {
    for kernels in usable() {
        assert!(catch_unwind(AssertUnwindSafe(|| work(kernels))).is_err(), "{kernels:?} accepts {what}");
    }
}

fn strip<T>(numbers: &mut [T], rows: usize) -> Strip<'_, T> {
    Strip::over(numbers, [1, rows], [0, PANEL])
}

fn multiplying(product: Product<'_>, length: usize, c_panel: usize) -> impl Fn(Kernels) {
    move |kernels| kernels.multiply(&product, &mut vec![0.0; length], c_panel, true)
}

fn drawing(draw: Draw<'_>, rows: [usize; 3]) -> impl Fn(Kernels) {
    move |kernels| {
        let [mut values, mut squares, mut factors] = rows.map(|rows| vec![0.0; rows * PANEL]);
        let mut drawn = Drawn {
            values: strip(&mut values, rows[0]),
            squares: strip(&mut squares, rows[1]),
            factors: strip(&mut factors, rows[2]),
            choices: strip(&mut [], 0),
        };
        kernels.draw(&draw, &mut drawn);
    }
}

fn retracing(retrace: Retrace<'_>, slots: usize, second: usize, sums: usize) -> impl Fn(Kernels) {
    move |kernels| {
        let [mut first, mut other, mut sum] = [slots * 32, second * 32, sums * PANEL].map(|size| vec![0.0; size]);
        let mut retraced = Retraced {
            first: Strip::over(&mut first, [slots, 2], [32, PANEL]),
            second: Strip::over(&mut other, [second, 2], [32, PANEL]),
            first_sum: strip(&mut sum, sums),
            second_sum: strip(&mut [], 0),
        };
        kernels.retrace(&retrace, &mut retraced);
    }
}

#[test]
fn products_that_do_not_fit() {
    let numbers = [1.0; 256];
    let good = Product {
        a: &numbers[..8],
        a_row: 4,
        a_step: 1,
        b: &numbers[..128],
        b_step: PANEL,
        b_panel: 64,
        segments: &[Segment { a: 0, b: 0, length: 4 }],
        rows: 2,
        panels: 2,
    };
    usable().for_each(multiplying(good, 64, 32));
    refused("a short C", multiplying(good, 63, 32));
    refused("overlapping panels", multiplying(good, 64, 31));
    refused("panels beyond memory", multiplying(good, 64, usize::MAX));
    refused("a short A", multiplying(Product { a: &numbers[..7], ..good }, 64, 32));
    refused("a short B", multiplying(Product { b: &numbers[..127], ..good }, 64, 32));
    // Indices that would come round to small ones.
    refused("a row stride", multiplying(Product { a_row: usize::MAX - 2, ..good }, 64, 32));
    refused("a step", multiplying(Product { a_step: usize::MAX / 3 + 1, ..good }, 64, 32));
    refused("a step of B", multiplying(Product { b_step: usize::MAX / 3 + 1, ..good }, 64, 32));
    refused("a panel stride", multiplying(Product { b_panel: usize::MAX - 80, ..good }, 64, 32));
    refused("as many rows", multiplying(Product { a_row: 0, rows: 1 << 60, panels: 1, ..good }, 64, 32));
    for segment in [Segment { a: usize::MAX - 5, b: 0, length: 4 }, Segment { a: 0, b: usize::MAX - 99, length: 4 }] {
        refused("a segment's start", multiplying(Product { segments: &[segment], ..good }, 64, 32));
    }
}

#[test]
fn draws_that_do_not_fit() {
    let panel = |length: usize, row: usize| Panel { numbers: vec![1.0; length], slot: 2 * PANEL, row };
    let (good, short) = (panel(64, PANEL), panel(63, PANEL));
    let far = panel(64, usize::MAX - 3);
    let bias = [0.0; PANEL];
    let (good, short, far) = (good.view(), short.view(), far.view());
    let base = Draw { product: good, bias: &bias, second: Second::None, function: Function::Relu, slots: 2 };
    usable().for_each(drawing(base, [2, 0, 2]));
    refused("no slots", drawing(Draw { slots: 0, ..base }, [2, 0, 0]));
    refused("more slots than a byte counts", drawing(Draw { slots: 257, ..base }, [2, 0, 0]));
    refused("a short bias", drawing(Draw { bias: &bias[..15], ..base }, [2, 0, 0]));
    refused("a short product", drawing(Draw { product: short, ..base }, [2, 0, 0]));
    refused("rows beyond memory", drawing(Draw { product: far, ..base }, [2, 0, 0]));
    refused("strips of other rows", drawing(base, [2, 1, 0]));
    refused("strips of other rows", drawing(base, [2, 0, 1]));
    for (product, noise, bias) in [(short, good, &bias[..]), (good, short, &bias), (good, good, &bias[1..])] {
        let second = Second::Variance { product, bias, noise };
        refused("a second product", drawing(Draw { second, ..base }, [2, 0, 0]));
        let second = Second::Signed { product, bias, signs: noise };
        refused("a second product", drawing(Draw { second, ..base }, [2, 0, 0]));
    }
    refused("a merge", |kernels| {
        let merge = Merge { first: short, second: None, add: false };
        kernels.merge(&merge, &mut strip(&mut [0.0; 80], 5));
    });
    refused("a merge", |kernels| {
        let merge = Merge { first: good, second: Some((good, short, 1.0)), add: false };
        kernels.merge(&merge, &mut strip(&mut [0.0; 64], 4));
    });
}

#[test]
fn retraces_that_do_not_fit() {
    let (good, short) = (vec![1.0; 32], vec![1.0; 31]);
    let view = |numbers| View { numbers, slot: 0, row: PANEL };
    let choices = [0u8; 32];
    let base = Retrace {
        gradient: view(&good),
        values: view(&good),
        function: Function::Relu,
        factors: None,
        choices: Some((&choices, PANEL)),
        slots: 2,
    };
    usable().for_each(retracing(base, 2, 0, 1));
    refused("too few slots", retracing(base, 1, 0, 1));
    refused("no slots", retracing(Retrace { slots: 0, ..base }, 2, 0, 1));
    refused("no choices", retracing(Retrace { choices: None, ..base }, 2, 0, 1));
    refused("short choices", retracing(Retrace { choices: Some((&choices[1..], PANEL)), ..base }, 2, 0, 1));
    refused("short gradients", retracing(Retrace { gradient: view(&short), ..base }, 2, 0, 1));
    refused("short values", retracing(Retrace { values: view(&short), ..base }, 2, 0, 1));
    refused("a second gradient without factors", retracing(base, 2, 2, 1));
    refused("factors without a second gradient", retracing(Retrace { factors: Some(view(&good)), ..base }, 2, 0, 1));
    refused("factors without a second sum", retracing(Retrace { factors: Some(view(&good)), ..base }, 2, 2, 1));
    refused("no sum", retracing(base, 2, 0, 0));
    refused("sums of two rows", retracing(base, 2, 0, 2));
}

#[test]
fn stretches_of_different_lengths() {
    let (a, b) = ([0.0; 9], [0.0; 8]);
    refused("activate", |kernels| kernels.activate(Function::Tanh, &a, &mut [0.0; 8]));
    refused("retract", |kernels| kernels.retract(Function::Tanh, &a, &b, &mut [0.0; 9]));
    refused("multiply_each", |kernels| kernels.multiply_each(&a, &b, &mut [0.0; 9]));
    refused("add_to", |kernels| kernels.add_to(&b, &mut [0.0; 9]));
    refused("add_product_to", |kernels| kernels.add_product_to(&b, &a, &mut [0.0; 9]));
    refused("add_multiple_to", |kernels| kernels.add_multiple_to(2.0, &b, &mut [0.0; 9]));
    refused("through_square", |kernels| kernels.through_square(&a, &a, &b, &mut [0.0; 9]));
    refused("affine", |kernels| kernels.affine(&a, &a, &b, &mut [0.0; 9]));
    refused("perturb", |kernels| {
        let mut weights = [0.0; 9];
        kernels.perturb(&mut Perturbation { means: &a, rhos: &b, noise: &a, centred: true, weights: &mut weights });
    });
    refused("transpose", |kernels| kernels.transpose(&[0.0; 999], 17, (1, 17), &mut [0.0; 999], 17));
    refused("transpose", |kernels| kernels.transpose(&a, 4, (3, 4), &mut [0.0; 999], 16));
    refused("transpose", |kernels| kernels.transpose(&a, 3, (3, 3), &mut [0.0; 47], 16));
}

#[test]
fn updates_of_different_lengths() {
    let adam = Method::Adam { betas: [0.9, 0.999], rate: 0.1, root: 1.0, epsilon: 1e-8 };
    let heavy = Method::Sgd { rate: 0.1, momentum: 0.9, nesterov: false };
    let decay = Decay { scale: 1.0, pull: 0.0, shrink: 1.0 };
    for (method, lengths) in [(adam, [3, 4, 4]), (adam, [4, 3, 4]), (adam, [4, 4, 3]), (heavy, [4, 0, 0])] {
        refused("points", |kernels| {
            let [mut first, mut second] = [vec![0.0; lengths[1]], vec![0.0; lengths[2]]];
            let moments = [&mut first[..], &mut second[..]];
            let mut points = Points { weights: &mut [0.0; 4], gradient: &vec![0.0; lengths[0]], moments };
            kernels.move_points(&mut points, method, decay);
        });
    }
    for short in 1..9 {
        let lengths: [usize; 9] = std::array::from_fn(|which| if which == short { 3 } else { 4 });
        let call = |move_them: fn(Kernels, &mut Gaussians<'_>, &Motion) -> f64| {
            move |kernels: Kernels| {
                let mut numbers = lengths.map(|length| vec![0.0; length]);
                let [means, rhos, variances, mean_gradient, second_gradient, a, b, c, d] =
                    numbers.each_mut().map(|numbers| &mut numbers[..]);
                let moments = [a, b, c, d];
                let mut gaussians = Gaussians { means, rhos, variances, mean_gradient, second_gradient, moments };
                let prior = Prior::Normal { mean: 0.0, std: 1.0 };
                let along = Along::Variance;
                let motion = Motion { method: adam, scale: 1.0, along, prior, divergence_weight: 1.0 };
                move_them(kernels, &mut gaussians, &motion);
            }
        };
        refused("Gaussians to move", call(Kernels::move_gaussians));
        if short < 5 {
            refused("Gaussians to complete", call(Kernels::complete_gradients));
        } else {
            usable().for_each(call(Kernels::complete_gradients));
        }
        if short < 3 {
            refused("Gaussians to refresh", call(Kernels::refresh));
        } else {
            usable().for_each(call(Kernels::refresh));
        }
    }
}

#[test]
fn grids_and_strips_that_do_not_fit() {
    let good = Grid { positions: 2, capacity: 3, rows: 2, columns: 20, block: [1, 1, 16] };
    let run = |grid: Grid, length: usize, extent: Extent| {
        let mut numbers = vec![0.0; length];
        catch_unwind(AssertUnwindSafe(|| for_each_tile(&grid, [(&mut numbers, extent)], [], |_, _, []| ()))).is_ok()
    };
    assert!(run(good, 100, Extent::Positions(1)) && !run(good, 99, Extent::Positions(1)));
    assert!(run(good, 80, Extent::Sums) && !run(good, 79, Extent::Sums));
    assert!(!run(good, 100, Extent::Positions(usize::MAX / 2 + 1)));
    assert!(!run(Grid { rows: 4, ..good }, 1000, Extent::Positions(1)));
    assert!(!run(Grid { block: [1, 0, 1], ..good }, 1000, Extent::Positions(1)));
    assert!(!run(Grid { capacity: usize::MAX / 20 + 1, ..good }, 1000, Extent::Positions(1)));
    let mut numbers = [0.0; 120];
    for_each_tile(&good, [(&mut numbers, Extent::Positions(1))], [], |region, [mut tile], []| {
        let wide = region.columns.len() == PANEL;
        let mut fits = |position, slots, column| {
            catch_unwind(AssertUnwindSafe(|| _ = tile.strip(position, slots, column))).is_ok()
        };
        assert_eq!(fits(0, 1, 0), wide);
        for (position, slots, column) in [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 2, 0), (0, 1, 1), (2, usize::MAX, 0)] {
            assert!(!fits(position, slots, column));
        }
        assert!(catch_unwind(AssertUnwindSafe(|| tile.row_mut(0, 1).len())).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| tile.row_mut(1, 0).len())).is_err());
    });
    refused("a slot that is not there", |kernels| {
        let wanted = [(0, [None, Some(2), None, None])];
        let table = Table { key: [0; 2], step: 0, sample: 0 };
        let across = Across { table, first: 0, channel_blocks: 1, row_blocks: 1, channels: 16, wanted: &wanted };
        kernels.normals_across(&across, &mut Strip::over(&mut [0.0; 64], [2, 2], [32, PANEL]), 2);
    });
}
