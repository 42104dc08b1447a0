mod assessment;
mod blobs;
mod dataset;
mod evaluation;
mod logistic;
mod metrics;
mod refusals;
mod regression;
mod resuming;
mod schedule;
mod selection;
mod simulated;
mod training;
mod weight_draws;

use super::{Assessment, Observer, TrainError, TrainingData, ValidationMeans};
use crate::backend::Backend;
use crate::inference::TrainedNetwork;
use crate::uncertainty::Evaluation;
use elbo_compiler::ir;
use elbo_compiler::optimizers::Sgd;
use elbo_compiler::priors::Normal;

/// Scores the posterior of a network as [`crate::train::assess`] does.
fn assess(
    run: &ir::Run,
    network: &dyn Backend,
    data: &dyn TrainingData,
    others: &dyn Fn(usize) -> Box<dyn TrainingData>,
    observer: &mut dyn Observer,
) -> Result<Assessment, TrainError> {
    crate::train::assess(run, &TrainedNetwork::new(run, network), data, others, observer)
}

/// The scores of classes alone.
fn evaluate(
    run: &ir::Run,
    network: &dyn Backend,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<Evaluation, TrainError> {
    crate::train::evaluate(run, &TrainedNetwork::new(run, network), data, observer)
}

/// The scores of the validation split.
fn validate(
    run: &ir::Run,
    network: &dyn Backend,
    data: &dyn TrainingData,
    pass: u32,
    is_stopping: &dyn Fn() -> bool,
) -> Result<Option<Option<ValidationMeans>>, TrainError> {
    crate::train::validate(run, &TrainedNetwork::new(run, network), data, pass, is_stopping)
}

/// A run of the logistic backend on the blobs: 3 classes, 2 features.
fn run() -> ir::Run {
    let input = ir::Shape::Vector { features: 2 };
    ir::Run {
        version: ir::VERSION,
        network: ir::Network {
            input,
            layers: vec![ir::Layer {
                start: None,
                from: None,
                name: "head".into(),
                operation: ir::Operation::Linear(ir::Linear { out_features: 3, bias: true }),
                mark: Some(ir::Mark::Bayes {
                    prior: ir::Prior::Normal(Normal { mean: 0.0, std: 1.0 }),
                    posterior: ir::Posterior { mean: ir::PosteriorMean::Zeros, rho: -3.0 },
                    estimator: ir::Estimator::LocalReparameterization,
                }),
                input,
                output: ir::Shape::Vector { features: 3 },
            }],
            output: ir::Output::Categorical(ir::Categorical { link: ir::ProbabilityLink::Softmax }),
        },
        data: ir::Data {
            source: ir::Source::Set(ir::DataSource::Digits),
            root: None,
            shape: input,
            target: ir::Target::of_classes(3),
            subset: ir::Subset::All,
            split: ir::Split { train: 0.8, validation: 0.2 },
            transform: vec![],
            augment: vec![],
        },
        training: ir::Training {
            objective: ir::Objective::Elbo {
                kl: ir::KlWeighting::Exact,
                temperature: 1.0,
                anneal: ir::Annealing::None,
                l2: 0.0,
            },
            optimizer: ir::Optimizer::Sgd(Sgd {
                learning_rate: 0.5,
                momentum: 0.0,
                nesterov: false,
                weight_decay: 0.0,
            }),
            learning_rate: ir::LearningRate::Constant,
            epochs: 4,
            batch: 16,
            samples: 1,
            validation_samples: 2,
            max_steps: None,
            likelihood: ir::Likelihood { label_smoothing: 0.0, class_weights: None },
            clip: None,
            early_stopping: None,
            select: ir::Select::Last,
            inference: ir::Inference::Variational,
            checkpoint: None,
            seed: 7,
        },
        report: ir::Report {
            samples: 6,
            estimator: None,
            metrics: vec![ir::Metric::Confusion],
            out_of_distribution: vec![],
        },
    }
}
