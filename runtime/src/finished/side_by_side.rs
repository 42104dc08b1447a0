//! Finished runs side by side, and what a spec claims of them.

use super::FinishedRun;
use crate::execute::ExecuteError;
use crate::report::Report;
use crate::report::comparison::{
    Column, ComparisonTable, Difference, Measure, Pivot, PivotError, best_of, is_better, paired_differences, pivot,
};
use crate::report::{
    ClaimError, ClaimOutcome, ClaimRun, ClaimSubject, ClaimSubjects, correct_for_number, evaluate_claim,
};
use crate::uncertainty::PredictedInput;
use elbo_compiler::ir::{self, Claim, Estimator};
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
    /// What names its training, which other reports may be of, too.
    pub training: String,
    /// How its `bayes` layers were drawn for its scores, where the report says so.
    pub estimator: Option<&'static str>,
    /// What names its procedure: what runs share that differ in nothing but their seeds.
    pub procedure: String,
    /// What names its test set.
    pub test_set: String,
}

/// Runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct SideBySide {
    /// The runs in the order given.
    pub runs: Vec<ComparedRun>,
}

/// The finished runs of a name that claims use: a single one of a run, one a seed of a sweep.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NamedRuns {
    /// Those there are.
    pub runs: Vec<ComparedRun>,
    /// The names of the members of a sweep that are not finished.
    pub missing: Vec<String>,
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
            training: finished.report.run.training.as_str().to_owned(),
            estimator: finished.run.report.estimator.map(Estimator::name),
            procedure: procedure(finished),
            test_set: finished.report.run.data.test_sha256.clone(),
        })
    }

    fn for_claims(&self) -> ClaimRun<'_> {
        ClaimRun {
            seed: self.report.run.seed,
            stochastic: self.report.run.network.stochastic,
            training: &self.training,
            test_set: &self.test_set,
            evaluation: self.report.scores.classes(),
            inputs: &self.inputs,
        }
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

    /// Their figures, with what each is the best in. Datasets of one name and different content are told apart by the
    /// beginning of their digest.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = self.unmarked_columns();
        let measures: BTreeSet<Measure> = columns.iter().flat_map(|column| column.estimates.keys().cloned()).collect();
        for measure in measures {
            let Some(more) = measure.more_is_better() else { continue };
            let values: Vec<Option<f64>> =
                columns.iter().map(|column| Some(column.estimates.get(&measure)?.value)).collect();
            if let Some(best) = best_of(more, &values, |one, other| self.is_better(&measure, &[one], &[other])) {
                columns[best].best.insert(measure);
            }
        }
        columns
    }

    fn unmarked_columns(&self) -> Vec<Column> {
        let mut contents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for run in &self.runs {
            let data = &run.report.run.data;
            contents.entry(data.name.as_str()).or_default().insert(data.sha256.as_str());
        }
        let column = |run: &ComparedRun| {
            let mut column = Column { procedure: run.procedure.clone(), ..Column::new(&run.name, &run.report) };
            let data = &run.report.run.data;
            column.facts.insert("estimator".to_owned(), run.estimator.unwrap_or("as trained").to_owned());
            if contents[data.name.as_str()].len() > 1 {
                column.facts.insert("data".to_owned(), format!("{} ({})", data.name, &data.sha256[..8]));
            }
            column
        };
        self.runs.iter().map(column).collect()
    }

    /// One measure by two facts of the runs.
    ///
    /// # Errors
    /// [`PivotError`] if a run lacks one of the facts, or both are the same.
    pub fn pivot(&self, rows_by: &str, columns_by: &str, measure: &Measure) -> Result<ComparisonTable, PivotError> {
        let better = |one: &[usize], other: &[usize]| self.is_better(measure, one, other);
        pivot(&self.unmarked_columns(), Pivot { rows_by, columns_by, measure, better: &better })
    }

    fn is_better(&self, measure: &Measure, one: &[usize], other: &[usize]) -> bool {
        let runs = |places: &[usize]| -> Vec<ClaimRun<'_>> {
            places.iter().map(|&place| self.runs[place].for_claims()).collect()
        };
        is_better(measure, &runs(one), &runs(other))
    }

    /// Which runs are evaluations of a training that a run before them is one of, too: sentences. They are one network, and
    /// nowhere counted as two.
    pub fn shared_trainings(&self) -> Vec<String> {
        let mut trainings: BTreeMap<&str, Vec<&ComparedRun>> = BTreeMap::new();
        self.runs.iter().for_each(|run| trainings.entry(run.report.run.training.as_str()).or_default().push(run));
        let several = trainings.values().filter(|runs| runs.len() > 1);
        let said = several.map(|runs| {
            let names: Vec<String> =
                runs.iter().map(|run| format!("`{}` ({} draws)", run.name, run.report.draws())).collect();
            format!("{} are evaluations of one training, so one network and not several runs", names.join(" and "))
        });
        said.collect()
    }

    /// The differences of each run less the first of its seed on the same test inputs; none of very many runs, and none
    /// between evaluations of one training, which are one network.
    pub fn differences(&self) -> Vec<Difference> {
        if self.runs.len() > MOST_PAIRED {
            return Vec::new();
        }
        let pair = |(place, to): (usize, &ComparedRun)| {
            let comparable = |from: &&ComparedRun| {
                from.report.run.seed == to.report.run.seed
                    && from.training != to.training
                    && from.for_claims().shares_test_set(&to.for_claims())
            };
            self.runs[..place].iter().find(comparable).map_or_else(Vec::new, |from| {
                paired_differences((&from.name, from.for_claims()), (&to.name, to.for_claims()))
            })
        };
        self.runs.iter().enumerate().flat_map(pair).collect()
    }
}

