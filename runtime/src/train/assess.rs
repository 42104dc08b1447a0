//! Everything a report says of a trained network: the test split, temperature scaling, sets of another distribution.

use super::draws::check_draws;
use super::{Observer, TrainError, TrainingData};
use crate::data::Part;
use crate::inference::Posterior;
#[cfg(test)]
use crate::outputs::Scored;
use crate::outputs::{Assessment, evaluator};
#[cfg(test)]
use crate::uncertainty::Evaluation;
use crate::uncertainty::check_report;
use elbo_compiler::ir::Run;

/// Scores a posterior from T = `report.samples` draws of it (one if nothing in it is random; epistemic figures are then
/// `None`). `others` gives the images of each of the report's out-of-distribution sets, by its place, as the test
/// split of a data set. Batches have a size of their own, so that the training's batch size changes no score.
///
/// # Errors
/// [`TrainError::EmptySplit`] if there is nothing to score, [`TrainError::Report`] if the report asks
/// for what cannot be, [`TrainError::Backend`] and [`TrainError::Score`] if the network gives no
/// finite scores or labels do not fit, [`TrainError::Record`] if the observer failed.
pub fn assess(
    run: &Run,
    posterior: &dyn Posterior,
    data: &dyn TrainingData,
    others: &dyn Fn(usize) -> Box<dyn TrainingData>,
    observer: &mut dyn Observer,
) -> Result<Assessment, TrainError> {
    check(run, data)?;
    evaluator(run).assess(posterior, data, others, observer)
}

/// The scores of classes on the test split alone, without what [`assess`] says beside them.
///
/// # Errors
/// As [`assess`]; [`TrainError::NoClasses`] where targets are real numbers.
#[cfg(test)]
pub(crate) fn evaluate(
    run: &Run,
    posterior: &dyn Posterior,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<Evaluation, TrainError> {
    check(run, data)?;
    match evaluator(run).score(posterior, data, observer)? {
        Scored::Classes { test, .. } => Ok(*test),
        Scored::Values { .. } => Err(TrainError::NoClasses),
    }
}

/// Whether there is something to score, and the report can be made.
fn check(run: &Run, data: &dyn TrainingData) -> Result<(), TrainError> {
    check_report(&run.report).map_err(TrainError::Report)?;
    check_draws(run)?;
    if data.examples(Part::Test) == 0 {
        return Err(TrainError::EmptySplit { split: Part::Test });
    }
    Ok(())
}
