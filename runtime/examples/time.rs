//! Times of steps and draws as forecast and as measured, side by side:
//! `cargo run --release -p elbo-runtime --example time -- specs/lenet5.elbo#lenet5_mnist_bayes …`.
//!
//! The machine is calibrated first. Of each run a step and a draw of a whole batch are then timed on made-up images:
//! the fastest of three, after one that does not count, and the calibration is measured beside it again, so that a
//! machine that is busy with something else shows.

use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;
use elbo_runtime::backend::candle::{CandleBackend, DeviceChoice};
use elbo_runtime::backend::{Backend, Batch, DrawContext, StepContext};
use elbo_runtime::forecast::{Counts, calibrate, forecast};
use elbo_runtime::train::PREDICTION_BATCH;
use std::error::Error;
use std::time::Instant;

const REPEATS: u64 = 3;

fn fastest(mut act: impl FnMut(u64) -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    act(0)?;
    let mut best = f64::INFINITY;
    for number in 1..=REPEATS {
        let timer = Instant::now();
        act(number)?;
        best = best.min(timer.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn main() -> Result<(), Box<dyn Error>> {
    let threads = elbo_runtime::threads::use_threads(None);
    let device = DeviceChoice::Cpu;
    println!(
        "{:<28} {:>10} {:>10} {:>8}   {:>10} {:>10} {:>8}   {:>8}",
        "run", "step", "measured", "off", "draw", "measured", "off", "load"
    );
    for target in std::env::args().skip(1) {
        let (file, name) = target.split_once('#').ok_or("write FILE#RUN")?;
        let sources = MemorySources::single(file, &std::fs::read_to_string(file)?);
        let compiled = compile(file, &sources, Some(name), &[]).runs.into_iter().find(|run| run.name == name);
        let run = compiled.ok_or("there is no such run")?.run;
        let timer = Instant::now();
        let calibration = calibrate(device, threads)?;
        let calibrating = timer.elapsed().as_secs_f64();
        let counts = Counts::published(&run.data).ok_or("the published set has too few examples")?;
        let cost = forecast(&run, counts, Some(&calibration));
        let mut backend = CandleBackend::new(&run, device.open()?)?;
        let batch = |count: usize| Batch {
            shape: run.network.input,
            images: (0..count * run.network.input.elements()).map(|place| (place % 251) as f32 / 251.0).collect(),
            labels: (0..count as u32).map(|label| label % 10).collect(),
        };
        let (trained, scored) = (batch(run.training.batch), batch(PREDICTION_BATCH as usize));
        let step = fastest(|step| {
            let context = StepContext { step, learning_rate: 1e-5, kl_weight: 1e-7, samples: run.training.samples };
            Ok(backend.train_step(&trained, &context).map(|_| ())?)
        })?;
        let draw = fastest(|sample| {
            let context = DrawContext { sample: sample as u32, first_example: 0, pass: 0 };
            Ok(backend.predict(&scored, &context).map(|_| ())?)
        })?;
        let [expected_step, expected_draw] = [cost.step, cost.draw].map(|work| calibration.seconds(work));
        let off = |expected: f64, measured: f64| 100.0 * (expected / measured - 1.0);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        println!(
            "{name:<28} {expected_step:>9.3}s {step:>9.3}s {:>+7.0}%   {expected_draw:>9.3}s {draw:>9.3}s {:>+7.0}%   {:>8}  calibrated in {calibrating:.1} s, ± {:.0} %",
            off(expected_step, step),
            off(expected_draw, draw),
            load.split(' ').next().unwrap_or_default(),
            100.0 * calibration.uncertainty,
        );
    }
    Ok(())
}
