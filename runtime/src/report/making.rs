//! How a report is made of what a run came to.

use super::conclusions;
use super::{FitDiagnostics, LayerPosterior, Report, RunFacts, VERSION};
use crate::train::{Assessment, TrainingSummary};

impl Report {
    /// The report of a run, with its warnings.
    pub fn new(
        run: RunFacts,
        (training, fit): (TrainingSummary, FitDiagnostics),
        assessment: &Assessment,
        layers: Vec<LayerPosterior>,
    ) -> Self {
        let mut report = Self {
            version: VERSION,
            run,
            training,
            fit,
            under_weight_draws: assessment.under_weight_draws.clone(),
            scores: assessment.scored.scores(),
            temperature_scaling: assessment.temperature_scaling.clone(),
            out_of_distribution: assessment.out_of_distribution.clone(),
            epistemic_by_samples: assessment.epistemic_by_samples.clone(),
            layers,
            warnings: Vec::new(),
        };
        report.warnings = conclusions::warnings(&report);
        report
    }
}
