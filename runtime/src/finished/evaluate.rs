//! A finished run scored again: with more draws, on another data set, against other distributions.

use super::ScoredData;
use super::{Computing, FinishedRun};
use crate::data::{Examples, FileNote, FileNotes, LabelledFiles, Raw, check_examples, locate, read_labelled};
use crate::execute::{ExecuteError, OtherSets};
use crate::report::page::class_names;
use crate::train::{Assessment, Observer, TestExamples, assess};
use elbo_compiler::ir::{self, Estimator, Mark, OutOfDistribution};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a finished run is to be scored.
#[derive(Debug, Clone)]
pub struct EvaluationRequest<'r> {
    /// The run.
    pub finished: &'r FinishedRun,
    /// What computes.
    pub computing: Computing,
    /// What is scored; `None` for the test split of the run's own data.
    pub data: Option<&'r ScoredData>,
    /// What the test split is told from; `None` for the sets of the run's own report.
    pub out_of_distribution: Option<Vec<OutOfDistribution>>,
    /// Draws; `None` for as many as the run's own report has.
    pub samples: Option<usize>,
    /// How `bayes` layers are drawn; `None` for as the run's own report has it.
    pub estimator: Option<Estimator>,
    /// What files of the run's own data are relative to: the folder of its spec, where that is known.
    pub folder: &'r Path,
    /// Where data is looked for, in order of precedence.
    pub data_roots: &'r [PathBuf],
}

/// What scoring a finished run again gave.
#[derive(Debug)]
pub struct EvaluatedAgain {
    /// The scores.
    pub assessment: Assessment,
    /// What was done to files of one's own on the way.
    pub file_notes: Vec<FileNote>,
}

/// Scores a finished run. No training split is read: the transforms use the statistics that the run's report keeps. There
/// is no temperature, which is fitted on a validation split. With the same draws on the same files the scores are those
/// of the run's own report.
///
/// # Errors
/// [`ExecuteError`] if data is missing, is not that of the run, or does not fit its network.
pub fn evaluate_again(
    request: &EvaluationRequest<'_>,
    observer: &mut dyn Observer,
) -> Result<EvaluatedAgain, ExecuteError> {
    let finished = request.finished;
    let mut run = finished.run.clone();
    if let Some(samples) = request.samples {
        run.report.samples = samples;
    }
    // What is generated from a test split is generated from pictures.
    let of_numbers = match request.data {
        Some(ScoredData::Files(LabelledFiles::Table(_) | LabelledFiles::Arrays(_))) => true,
        Some(ScoredData::Files(LabelledFiles::Folder(_)) | ScoredData::Set(_)) | None => false,
    };
    if let Some(sets) = &request.out_of_distribution {
        check_other_sets(finished, of_numbers, sets)?;
        run.report.out_of_distribution.clone_from(sets);
    } else if of_numbers {
        run.report.out_of_distribution.clear();
    }
    if let Some(estimator) = request.estimator {
        check_estimator(finished, estimator)?;
        run.report.estimator = Some(estimator);
    }
    let folders = folders(request);
    let folder = folders[0].as_path();
    let own = own_root(request, &folders);
    let mut notes = FileNotes::default();
    let test = test_examples(request, &folders, own.as_deref(), &mut notes)?;
    let target_scale = finished.report.run.data.target_scale.clone();
    let others = OtherSets::read(&run.report.out_of_distribution, (folder, request.data_roots), &test)?;
    let posterior = finished.posterior_reported(request.computing, &run.report)?;
    let test = TestExamples { examples: test, target_scale };
    let assessment = assess(&run, posterior.as_ref(), &test, &|place| others.set(place), observer)?;
    Ok(EvaluatedAgain { assessment, file_notes: notes.notes() })
}

/// Whether the network can be drawn from so.
fn check_estimator(finished: &FinishedRun, estimator: Estimator) -> Result<(), ExecuteError> {
    let priors = finished.run.network.layers.iter().filter_map(|layer| match &layer.mark {
        Some(Mark::Bayes { prior, .. }) => Some((layer, prior)),
        Some(Mark::Point { .. } | Mark::Dropout { .. }) | None => None,
    });
    let mut priors = priors.peekable();
    if priors.peek().is_none() {
        return Err(ExecuteError::NoEstimator { run: finished.report.run.name.clone(), layer: None });
    }
    let sampled =
        |(_, prior): &(_, &ir::Prior)| estimator == Estimator::LocalReparameterization && !prior.has_closed_form();
    match priors.find(sampled) {
        Some((layer, _)) => {
            Err(ExecuteError::NoEstimator { run: finished.report.run.name.clone(), layer: Some(layer.name.clone()) })
        }
        None => Ok(()),
    }
}

