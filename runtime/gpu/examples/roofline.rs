//! How fast each product kernel is here, and the least time that three cards could need for it.
//!
//! `cargo run --release -p elbo-gpu --example roofline [part of a shape's name]` prints a table: work, numbers that
//! cross memory once, what was measured on the best device there is (one in software if there is no other), and for
//! each card the larger of work / peak and bytes / bandwidth. Those peaks are published figures; nothing was measured
//! on the cards. `elbo doctor --kernels --device gpu` measures the same.

use elbo_gpu::adapter::Wanted;
use elbo_gpu::measure::{CARDS, measure};
use elbo_gpu::{Device, GpuError, Opening, adapters, choose};

fn main() -> Result<(), GpuError> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let adapters = adapters()?;
    let adapter = choose(&adapters, Wanted::Best).or_else(|_| choose(&adapters, Wanted::Software))?;
    let device = Device::open(adapter, &Opening::default())?;
    println!("{} ({}, {})", adapter.description.name, adapter.description.api, adapter.description.driver);
    let cards: Vec<String> = CARDS.iter().map(|card| format!("{:>13}", format!("{} µs", card.name))).collect();
    println!(
        "{:<26} {:<17} {:>9} {:>8} {:>7} {:>9} {:>9} {}",
        "shape",
        "kernel",
        "MFLOP",
        "MB",
        "FLOP/B",
        "ms here",
        "GFLOP/s",
        cards.join(" ")
    );
    measure(&device, &wanted, &mut |one| {
        let least = CARDS.iter().map(|card| format!("{:>13.2}", card.least_seconds(&one.cost) * 1e6));
        println!(
            "{:<26} {:<17} {:>9.2} {:>8.2} {:>7.1} {:>9.3} {:>9.2} {}",
            one.shape,
            one.kernel,
            one.cost.flops / 1e6,
            one.cost.bytes / 1e6,
            one.cost.flops / one.cost.bytes,
            one.seconds * 1e3,
            one.gigaflops(),
            least.collect::<Vec<_>>().join(" ")
        );
    })
}
