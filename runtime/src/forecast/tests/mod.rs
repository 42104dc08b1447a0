//! The arithmetic of forecasts, and the calibration's file.

mod cache;
mod cost;
mod measured;
mod words;

use super::{Calibration, Counts, Forecast, MachineKey, Work, forecast};
use crate::backend::{BackendChoice, DeviceChoice};
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;

/// A run of a network with `depth` convolutions of `width` channels.
fn run(depth: usize, width: usize, mark: &str, settings: &str) -> Run {
    let layers: String =
        (0..depth).map(|number| format!("c{number}: conv2d({width}, kernel=3, pad=1)\n  softplus\n")).collect();
    let text = format!(
        "model net {{\n  input image[1, 8, 8]\n  default {mark}\n  {layers}  flatten\n  head: linear(10)\n  output categorical\n}}\n\
         dataset set {{\n  source = digits()\n  split = fraction(train=0.9, validation=0.1)\n}}\n\
         train regime {{\n  objective = elbo(kl=exact)\n  optimizer = adam(lr=1e-3)\n  epochs = 10\n  {settings}\n}}\n\
         report scores {{\n  metrics = [accuracy]\n  samples = 20\n}}\n\
         run trial {{\n  model = net\n  data = set\n  train = regime\n  report = scores\n}}\n"
    );
    let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", &text), None, &[]);
    let Some(found) = compilation.runs.into_iter().next() else {
        panic!("{:?}", compilation.diagnostics);
    };
    found.run
}

/// A calibration by which a multiply-accumulate takes a nanosecond, and nothing else takes time.
fn nanoseconds() -> Calibration {
    let mut coefficients = [0.0; Work::KINDS];
    coefficients[0] = 1e-9;
    Calibration::new(coefficients, 0.25, key())
}

/// The machine that [`nanoseconds`] is of.
fn key() -> MachineKey {
    MachineKey::new(BackendChoice::Candle, DeviceChoice::Cpu, 2).expect("candle always has kernels")
}

/// The forecast for candle, whose memory this program works out by itself.
fn candle(run: &Run, counts: Counts, calibration: Option<&Calibration>) -> Forecast {
    forecast(run, BackendChoice::Candle, counts, calibration).expect("nothing of it can fail")
}