/// What is run, on which data, and how it is scored, whatever the seed.
fn procedure(finished: &FinishedRun) -> String {
    let mut alike = finished.run.clone();
    alike.training.seed = 0;
    let data = &finished.report.run.data;
    // Starting weights are among what training read.
    let read = finished.record.data_digests.values().cloned();
    [ir::digest(&alike), data.name.clone(), data.sha256.clone()].into_iter().chain(read).collect::<Vec<_>>().join(" ")
}

/// The first name of what has several: names whose runs are the same evaluations differ in nothing, so that a claim that
/// compares them compares something with itself.
fn aliases(runs: &BTreeMap<String, NamedRuns>) -> BTreeMap<String, String> {
    let mut first: BTreeMap<Vec<&str>, &str> = BTreeMap::new();
    let mut aliases = BTreeMap::new();
    for (name, named) in runs.iter().filter(|(_, named)| !named.runs.is_empty() && named.missing.is_empty()) {
        let mut keys: Vec<&str> = named.runs.iter().map(|run| run.report.run.identity.as_str()).collect();
        keys.sort_unstable();
        let known = *first.entry(keys).or_insert(name);
        if known != name {
            aliases.insert(name.clone(), known.to_owned());
        }
    }
    aliases
}

/// Of each training one evaluation: the one of most draws, the first of equals. Evaluations of one training are one
/// network, so two of them are no two seeds.
pub fn one_of_each_training(runs: &[ComparedRun]) -> Vec<&ComparedRun> {
    let mut kept: Vec<&ComparedRun> = Vec::new();
    for run in runs {
        match kept.iter_mut().find(|other| other.report.run.training == run.report.run.training) {
            Some(other) if other.report.draws() < run.report.draws() => *other = run,
            Some(_) => {}
            None => kept.push(run),
        }
    }
    kept
}

/// What becomes of each claim on finished runs, of each training once, which are given by the names claims use, corrected
/// for their number.
pub fn evaluate_claims<'c>(
    claims: impl IntoIterator<Item = &'c Claim>,
    runs: &BTreeMap<String, NamedRuns>,
) -> Vec<(String, Result<ClaimOutcome, ClaimError>)> {
    let subjects: ClaimSubjects<'_> = runs
        .iter()
        .map(|(name, named)| {
            let runs = one_of_each_training(&named.runs).into_iter().map(ComparedRun::for_claims).collect();
            (name.clone(), ClaimSubject { runs, missing: named.missing.clone() })
        })
        .collect();
    let aliases = aliases(runs);
    let evaluate = |claim: &Claim| {
        let named_once =
            claim.clone().with_runs(&mut |name| aliases.get(name).cloned().unwrap_or_else(|| name.to_owned()));
        (claim.text.clone(), evaluate_claim(&named_once, &subjects))
    };
    let mut outcomes: Vec<_> = claims.into_iter().map(evaluate).collect();
    correct_for_number(&mut outcomes);
    outcomes
}
