//! What a batch is going to do: each run once, with its identity and what it will cost.

use crate::compiled::{BatchRun, RunName};
use elbo_compiler::ir::{Run, digest};
use elbo_runtime::backend::graphics::adapter_of;
use elbo_runtime::backend::{BackendChoice, BackendError, DeviceChoice};
use elbo_runtime::execute::{ComputedBy, DataSets, ExecuteError};
use elbo_runtime::forecast::{Calibration, Counts, Forecast, TimeForecast, forecast};
use elbo_runtime::store::RunKeys;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// What computes the runs of a batch, and where its data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where {
    /// The backend.
    pub backend: BackendChoice,
    /// The device.
    pub device: DeviceChoice,
    /// The table of kernels, fixed for the whole batch.
    pub kernel_table: String,
    /// Whether the device has memory of its own, which is none of the processor's.
    pub has_own_memory: bool,
    /// Where data is looked for, in order of precedence.
    pub data_roots: Vec<PathBuf>,
}

impl Where {
    /// The kernels that are asked for, if the native backend computes, else those this machine would compute with.
    ///
    /// # Errors
    /// As [`BackendChoice::kernel_table`].
    pub fn new(
        (backend, device): (BackendChoice, DeviceChoice),
        kernels: Option<&str>,
        data_roots: Vec<PathBuf>,
    ) -> Result<Self, BackendError> {
        device.check_support()?;
        let asked = kernels.filter(|_| backend == BackendChoice::Native && device == DeviceChoice::Cpu);
        let kernel_table = asked.map_or_else(|| backend.kernel_table(device), |kernels| Ok(kernels.to_owned()))?;
        let has_own_memory = match device {
            DeviceChoice::Cpu => false,
            DeviceChoice::Gpu(_) => adapter_of(device)?.is_some_and(|adapter| !adapter.shares_memory()),
            DeviceChoice::Cuda(_) | DeviceChoice::Metal => false,
        };
        Ok(Self { backend, device, kernel_table, has_own_memory, data_roots })
    }
}

/// A run that is going to be done, once, whatever the number of its names.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// What makes it this run.
    pub keys: RunKeys,
    /// What it is called; the first comes first in the manifest.
    pub names: Vec<RunName>,
    /// What it means.
    pub run: Run,
    /// The folder that files it names are relative to.
    pub folder: PathBuf,
    /// Its spec's text.
    pub spec: Arc<str>,
    /// What it will cost.
    pub forecast: Forecast,
}

/// What a batch is going to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its runs, in the order of the manifest.
    pub runs: Vec<PlannedRun>,
    /// What computes them, and where their data is.
    pub place: Where,
}

impl PlannedRun {
    /// Multiply-accumulates of its training as executed.
    pub fn work(&self) -> f64 {
        self.forecast.step.multiply_accumulates * self.forecast.steps as f64
    }
}

impl Plan {
    /// Forecasts times by a calibration of the machine.
    pub fn forecast_times(&mut self, calibration: &Calibration) {
        for run in &mut self.runs {
            run.forecast.time = Some(TimeForecast::new(&run.forecast, calibration));
        }
    }

    /// What a run takes of the processor's memory at most, in bytes.
    pub fn processor_memory(&self, run: &PlannedRun) -> u64 {
        let memory = &run.forecast.memory;
        if self.place.has_own_memory { memory.peak.saturating_sub(memory.on_device) } else { memory.peak }
    }

    /// How many names there are beyond the first of each run.
    pub fn duplicates(&self) -> usize {
        self.runs.iter().map(|run| run.names.len() - 1).sum()
    }
}

/// Runs that cannot be begun, and why: data or files that are missing.
#[derive(Debug)]
pub struct PlanError {
    /// What is wrong.
    pub error: ExecuteError,
    /// The runs it concerns.
    pub runs: Vec<RunName>,
}

/// Finds out what each run is and will cost: opens its data, but trains nothing. Runs that cannot be begun are left out
/// of the plan and reported beside it.
pub fn plan(runs: Vec<BatchRun>, place: Where, calibration: Option<&Calibration>) -> (Plan, Vec<PlanError>) {
    let mut data = DataSets::new(&place.data_roots);
    let by = ComputedBy { backend: place.backend, device: place.device, kernel_table: &place.kernel_table };
    let mut errors: Vec<PlanError> = Vec::new();
    let mut identified: Vec<(BatchRun, RunKeys, Counts)> = Vec::new();
    for run in runs {
        match data.identify((&run.run, &run.name.data), &run.folder, by) {
            Ok(found) => identified.push((run, found.keys, found.counts)),
            Err(error) => note(&mut errors, error, run.name),
        }
    }
    let forecasts = forecasts(&identified, place.backend, calibration);
    let mut planned: Vec<PlannedRun> = Vec::new();
    let mut known: BTreeMap<RunKeys, usize> = BTreeMap::new();
    for ((run, keys, _), forecast) in identified.into_iter().zip(forecasts) {
        match (known.get(&keys), forecast) {
            (Some(&place), _) => planned[place].names.push(run.name),
            (None, Ok(forecast)) => {
                known.insert(keys.clone(), planned.len());
                let BatchRun { name, run, folder, spec, .. } = run;
                planned.push(PlannedRun { keys, names: vec![name], run, folder, spec, forecast });
            }
            (None, Err(problem)) => note(&mut errors, problem.into(), run.name),
        }
    }
    (Plan { runs: planned, place }, errors)
}

/// Adds a problem, or one more run to one that is known.
fn note(errors: &mut Vec<PlanError>, error: ExecuteError, run: RunName) {
    let text = error.to_string();
    match errors.iter_mut().find(|known| known.error.to_string() == text) {
        Some(known) => known.runs.push(run),
        None => errors.push(PlanError { error, runs: vec![run] }),
    }
}

/// What each run will cost. Runs that differ by their seeds cost the same, so that is worked out once.
fn forecasts(
    runs: &[(BatchRun, RunKeys, Counts)],
    backend: BackendChoice,
    calibration: Option<&Calibration>,
) -> Vec<Result<Forecast, BackendError>> {
    let keys: Vec<String> = runs.par_iter().map(|(run, _, counts)| cost_key(&run.run, *counts)).collect();
    let mut first: HashMap<&str, usize> = HashMap::new();
    let firsts: Vec<usize> =
        keys.iter().enumerate().map(|(index, key)| *first.entry(key.as_str()).or_insert(index)).collect();
    let one = |index: usize| {
        let (run, _, counts) = &runs[index];
        forecast(&run.run, backend, *counts, calibration)
    };
    let distinct: Vec<usize> =
        firsts.iter().enumerate().filter(|(index, first)| index == *first).map(|(i, _)| i).collect();
    let worked_out: HashMap<usize, Forecast> =
        distinct.into_par_iter().filter_map(|index| Some((index, one(index).ok()?))).collect();
    // A run that cannot be planned is tried again, for its error.
    firsts.iter().map(|first| worked_out.get(first).map_or_else(|| one(*first), |found| Ok(*found))).collect()
}

fn cost_key(run: &Run, counts: Counts) -> String {
    let mut alike = run.clone();
    alike.training.seed = 0;
    format!("{} {counts:?}", digest(&alike))
}
