//! What a trained network predicts where nobody knows the answers.

use super::draws::{Draws, check_draws};
use super::{Event, Observer, TrainError, TrainingData};
use crate::backend::Batch;
use crate::data::Part;
use crate::inference::Posterior;
use crate::outputs::{Predicted, evaluator};
use crate::uncertainty::UncertaintyError;
use elbo_compiler::ir::Run;
use sha2::{Digest, Sha256};

/// What is predicted of each example of the test split from T = `report.samples` draws (one if nothing in the network
/// is random); targets are not looked at.
///
/// Noise that differs between examples, as of local reparameterisation, flipout and dropout, is a function of the
/// draw, the layer and the content of the example: its place, and what else is predicted, change nothing. So these
/// draws are not those of [`assess`](super::assess), whose noise is a function of the place in the split.
///
/// # Errors
/// [`TrainError::EmptySplit`] without an example, [`TrainError::TooMany`] for more draws than can be kept,
/// [`TrainError::Backend`] and [`TrainError::Score`] if the network gives nothing finite, [`TrainError::Record`] if
/// the observer failed.
pub fn predict(
    run: &Run,
    posterior: &dyn Posterior,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<Predicted, TrainError> {
    let examples = data.examples(Part::Test);
    if examples == 0 {
        return Err(TrainError::EmptySplit { split: Part::Test });
    }
    check_draws(run)?;
    let draws = Draws::new(&run.network, posterior, (data, Part::Test), run.report.samples, 0)?;
    let samples = draws.samples as usize;
    let evaluator = evaluator(run);
    let mut predictor = evaluator.predictor(&draws)?;
    // Where all draws of an input are kept, they count.
    let kept = if run.network.output.kind().facts().keeps_draws { samples } else { 1 };
    let apart = posterior.differs_between_examples();
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    for range in draws.ranges(kept) {
        let parts = if apart { range.clone().map(|at| at..at + 1).collect() } else { vec![range.clone()] };
        for part in parts {
            let batch = data.batch(Part::Test, part.clone());
            let address = if apart { address_of(&batch) } else { part.start };
            let placed = |error| if apart { at_example(error, part.start) } else { error };
            predictor.add(&batch, address).map_err(placed)?;
        }
        observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
    }
    Ok(predictor.finish())
}

/// An error of a batch of one, with the place of its example in place of the address of its noise.
fn at_example(error: TrainError, place: usize) -> TrainError {
    match error {
        TrainError::Score { split, source: UncertaintyError::NotFinite { class, .. } } => {
            TrainError::Score { split, source: UncertaintyError::NotFinite { input: place, class } }
        }
        TrainError::Score { split, source: UncertaintyError::Value { what, target, .. } } => {
            TrainError::Score { split, source: UncertaintyError::Value { what, input: place, target } }
        }
        other => other,
    }
}

/// The place in the tables of random numbers that belongs to the example of a batch of one: a function of its
/// content. Of 32 bits, so that it can be multiplied by the numbers of any layer.
fn address_of(batch: &Batch) -> usize {
    let mut hash = Sha256::new();
    batch.inputs.iter().for_each(|number| hash.update(number.to_le_bytes()));
    let digest = hash.finalize();
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]) as usize
}
