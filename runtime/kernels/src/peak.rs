//! What the processor can do at most with these kernels: products of matrices that stay in the nearest cache.

use crate::product::{Product, Segment};
use crate::table::Kernels;
use crate::vector::PANEL;
use std::time::{Duration, Instant};

/// Measured floating-point operations a second, a multiplication and an addition counting as two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Of one thread alone, in 10⁹ a second.
    pub one_thread: f64,
    /// Of all threads of the current pool together, in 10⁹ a second.
    pub all_threads: f64,
    /// How many threads those are.
    pub threads: usize,
}

const ROWS: usize = 24;
const TERMS: usize = 128;
const PANELS: usize = 4;

/// Measures for about `time` on one thread and as long on all.
pub fn measure_peak(kernels: Kernels, time: Duration) -> Peak {
    let threads = rayon::current_num_threads();
    let one_thread = rate(kernels, time);
    let rates = rayon::broadcast(|_| rate(kernels, time));
    Peak { one_thread, all_threads: rates.into_iter().sum(), threads }
}

/// The fastest of short stretches.
fn rate(kernels: Kernels, time: Duration) -> f64 {
    let a: Vec<f32> = (0..ROWS * TERMS).map(|i| (i % 7) as f32 * 0.25).collect();
    let b: Vec<f32> = (0..PANELS * TERMS * PANEL).map(|i| (i % 5) as f32 * 0.25).collect();
    let mut c = vec![0.0; PANELS * ROWS * PANEL];
    let segments = [Segment { a: 0, b: 0, length: TERMS }];
    let product = Product {
        a: &a,
        a_row: TERMS,
        a_step: 1,
        b: &b,
        b_step: PANEL,
        b_panel: TERMS * PANEL,
        segments: &segments,
        rows: ROWS,
        panels: PANELS,
    };
    const TIMES: usize = 64;
    let operations = (2 * ROWS * TERMS * PANELS * PANEL * TIMES) as f64;
    let (began, mut best) = (Instant::now(), 0.0f64);
    while began.elapsed() < time {
        let start = Instant::now();
        for _ in 0..TIMES {
            kernels.multiply(std::hint::black_box(&product), &mut c, ROWS * PANEL, true);
        }
        best = best.max(operations / start.elapsed().as_secs_f64() / 1e9);
    }
    std::hint::black_box(&c);
    best
}
