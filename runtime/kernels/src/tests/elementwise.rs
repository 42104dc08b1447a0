//! The small kernels over stretches of any length.

use super::{FUNCTIONS, Numbers, close, on_every_table, reference, sizes};
use crate::{Kernels, usable};

const LENGTHS: [usize; 16] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 301];
const FEW: [usize; 4] = [0, 3, 16, 21];

/// The slopes of tanh and the sigmoid come from their values and are off by a rounding of 1: 1e-6, absolute.
#[test]
fn functions_and_slopes() {
    let mut stream = Numbers(41);
    for &length in sizes(&LENGTHS, &FEW) {
        let (from, gradient) = (stream.many(length, -6.0, 6.0), stream.many(length, -1.0, 1.0));
        for function in FUNCTIONS {
            on_every_table(|kernels| {
                let mut values = vec![0.0; length];
                kernels.activate(function, &from, &mut values);
                let mut slopes = vec![0.0; length];
                kernels.retract(function, &from, &gradient, &mut slopes);
                for at in 0..length {
                    let x = f64::from(from[at]);
                    let value = reference::value(function, x);
                    let slope = f64::from(gradient[at]) * reference::slope(function, x);
                    close(values[at], value, 1e-6 * (1.0 + value.abs()), || format!("{kernels:?} {function:?}({x})"));
                    close(slopes[at], slope, 2e-6, || format!("{kernels:?} {function:?}′({x})"));
                }
                values.into_iter().chain(slopes).map(|number| (number, 6.0)).collect()
            });
        }
    }
}

#[test]
fn what_is_not_a_number_stays_visible_through_every_function() {
    for kernels in usable() {
        for &length in sizes(&[1, 5, 16, 19], &[5]) {
            for at in 0..length {
                for function in FUNCTIONS {
                    let mut from = vec![0.5; length];
                    from[at] = f32::NAN;
                    let mut to = vec![0.0; length];
                    kernels.activate(function, &from, &mut to);
                    for (place, number) in to.iter().enumerate() {
                        assert_eq!(number.is_nan(), place == at, "{kernels:?} {function:?} at {place} of {length}");
                    }
                    kernels.retract(function, &vec![0.5; length], &from, &mut to);
                    assert!(to[at].is_nan(), "{kernels:?} {function:?}");
                }
            }
        }
    }
}

/// Calls a kernel with three random stretches and compares what it makes of a fourth with `plain`, to 5e-7.
fn compare(kernel: impl Fn(Kernels, [&[f32]; 3], &mut [f32]), plain: impl Fn([f64; 3], f64) -> f64) {
    let mut stream = Numbers(42);
    for &length in sizes(&LENGTHS, &FEW) {
        let given = [0; 3].map(|_| stream.many(length, -1.0, 1.0));
        let before = stream.many(length, -1.0, 1.0);
        on_every_table(|kernels| {
            let mut to = before.clone();
            kernel(kernels, given.each_ref().map(|numbers| &numbers[..]), &mut to);
            for at in 0..length {
                let arguments = given.each_ref().map(|numbers| f64::from(numbers[at]));
                let wanted = plain(arguments, f64::from(before[at]));
                close(to[at], wanted, 5e-7, || format!("{kernels:?} at {at} of {length}"));
            }
            to.into_iter().map(|number| (number, 1.0)).collect()
        });
    }
}

#[test]
fn sums_and_products_of_stretches() {
    compare(|kernels, [a, b, _], to| kernels.multiply_each(a, b, to), |[a, b, _], _| a * b);
    compare(|kernels, [a, _, _], to| kernels.add_to(a, to), |[a, _, _], to| to + a);
    compare(|kernels, [a, b, _], to| kernels.add_product_to(a, b, to), |[a, b, _], to| to + a * b);
    compare(|kernels, [a, _, _], to| kernels.add_multiple_to(-0.5, a, to), |[a, _, _], to| to - 0.5 * a);
    compare(|kernels, [a, b, c], to| kernels.through_square(a, b, c, to), |[a, b, c], _| a + 2.0 * b * c);
    compare(|kernels, [a, b, c], to| kernels.affine(a, b, c, to), |[a, b, c], _| a * b + c);
}

#[test]
fn squared_norms() {
    let mut stream = Numbers(43);
    for &length in sizes(&[0, 1, 5, 16, 33, 255, 513, 10_007], &FEW) {
        let numbers = stream.many(length, -3.0, 3.0);
        let wanted: f64 = numbers.iter().map(|&number| f64::from(number).powi(2)).sum();
        on_every_table(|kernels| {
            let norm = kernels.squared_norm(&numbers);
            assert!((norm - wanted).abs() <= 1e-6 * wanted, "{kernels:?}: {norm} where {wanted} is right");
            vec![(norm as f32, wanted)]
        });
    }
}

#[test]
fn one_number_that_is_not_finite_is_seen_anywhere() {
    for kernels in usable() {
        for &length in sizes(&[1, 2, 7, 8, 9, 16, 33, 100, 257, 300], &[1, 7, 18]) {
            let mut numbers = vec![-1.5; length];
            numbers[0] = f32::MAX;
            assert!(kernels.is_finite(&numbers), "{kernels:?}, {length}");
            for at in 0..length {
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let before = std::mem::replace(&mut numbers[at], bad);
                    assert!(!kernels.is_finite(&numbers), "{kernels:?}: {bad} at {at} of {length}");
                    assert!(!kernels.squared_norm(&numbers).is_finite(), "{kernels:?}: {bad} at {at} of {length}");
                    numbers[at] = before;
                }
            }
        }
        assert!(kernels.is_finite(&[]) && kernels.squared_norm(&[]) == 0.0);
        assert!(kernels.is_finite(&[f32::MAX; 40]) && kernels.is_finite(&[-1e-45; 3]));
    }
}
