//! The files of a run: its record while it goes on, its training once that is whole, its report once that is.

use super::content::{ComputedBy, Content};
use super::keys::{ComputedAs, RunParts};
use super::stop::UnderWay;
use super::trained::{TRAINED, Trained, TrainedFile};
use super::{ExecuteError, METRICS, Request, Resumption, Stopped, StoppedAt};
use crate::backend::BackendError;
use crate::data::Dataset;
use crate::report::page::{PAGE, given_class_names};
use crate::report::{DataFacts, FitDiagnostics, NetworkFacts, REPORT, Report, RunFacts, layer_posteriors};
use crate::store::{
    Attempt, Beginning, Comparison, EVALUATION_RECORD, EvaluationRecord, Published, RUN_RECORD, ResultFile, RunKeys,
    RunRecord, RunStatus, StoreError, WEIGHTS, timestamp, weights_bytes,
};
use crate::train::Assessment;
use crate::uncertainty::PREDICTIONS;
use elbo_compiler::analysis::{cautions, count, weight_tensors};
use elbo_compiler::ir::{self, Mark, Target};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The name of the file with the spec's text.
pub(super) const SPEC: &str = "spec.elbo";
/// The name of the file with what the run means.
pub(crate) const IR: &str = "ir.json";

/// What is written down of a run.
pub(super) struct Record {
    pub keys: RunKeys,
    parts: RunParts,
    content: Content,
    record: RunRecord,
    /// What goes on where it is stopped.
    pub resumption: Resumption,
}

impl Record {
    /// The record of a run that begins now.
    pub fn new(request: &Request<'_>, content: Content) -> Result<Self, BackendError> {
        let kernel_table = request.backend.kernel_table(request.device)?;
        let by = ComputedBy { backend: request.backend, device: request.device, kernel_table: &kernel_table };
        let parts = RunParts::new((request.run, request.data), &content, ComputedAs::now(by));
        let keys = parts.keys();
        let mut record = RunRecord::begin(&parts.training, content.training_digests(), timestamp(SystemTime::now()));
        record.device = request.device.to_string();
        record.threads = request.threads;
        let resumption = Resumption::of(request.fresh, request.force);
        Ok(Self { keys, parts, content, record, resumption })
    }

    /// Writes what is known as the attempt begins; what is to be trained, if it is.
    pub fn begun(&self, attempt: &Attempt, request: &Request<'_>, trains: bool) -> Result<(), StoreError> {
        if trains {
            attempt.write(SPEC, request.spec.as_bytes())?;
            attempt.write(IR, ir::to_json(request.run).as_bytes())?;
        }
        attempt.write(RUN_RECORD, self.of_attempt(self.record.clone()).to_toml().as_bytes())
    }

    /// The attempt as it is once it has begun.
    pub fn under_way(&self, attempt: &Attempt) -> UnderWay {
        let (identity, attempt) = (self.keys.evaluation.clone(), attempt.directory().to_owned());
        let stopped = Stopped { identity, attempt, at: StoppedAt::Beginning, resumption: self.resumption };
        UnderWay { stopped, record: self.of_attempt(self.record.clone()) }
    }

    /// Writes that the attempt ended without a result: stopped, or with an error.
    pub fn ended_early(&self, attempt: &Attempt, stopped: bool) -> Result<(), StoreError> {
        let status = if stopped { RunStatus::Stopped } else { RunStatus::Failed };
        attempt.write(RUN_RECORD, self.of_attempt(self.ended(status)).to_toml().as_bytes())
    }

    fn ended(&self, status: RunStatus) -> RunRecord {
        RunRecord { status, finished: Some(timestamp(SystemTime::now())), ..self.record.clone() }
    }

    fn of_attempt(&self, record: RunRecord) -> RunRecord {
        RunRecord { evaluation: Some(self.keys.evaluation.clone()), ..record }
    }

    /// The report of a trained and scored network.
    pub fn report(
        &self,
        request: &Request<'_>,
        (stochastic, trained, fit): (bool, &Trained, FitDiagnostics),
        dataset: &Dataset,
        assessment: &Assessment,
    ) -> Report {
        let network = &request.run.network;
        let counts = count(network);
        let variational: usize = network
            .layers
            .iter()
            .filter(|layer| matches!(layer.mark, Some(Mark::Bayes { .. })))
            .flat_map(weight_tensors)
            .map(|tensor| tensor.elements())
            .sum();
        let facts = RunFacts {
            name: request.name.to_owned(),
            model: request.model.to_owned(),
            varied: request.varied.iter().cloned().collect(),
            identity: self.keys.evaluation.clone(),
            training: self.keys.training.clone(),
            elbo_version: env!("CARGO_PKG_VERSION").to_owned(),
            backend: self.parts.training.backend.clone(),
            device_kind: self.parts.training.device_kind.clone(),
            kernel_table: self.parts.training.kernel_table.clone(),
            seed: self.parts.training.seed,
            output: network.output.name().to_owned(),
            network: NetworkFacts {
                parameters: counts.parameters as u64,
                variational_parameters: variational as u64,
                multiply_accumulates: counts.multiply_accumulates as u64,
                stochastic,
            },
            data: DataFacts {
                name: request.data.to_owned(),
                source: request.run.data.source.name().to_owned(),
                sha256: self.content.files.sha256(),
                test_sha256: self.content.files.test_sha256(&request.run.data),
                classes: request.run.data.target.classes(),
                class_names: match &request.run.data.target {
                    Target::Classes { names, .. } if names.is_empty() => dataset.class_names.clone(),
                    Target::Classes { names, .. } => names.clone(),
                    Target::Values { .. } => Vec::new(),
                },
                file_notes: dataset.file_notes.clone(),
                normalization: dataset.pipeline().statistics().map(<[_]>::to_vec).collect(),
                target_scale: dataset.target_scale.clone(),
                digests: self.content.digests(),
            },
        };
        let training = (trained.summary.clone(), fit);
        let mut report = Report::new(facts, training, assessment, layer_posteriors(network, &trained.parameters));
        let ir::Run { training, data, .. } = request.run;
        let cautions = cautions(network, training, data, Some(dataset.opened(data)));
        report.warnings.extend(cautions.into_iter().map(|caution| caution.message));
        report
    }

