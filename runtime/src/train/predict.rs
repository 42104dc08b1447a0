//! What a trained network predicts where nobody knows the answers.

use super::draws::Draws;
use super::{Event, Observer, TrainError, TrainingData};
use crate::backend::Backend;
use crate::data::Part;
use crate::uncertainty::Predictive;
use elbo_compiler::ir::{Output, Run};

/// The predictive distribution of each example of the test split from T = `report.samples` draws (one if nothing in the
/// network is random), in their order; labels are not looked at. The draws are those of
/// [`assess`](super::assess): example n is predicted as the n-th of a test split would be.
///
/// # Errors
/// [`TrainError::NoClasses`] where targets are real numbers, [`TrainError::EmptySplit`] without an example, [`TrainError::Backend`] and [`TrainError::Score`] if the network gives
/// no finite scores, [`TrainError::Record`] if the observer failed.
pub fn predict(
    run: &Run,
    backend: &dyn Backend,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<Predictive, TrainError> {
    let Output::Categorical { link } = run.network.output else { return Err(TrainError::NoClasses) };
    let examples = data.examples(Part::Test);
    if examples == 0 {
        return Err(TrainError::EmptySplit { split: Part::Test });
    }
    let draws = Draws::new(&run.network, backend, (data, Part::Test), run.report.samples, 0)?;
    let samples = draws.samples as usize;
    let mut predictive = Predictive::empty(samples, draws.outputs);
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    for range in draws.ranges(1) {
        let batch = data.batch(Part::Test, range.clone());
        let groups = draws.together(link, &batch, range.start)?;
        let added = groups.finish().and_then(|(found, _)| predictive.append(found));
        added.map_err(|error| draws.unscorable(error))?;
        observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
    }
    Ok(predictive)
}
