//! The scores of the validation split after an epoch.

use super::draws::Draws;
use super::regression::{TargetUnits, ValueReader};
use super::{TrainError, TrainingData, ValidationMeans};
use crate::backend::Backend;
use crate::data::Part;
use crate::uncertainty::ScoreSums;
use elbo_compiler::ir::{NoiseModel, Output, ProbabilityLink, Run};

/// Scores of the validation split by the mean of the draws: `Some(None)` if it is empty, `None` if it was told to stop
/// before it was through.
pub(super) fn validate(
    run: &Run,
    backend: &dyn Backend,
    data: &dyn TrainingData,
    pass: u32,
    is_stopping: &dyn Fn() -> bool,
) -> Result<Option<Option<ValidationMeans>>, TrainError> {
    let samples = run.training.validation_samples;
    let draws = Draws::new(&run.network, backend, (data, Part::Validation), samples, pass)?;
    let draws = draws.interrupted_by(&run.network, is_stopping);
    let validated = match run.network.output {
        Output::Categorical { link } => of_classes(&draws, link, is_stopping),
        Output::Gaussian { noise } => of_values(&draws, noise, is_stopping),
    };
    match validated {
        Err(TrainError::Record(error)) if error.kind() == std::io::ErrorKind::Interrupted => Ok(None),
        other => other,
    }
}

fn of_classes(
    draws: &Draws<'_>,
    link: ProbabilityLink,
    is_stopping: &dyn Fn() -> bool,
) -> Result<Option<Option<ValidationMeans>>, TrainError> {
    let mut sums = ScoreSums::default();
    for range in draws.ranges(1) {
        if is_stopping() {
            return Ok(None);
        }
        let batch = draws.data.batch(draws.split, range.clone());
        let groups = draws.together(link, &batch, range.start)?;
        let scores = groups.finish().and_then(|(predictive, _)| predictive.score(batch.targets.classes()));
        scores.map_err(|error| draws.unscorable(error))?.iter().for_each(|input| sums.add(input));
    }
    Ok(Some((sums.inputs > 0).then(|| ValidationMeans {
        negative_log_likelihood: sums.mean(sums.negative_log_likelihood),
        accuracy: Some(sums.accuracy()),
        root_mean_squared_error: None,
    })))
}

/// In the units that the network is trained in, as the training's own figures are; the error is over all targets, which
/// have one unit where they are normalised.
fn of_values(
    draws: &Draws<'_>,
    noise: NoiseModel,
    is_stopping: &dyn Fn() -> bool,
) -> Result<Option<Option<ValidationMeans>>, TrainError> {
    let (mut inputs, mut targets, mut squares, mut likelihood) = (0_usize, 0_usize, 0.0, 0.0);
    if draws.data.examples(draws.split) == 0 {
        return Ok(Some(None));
    }
    let reader = ValueReader::new(draws, noise, TargetUnits::Network)?;
    for range in draws.ranges(draws.samples as usize) {
        if is_stopping() {
            return Ok(None);
        }
        let batch = draws.data.batch(draws.split, range.clone());
        for input in reader.read(&batch, range.start)? {
            inputs += 1;
            targets += input.marginals.len();
            squares += input.squared_error();
            likelihood += input.negative_log_likelihood();
        }
    }
    Ok(Some((inputs > 0).then(|| ValidationMeans {
        negative_log_likelihood: likelihood / inputs as f64,
        accuracy: None,
        root_mean_squared_error: Some((squares / targets as f64).sqrt()),
    })))
}
