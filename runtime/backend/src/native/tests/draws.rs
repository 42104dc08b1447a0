//! Draws: folded or one by one, in large batches or small, the same bits; and no bit depends on the number of threads.

use crate::native::NativeBackend;
use crate::tests::cases;
use crate::tests::networks::{Chain, batch, bayes, bayes_from, laplace, mixture, point, window, window1d};
use crate::{Backend, Batch, DrawContext, DrawsContext, StepContext, Targets};
use elbo_compiler::ir::{
    Activation, AdaptiveAvgPool, BatchNorm, Clip, Dropout, DropoutUnit, Estimator, GroupNorm, LayerNorm, Likelihood,
    MaxPool, Operation, Run, Shape,
};

#[test]
fn draws_do_not_depend_on_how_they_are_taken_together() {
    for (name, cases) in cases::ALL {
        cases(&mut |run| {
            let all = batch(run.network.input, 11, 3);
            let backend = NativeBackend::new(run).unwrap();
            let draws = DrawsContext { first_sample: 3, samples: 5, first_example: 7, pass: 2 };
            let together = backend.predict_draws(&all, &draws).unwrap();
            let size = together.len() / 5;
            for sample in 0..5 {
                let context = DrawContext { sample: 3 + sample, first_example: 7, pass: 2 };
                let alone = backend.predict(&all, &context).unwrap();
                let found = &together[sample as usize * size..][..size];
                assert!(alone.iter().zip(found).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}, sample {sample}");
                // The last examples alone.
                let elements = all.shape.elements();
                let rest = Batch {
                    shape: all.shape,
                    inputs: all.inputs[9 * elements..].to_vec(),
                    targets: Targets::Classes(all.targets.classes()[9..].to_vec()),
                };
                let context = DrawContext { first_example: 16, ..context };
                let rest = backend.predict(&rest, &context).unwrap();
                let tail = &alone[9 * size / 11..];
                assert!(rest.iter().zip(tail).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}: the last two");
            }
        });
    }
}

fn networks() -> Vec<Run> {
    let mut all = Vec::new();
    for estimator in [Estimator::LocalReparameterization, Estimator::Reparameterization, Estimator::Flipout] {
        let run = Chain::image(3, 16, 16)
            .conv("conv1", 48, window(5, 1, 2), 1, bayes(estimator))
            .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
            .act(Activation::Softplus)
            .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(3, 2, 1) }), None)
            .conv("conv2", 64, window(3, 1, 1), 1, point())
            .add("maxpool#2", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
            .act(Activation::Gelu)
            .add("pool#1", Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [2, 2] }), None)
            .flatten()
            .linear("head", 10, bayes(estimator))
            .run();
        all.push(run);
    }
    let drawn = bayes_from(mixture(), Estimator::Flipout);
    let unit = DropoutUnit::Element;
    let images = Chain::image(4, 12, 12)
        .conv("conv1", 48, window(3, 1, 1), 1, drawn.clone())
        .add("norm1", Operation::GroupNorm(GroupNorm { groups: 4, epsilon: 1e-5 }), None)
        .act(Activation::Relu)
        .conv("conv2", 48, window(3, 1, 1), 4, bayes_from(laplace(), Estimator::LocalReparameterization))
        .plus("add#1", "norm1")
        .add("conv2.dropout", Operation::Dropout(Dropout { probability: 0.3, unit, at_prediction: true }), None)
        .add("norm2", Operation::LayerNorm(LayerNorm { epsilon: 1e-5 }), None);
    let sequences = Chain::new(Shape::Sequence { channels: 8, length: 150 })
        .conv1d("conv1", 48, window1d(5, 1, 2), 2, bayes_from(mixture(), Estimator::Reparameterization))
        .add("norm1", Operation::GroupNorm(GroupNorm { groups: 4, epsilon: 1e-5 }), None)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window1d(3, 2, 1) }), None);
    for chain in [images, sequences] {
        let mut run = chain.flatten().linear("head", 10, drawn.clone()).run();
        run.training.clip = Some(Clip::Norm { maximum: 0.5 });
        run.training.likelihood = Likelihood { label_smoothing: 0.1, class_weights: Some(vec![0.7; 10]) };
        all.push(run);
    }
    all
}

/// Bits of a few steps, the last of fewer examples, and of a prediction.
fn bits(run: &Run) -> Vec<u64> {
    let mut all = Vec::new();
    let mut backend = NativeBackend::new(run).unwrap();
    for step in 0..3 {
        let batch = batch(run.network.input, if step < 2 { 33 } else { 13 }, 10);
        let context = StepContext { step, learning_rate: 1e-2, kl_weight: 1e-3, samples: 2 };
        let outcome = backend.train_step(&batch, &context).unwrap();
        all.extend([outcome.loss.to_bits(), outcome.kl.to_bits()]);
    }
    let parameters = backend.parameters().unwrap();
    all.extend(parameters.values().flat_map(|tensor| &tensor.values).map(|value| u64::from(value.to_bits())));
    let batch = batch(run.network.input, 33, 10);
    let scores = backend.predict(&batch, &DrawContext { sample: 3, first_example: 5, pass: 1 }).unwrap();
    all.extend(scores.iter().map(|score| u64::from(score.to_bits())));
    all.push(backend.kl().unwrap().to_bits());
    all
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    for run in networks() {
        let here = bits(&run);
        assert_eq!(here, bits(&run), "running again changed bits");
        for threads in [1, 2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert!(pool.install(|| bits(&run)) == here, "{threads} threads");
        }
    }
}
