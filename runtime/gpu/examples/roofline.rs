//! How fast each product kernel is here, and the least time that three cards could need for it.
//!
//! `cargo run --release -p elbo-gpu --example roofline [part of a shape's name]` prints a table: work, numbers that cross
//! memory once, what was measured on the best device there is (one in software if there is no other), and for each card the
//! larger of work / peak and bytes / bandwidth. Those peaks are published figures; nothing was measured on the cards.

use elbo_gpu::adapter::Wanted;
use elbo_gpu::kernels::bias_gradient::BiasGradient;
use elbo_gpu::kernels::draw_weights::DrawWeights;
use elbo_gpu::kernels::forward::{Forward, Randomness};
use elbo_gpu::kernels::geometry::{Geometry, width};
use elbo_gpu::kernels::input_gradient::{InputGradient, SecondGradient};
use elbo_gpu::kernels::noise::Noise;
use elbo_gpu::kernels::retrace::{Randomly, Retrace};
use elbo_gpu::kernels::weight_gradient::{SecondWeights, WeightGradient};
use elbo_gpu::kernels::weights::{Order, Weights};
use elbo_gpu::{Cost, Device, GpuError, Opening, Recording, Slice, Varying, adapters, choose};
use std::time::{Duration, Instant};

/// A card: peak of 32-bit arithmetic without matrix units in FLOP/s, bandwidth in bytes/s.
struct Card {
    name: &'static str,
    flops: f64,
    bytes: f64,
}

/// NVIDIA's Ada and A100 whitepapers. Apple publishes the bandwidth; its arithmetic is that of 40 cores of 128 lanes at
/// 1.38 GHz.
const CARDS: [Card; 3] = [
    Card { name: "RTX 4090", flops: 82.6e12, bytes: 1008e9 },
    Card { name: "A100 40GB", flops: 19.5e12, bytes: 1555e9 },
    Card { name: "M3 Max", flops: 14.1e12, bytes: 400e9 },
];

/// The longest that one kernel is measured for.
const LONGEST: Duration = Duration::from_millis(400);

fn shapes() -> Vec<(&'static str, u64, Geometry)> {
    let same = |size: u32, kernel: u32, channels: u32, outputs: u32| Geometry {
        input: [size; 2],
        output: [size; 2],
        kernel: [kernel; 2],
        padding: [(kernel as i32 - 1) / 2; 2],
        ..Geometry::linear(channels, outputs)
    };
    let inside = |size: u32, kernel: u32, channels: u32, outputs: u32| Geometry {
        output: [size - kernel + 1; 2],
        padding: [0; 2],
        ..same(size, kernel, channels, outputs)
    };
    vec![
        ("16x16x16 64-64 3x3", 16, same(16, 3, 64, 64)),
        ("16x8x8 256-256 3x3", 16, same(8, 3, 256, 256)),
        ("16x32x32 3-64 3x3", 16, same(32, 3, 3, 64)),
        ("16x28x28 1-6 5x5", 16, inside(28, 5, 1, 6)),
        ("16x12x12 6-16 5x5", 16, inside(12, 5, 6, 16)),
        ("8x64x64 3-64 11x11/4", 8, Geometry { output: [15; 2], stride: [4; 2], ..same(64, 11, 3, 64) }),
        ("16x16x16 64 depthwise 3x3", 16, Geometry { groups: 64, ..same(16, 3, 64, 64) }),
        ("64 2048-512", 64, Geometry::linear(2048, 512)),
    ]
}

/// The operands of a shape.
struct Operands {
    rows: u64,
    geometry: Geometry,
    layout: Weights,
    input: Slice,
    back: Slice,
    weights: [Slice; 2],
    results: [Slice; 2],
    biases: [Slice; 2],
    values: [Slice; 2],
    gradients: [Slice; 2],
    sums: [Slice; 2],
}

impl Operands {
    fn new(device: &Device, rows: u64, geometry: Geometry) -> Result<Self, GpuError> {
        let layout = Weights::new(&geometry, Order::outputs_first(&geometry));
        let filled = |what: &str, numbers: u64| -> Result<Slice, GpuError> {
            let slice = device.zeros(what, numbers)?.all();
            let value = |at: u64| (at.wrapping_mul(2_654_435_761) % 1000) as f32 / 1000.0;
            device.write(&slice, &(0..numbers).map(value).collect::<Vec<_>>())?;
            Ok(slice)
        };
        let two = |what: &str, numbers: u64| Ok::<_, GpuError>([filled(what, numbers)?, filled(what, numbers)?]);
        let (from, to) = (rows * geometry.input_numbers(), rows * geometry.output_numbers());
        let channels = u64::from(width(geometry.outputs));
        let positions = geometry.output_area() as u32;
        let parts = WeightGradient::parts(&geometry, rows);
        let sums = BiasGradient::parts(geometry.outputs, positions, rows);
        Ok(Self {
            rows,
            geometry,
            layout,
            input: filled("input", from)?,
            back: filled("gradient of the input", from)?,
            weights: two("weights", layout.len())?,
            results: two("gradient of weights", (parts * layout.len()).max(1))?,
            biases: two("bias", channels)?,
            values: two("values", to)?,
            gradients: two("gradient", to)?,
            sums: two("sums", sums * channels)?,
        })
    }

