//! Times training steps, or predictions of so many samples, of a run on random images on the native backend:
//! `elbo ir specs/alexnet.elbo#alexnet_cifar10_bayes --format json > ir.json`, then
//! `cargo run --release -p elbo-runtime --example step_speed -- ir.json 256 15 [25]`.

use elbo_compiler::ir;
use elbo_runtime::backend::native::NativeBackend;
use elbo_runtime::backend::{Backend, Batch, DrawsContext, StepContext, Targets};
use elbo_runtime::random::{Key, Purpose};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let name = &arguments[1];
    let examples: usize = arguments[2].parse().expect("examples");
    let steps: usize = arguments[3].parse().expect("steps");
    let samples: Option<u32> = arguments.get(4).map(|samples| samples.parse().expect("samples"));
    let text = std::fs::read_to_string(name).expect("a file");
    let run = ir::from_json(&text).expect("an IR");
    let mut backend = NativeBackend::new(&run).expect("a backend");
    let shape = run.network.input;
    let mut images = vec![0.0; examples * shape.elements()];
    Key::new(1).stream(Purpose::Order, "images").fill_normal(0, 0, 0, &mut images);
    let batch = Batch {
        shape,
        inputs: images,
        targets: Targets::Classes((0..examples as u32).map(|label| label % 10).collect()),
    };
    let mut times = Vec::new();
    for step in 0..steps + 2 {
        let start = Instant::now();
        if let Some(samples) = samples {
            let draws = DrawsContext { first_sample: 0, samples, first_example: 0, pass: step as u32 };
            backend.predict_draws(&batch, &draws).expect("draws");
        } else {
            let context = StepContext { step: step as u64, learning_rate: 1e-3, kl_weight: 1e-7, samples: 1 };
            backend.train_step(&batch, &context).expect("a step");
        }
        if step >= 2 {
            times.push(start.elapsed().as_secs_f64());
        }
    }
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    let passes = examples as f64 * f64::from(samples.unwrap_or(1));
    println!(
        "{name} {examples}: {:.1} ms, {:.0} a second (best {:.0})",
        median * 1e3,
        passes / median,
        passes / times[0]
    );
}
