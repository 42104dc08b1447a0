//! Products.

use super::{Numbers, close, on_every_table, sizes};
use crate::{Kernels, PANEL, Product, Segment};

/// One product with the f64 sums and the sums of the terms' sizes, `[panel][row][PANEL]`.
fn plain(product: &Product<'_>) -> Vec<(f64, f64)> {
    let mut sums = Vec::new();
    for panel in 0..product.panels {
        for row in 0..product.rows {
            for column in 0..PANEL {
                let (mut sum, mut size) = (0.0, 0.0);
                for segment in product.segments {
                    for k in 0..segment.length {
                        let a = product.a[segment.a + row * product.a_row + k * product.a_step];
                        let b = product.b[segment.b + panel * product.b_panel + k * product.b_step + column];
                        let term = f64::from(a) * f64::from(b);
                        sum += term;
                        size += term.abs();
                    }
                }
                sums.push((sum, size));
            }
        }
    }
    sums
}

/// Compares the product to 1e-6 of the sum of its terms' sizes, once over numbers that are there and once fresh.
fn compare(kernels: Kernels, product: &Product<'_>, wanted: &[(f64, f64)], margin: usize) -> Vec<(f32, f64)> {
    const BEFORE: f32 = 0.75;
    let c_panel = product.rows * PANEL + margin;
    let mut all = Vec::new();
    for fresh in [true, false] {
        let mut c = vec![BEFORE; product.panels * c_panel];
        kernels.multiply(product, &mut c, c_panel, fresh);
        for (panel, numbers) in c.chunks(c_panel).enumerate() {
            let (numbers, beyond) = numbers.split_at(product.rows * PANEL);
            assert!(beyond.iter().all(|&number| number == BEFORE), "{kernels:?} writes between panels");
            for (at, &number) in numbers.iter().enumerate() {
                let (sum, size) = wanted[panel * product.rows * PANEL + at];
                let before = if fresh { 0.0 } else { f64::from(BEFORE) };
                close(number, sum + before, 1e-6 * (size + before), || {
                    format!("{kernels:?}, {} rows, panel {panel}, number {at}", product.rows)
                });
                all.push((number, size + before));
            }
        }
    }
    all
}

#[derive(Clone, Copy)]
enum Shape {
    /// A's terms side by side, B packed.
    Forward,
    /// A's rows side by side, B with other columns between its terms.
    WeightGradient,
    /// Neither.
    Strided,
}

/// A product with random numbers, `lengths` long segments and strides that are larger than they need be.
fn check(stream: &mut Numbers, shape: Shape, rows: usize, panels: usize, lengths: &[usize]) {
    let longest = lengths.iter().copied().max().unwrap_or(0).max(1);
    let terms: usize = lengths.iter().sum::<usize>().max(1);
    let (a_row, a_step) = match shape {
        Shape::Forward => (terms + stream.below(5), 1),
        Shape::WeightGradient => (1, rows + stream.below(5)),
        Shape::Strided => (3, 3 * rows + stream.below(7)),
    };
    let (b_step, b_panel) = match shape {
        Shape::Forward => (PANEL, terms * PANEL),
        Shape::WeightGradient => (panels * PANEL + stream.below(3) * PANEL, PANEL),
        Shape::Strided => (PANEL + stream.below(5), longest * (PANEL + 4) + stream.below(9)),
    };
    let a = stream.many(rows * a_row + (terms + longest) * a_step, -1.0, 1.0);
    let b = stream.many(panels * b_panel + (terms + longest) * b_step + PANEL, -1.0, 1.0);
    let mut before = 0;
    let segments: Vec<Segment> = lengths
        .iter()
        .map(|&length| {
            let segment = Segment { a: before * a_step, b: before * b_step, length };
            before += length;
            segment
        })
        .collect();
    let product = Product { a: &a, a_row, a_step, b: &b, b_step, b_panel, segments: &segments, rows, panels };
    let wanted = plain(&product);
    let margin = stream.below(3) * 5;
    on_every_table(|kernels| compare(kernels, &product, &wanted, margin));
}

const SHAPES: [Shape; 3] = [Shape::Forward, Shape::WeightGradient, Shape::Strided];

#[test]
fn every_number_of_rows_and_panels() {
    let mut stream = Numbers(1);
    let many: Vec<usize> = (1..=70).collect();
    for &rows in sizes(&many, &[1, 13]) {
        for &panels in sizes(&[1, 2, 3, 4, 5], &[2]) {
            for shape in SHAPES {
                check(&mut stream, shape, rows, panels, &[3, 1, 4]);
            }
        }
    }
}

#[test]
fn every_length_of_segment() {
    let mut stream = Numbers(2);
    let many: Vec<usize> = (1..=300).collect();
    for &length in sizes(&many, &[1, 6]) {
        for shape in SHAPES {
            check(&mut stream, shape, 7, 2, &[length]);
            check(&mut stream, shape, 6, 1, &[length, 2, length / 2]);
        }
    }
}

#[test]
fn nothing_to_add() {
    let mut stream = Numbers(3);
    for lengths in [&[][..], &[0], &[0, 5, 0]] {
        for shape in SHAPES {
            check(&mut stream, shape, 9, 2, lengths);
        }
    }
    // Where a segment is empty, it may begin anywhere, and nothing need be there.
    let segments = [Segment { a: 1000, b: 1 << 40, length: 0 }];
    let product = Product {
        a: &[],
        a_row: 5,
        a_step: 1,
        b: &[],
        b_step: 16,
        b_panel: 99,
        segments: &segments,
        rows: 8,
        panels: 2,
    };
    on_every_table(|kernels| compare(kernels, &product, &plain(&product), 0));
}

#[test]
fn no_rows_or_no_panels_write_nothing() {
    for kernels in crate::usable() {
        for (rows, panels) in [(0, 3), (3, 0)] {
            let segments = [Segment { a: 0, b: 0, length: 4 }];
            let product = Product {
                a: &[],
                a_row: 5,
                a_step: 1,
                b: &[],
                b_step: 16,
                b_panel: 99,
                segments: &segments,
                rows,
                panels,
            };
            let mut c = [5.0; 8];
            kernels.multiply(&product, &mut c, 0, true);
            assert_eq!(c, [5.0; 8]);
        }
    }
}

#[test]
fn what_is_not_a_number_stays_in_its_row_or_column() {
    let mut stream = Numbers(4);
    let (rows, length) = (7, 5);
    let mut a = stream.many(rows * length, -1.0, 1.0);
    let mut b = stream.many(length * PANEL, -1.0, 1.0);
    (a[3 * length + 2], b[4 * PANEL + 11]) = (f32::NAN, f32::INFINITY);
    let segments = [Segment { a: 0, b: 0, length }];
    let product = Product {
        a: &a,
        a_row: length,
        a_step: 1,
        b: &b,
        b_step: PANEL,
        b_panel: 0,
        segments: &segments,
        rows,
        panels: 1,
    };
    for kernels in crate::usable() {
        let mut c = vec![0.0; rows * PANEL];
        kernels.multiply(&product, &mut c, 0, true);
        for (at, number) in c.iter().enumerate() {
            let (row, column) = (at / PANEL, at % PANEL);
            assert_eq!(number.is_nan(), row == 3, "{kernels:?} at {row}, {column}");
            assert_eq!(number.is_infinite(), row != 3 && column == 11, "{kernels:?} at {row}, {column}");
        }
    }
}
