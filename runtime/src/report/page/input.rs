//! What a page shows, whatever it was taken from.

use super::class_names;
use crate::report::Report;
use crate::report::figure::FittedPoint;
use crate::train::EpochRecord;
use crate::uncertainty::scores::{
    ClassSummary, ReliabilityBin, RiskCoverage, TopLabel, class_summaries, confusion, reliability, risk_coverage,
};
use crate::uncertainty::{InputScores, Intervals, RegressionEvaluation, UncertaintyError, check_labels};
use std::collections::{BTreeMap, BTreeSet};

/// Everything a page shows. What is empty or `None` has no part in it.
#[derive(Debug, Clone, PartialEq)]
pub struct PageInput {
    /// What the run came to.
    pub report: Report,
    /// A name for each class.
    pub class_names: Vec<String>,
    /// The epochs in order.
    pub epochs: Vec<EpochRecord>,
    /// The reliability table.
    pub reliability: Vec<ReliabilityBin>,
    /// Risk against coverage.
    pub risk_coverage: Option<RiskCoverage>,
    /// The table by class.
    pub per_class: Vec<ClassSummary>,
    /// Counts by true and predicted class.
    pub confusion: Vec<Vec<usize>>,
    /// Images of test inputs, by their place in the split.
    pub pictures: BTreeMap<usize, Picture>,
    /// Points of a one-dimensional regression.
    pub fitted: Vec<FittedPoint>,
    /// The spec's text.
    pub spec: String,
}

/// An image as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Channels, rows and columns.
    pub shape: [usize; 3],
    /// A byte a number, channels first.
    pub pixels: Vec<u8>,
    /// The byte that is white.
    pub unit: u8,
}

impl PageInput {
    /// What a report holds; the epochs are those of its training, `spec` is the text it was compiled from.
    pub fn new(report: &Report, epochs: Vec<EpochRecord>, spec: &str) -> Self {
        let test = report.scores.classes();
        Self {
            class_names: class_names(&report.run.data),
            epochs,
            reliability: test.and_then(|test| test.reliability.first().cloned()).unwrap_or_default(),
            risk_coverage: test.and_then(|test| test.risk_coverage.clone()),
            per_class: test.iter().flat_map(|test| test.per_class.iter().flatten()).map(ClassSummary::from).collect(),
            confusion: test.and_then(|test| test.confusion.clone()).unwrap_or_default(),
            pictures: BTreeMap::new(),
            fitted: report.scores.real_numbers().into_iter().flat_map(fitted).collect(),
            spec: spec.to_owned(),
            report: report.clone(),
        }
    }

    /// Adds the tables a spec need not ask for, from the scores of the test inputs.
    ///
    /// # Errors
    /// [`UncertaintyError`] if a number of bins or a class is impossible.
    pub fn with_scores(mut self, inputs: &[InputScores], labels: &[u32]) -> Result<Self, UncertaintyError> {
        let classes = self.report.run.data.classes.unwrap_or(0);
        check_labels(inputs.len(), classes, labels)?;
        let predicted: Vec<u32> =
            inputs.iter().map(|input| u32::try_from(input.predicted).unwrap_or(u32::MAX)).collect();
        check_labels(inputs.len(), classes, &predicted)?;
        let top: Vec<TopLabel> = inputs.iter().map(TopLabel::from).collect();
        if let (true, Some(test)) = (self.reliability.is_empty(), self.report.scores.classes()) {
            self.reliability = reliability(&top, test.expected_calibration_error_bins)?;
        }
        self.risk_coverage = self.risk_coverage.or_else(|| risk_coverage(&top));
        if self.confusion.is_empty() {
            self.confusion = confusion(inputs, labels, classes);
        }
        if self.per_class.is_empty() {
            self.per_class = class_summaries(inputs, labels, classes);
        }
        Ok(self)
    }

    /// The places of the test inputs whose image a page shows.
    pub fn pictured(&self) -> BTreeSet<usize> {
        let Some(extremes) = self.report.scores.classes().map(|test| &test.extremes) else { return BTreeSet::new() };
        [&extremes.most_certain, &extremes.least_certain, &extremes.most_confident_errors]
            .into_iter()
            .flatten()
            .map(|input| input.index)
            .collect()
    }
}

/// The interval of a figure, by its name in `report.json`.
pub fn interval(intervals: Option<&Intervals>, figure: &str) -> Option<[f64; 2]> {
    let intervals = intervals?;
    match figure {
        "accuracy" => Some(intervals.accuracy),
        "negative_log_likelihood" => intervals.negative_log_likelihood,
        "brier" => Some(intervals.brier),
        "expected_calibration_error" => Some(intervals.expected_calibration_error),
        "aleatoric" => Some(intervals.aleatoric),
        "epistemic_unbiased" => intervals.epistemic_unbiased,
        "entropy" => Some(intervals.entropy),
        "mutual_information_corrected" => intervals.mutual_information_corrected,
        _ => None,
    }
}

/// The points of a fit over a single number.
fn fitted(scores: &RegressionEvaluation) -> Vec<FittedPoint> {
    let square = |deviation: f64| deviation * deviation;
    let point = |point: &crate::uncertainty::CurvePoint| {
        let epistemic = point.epistemic_deviation.map_or(0.0, square);
        (point.input, point.target, point.mean, square(point.aleatoric_deviation), epistemic)
    };
    scores.curve.iter().map(point).collect()
}
