//! How a training fitted: what must be known before its scores, and how it splits uncertainty, are read.

mod trend;

pub use trend::{Course, MOVES, SMALLEST_CHANGE, Trend, WINDOW};

use crate::train::{EpochRecord, Schedule, TrainingSummary};
use elbo_compiler::analysis::{drawn_by_position, draws_mask_at_prediction};
use elbo_compiler::ir::{Mark, Monitor, Network, Run, Select};
use serde::{Deserialize, Serialize};

/// How a training fitted. It follows from the run, the summary and the epochs alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitDiagnostics {
    /// The course of KL(q‖p), in nats, over the last epochs up to the scored weights; `None` without a variational
    /// posterior, and below `WINDOW` epochs.
    pub kl: Option<Trend>,
    /// The course of the validation split's negative log-likelihood over the last epochs of training, in nats; `None`
    /// without a validation split, and below `WINDOW` epochs.
    pub validation_negative_log_likelihood: Option<Trend>,
    /// The learning rate of the scored epoch's last step, as a share of the base rate; `None` where a monitored figure
    /// decides about it.
    pub learning_rate_left: Option<f64>,
    /// s of the labels' smoothing; 0 without.
    pub label_smoothing: f64,
    /// (Σ w)²/Σ w² over the training examples' class weights (Kish 1965, section 11.7): as many equally weighted
    /// examples have a mean as certain; `None` without class weights.
    pub effective_examples: Option<f64>,
    /// The layers that masks fall on at prediction, or that are masks themselves.
    pub masked_layers: Vec<String>,
    /// The layers with weights that are random at prediction.
    pub random_layers: Vec<String>,
    /// The other layers with weights, each weight of which has one value.
    pub deterministic_layers: Vec<String>,
    /// The `bayes` layers whose noise in training was independent at each position and so no draw of q(w): with any, the
    /// training's loss is a surrogate and not −ELBO/N.
    pub surrogate_layers: Vec<String>,
    /// The same at prediction.
    pub position_noise_at_prediction: Vec<String>,
    /// What chose the epoch, or ended training; `None` where nothing did.
    pub selection: Option<Selection>,
}

/// What chose the epoch, or ended training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The figure.
    pub monitor: Monitor,
    /// Whether `select` took the best epoch.
    pub best: bool,
    /// Draws of the network behind the figure in each epoch.
    pub draws: usize,
}

impl FitDiagnostics {
    /// Of a training's summary and epochs. `class_counts` are the training examples of each class.
    pub fn new(run: &Run, summary: &TrainingSummary, epochs: &[EpochRecord], class_counts: &[usize]) -> Self {
        let names = |layers: &mut dyn Iterator<Item = &elbo_compiler::ir::Layer>| -> Vec<String> {
            layers.map(|layer| layer.name.clone()).collect()
        };
        let surrogate_layers = names(&mut drawn_by_position(&run.network, None));
        let position_noise_at_prediction = names(&mut drawn_by_position(&run.network, run.report.estimator));
        let (random_layers, deterministic_layers) = by_randomness(&run.network);
        let scored: Vec<f64> =
            epochs.iter().filter(|epoch| epoch.epoch <= summary.selected_epoch).map(|epoch| epoch.train.kl).collect();
        let kl = if is_variational(&run.network) { Trend::of(&scored) } else { None };
        let validation: Option<Vec<f64>> =
            epochs.iter().map(|epoch| Some(epoch.validation?.negative_log_likelihood)).collect();
        Self {
            kl,
            validation_negative_log_likelihood: validation.as_deref().and_then(Trend::of),
            learning_rate_left: learning_rate_left(run, summary),
            label_smoothing: run.training.likelihood.label_smoothing,
            effective_examples: effective_examples(run, class_counts),
            masked_layers: masked(&run.network).map(|layer| layer.name.clone()).collect(),
            random_layers,
            deterministic_layers,
            surrogate_layers,
            position_noise_at_prediction,
            selection: selection(run),
        }
    }
}

fn is_variational(network: &Network) -> bool {
    elbo_compiler::analysis::has_posterior(network)
}

/// The layers with weights: those random at prediction, and the others. The mask of a `dropout` mark stands in the
/// network as a layer of its own.
fn by_randomness(network: &Network) -> (Vec<String>, Vec<String>) {
    let (mut random, mut deterministic) = (Vec::new(), Vec::new());
    for layer in &network.layers {
        let is_random = match &layer.mark {
            Some(Mark::Bayes { .. }) => true,
            Some(Mark::Dropout { .. }) => draws_mask_at_prediction(layer),
            Some(Mark::Point { .. }) => false,
            None => continue,
        };
        let names = if is_random { &mut random } else { &mut deterministic };
        names.push(layer.name.clone());
    }
    // A mask that stands as a layer of its own, before a `point` layer, makes the network random all the same.
    if random.is_empty() {
        random.extend(masked(network).map(|layer| layer.name.clone()));
    }
    (random, deterministic)
}

/// The layers with a mask at prediction, and the masks that are layers of their own.
fn masked(network: &Network) -> impl Iterator<Item = &elbo_compiler::ir::Layer> {
    network.layers.iter().filter(|layer| draws_mask_at_prediction(layer))
}

fn learning_rate_left(run: &Run, summary: &TrainingSummary) -> Option<f64> {
    if run.training.learning_rate.watch().is_some() || summary.epochs == 0 {
        return None;
    }
    let batches = summary.examples.div_ceil(run.training.batch.max(1)) as u64;
    let whole = batches * run.training.epochs as u64;
    let planned = run.training.max_steps.map_or(whole, |most| whole.min(most as u64));
    let schedule = Schedule::new(&run.training.learning_rate, 1.0, planned);
    let last = (summary.selected_epoch as u64 * batches).min(summary.steps).saturating_sub(1);
    Some(schedule.learning_rate(last, summary.selected_epoch))
}

fn effective_examples(run: &Run, class_counts: &[usize]) -> Option<f64> {
    // Weights that are all the same weigh nothing: they are taken by their mean.
    let weights = run.training.likelihood.class_weights.as_ref()?;
    if weights.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let sum = |power: i32| -> f64 {
        weights.iter().zip(class_counts).map(|(weight, &count)| count as f64 * weight.powi(power)).sum()
    };
    let squares = sum(2);
    (squares > 0.0).then(|| sum(1) * sum(1) / squares)
}

/// `select` comes before `early_stopping`: it decides which weights are scored.
fn selection(run: &Run) -> Option<Selection> {
    let (monitor, best) = match (run.training.select, run.training.early_stopping) {
        (Select::Best { monitor }, _) => (monitor, true),
        (Select::Last, Some(stopping)) => (stopping.monitor, false),
        (Select::Last, None) => return None,
    };
    let draws = match monitor {
        Monitor::TrainLoss => run.training.samples,
        Monitor::ValidationNegativeLogLikelihood | Monitor::ValidationAccuracy => run.training.validation_samples,
    };
    Some(Selection { monitor, best, draws })
}

/// Whether `bayes` layers are predicted with by another estimator than the one they were trained with, in a way that
/// changes the distribution of a prediction: where noise by position takes the place of draws of the weights, or the
/// other way round.
pub fn predicts_otherwise(fit: &FitDiagnostics) -> bool {
    fit.surrogate_layers != fit.position_noise_at_prediction
}

#[cfg(test)]
mod tests;
