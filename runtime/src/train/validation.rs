//! The scores of the validation split after an epoch.

use super::draws::Draws;
use super::{TrainError, TrainingData, ValidationMeans};
use crate::data::Part;
use crate::inference::Posterior;
use crate::outputs::evaluator;
use elbo_compiler::ir::Run;

/// Scores of the validation split by the mean of the draws: `Some(None)` if it is empty, `None` if it was told to stop
/// before it was through.
pub(crate) fn validate(
    run: &Run,
    posterior: &dyn Posterior,
    data: &dyn TrainingData,
    pass: u32,
    is_stopping: &dyn Fn() -> bool,
) -> Result<Option<Option<ValidationMeans>>, TrainError> {
    let samples = run.training.validation_samples;
    let draws = Draws::new(&run.network, posterior, (data, Part::Validation), samples, pass)?;
    let draws = draws.interrupted_by(&run.network, is_stopping);
    let validated = evaluator(run).validate(&draws, is_stopping);
    match validated {
        Err(TrainError::Record(error)) if error.kind() == std::io::ErrorKind::Interrupted => Ok(None),
        other => other,
    }
}