/// Whether there is anything to tell such sets from.
fn check_other_sets(finished: &FinishedRun, of_numbers: bool, sets: &[OutOfDistribution]) -> Result<(), ExecuteError> {
    let of_values = !finished.run.network.output.kind().facts().has_labels;
    match sets.first() {
        Some(set) if of_values || of_numbers || !finished.run.data.source.kind().holds_pictures() => {
            Err(ExecuteError::NoOtherSets { run: finished.report.run.name.clone(), set: set.name.clone(), of_values })
        }
        _ => Ok(()),
    }
}

/// The folders that files of the run's data may be relative to, the likeliest first: that of the spec, where it is
/// known, or that of the spec when the run was scored first; then the data roots, and the working directory.
fn folders(request: &EvaluationRequest<'_>) -> Vec<PathBuf> {
    let recorded = request.finished.evaluation.folder.clone().filter(|folder| folder.is_dir());
    let named = Some(request.folder.to_owned()).filter(|folder| !folder.as_os_str().is_empty());
    let likely = named.into_iter().chain(recorded);
    likely.chain(request.data_roots.iter().cloned()).chain([PathBuf::new()]).collect()
}

/// Examples of files, which have the run's own form and classes.
fn labelled(finished: &FinishedRun, files: &LabelledFiles, notes: &mut FileNotes) -> Result<Examples, ExecuteError> {
    let pipeline = finished.pipeline()?;
    let classes = class_names(&finished.report.run.data);
    let read = read_labelled(files, &finished.run.data, (&classes, &pipeline.origins()), notes)?;
    let stored = read.ok_or_else(|| ExecuteError::OtherForm {
        run: finished.report.run.name.clone(),
        source_name: finished.run.data.source.name(),
        files: ScoredData::Files(files.clone()).called(),
    })?;
    check_examples(&finished.run, &stored, Path::new(&ScoredData::Files(files.clone()).called()))?;
    let pipeline = pipeline.for_shape(stored.shape())?;
    Ok(Examples::new(Arc::new(stored), pipeline))
}

/// The folder that the spec names for the run's data, if it is still there from here.
fn own_root(request: &EvaluationRequest<'_>, folders: &[PathBuf]) -> Option<PathBuf> {
    let root = request.finished.run.data.root.as_ref()?;
    folders.iter().map(|folder| folder.join(root)).find(|root| root.is_dir())
}

fn test_examples(
    request: &EvaluationRequest<'_>,
    folders: &[PathBuf],
    own_root: Option<&Path>,
    notes: &mut FileNotes,
) -> Result<Examples, ExecuteError> {
    let finished = request.finished;
    let set = match request.data {
        Some(ScoredData::Files(files)) => return labelled(finished, files, notes),
        Some(ScoredData::Set(set)) => Some(*set),
        None => None,
    };
    let own = finished.run.data.source.set();
    let (images, digests) = match (set, own) {
        (None, Some(own)) => Raw::read_test(&locate(own, own_root, request.data_roots)?)?,
        (Some(other), _) => {
            let classes = finished.run.data.target.classes();
            if classes != Some(other.classes()) {
                return Err(ExecuteError::OtherClasses {
                    set: other.name(),
                    found: other.classes(),
                    run: finished.report.run.name.clone(),
                    expected: classes,
                });
            }
            let root = own_root.filter(|_| own == Some(other));
            Raw::read_test(&locate(other, root, request.data_roots)?)?
        }
        // These keep both splits together.
        (None, None) => {
            let raw = Raw::open(&finished.run.data, &folders[0], &folders[1..])?;
            (raw.test, raw.digests)
        }
    };
    if set.is_none_or(|other| own == Some(other)) {
        let known = [&finished.record.data_digests, &finished.evaluation.data_digests];
        for digest in digests {
            if !known.iter().any(|digests| digests.values().any(|sha256| *sha256 == digest.sha256)) {
                return Err(ExecuteError::OtherData { set: finished.run.data.source.name(), file: digest.name });
            }
        }
    }
    let pipeline = finished.pipeline()?;
    Ok(Examples::new(images.clone(), pipeline.for_shape(images.shape())?))
}