    /// Publishes a training, whose `metrics.jsonl` must be what was written to it.
    pub fn publish_training(
        &self,
        attempt: &Attempt,
        request: &Request<'_>,
        trained: (&Trained, &Beginning),
    ) -> Result<Published, ExecuteError> {
        self.write_training(attempt, request, trained).map_err(unpublished)
    }

    fn write_training(
        &self,
        attempt: &Attempt,
        request: &Request<'_>,
        (trained, written): (&Trained, &Beginning),
    ) -> Result<Published, StoreError> {
        let metrics = ResultFile::copy_of(&attempt.path(METRICS), Comparison::WithoutTiming)?;
        written.check_whole(&attempt.path(METRICS), &metrics.content)?;
        let weights = weights_bytes(&attempt.path(WEIGHTS), &trained.parameters)?;
        let mut files = vec![
            ResultFile::new(SPEC, request.spec, Comparison::Recorded),
            ResultFile::new(IR, ir::to_json(request.run), Comparison::Recorded),
            metrics,
            ResultFile::new(WEIGHTS, weights, Comparison::Tensors),
            ResultFile::new(TRAINED, TrainedFile::new(&trained.summary).to_json(), Comparison::Exact),
        ];
        let record = RunRecord { files: digests(&files), ..self.ended(RunStatus::Finished) };
        files.push(ResultFile::new(RUN_RECORD, record.to_toml(), Comparison::Recorded));
        let published = attempt.publish_training(&files)?;
        attempt.remove_files(&[SPEC, IR, METRICS]);
        Ok(published)
    }

    /// Publishes a report; the directory of the evaluation.
    pub fn publish_evaluation(
        &self,
        attempt: &Attempt,
        request: &Request<'_>,
        (report, page, assessment): (&Report, &str, &Assessment),
    ) -> Result<PathBuf, ExecuteError> {
        Report::from_json(&report.to_json())
            .map_err(|error| ExecuteError::Unreportable { problem: error.to_string() })?;
        self.write_evaluation(attempt, request, (report, page, assessment)).map_err(unpublished)
    }

    fn write_evaluation(
        &self,
        attempt: &Attempt,
        request: &Request<'_>,
        (report, page, assessment): (&Report, &str, &Assessment),
    ) -> Result<PathBuf, StoreError> {
        let mut files = vec![
            ResultFile::new(
                PREDICTIONS,
                assessment.scored.to_csv(&given_class_names(&report.run.data)),
                Comparison::WithoutSources,
            ),
            ResultFile::new(REPORT, report.to_json(), Comparison::WithoutNames),
            // It shows what the other files hold; its form may change.
            ResultFile::new(PAGE, page, Comparison::Recorded),
        ];
        let record = EvaluationRecord::new(
            &self.parts.evaluation,
            (request.name, request.data),
            folder_of(request),
            &request.run.report,
            (self.content.evaluation_digests(), digests(&files)),
            timestamp(SystemTime::now()),
        );
        files.push(ResultFile::new(EVALUATION_RECORD, record.to_toml(), Comparison::Recorded));
        let published = attempt.publish_evaluation(&files)?;
        // Not before: an attempt that has ended is one whose half-written files others may remove. What counts is published.
        let ended = self.of_attempt(self.ended(RunStatus::Finished));
        let _ = attempt.write(RUN_RECORD, ended.to_toml().as_bytes());
        Ok(published.directory().to_owned())
    }
}

/// The folder that the files of a run's data are relative to, wherever the program works later. A name that is not
/// UTF-8 is left out, since the record is text.
fn folder_of(request: &Request<'_>) -> Option<PathBuf> {
    let folder = std::path::absolute(Path::new(".").join(request.folder)).ok()?;
    folder.canonicalize().ok().filter(|folder| folder.to_str().is_some())
}

fn digests(files: &[ResultFile]) -> BTreeMap<String, String> {
    files.iter().map(|file| (file.name.clone(), file.sha256())).collect()
}

fn unpublished(error: StoreError) -> ExecuteError {
    match error {
        StoreError::Write { .. } => ExecuteError::Unpublished(error),
        other => other.into(),
    }
}
