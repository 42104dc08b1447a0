//! A run in a comparison.

use super::measure::{Estimate, Measure};
use crate::report::{Report, section};
use std::collections::{BTreeMap, BTreeSet};

/// Digits of a digest or key in a table.
const SHORT: usize = 12;

/// The fact that evaluations of one training share.
const TRAINING: &str = "training";

/// The fact of how many draws a run was scored by.
pub(super) const DRAWS: &str = "draws";
/// The fact of how `bayes` layers were drawn for the scores; only those who know the run have it.
pub(super) const ESTIMATOR: &str = "estimator";

/// A run in a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// What is known of it, such as `model`, `data` and `seed`: what a pivot can lay out by.
    pub facts: BTreeMap<String, String>,
    /// Its figures.
    pub estimates: BTreeMap<Measure, Estimate>,
    /// What names its training: the same of two runs that differ in nothing but their reports.
    pub training: String,
    /// What names the procedure: the same of two runs that differ in nothing but their seeds.
    pub procedure: String,
    /// The measures in which it is better than every run beside it; found by whoever has their predictions.
    pub best: BTreeSet<Measure>,
}

impl Column {
    /// The figures of a run, with the facts its report has: `run`, `model`, `data` (the dataset's declared name), `source`,
    /// `content` (the beginning of the SHA-256 of what was read), `training` (the beginning of its key), `draws`, `backend`,
    /// `seed`, and what its sweep varied.
    pub fn new(name: &str, report: &Report) -> Self {
        let mut estimates: BTreeMap<Measure, Estimate> = section(&report.scores).estimates().into_iter().collect();
        for set in &report.out_of_distribution {
            for detection in &set.detection {
                let measure = Measure::Detection { set: set.name.clone(), score: detection.score };
                let estimate =
                    Estimate { value: detection.area_under_roc, interval: Some(detection.interval_of_area_under_roc) };
                estimates.insert(measure, estimate);
            }
        }
        let run = &report.run;
        let mut facts = run.varied.clone();
        facts.extend([
            ("run".to_owned(), run.name.clone()),
            ("model".to_owned(), run.model.clone()),
            ("data".to_owned(), run.data.name.clone()),
            ("source".to_owned(), run.data.source.clone()),
            ("content".to_owned(), run.data.sha256[..SHORT].to_owned()),
            (TRAINING.to_owned(), run.training.as_str()[..SHORT].to_owned()),
            (DRAWS.to_owned(), report.draws().to_string()),
            ("backend".to_owned(), run.backend.clone()),
            ("seed".to_owned(), run.seed.to_string()),
        ]);
        let training = run.training.as_str().to_owned();
        // Until somebody who knows more says otherwise, each training is of its own procedure.
        let procedure = training.clone();
        Self { name: name.to_owned(), facts, estimates, training, procedure, best: BTreeSet::new() }
    }
}
