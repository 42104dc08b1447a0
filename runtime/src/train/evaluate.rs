//! The final scores of a trained network.

use super::draws::Draws;
use super::{Event, Observer, TrainError, TrainingData};
use crate::backend::Backend;
use crate::data::Part;
use crate::uncertainty::{Evaluation, Predictive, Replicates, check_report, groups_of_draws};
use elbo_compiler::ir::Run;

/// Scores `split` from T = `report.samples` draws of the network (one if nothing in it is random; its
/// epistemic figures are then `None`). Batches have a size of their own, so that the training's
/// batch size changes no score.
///
/// # Errors
/// [`TrainError::EmptySplit`] if there is nothing to score, [`TrainError::Report`] if the report asks
/// for what cannot be, [`TrainError::Backend`] and [`TrainError::Score`] if the network gives no
/// finite scores or labels do not fit, [`TrainError::Record`] if the observer failed.
pub fn evaluate(
    run: &Run,
    backend: &dyn Backend,
    data: &dyn TrainingData,
    split: Part,
    observer: &mut dyn Observer,
) -> Result<Evaluation, TrainError> {
    check_report(&run.report).map_err(TrainError::Report)?;
    let examples = data.examples(split);
    if examples == 0 {
        return Err(TrainError::EmptySplit { split });
    }
    let draws = Draws::new(&run.network, backend, (data, split), run.report.samples, 0)?;
    let samples = draws.samples as usize;
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    let mut predictive = Predictive::empty(samples, draws.classes);
    let mut replicates = Replicates::default();
    let mut labels = Vec::with_capacity(examples);
    for range in draws.ranges(groups_of_draws(samples)) {
        let batch = data.batch(split, range.clone());
        let groups = draws.in_groups(&batch, range.start)?;
        let added = groups.finish().and_then(|(all, left_out)| {
            predictive.append(all)?;
            replicates.add(&left_out, &batch.labels)
        });
        added.map_err(|error| draws.unscorable(error))?;
        labels.extend(batch.labels);
        observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
    }
    Evaluation::new(&predictive, &labels, &run.report.metrics, &replicates).map_err(|error| draws.unscorable(error))
}
