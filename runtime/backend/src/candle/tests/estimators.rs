//! Draws: independent, reproducible, keyed by the example, and with the right moments.

use crate::candle::CandleBackend;
use crate::tests::networks::{Chain, batch, bayes, point, window, window1d};
use crate::{Backend, Batch, DrawContext, StepContext, Targets};
use candle_core::Device;
use elbo_compiler::ir::{
    Activation, Dropout, DropoutUnit, Estimator, GroupNorm, LayerNorm, Mark, Operation, Run, Shape,
};

const ESTIMATORS: [Estimator; 3] =
    [Estimator::LocalReparameterization, Estimator::Reparameterization, Estimator::Flipout];

fn network(mark: &Mark) -> Chain {
    Chain::image(2, 5, 5).conv("conv1", 4, window(3, 1, 1), 1, mark.clone()).act(Activation::Softplus).flatten().linear(
        "head",
        3,
        mark.clone(),
    )
}

fn with_dropout(unit: DropoutUnit, at_prediction: bool) -> Run {
    let dropout = Operation::Dropout(Dropout { probability: 0.5, unit, at_prediction });
    Chain::image(2, 5, 5)
        .conv("conv1", 6, window(3, 1, 1), 1, point())
        .add("conv1.dropout", dropout, None)
        .flatten()
        .linear("head", 3, point())
        .run()
}

fn draw(sample: u32) -> DrawContext {
    DrawContext { sample, first_example: 0, pass: 0 }
}

fn stochastic_runs() -> Vec<Run> {
    let mut runs: Vec<Run> = ESTIMATORS.iter().map(|&estimator| network(&bayes(estimator)).run()).collect();
    runs.push(with_dropout(DropoutUnit::Element, true));
    runs.push(with_dropout(DropoutUnit::Channel, true));
    for (estimator, unit) in ESTIMATORS.into_iter().zip([DropoutUnit::Channel; 3]) {
        let chain = Chain::new(Shape::Sequence { channels: 4, length: 6 })
            .conv1d("conv1", 4, window1d(3, 1, 1), 2, bayes(estimator))
            .add("norm1", Operation::GroupNorm(GroupNorm { groups: 2, epsilon: 1e-5 }), None)
            .add("conv1.dropout", Operation::Dropout(Dropout { probability: 0.2, unit, at_prediction: true }), None)
            .plus("add#1", "input")
            .add("norm2", Operation::LayerNorm(LayerNorm { epsilon: 1e-5 }), None)
            .flatten();
        runs.push(chain.linear("head", 3, bayes(estimator)).run());
    }
    runs
}

#[test]
fn draws_differ_between_samples_and_passes_and_are_reproducible() {
    for run in stochastic_runs() {
        let batch = batch(run.network.input, 3, 3);
        let backend = CandleBackend::new(&run, Device::Cpu).unwrap();
        assert!(backend.is_stochastic());
        let again = CandleBackend::new(&run, Device::Cpu).unwrap();
        let first = backend.predict(&batch, &draw(0)).unwrap();
        assert_eq!(first, backend.predict(&batch, &draw(0)).unwrap());
        assert_eq!(first, again.predict(&batch, &draw(0)).unwrap());
        let other_pass = DrawContext { pass: 1, ..draw(0) };
        for context in [draw(1), draw(2), other_pass] {
            let other = backend.predict(&batch, &context).unwrap();
            for example in 0..3 {
                assert_ne!(first[example * 3..][..3], other[example * 3..][..3], "example {example} of {context:?}");
            }
        }
    }
}

#[test]
fn epistemic_uncertainty_is_not_zero_by_construction() {
    for run in stochastic_runs() {
        let batch = batch(run.network.input, 2, 3);
        let backend = CandleBackend::new(&run, Device::Cpu).unwrap();
        let draws: Vec<Vec<f32>> = (0..12).map(|sample| backend.predict(&batch, &draw(sample)).unwrap()).collect();
        for at in 0..6 {
            let mean = draws.iter().map(|draw| draw[at]).sum::<f32>() / 12.0;
            let variance = draws.iter().map(|draw| (draw[at] - mean).powi(2)).sum::<f32>() / 12.0;
            assert!(variance > 1e-4, "score {at}: {variance}");
        }
    }
}