    /// Every kernel of a stage with local reparameterisation, and what it costs.
    fn kernels(&self, device: &Device) -> Result<Vec<(&'static str, Recording, Cost)>, GpuError> {
        let Self { rows, ref geometry, ref input, ref weights, ref biases, ref values, ref gradients, .. } = *self;
        let (channels, positions) = (geometry.outputs, geometry.output_area() as u32);
        let noise = Noise { key: [1, 2], sample: 0, examples: rows };
        let [bias, bias_variances] = biases.each_ref().map(Some);
        let [results, deviations] = values;
        let [gradient, second] = gradients;
        let point = Forward {
            geometry,
            rows,
            input,
            weights: &weights[0],
            bias,
            randomness: Randomness::None,
            values: results,
            relu: true,
        };
        let local = |noise| Randomness::Local { variances: &weights[1], bias_variances, deviations, noise };
        let moments = Forward { randomness: local(None), relu: false, ..point };
        let drawn = Forward { randomness: local(Some(noise)), ..point };
        let retrace = Retrace {
            channels,
            positions,
            rows,
            gradient: results,
            relu: None,
            random: Randomly::Local { deviations, noise, second },
            first: gradient,
        };
        let weight = WeightGradient {
            geometry,
            rows,
            input,
            gradient,
            second: Some(SecondWeights { input: None, gradient: second, result: &self.results[1] }),
            result: &self.results[0],
            add: false,
        };
        let back = InputGradient {
            geometry,
            rows,
            gradient,
            weights: &weights[0],
            second: SecondGradient::Local { gradient: second, variances: &weights[1], input },
            result: &self.back,
            add: false,
        };
        let sums = BiasGradient {
            channels,
            positions,
            rows,
            first: [gradient, &self.sums[0]],
            second: Some([second, &self.sums[1]]),
            add: false,
        };
        let draw = DrawWeights {
            weights: &self.layout,
            key: [1, 2],
            sample: 0,
            means: Some(&weights[0]),
            rhos: &weights[1],
            result: &self.results[0].part(0, self.layout.len())?,
            noise: &self.results[1].part(0, self.layout.len())?,
        };
        let record = |record: &dyn Fn(&mut Recording) -> Result<(), GpuError>| {
            let mut recording = Recording::new(device);
            record(&mut recording).map(|()| recording)
        };
        Ok(vec![
            ("forward, point", record(&|to| point.record(to))?, point.cost()),
            ("forward, moments", record(&|to| moments.record(to))?, moments.cost()),
            ("forward, drawn", record(&|to| drawn.record(to))?, drawn.cost()),
            ("retrace", record(&|to| retrace.record(to))?, retrace.cost()),
            ("weight gradient", record(&|to| weight.record(to))?, weight.cost()),
            ("input gradient", record(&|to| back.record(to))?, back.cost()),
            ("bias gradient", record(&|to| sums.record(to))?, sums.cost()),
            ("draw weights", record(&|to| draw.record(to))?, draw.cost()),
        ])
    }
}

/// The shortest of several runs, in seconds.
fn measure(device: &Device, recording: &Recording) -> Result<f64, GpuError> {
    // The first compiles.
    device.run(&[recording], &Varying::default(), &[])?;
    let (begin, mut best) = (Instant::now(), f64::INFINITY);
    while begin.elapsed() < LONGEST {
        let start = Instant::now();
        device.run(&[recording], &Varying::default(), &[])?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}

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
    for (name, rows, geometry) in shapes().into_iter().filter(|(name, ..)| name.contains(&wanted)) {
        for (kernel, recording, cost) in Operands::new(&device, rows, geometry)?.kernels(&device)? {
            let seconds = measure(&device, &recording)?;
            let least = |card: &Card| (cost.flops / card.flops).max(cost.bytes / card.bytes) * 1e6;
            let cards: Vec<String> = CARDS.iter().map(|card| format!("{:>13.2}", least(card))).collect();
            println!(
                "{name:<26} {kernel:<17} {:>9.2} {:>8.2} {:>7.1} {:>9.3} {:>9.2} {}",
                cost.flops / 1e6,
                cost.bytes / 1e6,
                cost.flops / cost.bytes,
                seconds * 1e3,
                cost.flops / seconds / 1e9,
                cards.join(" ")
            );
        }
    }
    Ok(())
}
