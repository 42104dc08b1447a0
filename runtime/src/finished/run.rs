//! A finished run, brought back from the directory of its result.

use super::stored::training_of;
use crate::backend::{BackendChoice, DeviceChoice, NamedTensor, Parameters, open, starting_tensors};
use crate::data::Pipeline;
use crate::execute::{ExecuteError, IR, read_report};
use crate::inference::{Posterior, family};
use crate::report::{REPORT, Report};
use crate::store::{EvaluationRecord, RunRecord, StoreError, WEIGHTS, open_evaluation, open_training, read_weights};
use crate::uncertainty::{PREDICTIONS, PredictedInput, read_predictions};
use elbo_compiler::ir::{self, Run};
use std::path::{Path, PathBuf};

/// What computes with a finished run, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Computing {
    /// The backend.
    pub backend: BackendChoice,
    /// The device.
    pub device: DeviceChoice,
}

/// A finished run whose files are as they were published.
#[derive(Debug, Clone)]
pub struct FinishedRun {
    /// The directory of its evaluation.
    pub directory: PathBuf,
    /// The directory of its training.
    pub training: PathBuf,
    /// How its weights came about.
    pub record: RunRecord,
    /// How its report came about.
    pub evaluation: EvaluationRecord,
    /// What it means.
    pub run: Run,
    /// What it came to.
    pub report: Report,
}

impl FinishedRun {
    /// The files and folders that its data came from, by every path that may still lead to them: as they are named, from
    /// the folder of its spec, and from `roots`, where else data are looked for. None of a published or generated set.
    pub fn data_files(&self, roots: &[PathBuf]) -> Vec<PathBuf> {
        let named = self.run.data.own_files();
        let folders = [self.evaluation.folder.clone().unwrap_or_default(), PathBuf::new()];
        folders.iter().chain(roots).flat_map(|folder| named.iter().map(move |file| folder.join(file))).collect()
    }

    /// Reads a result.
    ///
    /// # Errors
    /// [`ExecuteError::Store`] and [`ExecuteError::Report`] if a file is missing, altered or of another version.
    pub fn open(directory: &Path) -> Result<Self, ExecuteError> {
        let evaluation = open_evaluation(directory)?;
        let report = read_report(directory)?;
        if report.run.identity != evaluation.identity {
            let path = directory.join(REPORT);
            let problem = format!("it is the report of the evaluation {}", report.run.identity);
            return Err(StoreError::Content { path, problem }.into());
        }
        let training = training_of(directory);
        let record = open_training(&training)?;
        let path = training.join(IR);
        let damaged = |problem: String| StoreError::Content { path: path.clone(), problem };
        let text = read(&path)?;
        let mut run = ir::from_json(&text).map_err(|error| match error {
            ir::ExchangeError::Version { .. } => {
                ExecuteError::OtherVersion { path: path.clone(), problem: error.to_string() }
            }
            ir::ExchangeError::Form(_) => damaged(error.to_string()).into(),
        })?;
        if ir::training_digest(&run) != record.ir_digest {
            return Err(damaged("its digest is not the one in `run.toml`".to_owned()).into());
        }
        if evaluation.training != record.identity {
            return Err(damaged(format!("the evaluation is one of the training {}", evaluation.training)).into());
        }
        // The training keeps the report that it was first scored for.
        run.report.clone_from(&evaluation.report);
        Ok(Self { directory: directory.to_owned(), training, record, evaluation, run, report })
    }

    /// What was predicted of each test input; nothing of a run whose targets are real numbers.
    ///
    /// # Errors
    /// [`ExecuteError::Store`] if the file is not what it should be.
    pub fn predictions(&self) -> Result<Vec<PredictedInput>, ExecuteError> {
        if self.report.scores.classes().is_none() {
            return Ok(Vec::new());
        }
        let path = self.directory.join(PREDICTIONS);
        let text = read(&path)?;
        Ok(read_predictions(&text).map_err(|problem| StoreError::Content { path, problem })?)
    }

    /// What computes on the processor, where nobody chooses: what the run was computed by, if that does.
    ///
    /// # Errors
    /// [`ExecuteError::Backend`] if the record names a backend that this program has not.
    pub fn backend(&self) -> Result<BackendChoice, ExecuteError> {
        let recorded: BackendChoice = self.record.backend.parse()?;
        Ok(match recorded {
            BackendChoice::Native | BackendChoice::Candle => recorded,
            BackendChoice::Gpu => BackendChoice::of_device(DeviceChoice::Cpu),
        })
    }

    /// Whether `computing` adds in the same order as the run did, so that the same draws give the same bits.
    pub fn computes_alike(&self, computing: Computing) -> bool {
        let table = computing.backend.kernel_table(computing.device);
        computing.backend.name() == self.record.backend && table.is_ok_and(|table| table == self.record.kernel_table)
    }

    /// The posterior that was fitted.
    ///
    /// # Errors
    /// [`ExecuteError::Backend`] if it cannot compute there, [`ExecuteError::Store`] if its weights are not what they
    /// should be.
    pub fn posterior(&self, computing: Computing) -> Result<Box<dyn Posterior>, ExecuteError> {
        self.posterior_reported(computing, &self.run.report)
    }

    /// The same, which draws as another report asks for.
    ///
    /// # Errors
    /// As of [`FinishedRun::posterior`].
    pub fn posterior_reported(
        &self,
        computing: Computing,
        report: &ir::Report,
    ) -> Result<Box<dyn Posterior>, ExecuteError> {
        let run = Run { report: report.clone(), ..self.run.clone() };
        // Whatever a layer started from, it is replaced by what it became.
        let placeholders: Parameters = (self.run.network.layers.iter().flat_map(starting_tensors))
            .map(|tensor| {
                let values = vec![0.0; tensor.shape.iter().product()];
                (tensor.name, NamedTensor { shape: tensor.shape, values })
            })
            .collect();
        let (family, network) = (family(&run), open(computing.backend, computing.device, &run, &placeholders)?);
        let tensors = read_weights(&self.training.join(WEIGHTS), &family.tensors(network.parameters()?))?;
        Ok(family.posterior(&run, network, &tensors)?)
    }

    /// The channels, rows and columns of an example as the run's data set stores it.
    pub fn stored_shape(&self) -> [usize; 3] {
        let shape = self.run.data.shape;
        shape.planes().map_or([shape.elements(), 1, 1], |(channels, [rows, columns])| [channels, rows, columns])
    }

    /// The transforms of the run with the statistics of its training split.
    ///
    /// # Errors
    /// [`ExecuteError::Data`] if the report does not hold the statistics.
    pub fn pipeline(&self) -> Result<Pipeline, ExecuteError> {
        let statistics = &self.report.run.data.normalization;
        Ok(Pipeline::restore(&self.run.data.transform, (self.run.data.shape, self.stored_shape()), statistics)?)
    }
}

fn read(path: &Path) -> Result<String, StoreError> {
    std::fs::read_to_string(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })
}
