//! A finished run scored again: with more draws, on another data set, against other distributions.

use super::{Computing, FinishedRun};
use crate::data::{Examples, Raw, locate};
use crate::execute::{ExecuteError, OtherSets};
use crate::train::{Assessment, Observer, TestExamples, assess};
use elbo_compiler::ir::{self, DataSource, Estimator, Mark, OutOfDistribution, Output, Source};
use std::path::{Path, PathBuf};

/// How a finished run is to be scored.
#[derive(Debug, Clone)]
pub struct EvaluationRequest<'r> {
    /// The run.
    pub finished: &'r FinishedRun,
    /// What computes.
    pub computing: Computing,
    /// The data set whose test split is scored; `None` for the run's own.
    pub data: Option<DataSource>,
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

/// Scores a finished run. No training split is read: the transforms use the statistics that the run's report keeps. There
/// is no temperature, which is fitted on a validation split. With the same draws on the same files the scores are those
/// of the run's own report.
///
/// # Errors
/// [`ExecuteError`] if data is missing, is not that of the run, or does not fit its network.
pub fn evaluate_again(
    request: &EvaluationRequest<'_>,
    observer: &mut dyn Observer,
) -> Result<Assessment, ExecuteError> {
    let finished = request.finished;
    let mut run = finished.run.clone();
    if let Some(samples) = request.samples {
        run.report.samples = samples;
    }
    if let Some(sets) = &request.out_of_distribution {
        check_other_sets(finished, sets)?;
        run.report.out_of_distribution.clone_from(sets);
    }
    if let Some(estimator) = request.estimator {
        check_estimator(finished, estimator)?;
        run.report.estimator = Some(estimator);
    }
    let own = own_root(request);
    let test = test_examples(request, own.as_deref())?;
    let target_scale = finished.report.run.data.target_scale.clone();
    // A root is relative to the spec, which may have gone; the working directory is the next best.
    let others = OtherSets::read(&run.report.out_of_distribution, (request.folder, request.data_roots), &test)?;
    let network = finished.network_reported(request.computing, &run.report)?;
    let test = TestExamples { examples: test, target_scale };
    Ok(assess(&run, network.as_ref(), &test, &|place| others.set(place), observer)?)
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
fn check_other_sets(finished: &FinishedRun, sets: &[OutOfDistribution]) -> Result<(), ExecuteError> {
    let of_values = matches!(finished.run.network.output, Output::Gaussian { .. });
    match sets.first() {
        Some(set) if of_values || !finished.run.data.source.holds_pictures() => {
            Err(ExecuteError::NoOtherSets { run: finished.report.run.name.clone(), set: set.name.clone(), of_values })
        }
        _ => Ok(()),
    }
}

/// The folder that the spec names for the run's data, if it is still there from here.
fn own_root(request: &EvaluationRequest<'_>) -> Option<PathBuf> {
    let root = request.finished.run.data.root.as_ref()?;
    Some(request.folder.join(root)).filter(|root| root.is_dir())
}

fn test_examples(request: &EvaluationRequest<'_>, own_root: Option<&Path>) -> Result<Examples, ExecuteError> {
    let finished = request.finished;
    let (images, digests) = match (request.data, &finished.run.data.source) {
        (None, Source::Set(own)) => Raw::read_test(&locate(*own, own_root, request.data_roots)?)?,
        (Some(other), own) => {
            let classes = finished.run.data.target.classes();
            if classes != Some(other.classes()) {
                return Err(ExecuteError::OtherClasses {
                    set: other.name(),
                    found: other.classes(),
                    run: finished.report.run.name.clone(),
                    expected: classes,
                });
            }
            let root = own_root.filter(|_| own.set() == Some(other));
            Raw::read_test(&locate(other, root, request.data_roots)?)?
        }
        // These keep both splits together.
        (None, _) => {
            let raw = Raw::open(&finished.run.data, request.folder, request.data_roots)?;
            (raw.test, raw.digests)
        }
    };
    if request.data.is_none_or(|other| finished.run.data.source.set() == Some(other)) {
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
