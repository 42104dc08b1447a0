//! What each kernel attains of what can be had: of the measured peak where multiplications limit it, else of a copy of
//! as many bytes.

mod cases;

use cases::{CASES, Case};
use elbo_kernels::{Peak, measure_peak, usable};
use std::time::{Duration, Instant};

/// How long one case is measured.
const TIME: Duration = Duration::from_millis(150);

/// Seconds of the fastest of many runs: others who use the processor only ever add to it.
fn fastest(mut run: impl FnMut()) -> f64 {
    let (began, mut best) = (Instant::now(), f64::INFINITY);
    while began.elapsed() < TIME {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

/// Bytes a second, read and written, of a copy that moves so many.
fn copy_bandwidth(bytes: usize) -> f64 {
    let from = vec![1u8; (bytes / 2).max(4096)];
    let mut to = from.clone();
    // In short pieces, which the library copies with vectors; its way with long ones is slow on some processors.
    let seconds = fastest(|| {
        let pieces = std::hint::black_box(&mut to).chunks_mut(1024).zip(std::hint::black_box(&from).chunks(1024));
        pieces.for_each(|(to, from)| to.copy_from_slice(from));
    });
    2.0 * from.len() as f64 / seconds
}

fn row(name: &str, case: &mut Case, peak: Peak) -> String {
    let seconds = fastest(&mut case.run);
    let nanoseconds = seconds * 1e9 / case.numbers as f64;
    let moved = case.bytes as f64 / seconds;
    let mut row = format!("{:40} {nanoseconds:8.3} {:8.1}", name, moved / 1e9);
    if case.operations > 0 {
        let rate = case.operations as f64 / seconds / 1e9;
        row += &format!(" {rate:8.1} {:5.0} % of the peak", 100.0 * rate / peak.one_thread);
    } else {
        row += &format!(" {:8} {:5.0} % of a copy", "", 100.0 * moved / copy_bandwidth(case.bytes.min(64 << 10)));
    }
    row
}

fn main() {
    // `cargo test` runs this file, too, and cargo hands its own options on.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for kernels in usable() {
        let peak = measure_peak(kernels, 2 * TIME);
        println!("{}: {:.1} GF/s on one thread", kernels.name(), peak.one_thread);
        println!("{:40} {:>8} {:>8} {:>8}", "", "ns each", "GB/s", "GF/s");
        for (name, make) in CASES {
            if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
                println!("{}", row(name, &mut make(kernels), peak));
            }
        }
    }
}
