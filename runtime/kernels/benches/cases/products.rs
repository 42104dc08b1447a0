//! Products in their three shapes of use.

use super::{Case, some};
use elbo_kernels::{Kernels, PANEL, Product, Segment};

/// A product's shape, in numbers.
struct Shape {
    rows: usize,
    panels: usize,
    a: [usize; 2],
    b: [usize; 2],
    segments: Vec<Segment>,
    a_size: usize,
    b_size: usize,
    /// How often the product is repeated on the next rows of A, to stream it.
    times: usize,
}

fn case(kernels: Kernels, shape: Shape) -> Case {
    let Shape { rows, panels, a: [a_row, a_step], b: [b_step, b_panel], segments, a_size, b_size, times } = shape;
    let (a, b) = (some(a_size * times), some(b_size));
    let mut c = vec![0.0; panels * rows * PANEL];
    let terms: usize = segments.iter().map(|segment| segment.length).sum();
    let numbers = c.len() * times;
    let run = move || {
        for a in a.chunks_exact(a_size) {
            let product = Product { a, a_row, a_step, b: &b, b_step, b_panel, segments: &segments, rows, panels };
            kernels.multiply(std::hint::black_box(&product), &mut c, rows * PANEL, false);
        }
    };
    let bytes = 4 * (times * rows * terms + b_size + 2 * numbers);
    Case { numbers, operations: 2 * numbers * terms, bytes, run: Box::new(run) }
}

/// Rows of a batch times packed weights, over the nine taps of a window, `apart` numbers between rows.
fn taps(kernels: Kernels, taps: usize, apart: usize, times: usize) -> Case {
    let (rows, panels, length) = (48, 4, 64);
    let a_size = taps * rows * apart;
    let segments =
        (0..taps).map(|tap| Segment { a: tap * rows * apart, b: tap * length * panels * PANEL, length }).collect();
    let shape = Shape {
        rows,
        panels,
        a: [apart, 1],
        b: [PANEL, length * PANEL],
        segments,
        a_size,
        b_size: taps * length * panels * PANEL,
        times,
    };
    case(kernels, shape)
}

/// Nine taps of 64 channels: A of 110 KB, B of 147 KB.
pub fn forward(kernels: Kernels) -> Case {
    taps(kernels, 9, 64, 1)
}

/// One tap of 64 channels, all in the nearest cache.
pub fn forward_short(kernels: Kernels) -> Case {
    taps(kernels, 1, 64, 1)
}

/// The same with A's rows 1 KiB apart.
pub fn forward_far(kernels: Kernels) -> Case {
    taps(kernels, 1, 256, 1)
}

/// The same with A's rows 2 KiB apart, where they share few sets of the nearest cache.
pub fn forward_farther(kernels: Kernels) -> Case {
    taps(kernels, 1, 512, 1)
}

/// One tap with other rows each time: A of 196 KB streams from the second cache.
pub fn forward_second_level(kernels: Kernels) -> Case {
    taps(kernels, 1, 64, 16)
}

/// Inputs' channels times the gradient of outputs over 64 rows of a batch: A's rows side by side, B as it lies.
pub fn weight_gradient(kernels: Kernels) -> Case {
    let (channels, columns, batch) = (64, 64, 64);
    let segments = vec![Segment { a: 0, b: 0, length: batch }];
    let shape = Shape {
        rows: channels,
        panels: columns / PANEL,
        a: [1, channels],
        b: [columns, PANEL],
        segments,
        a_size: batch * channels,
        b_size: batch * columns,
        times: 1,
    };
    case(kernels, shape)
}

/// Gradients of outputs times turned weights, the taps of a window one after the other on the same rows.
pub fn input_gradient(kernels: Kernels) -> Case {
    let (rows, panels, length, taps) = (64, 4, 64, 4);
    let segments =
        (0..taps).map(|tap| Segment { a: tap * rows * length, b: tap * length * panels * PANEL, length }).collect();
    let shape = Shape {
        rows,
        panels,
        a: [length, 1],
        b: [PANEL, length * PANEL],
        segments,
        a_size: taps * rows * length,
        b_size: taps * length * panels * PANEL,
        times: 1,
    };
    case(kernels, shape)
}
