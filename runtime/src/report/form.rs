//! The form of `report.json`.

use super::{FitDiagnostics, LayerPosterior, ReportError, RunFacts};
use crate::outputs::Scores;
use crate::train::TrainingSummary;
use crate::uncertainty::{EpistemicBySamples, OutOfDistribution, TemperatureScaling, UnderWeightDraws};
use serde::{Deserialize, Serialize};

/// The name of the file.
pub const REPORT: &str = "report.json";

/// The version of its form. A reader refuses any other.
pub const VERSION: u32 = 8;

/// The most bytes a report may have; a confusion matrix of 1,000 classes takes some 10 MB.
const MAXIMUM_BYTES: usize = 256 << 20;

/// What a run came to. Its form is published as `runtime/schema/report.schema.json`; the names are
/// those of every file and table. It holds no times, so that equal runs have equal reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Always [`VERSION`].
    pub version: u32,
    /// What was run.
    pub run: RunFacts,
    /// How training went.
    pub training: TrainingSummary,
    /// What of the fit bears on every score.
    pub fit: FitDiagnostics,
    /// The network under draws of its weights, beside what the report has; left out where its training drew from its
    /// posterior.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_weight_draws: Option<UnderWeightDraws>,
    /// The scores on the test split.
    pub scores: Scores,
    /// What a temperature fitted on the validation split does; `None` without one.
    pub temperature_scaling: Option<TemperatureScaling>,
    /// Sets of another distribution, in the order of the report.
    pub out_of_distribution: Vec<OutOfDistribution>,
    /// Epistemic figures from 2, 4, 8, … draws and all of them; empty for T = 1.
    pub epistemic_by_samples: Vec<EpistemicBySamples>,
    /// Every variational tensor after training.
    pub layers: Vec<LayerPosterior>,
    /// What a reader of the figures must know: lower-case sentences without a full stop.
    pub warnings: Vec<String>,
}

impl Report {
    /// Inputs of the test split.
    pub fn test_examples(&self) -> usize {
        self.scores.examples()
    }

    /// T, the draws each figure rests on.
    pub fn draws(&self) -> usize {
        self.scores.samples()
    }

    /// The content of `report.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report has only string keys");
        text.push('\n');
        text
    }

    /// Reads a `report.json`.
    ///
    /// # Errors
    /// [`ReportError`] if it is no report or one of another version.
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        if text.len() > MAXIMUM_BYTES {
            return Err(ReportError::Size { bytes: text.len(), maximum: MAXIMUM_BYTES });
        }
        let Versioned { version } = serde_json::from_str(text).map_err(ReportError::Form)?;
        if version != VERSION {
            return Err(ReportError::Version { found: version, known: VERSION });
        }
        serde_json::from_str(text).map_err(ReportError::Form)
    }
}
