//! Prints the measured peak of each usable table.

use elbo_kernels::{Table, measure_peak, usable};
use std::time::{Duration, Instant};

fn main() {
    for kernels in usable() {
        let peak = measure_peak(kernels, Duration::from_millis(300));
        println!(
            "{:9} {:6.1} GF/s on one thread, {:6.1} on {}",
            kernels.name(),
            peak.one_thread,
            peak.all_threads,
            peak.threads
        );
        let mut values = vec![0.0f32; 1 << 16];
        let table = Table { key: [1, 2], step: 3, sample: 4 };
        let start = Instant::now();
        for round in 0..50 {
            kernels.normals(table, round, &mut values);
        }
        println!(
            "{:9} {:6.2} ns a normal number",
            "",
            start.elapsed().as_secs_f64() * 1e9 / 50.0 / values.len() as f64
        );
    }
}
