//! Scores under draws of whole weight sets, for networks whose training added independent noise at each position.

use super::draws::Draws;
use super::{Event, Observer, TrainError, TrainingData};
use crate::backend::{BackendError, Batch, Targets};
use crate::data::Part;
use crate::inference::Posterior;
use crate::outputs::{Assessment, evaluator};
use crate::random::{Key, Purpose};
use crate::uncertainty::{ComparedMetric, FinalElbo, UnderWeightDraws};
use elbo_compiler::analysis::drawn_by_position;
use elbo_compiler::ir::{Estimator, Run};

/// The most training examples the final ELBO is measured on.
pub const ELBO_EXAMPLES: usize = 10_000;

/// The run whose prediction draws all weights, if `run` trains with noise at each position: whatever its report says, its
/// loss is then no bound for its posterior, and its scores may be those of another distribution.
pub fn run_of_weight_draws(run: &Run) -> Option<Run> {
    drawn_by_position(&run.network, None).next()?;
    let mut drawn = run.clone();
    drawn.report.estimator = Some(Estimator::Reparameterization);
    drawn.report.out_of_distribution.clear();
    Some(drawn)
}

/// How many training examples the final ELBO of a run is measured on, of so many.
pub fn elbo_examples(training: usize) -> usize {
    training.min(ELBO_EXAMPLES)
}

/// Opens a posterior under another report.
pub type OpenAgain<'o> = dyn Fn(&Run) -> Result<Box<dyn Posterior>, BackendError> + 'o;

/// Scores the network of `run` under draws of its weights and compares that with `assessment`, which was made with the
/// run's own estimator; `None` where its training drew from its posterior. `open` gives the posterior under another
/// report.
///
/// # Errors
/// As [`super::assess`]; [`TrainError::Backend`] if the network cannot be opened again.
pub fn under_weight_draws(
    run: &Run,
    open: &OpenAgain<'_>,
    data: &dyn TrainingData,
    assessment: &Assessment,
    observer: &mut dyn Observer,
) -> Result<Option<UnderWeightDraws>, TrainError> {
    let Some(drawn) = run_of_weight_draws(run) else { return Ok(None) };
    if data.examples(Part::Training) == 0 {
        return Ok(None);
    }
    let posterior = open(&drawn)?;
    let is_other = drawn_by_position(&run.network, run.report.estimator).next().is_some();
    let metrics = if is_other { compared(&drawn, posterior.as_ref(), data, assessment, observer)? } else { Vec::new() };
    let elbo = final_elbo(&drawn, posterior.as_ref(), data, observer)?;
    Ok(Some(UnderWeightDraws { samples: elbo.draws, metrics, elbo }))
}

/// Every figure of the test split both ways.
fn compared(
    drawn: &Run,
    posterior: &dyn Posterior,
    data: &dyn TrainingData,
    assessment: &Assessment,
    observer: &mut dyn Observer,
) -> Result<Vec<ComparedMetric>, TrainError> {
    let again = evaluator(drawn).score(posterior, data, observer)?;
    let compared = assessment.scored.compare(&again);
    compared.map_err(|source| TrainError::Score { split: Part::Test, source })
}

/// −ELBO/N by draws of the weights, each of which is used for every example.
fn final_elbo(
    drawn: &Run,
    posterior: &dyn Posterior,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<FinalElbo, TrainError> {
    let all = data.examples(Part::Training);
    let draws = Draws::new(&drawn.network, posterior, (data, Part::Training), drawn.report.samples, 0)?;
    let (samples, examples) = (draws.samples as usize, elbo_examples(all));
    let positions = chosen(drawn.training.seed, all, examples)?;
    let mut sums_by_draw = vec![0.0; samples];
    let mut means_by_example = Vec::with_capacity(examples);
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    for range in draws.ranges(samples).take_while(|range| range.start < examples) {
        let places = range.start..range.end.min(examples);
        let batch = gathered(data, &positions[places.clone()]);
        let mut sums_by_example = vec![0.0; batch.len()];
        let mut add = |draw: usize, example: usize, log_likelihood: f64| {
            sums_by_draw[draw] += log_likelihood;
            sums_by_example[example] += log_likelihood;
        };
        evaluator(drawn).log_likelihoods(&draws, &batch, places.start, &mut add)?;
        means_by_example.extend(sums_by_example.iter().map(|sum| sum / samples as f64));
        observer.event(&Event::Evaluation { done: places.end, examples, samples })?;
    }
    Ok(FinalElbo::new(&sums_by_draw, &means_by_example, all, posterior.kl()?))
}

/// The places of the examples the ELBO is measured on: all of them, or the first of a permutation of its own.
fn chosen(seed: u64, all: usize, examples: usize) -> Result<Vec<u32>, TrainError> {
    let too_many =
        |_| TrainError::TooMany { what: "the number of training examples", found: all, maximum: u32::MAX as usize };
    let count = u32::try_from(all).map_err(too_many)?;
    if examples == all {
        return Ok((0..count).collect());
    }
    let mut places = Key::new(seed).stream(Purpose::Order, "final elbo").permutation(0, count);
    places.truncate(examples);
    places.sort_unstable();
    Ok(places)
}

/// Examples of the training split at any places, transformed and not augmented.
fn gathered(data: &dyn TrainingData, places: &[u32]) -> Batch {
    // Runs of neighbours are read at once; where the whole split is taken, all of it is one.
    let runs = places.chunk_by(|left, right| left + 1 == *right);
    let mut parts = runs.map(|run| data.batch(Part::Training, run[0] as usize..run[0] as usize + run.len()));
    let mut all = parts.next().expect("no batch is empty");
    for part in parts {
        all.inputs.extend(part.inputs);
        match (&mut all.targets, part.targets) {
            (Targets::Classes(all), Targets::Classes(more)) => all.extend(more),
            (Targets::Values { values: all, .. }, Targets::Values { values: more, .. }) => all.extend(more),
            (Targets::Classes(_), Targets::Values { .. }) | (Targets::Values { .. }, Targets::Classes(_)) => {
                unreachable!("a split has one kind of targets")
            }
        }
    }
    all
}
