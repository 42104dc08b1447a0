//! What names a run: the keys of its training and of its evaluation, from its meaning, the content of its files, and what
//! computes it.

use super::content::{ComputedBy, Content};
use crate::data::Digest;
use crate::report::VERSION;
use crate::store::{EvaluationParts, NUMERICS_VERSION, RunKeys, RunRecord, TrainingParts};
use elbo_compiler::ir::{self, Run};

/// What computed a run, as its keys name it.
#[derive(Debug, Clone)]
pub(crate) struct ComputedAs {
    backend: String,
    device_kind: String,
    kernel_table: String,
    numerics_version: u32,
    report_version: u32,
}

impl ComputedAs {
    /// By this program.
    pub fn now(by: ComputedBy<'_>) -> Self {
        Self {
            backend: by.backend.to_string(),
            device_kind: by.device.kind().to_owned(),
            kernel_table: by.kernel_table.to_owned(),
            numerics_version: NUMERICS_VERSION,
            report_version: VERSION,
        }
    }

    /// As a record tells, and reported in this version of the form.
    pub fn then(record: &RunRecord, report_version: u32) -> Self {
        Self {
            backend: record.backend.clone(),
            // A record has the device with its number.
            device_kind: record.device.split(':').next().unwrap_or_default().to_owned(),
            kernel_table: record.kernel_table.clone(),
            numerics_version: record.numerics_version,
            report_version,
        }
    }
}

/// What the keys of a run are made of.
pub(crate) struct RunParts {
    /// Of its training.
    pub training: TrainingParts,
    /// Of its evaluation.
    pub evaluation: EvaluationParts,
}

impl RunParts {
    /// Of a run on these files, which its spec calls `dataset`.
    pub fn new((run, dataset): (&Run, &str), content: &Content, computed: ComputedAs) -> Self {
        let digests = |files: &[Digest]| files.iter().map(|digest| digest.sha256.clone()).collect();
        let ComputedAs { backend, device_kind, kernel_table, numerics_version, report_version } = computed;
        let training = TrainingParts {
            ir_digest: ir::training_digest(run),
            data: digests(&content.files.training),
            weights: content.weights.clone(),
            seed: run.training.seed,
            numerics_version,
            backend,
            device_kind,
            kernel_table,
        };
        let evaluation = EvaluationParts {
            training: training.key(),
            dataset: dataset.to_owned(),
            report_digest: ir::evaluation_digest(run),
            report_version,
            test: digests(&content.files.test),
            out_of_distribution: content.out_of_distribution.clone(),
        };
        Self { training, evaluation }
    }

    /// The keys.
    pub fn keys(&self) -> RunKeys {
        RunKeys { training: self.evaluation.training.clone(), evaluation: self.evaluation.key() }
    }
}
