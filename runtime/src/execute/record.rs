//! The files of a run: its record while it goes on, its result once it is whole.

use super::planning::ComputedBy;
use super::{ExecuteError, METRICS, OtherSets, Request, StartingWeights};
use crate::backend::{Backend, BackendError, Parameters};
use crate::data::Dataset;
use crate::report::page::PAGE;
use crate::report::{DataFacts, NetworkFacts, OutputKind, REPORT, Report, RunFacts, layer_posteriors};
use crate::store::{
    Attempt, Comparison, Identity, IdentityParts, NUMERICS_VERSION, RUN_RECORD, ResultFile, RunRecord, RunStatus,
    StoreError, WEIGHTS, timestamp, write_weights,
};
use crate::train::{Assessment, TrainingSummary};
use crate::uncertainty::PREDICTIONS;
use elbo_compiler::analysis::{count, weight_tensors};
use elbo_compiler::ir::{self, Mark, Output, Run, Target};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

/// The name of the file with the spec's text.
pub(super) const SPEC: &str = "spec.elbo";
/// The name of the file with what the run means.
pub(crate) const IR: &str = "ir.json";

/// What is written down of a run.
pub(super) struct Record {
    pub identity: Identity,
    parts: IdentityParts,
    record: RunRecord,
}

impl Record {
    /// The record of a run that begins now.
    pub fn new(
        request: &Request<'_>,
        (dataset, others): (&Dataset, &OtherSets),
        starting: &StartingWeights,
    ) -> Result<Self, BackendError> {
        let digests = dataset.digests.iter().map(|digest| (digest.name.clone(), digest.sha256.clone()));
        let digests = digests.chain(others.digests.clone()).chain(starting.digests.clone());
        let kernel_table = request.backend.kernel_table(request.device)?;
        let by = ComputedBy { backend: request.backend, device: request.device, kernel_table: &kernel_table };
        let parts = identity_parts(request.run, digests.collect(), by);
        let identity = parts.identity();
        let mut record = RunRecord::begin(identity.clone(), &parts, timestamp(SystemTime::now()));
        record.device = request.device.to_string();
        record.threads = request.threads;
        Ok(Self { identity, parts, record })
    }

    /// Writes what is known as the attempt begins.
    pub fn begun(&self, attempt: &Attempt, request: &Request<'_>) -> Result<(), StoreError> {
        attempt.write(SPEC, request.spec.as_bytes())?;
        attempt.write(IR, ir::to_json(request.run).as_bytes())?;
        attempt.write(RUN_RECORD, self.record.to_toml().as_bytes())
    }

    /// Writes that the attempt ended without a result: stopped, or with an error.
    pub fn ended_early(&self, attempt: &Attempt, stopped: bool) -> Result<(), StoreError> {
        let status = if stopped { RunStatus::Stopped } else { RunStatus::Failed };
        attempt.write(RUN_RECORD, self.ended(status).to_toml().as_bytes())
    }

    fn ended(&self, status: RunStatus) -> RunRecord {
        RunRecord { status, finished: Some(timestamp(SystemTime::now())), ..self.record.clone() }
    }

    /// The report of a trained and scored network.
    pub fn report(
        &self,
        request: &Request<'_>,
        (backend, parameters): (&dyn Backend, &Parameters),
        dataset: &Dataset,
        summary: TrainingSummary,
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
            identity: self.identity.clone(),
            elbo_version: env!("CARGO_PKG_VERSION").to_owned(),
            backend: self.parts.backend.clone(),
            device_kind: self.parts.device_kind.clone(),
            kernel_table: self.parts.kernel_table.clone(),
            seed: self.parts.seed,
            output: match network.output {
                Output::Categorical { .. } => OutputKind::Categorical,
                Output::Gaussian { .. } => OutputKind::Gaussian,
            },
            network: NetworkFacts {
                parameters: counts.parameters as u64,
                variational_parameters: variational as u64,
                multiply_accumulates: counts.multiply_accumulates as u64,
                stochastic: backend.is_stochastic(),
            },
            data: DataFacts {
                source: request.run.data.source.name().to_owned(),
                classes: request.run.data.target.classes(),
                class_names: match &request.run.data.target {
                    Target::Classes { names, .. } => names.clone(),
                    Target::Values { .. } => Vec::new(),
                },
                normalization: dataset.pipeline().statistics().map(<[_]>::to_vec).collect(),
                target_scale: dataset.target_scale.clone(),
                digests: self.parts.data_digests.clone(),
            },
        };
        Report::new(facts, summary, assessment, layer_posteriors(network, parameters))
    }

    /// Publishes the result.
    pub fn publish(
        &self,
        attempt: &Attempt,
        request: &Request<'_>,
        (report, page, assessment): (&Report, &str, &Assessment),
        parameters: &Parameters,
    ) -> Result<PathBuf, ExecuteError> {
        self.write_result(attempt, request, (report, page, assessment), parameters).map_err(|error| match error {
            StoreError::Write { .. } => ExecuteError::Unpublished(error),
            other => other.into(),
        })
    }

    fn write_result(
        &self,
        attempt: &Attempt,
        request: &Request<'_>,
        (report, page, assessment): (&Report, &str, &Assessment),
        parameters: &Parameters,
    ) -> Result<PathBuf, StoreError> {
        write_weights(&attempt.path(WEIGHTS), parameters)?;
        let mut files = vec![
            ResultFile::new(SPEC, request.spec, Comparison::Recorded),
            ResultFile::new(IR, ir::to_json(request.run), Comparison::Recorded),
            ResultFile::copy_of(&attempt.path(METRICS), Comparison::WithoutTiming)?,
            ResultFile::copy_of(&attempt.path(WEIGHTS), Comparison::Exact)?,
            ResultFile::new(PREDICTIONS, assessment.scored.to_csv(), Comparison::Exact),
            ResultFile::new(REPORT, report.to_json(), Comparison::WithoutNames),
            // It shows what the other files hold; its form may change.
            ResultFile::new(PAGE, page, Comparison::Recorded),
        ];
        let digests = files.iter().map(|file| (file.name.clone(), file.sha256())).collect();
        let record = RunRecord { files: digests, ..self.ended(RunStatus::Finished) }.to_toml();
        attempt.write(RUN_RECORD, record.as_bytes())?;
        files.push(ResultFile::new(RUN_RECORD, record, Comparison::Recorded));
        let published = attempt.publish(&files)?;
        Ok(published.directory().to_owned())
    }
}

/// What identifies a run with these data files.
pub(super) fn identity_parts(run: &Run, data_digests: BTreeMap<String, String>, by: ComputedBy<'_>) -> IdentityParts {
    IdentityParts {
        ir_digest: ir::digest(run),
        data_digests,
        seed: run.training.seed,
        numerics_version: NUMERICS_VERSION,
        backend: by.backend.to_string(),
        device_kind: by.device.kind().to_owned(),
        kernel_table: by.kernel_table.to_owned(),
    }
}
