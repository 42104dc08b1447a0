//! A finished run scored again: with more draws, on another data set, against other distributions.

use super::{Computing, FinishedRun};
use crate::data::{Examples, Raw, locate};
use crate::execute::{ExecuteError, OtherSets};
use crate::train::{Assessment, Observer, TestExamples, assess};
use elbo_compiler::ir::{DataSource, OutOfDistribution, Source};
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
        run.report.out_of_distribution.clone_from(sets);
    }
    let own = own_root(finished);
    let test = test_examples(request, own.as_deref())?;
    let target_scale = finished.report.run.data.target_scale.clone();
    // A root is relative to the spec, which may have gone; the working directory is the next best.
    let others = OtherSets::read(&run.report.out_of_distribution, (Path::new(""), request.data_roots), &test)?;
    let network = finished.network(request.computing)?;
    let test = TestExamples { examples: test, target_scale };
    Ok(assess(&run, network.as_ref(), &test, &|place| others.set(place), observer)?)
}

/// The folder that the spec names for the run's data, if it is still there from here.
fn own_root(finished: &FinishedRun) -> Option<PathBuf> {
    finished.run.data.root.as_ref().map(PathBuf::from).filter(|root| root.is_dir())
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
            let raw = Raw::open(&finished.run.data, Path::new(""), request.data_roots)?;
            (raw.test, raw.digests)
        }
    };
    if request.data.is_none_or(|other| finished.run.data.source.set() == Some(other)) {
        for digest in digests {
            if finished.record.data_digests.get(&digest.name) != Some(&digest.sha256) {
                return Err(ExecuteError::OtherData { set: finished.run.data.source.name(), file: digest.name });
            }
        }
    }
    let pipeline = finished.pipeline()?;
    Ok(Examples::new(images.clone(), pipeline.for_shape(images.shape())?))
}