#[test]
fn point_networks_and_dropout_without_prediction_masks_are_deterministic() {
    for run in [network(&point()).run(), with_dropout(DropoutUnit::Element, false)] {
        let batch = batch(run.network.input, 2, 3);
        let backend = CandleBackend::new(&run, Device::Cpu).unwrap();
        assert!(!backend.is_stochastic());
        assert_eq!(backend.predict(&batch, &draw(0)).unwrap(), backend.predict(&batch, &draw(1)).unwrap());
    }
}

#[test]
fn the_size_of_batches_does_not_change_predictions() {
    for run in stochastic_runs() {
        let shape = run.network.input;
        let whole = batch(shape, 7, 3);
        let backend = CandleBackend::new(&run, Device::Cpu).unwrap();
        let together = backend.predict(&whole, &draw(2)).unwrap();
        let mut pieces = Vec::new();
        for (start, end) in [(0, 3), (3, 4), (4, 7)] {
            let numbers = start * shape.elements()..end * shape.elements();
            let piece = Batch {
                shape,
                inputs: whole.inputs[numbers].to_vec(),
                targets: Targets::Classes(whole.targets.classes()[start..end].to_vec()),
            };
            let context = DrawContext { sample: 2, first_example: start as u64, pass: 0 };
            pieces.extend(backend.predict(&piece, &context).unwrap());
        }
        for (a, b) in together.iter().zip(&pieces) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

/// Mean and variance of each score over draws, with the number of draws.
fn moments(run: &Run, batch: &Batch, draws: u32) -> Vec<(f64, f64)> {
    let backend = CandleBackend::new(run, Device::Cpu).unwrap();
    let mut sums: Vec<(f64, f64)> = Vec::new();
    for sample in 0..draws {
        let scores = backend.predict(batch, &draw(sample)).unwrap();
        sums.resize(scores.len(), (0.0, 0.0));
        for (sum, score) in sums.iter_mut().zip(scores) {
            sum.0 += f64::from(score);
            sum.1 += f64::from(score).powi(2);
        }
    }
    let count = f64::from(draws);
    sums.into_iter().map(|(sum, squares)| (sum / count, squares / count - (sum / count).powi(2))).collect()
}

#[test]
fn every_estimator_has_the_marginals_of_drawn_weights() {
    // A single convolution, whose marginals are exact at every position, and a single linear map.
    let sequence = |mark: &Mark| {
        let input = Shape::Sequence { channels: 4, length: 5 };
        Chain::new(input).conv1d("conv1", 4, window1d(3, 2, 1), 2, mark.clone()).run()
    };
    let conv = |mark: &Mark| Chain::image(3, 3, 3).conv("conv1", 2, window(3, 2, 1), 1, mark.clone()).run();
    let linear = |mark: &Mark| Chain::new(Shape::Vector { features: 5 }).linear("head", 3, mark.clone()).run();
    let build: [&dyn Fn(&Mark) -> Run; 3] = [&conv, &linear, &sequence];
    for build in build {
        let [local, drawn, flipped] = ESTIMATORS.map(|estimator| {
            let run = build(&bayes(estimator));
            let batch = batch(run.network.input, 2, 3);
            moments(&run, &batch, 4_000)
        });
        let pairs = local.into_iter().zip(drawn.clone()).chain(flipped.into_iter().zip(drawn));
        for ((local_mean, local_variance), (mean, variance)) in pairs {
            // Five standard errors of the difference of two means, and of two Gaussian variances.
            let mean_error = (2.0 * variance / 4_000.0).sqrt();
            let variance_error = variance * (4.0f64 / 4_000.0).sqrt();
            assert!((local_mean - mean).abs() < 5.0 * mean_error, "{local_mean} {mean} ± {mean_error}");
            assert!((local_variance - variance).abs() < 5.0 * variance_error, "{local_variance} {variance}");
            assert!(variance > 0.0);
        }
    }
}

#[test]
fn the_report_can_choose_another_estimator_for_prediction() {
    let mut run = network(&bayes(Estimator::LocalReparameterization)).run();
    let drawn = network(&bayes(Estimator::Reparameterization)).run();
    run.report.estimator = Some(Estimator::Reparameterization);
    let batch = batch(run.network.input, 2, 3);
    let [mut chosen, mut plain] = [&run, &drawn].map(|run| CandleBackend::new(run, Device::Cpu).unwrap());
    assert_eq!(chosen.predict(&batch, &draw(0)).unwrap(), plain.predict(&batch, &draw(0)).unwrap());
    let context = StepContext { step: 0, learning_rate: 0.1, kl_weight: 0.0, samples: 1 };
    let losses = [&mut chosen, &mut plain].map(|backend| backend.train_step(&batch, &context).unwrap().loss);
    assert_ne!(losses[0], losses[1], "training keeps its own estimator");
}

#[test]
fn drawn_weights_are_one_draw_for_the_batch() {
    let run = network(&bayes(Estimator::Reparameterization)).run();
    let mut batch = batch(run.network.input, 2, 3);
    let half = batch.inputs.len() / 2;
    batch.inputs.copy_within(..half, half);
    let backend = CandleBackend::new(&run, Device::Cpu).unwrap();
    let scores = backend.predict(&batch, &draw(0)).unwrap();
    assert_eq!(scores[..3], scores[3..]);
}

#[test]
fn masks_drop_the_right_share_and_whole_channels() {
    for (unit, count) in [(DropoutUnit::Element, 4), (DropoutUnit::Channel, 1)] {
        let dropout = Operation::Dropout(Dropout { probability: 0.25, unit, at_prediction: true });
        let run = Chain::image(50, 2, 2).add("x.dropout", dropout, None).flatten().run();
        let mut batch = batch(run.network.input, 20, 3);
        batch.inputs.fill(3.0);
        let backend = CandleBackend::new(&run, Device::Cpu).unwrap();
        let values = backend.predict(&batch, &draw(0)).unwrap();
        assert!(values.iter().all(|&value| value == 0.0 || (value - 4.0).abs() < 1e-6));
        let dropped = values.iter().filter(|&&value| value == 0.0).count() as f64 / values.len() as f64;
        let units = (1_000 * count) as f64;
        assert!((dropped - 0.25).abs() < 5.0 * (0.25 * 0.75 / units).sqrt(), "{dropped}");
        let mixed = values.chunks_exact(4).filter(|channel| channel.iter().any(|value| *value != channel[0])).count();
        assert_eq!(mixed > 0, unit == DropoutUnit::Element);
    }
}

#[test]
fn flipout_gives_each_example_weights_of_its_own() {
    // Two equal examples, one linear map: under one draw of weights their scores would be equal.
    let run = Chain::new(Shape::Vector { features: 4 }).linear("head", 3, bayes(Estimator::Flipout)).run();
    let mut batch = batch(run.network.input, 2, 3);
    let (first, second) = batch.inputs.split_at_mut(4);
    second.copy_from_slice(first);
    let backend = CandleBackend::new(&run, Device::Cpu).unwrap();
    let draws = 4_000;
    let mut sums = [[0.0f64; 5]; 3];
    for sample in 0..draws {
        let scores = backend.predict(&batch, &draw(sample)).unwrap();
        for (class, sums) in sums.iter_mut().enumerate() {
            let (a, b) = (f64::from(scores[class]), f64::from(scores[3 + class]));
            for (sum, value) in sums.iter_mut().zip([a, b, a * a, b * b, a * b]) {
                *sum += value / f64::from(draws);
            }
        }
    }
    for [a, b, aa, bb, ab] in sums {
        let correlation = (ab - a * b) / ((aa - a * a) * (bb - b * b)).sqrt();
        // The signs of a dependent draw make the correlation exactly 0; its error is some 1/√draws.
        assert!(correlation.abs() < 5.0 / f64::from(draws).sqrt(), "{correlation}");
    }
}
