//! Finished runs side by side, and what a spec claims of them.

use super::FinishedRun;
use crate::execute::ExecuteError;
use crate::report::Report;
use crate::report::comparison::{Column, Difference, paired_differences};
use crate::report::{ClaimError, ClaimOutcome, ClaimRun, ClaimRuns, evaluate_claim};
use crate::uncertainty::PredictedInput;
use elbo_compiler::ir::Claim;
use std::collections::{BTreeMap, BTreeSet};

/// The most runs whose paired differences are worked out: beyond, a table of them says more.
const MOST_PAIRED: usize = 8;

/// A run among others.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedRun {
    /// What it is called here.
    pub name: String,
    /// Its report.
    pub report: Report,
    /// What it predicted of each test input.
    pub inputs: Vec<PredictedInput>,
}

/// Runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct SideBySide {
    /// The runs in the order given.
    pub runs: Vec<ComparedRun>,
}

impl ComparedRun {
    /// A finished run under its own name.
    ///
    /// # Errors
    /// [`ExecuteError::Store`] if its predictions are not what they should be.
    pub fn new(finished: &FinishedRun) -> Result<Self, ExecuteError> {
        Ok(Self {
            name: finished.report.run.name.clone(),
            report: finished.report.clone(),
            inputs: finished.predictions()?,
        })
    }

    fn for_claims(&self) -> ClaimRun<'_> {
        ClaimRun { report: &self.report, inputs: &self.inputs }
    }
}

impl SideBySide {
    /// These runs. What all members of one sweep have in front of their names is left out; the beginning of its identity
    /// tells a run from others of its name.
    pub fn new(mut runs: Vec<ComparedRun>) -> Self {
        let sweeps: BTreeSet<Option<&str>> =
            runs.iter().map(|run| run.name.split_once('/').map(|(sweep, _)| sweep)).collect();
        if let (1, Some(Some(sweep))) = (sweeps.len(), sweeps.first()) {
            let length = sweep.len() + 1;
            runs.iter_mut().for_each(|run| drop(run.name.drain(..length)));
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        runs.iter().for_each(|run| *counts.entry(run.name.clone()).or_default() += 1);
        for run in &mut runs {
            if counts[&run.name] > 1 {
                run.name = format!("{} ({})", run.name, &run.report.run.identity.as_str()[..8]);
            }
        }
        Self { runs }
    }

    /// Their figures.
    pub fn columns(&self) -> Vec<Column> {
        self.runs.iter().map(|run| Column::new(&run.name, &run.report)).collect()
    }

    /// The differences of each run less the first, over the test inputs they share; none of very many runs.
    pub fn differences(&self) -> Vec<Difference> {
        let Some((first, others)) = self.runs.split_first() else { return Vec::new() };
        if self.runs.len() > MOST_PAIRED {
            return Vec::new();
        }
        let pair = |other: &ComparedRun| {
            paired_differences((&first.name, first.for_claims()), (&other.name, other.for_claims()))
        };
        others.iter().flat_map(pair).collect()
    }
}

/// What becomes of each claim on finished runs, which are given by the names claims use: a single one of a run, one a
/// seed of a sweep.
pub fn evaluate_claims<'c>(
    claims: impl IntoIterator<Item = &'c Claim>,
    runs: &BTreeMap<String, Vec<ComparedRun>>,
) -> Vec<(String, Result<ClaimOutcome, ClaimError>)> {
    let runs: ClaimRuns<'_> =
        runs.iter().map(|(name, runs)| (name.clone(), runs.iter().map(ComparedRun::for_claims).collect())).collect();
    claims.into_iter().map(|claim| (claim.text.clone(), evaluate_claim(claim, &runs))).collect()
}
