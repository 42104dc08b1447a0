//! Times of steps and draws as forecast and as measured, side by side:
//! `cargo run --release -p elbo-runtime --example time -- specs/lenet5.elbo#lenet5_mnist_bayes …`.
//!
//! Before each run the machine is calibrated; then a step and a draw of a whole batch are timed on made-up images: the
//! fastest of three, after one that does not count. `--native` or `--candle` names another backend than the processor's
//! own. With `--processor` all of it is measured in seconds that the
//! processor worked, over all threads (Linux), which other programs on the machine disturb less.

use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;
use elbo_runtime::backend::{BackendChoice, Batch, DeviceChoice, DrawsContext, Parameters, StepContext, Targets, open};
use elbo_runtime::forecast::{Counts, calibrate_by, forecast};
use elbo_runtime::train::PREDICTION_BATCH;
use std::error::Error;
use std::time::Instant;

const REPEATS: u64 = 3;

/// Draws that are timed at once, as scoring takes them.
const DRAWS: u32 = 4;

/// Seconds that the processor worked for this process, over all threads.
fn processor_seconds() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() * 1e-9
}

fn fastest(
    clock: &dyn Fn() -> f64,
    mut act: impl FnMut(u64) -> Result<(), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    act(0)?;
    let mut best = f64::INFINITY;
    for number in 1..=REPEATS {
        let begun = clock();
        act(number)?;
        best = best.min(clock() - begun);
    }
    Ok(best)
}

fn main() -> Result<(), Box<dyn Error>> {
    let threads = elbo_runtime::threads::use_threads(None)?;
    let device = DeviceChoice::Cpu;
    println!(
        "{:<28} {:>10} {:>10} {:>8}   {:>10} {:>10} {:>8}   {:>8}",
        "run", "step", "measured", "off", "draw", "measured", "off", "load"
    );
    let started = Instant::now();
    let wall = || started.elapsed().as_secs_f64();
    let (options, targets): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let (processor, backends): (Vec<&str>, Vec<&str>) =
        options.iter().map(|option| &option[2..]).partition(|option| *option == "processor");
    let clock: &dyn Fn() -> f64 = if processor.is_empty() { &wall } else { &processor_seconds };
    let named = backends.first().map(|name| name.parse()).transpose()?;
    let choice = named.unwrap_or(BackendChoice::of_device(device));
    for target in targets {
        let (file, name) = target.split_once('#').ok_or("write FILE#RUN")?;
        let sources = MemorySources::single(file, &std::fs::read_to_string(file)?);
        let compiled = compile(file, &sources, Some(name), &[]).runs.into_iter().find(|run| run.name == name);
        let run = compiled.ok_or("there is no such run")?.run;
        let timer = Instant::now();
        let calibration = calibrate_by(choice, device, threads, clock)?;
        let calibrating = timer.elapsed().as_secs_f64();
        let counts = Counts::published(&run.data).ok_or("the published set has too few examples")?;
        let cost = forecast(&run, choice, counts, Some(&calibration))?;
        let mut backend = open(choice, device, &run, &Parameters::new())?;
        let batch = |count: usize| Batch {
            shape: run.network.input,
            inputs: (0..count * run.network.input.elements()).map(|place| (place % 251) as f32 / 251.0).collect(),
            targets: Targets::Classes((0..count as u32).map(|label| label % 10).collect()),
        };
        let (trained, scored) = (batch(run.training.batch), batch(PREDICTION_BATCH as usize));
        let step = fastest(clock, |step| {
            let context = StepContext { step, learning_rate: 1e-5, kl_weight: 1e-7, samples: run.training.samples };
            Ok(backend.train_step(&trained, &context).map(|_| ())?)
        })?;
        let draws = fastest(clock, |number| {
            let first_sample = number as u32 * DRAWS;
            let context = DrawsContext { first_sample, samples: DRAWS, first_example: 0, pass: 0 };
            Ok(backend.predict_draws(&scored, &context).map(|_| ())?)
        })?;
        let draw = draws / f64::from(DRAWS);
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
