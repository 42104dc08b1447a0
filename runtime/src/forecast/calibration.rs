//! What a unit of work takes on this machine, measured once and kept.

use super::fit::{nonnegative, relative_error};
use super::{Counts, Work, work};
use crate::backend::{
    BackendChoice, BackendError, Batch, DeviceChoice, DrawsContext, Parameters, StepContext, Targets, open,
};
use crate::machine::processor;
use crate::store::write_atomically;
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The version of the file's form, and of what is measured.
const VERSION: u32 = 2;

/// No fit is trusted to more than this: networks differ from those it was made on.
const LEAST_UNCERTAINTY: f64 = 0.3;

/// Each step is taken at least twice, and again until this is over; the fastest counts.
const PATIENCE: Duration = Duration::from_millis(120);

/// Draws that are timed at once, as scoring takes them.
const DRAWS: u32 = 4;

/// What a calibration holds for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineKey {
    /// Of this program.
    pub elbo_version: String,
    /// Which backend.
    pub backend: String,
    /// `cpu`, `gpu`, `cuda` or `metal`.
    pub device_kind: String,
    /// What computes on it.
    pub kernel_table: String,
    /// The processor's name.
    pub processor: String,
    /// Threads that compute.
    pub threads: usize,
    /// Whether the program was compiled with checks of its arithmetic.
    pub checked: bool,
}

impl MachineKey {
    /// Of this machine with so many threads.
    ///
    /// # Errors
    /// As [`BackendChoice::kernel_table`].
    pub fn new(backend: BackendChoice, device: DeviceChoice, threads: usize) -> Result<Self, BackendError> {
        Ok(Self {
            elbo_version: env!("CARGO_PKG_VERSION").to_owned(),
            backend: backend.to_string(),
            device_kind: device.kind().to_owned(),
            kernel_table: backend.kernel_table(device)?,
            processor: processor(),
            threads,
            checked: cfg!(debug_assertions),
        })
    }

    /// The name of its file.
    fn file(&self) -> String {
        let build = if self.checked { "-checked" } else { "" };
        format!("calibration-{}-{}-{}{build}.toml", self.backend, self.device_kind, self.threads)
    }
}

/// Seconds for a unit of each kind of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    version: u32,
    /// In the order of [`Work::amounts`].
    coefficients: [f64; Work::KINDS],
    /// The share of a time by which a forecast may be off.
    pub uncertainty: f64,
    key: MachineKey,
}

/// What stops a calibration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// The device or a network.
    #[error("this machine cannot be calibrated: {0}")]
    Backend(#[from] BackendError),
}

impl Calibration {
    /// One that is known.
    pub fn new(coefficients: [f64; Work::KINDS], uncertainty: f64, key: MachineKey) -> Self {
        Self { version: VERSION, coefficients, uncertainty, key }
    }

    /// Seconds that some work takes.
    pub fn seconds(&self, work: Work) -> f64 {
        work.amounts().iter().zip(&self.coefficients).map(|(amount, seconds)| amount * seconds).sum()
    }

    /// Seconds for a unit of each kind of work, in the order of [`Work::amounts`].
    pub fn coefficients(&self) -> [f64; Work::KINDS] {
        self.coefficients
    }

    fn is_usable(&self, key: &MachineKey) -> bool {
        let numbers = self.coefficients.iter().chain([&self.uncertainty]);
        self.version == VERSION
            && self.key == *key
            && numbers.clone().all(|number| number.is_finite() && *number >= 0.0)
    }
}

/// The calibration kept in `folder` for this machine, or why there is none.
///
/// # Errors
/// A sentence that says why it cannot be used; a missing file is one, too.
pub fn calibration(folder: &Path, key: &MachineKey) -> Result<Calibration, String> {
    let path = path(folder, key);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let found: Calibration = toml::from_str(&text).map_err(|_| format!("`{}` is not a calibration", path.display()))?;
    if found.is_usable(key) { Ok(found) } else { Err(format!("`{}` is of another machine or version", path.display())) }
}

fn path(folder: &Path, key: &MachineKey) -> PathBuf {
    folder.join(key.file())
}

