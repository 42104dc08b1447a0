//! A checked report.

use super::entries::Place;
use crate::ir::{Metric, Report};

/// A checked report with the places that messages about it point at.
#[derive(Debug, Clone)]
pub(crate) struct CheckedReport {
    pub report: Report,
    /// The `samples` entry, if one is written.
    pub samples: Option<Place>,
    /// Whether the report names its metrics.
    pub names_metrics: bool,
    /// Where each metric stands.
    pub metrics: Vec<Place>,
    /// Where each out-of-distribution set stands.
    pub out_of_distribution: Vec<Place>,
}

impl CheckedReport {
    /// The first metric, if any is written, that needs several draws.
    pub fn epistemic(&self) -> Option<Place> {
        let metrics = self.report.metrics.iter().zip(&self.metrics);
        let mut spread = metrics.filter(|(metric, _)| matches!(metric, Metric::Epistemic | Metric::MutualInformation));
        spread.next().map(|(_, place)| *place)
    }
}
