//! The most images a second that three cards could train of AlexNet and VGG16, all `bayes`, by their published peaks.
//!
//! `cargo run --release -p elbo-gpu --example predicted` prints, for a batch of 64, each layer's work and what bounds
//! it on each card: for every kernel the larger of work / peak and bytes / bandwidth. Nothing was measured on a card,
//! and none reaches its peaks. Beside the products count activations and pools as 40 bytes a number of a layer's output
//! (read and written forward, read twice and written backward, twice), and the update by Adam as 80 bytes a Gaussian.

use elbo_gpu::adapter::Wanted;
use elbo_gpu::kernels::geometry::Geometry;
use elbo_gpu::measure::{CARDS, Card, costs};
use elbo_gpu::{Cost, Device, GpuError, Opening, adapters, choose};

/// Examples of a step.
const BATCH: u64 = 64;

/// Kernels of a step with local reparameterisation.
const STEP: [&str; 5] = ["forward, drawn", "retrace", "weight gradient", "input gradient", "bias gradient"];

fn convolution(size: u32, kernel: u32, stride: u32, channels: u32, outputs: u32) -> Geometry {
    Geometry {
        input: [size; 2],
        output: [size.div_ceil(stride); 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [(kernel as i32 - 1) / 2; 2],
        ..Geometry::linear(channels, outputs)
    }
}

fn alexnet() -> Vec<(String, Geometry)> {
    let layers = [
        convolution(32, 11, 4, 3, 64),
        convolution(4, 5, 1, 64, 192),
        convolution(2, 3, 1, 192, 384),
        convolution(2, 3, 1, 384, 256),
        convolution(2, 3, 1, 256, 128),
        Geometry::linear(128, 10),
    ];
    layers.into_iter().zip(1..).map(|(geometry, number)| (format!("layer {number}"), geometry)).collect()
}

fn vgg16() -> Vec<(String, Geometry)> {
    let mut layers = Vec::new();
    let (mut size, mut channels) = (32, 3);
    for (stage, (depth, width)) in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)].into_iter().enumerate() {
        for number in 1..=depth {
            layers.push((format!("s{}.conv{number}", stage + 1), convolution(size, 3, 1, channels, width)));
            channels = width;
        }
        size /= 2;
    }
    for (name, outputs) in [("fc1", 512), ("fc2", 512), ("head", 10)] {
        layers.push((name.to_owned(), Geometry::linear(channels, outputs)));
        channels = outputs;
    }
    layers
}

/// What bounds a layer on a card, and its least time in seconds.
fn bound(card: &Card, kernels: &[Cost]) -> (&'static str, f64) {
    let arithmetic: f64 = kernels.iter().map(|cost| cost.flops / card.flops).sum();
    let memory: f64 = kernels.iter().map(|cost| cost.bytes / card.bytes).sum();
    let least = kernels.iter().map(|cost| card.least_seconds(cost)).sum();
    (if arithmetic > memory { "arithmetic" } else { "memory" }, least)
}

fn main() -> Result<(), GpuError> {
    let adapters = adapters()?;
    let adapter = choose(&adapters, Wanted::Best).or_else(|_| choose(&adapters, Wanted::Software))?;
    let device = Device::open(adapter, &Opening::default())?;
    for (network, layers) in [("AlexNet", alexnet()), ("VGG16", vgg16())] {
        println!("{network}, all `bayes`, batch {BATCH}: MFLOP and MB a step, least microseconds and what bounds them");
        let mut sums = [0.0; CARDS.len()];
        for (number, (name, geometry)) in layers.into_iter().enumerate() {
            let all = costs(&device, BATCH, geometry)?;
            // Nothing is before the first layer that a gradient could go on to.
            let is_taken = |kernel: &str| STEP.contains(&kernel) && (number > 0 || kernel != "input gradient");
            let mut kernels: Vec<Cost> =
                all.into_iter().filter(|(kernel, _)| is_taken(kernel)).map(|(_, cost)| cost).collect();
            let outputs = (BATCH * geometry.output_numbers()) as f64;
            let window: u64 = geometry.kernel.iter().map(|&length| u64::from(length)).product();
            let weights = (window * u64::from(geometry.channels) * u64::from(geometry.outputs)) as f64;
            kernels.push(Cost { flops: 10.0 * outputs, bytes: 40.0 * outputs });
            kernels.push(Cost { flops: 60.0 * weights, bytes: 80.0 * weights });
            let whole = kernels.iter().fold(Cost::default(), |sum, cost| sum + *cost);
            print!("  {name:<10} {:>9.1} {:>8.2}", whole.flops / 1e6, whole.bytes / 1e6);
            for (card, sum) in CARDS.iter().zip(&mut sums) {
                let (what, least) = bound(card, &kernels);
                *sum += least;
                print!("   {:>9.1} {what:<10}", least * 1e6);
            }
            println!();
        }
        for (card, seconds) in CARDS.iter().zip(sums) {
            println!("  {}: at most {:.0} images a second", card.name, BATCH as f64 / seconds);
        }
    }
    Ok(())
}