/// Keeps a calibration in `folder`, whole or not at all, and says where.
///
/// # Errors
/// A sentence that says why it could not be kept; the calibration holds nevertheless.
pub fn keep(folder: &Path, calibration: &Calibration) -> Result<PathBuf, String> {
    let path = path(folder, &calibration.key);
    let text = toml::to_string(calibration).map_err(|error| error.to_string())?;
    std::fs::create_dir_all(folder).map_err(|error| format!("`{}`: {error}", folder.display()))?;
    write_atomically(&path, text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(path)
}

/// Times steps and draws of small networks, and fits what a unit of each kind of work takes. A few seconds.
///
/// # Errors
/// [`CalibrationError`] if the device is not there or a network cannot be computed.
pub fn calibrate(
    backend: BackendChoice,
    device: DeviceChoice,
    threads: usize,
) -> Result<Calibration, CalibrationError> {
    let started = Instant::now();
    calibrate_by(backend, device, threads, &|| started.elapsed().as_secs_f64())
}

/// The same by another clock, which gives seconds: one that counts what the processor worked, for example, makes
/// sense on a busy machine, too.
///
/// # Errors
/// [`CalibrationError`] if the device is not there or a network cannot be computed.
pub fn calibrate_by(
    backend: BackendChoice,
    device: DeviceChoice,
    threads: usize,
    clock: &dyn Fn() -> f64,
) -> Result<Calibration, CalibrationError> {
    let key = MachineKey::new(backend, device, threads)?;
    let mut rows = Vec::new();
    for run in networks() {
        let (step, draw) = timed(&run, (backend, device), clock)?;
        let counts = Counts { source: 0, training: run.training.batch, validation: 0, test: run.training.batch };
        let (step_work, draw_work) = work(&run, counts)?;
        for (work, seconds) in [(step_work, step), (draw_work, draw)] {
            rows.push(work.amounts().map(|amount| amount / seconds.max(1e-9)));
        }
    }
    let coefficients = nonnegative(&rows);
    let uncertainty = (2.0 * relative_error(&rows, &coefficients)).max(LEAST_UNCERTAINTY);
    Ok(Calibration::new(coefficients, uncertainty, key))
}

/// The networks that are timed, with the batches their names end in.
fn networks() -> Vec<Run> {
    let name = "calibration.elbo";
    let sources = MemorySources::single(name, include_str!("calibration.elbo"));
    let sized = |compiled: elbo_compiler::CompiledRun| {
        let batch = compiled.name.rsplit('_').next().and_then(|batch| batch.parse().ok());
        let mut run = compiled.run;
        run.training.batch = batch.unwrap_or(run.training.batch);
        run
    };
    compile(name, &sources, None, &[]).runs.into_iter().map(sized).collect()
}

/// Seconds of the fastest step and the fastest draw.
fn timed(
    run: &Run,
    (backend, device): (BackendChoice, DeviceChoice),
    clock: &dyn Fn() -> f64,
) -> Result<(f64, f64), BackendError> {
    let mut backend = open(backend, device, run, &Parameters::new())?;
    let count = run.training.batch;
    let images = (0..count * run.network.input.elements()).map(|place| (place % 251) as f32 / 251.0).collect();
    let targets = Targets::Classes((0..count as u32).map(|label| label % 10).collect());
    let batch = Batch { shape: run.network.input, inputs: images, targets };
    let mut number = 0;
    let step = fastest(clock, || {
        let context = StepContext { step: number, learning_rate: 1e-4, kl_weight: 1e-3, samples: 1 };
        number += 1;
        backend.train_step(&batch, &context).map(|_| ())
    })?;
    let mut first_sample = 0;
    let draws = fastest(clock, || {
        first_sample += DRAWS;
        let context = DrawsContext { first_sample, samples: DRAWS, first_example: 0, pass: 0 };
        backend.predict_draws(&batch, &context).map(|_| ())
    })?;
    Ok((step, draws / f64::from(DRAWS)))
}

fn fastest(clock: &dyn Fn() -> f64, mut act: impl FnMut() -> Result<(), BackendError>) -> Result<f64, BackendError> {
    act()?;
    let started = Instant::now();
    let mut best = f64::INFINITY;
    for taken in 0.. {
        if taken >= 2 && started.elapsed() > PATIENCE {
            break;
        }
        let begun = clock();
        act()?;
        best = best.min(clock() - begun);
    }
    Ok(best)
}
