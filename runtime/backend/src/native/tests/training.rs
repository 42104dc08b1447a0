//! Trainings step by step beside candle's: optimizers, clipping, penalties, labels, and the losses of whole networks.

use crate::candle::CandleBackend;
use crate::native::NativeBackend;
use crate::tests::difference::difference;
use crate::tests::networks::{
    Chain, alexnet, batch, bayes, bayes_from, laplace, lenet5, mixture, point, student_t, window,
};
use crate::{Backend, StepContext};
use candle_core::Device;
use elbo_compiler::ir::{
    Activation, BatchNorm, Clip, Estimator, Mark, MaxPool, Objective, Operation, Optimizer, Run, Shape,
};
use elbo_compiler::optimizers::{Adam, AdamW, RmsProp, Sgd};
use elbo_kernels::{Kernels, usable};

/// Both backends over some steps: the largest relative difference of a loss, and that of the parameters.
fn apart(
    run: &Run,
    (examples, steps): (usize, u64),
    context: StepContext,
    tables: impl Iterator<Item = Kernels>,
) -> (f64, f64) {
    let (mut loss, mut parameters) = (0.0f64, 0.0f64);
    for kernels in tables {
        let mut native = NativeBackend::with(run, kernels).unwrap();
        let mut candle = CandleBackend::new(run, Device::Cpu).unwrap();
        for step in 0..steps {
            let mut batch = batch(run.network.input, examples, 10);
            // Not the same images in each step.
            batch.inputs.rotate_left(step as usize * 7);
            let context = StepContext { step, ..context };
            let expected = candle.train_step(&batch, &context).unwrap();
            let found = native.train_step(&batch, &context).unwrap();
            loss = loss.max((found.loss - expected.loss).abs() / expected.loss.abs());
        }
        let expected = candle.parameters().unwrap();
        let found = native.parameters().unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (name, found) in &found {
            assert_eq!(found.shape, expected[name].shape);
            parameters = parameters.max(difference(&found.values, &expected[name].values, 1e-2));
        }
    }
    (loss, parameters)
}

fn small(mark: Mark) -> Run {
    Chain::image(3, 8, 8)
        .conv("conv1", 20, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
        .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
        .flatten()
        .linear("fc1", 24, point())
        .act(Activation::Gelu)
        .linear("head", 10, mark)
        .run()
}

const CONTEXT: StepContext = StepContext { step: 0, learning_rate: 1e-3, kl_weight: 1e-4, samples: 1 };

#[test]
fn optimizers_clipping_and_penalties() {
    let adam =
        |weight_decay| Optimizer::Adam(Adam { learning_rate: 1e-3, betas: [0.9, 0.99], epsilon: 1e-6, weight_decay });
    let adam_w = Optimizer::AdamW(AdamW { learning_rate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.1 });
    let sgd = |momentum, nesterov| Optimizer::Sgd(Sgd { learning_rate: 1e-2, momentum, nesterov, weight_decay: 1e-2 });
    let rmsprop = |momentum, centered| {
        let (learning_rate, beta, epsilon) = (1e-3, 0.9, 1e-4);
        Optimizer::RmsProp(RmsProp { learning_rate, beta, epsilon, momentum, centered, weight_decay: 1e-2 })
    };
    let optimizers = [
        adam(0.0),
        adam(0.05),
        adam_w,
        sgd(0.0, false),
        sgd(0.9, false),
        sgd(0.9, true),
        rmsprop(0.0, false),
        rmsprop(0.9, true),
    ];
    for optimizer in optimizers {
        for clip in [None, Some(Clip::Norm { maximum: 0.3 })] {
            for prior in [None, Some(laplace()), Some(mixture()), Some(student_t())] {
                let mark = match prior {
                    None => bayes(Estimator::LocalReparameterization),
                    Some(prior) => bayes_from(prior, Estimator::Reparameterization),
                };
                let mut run = small(mark);
                run.training.optimizer = optimizer.clone();
                run.training.clip = clip;
                if let Objective::Elbo { l2, .. } = &mut run.training.objective {
                    *l2 = 0.02;
                }
                let learning_rate = optimizer.learning_rate();
                let (loss, parameters) =
                    apart(&run, (12, 4), StepContext { learning_rate, samples: 2, ..CONTEXT }, usable());
                // Adam divides small differences of gradients by their own size.
                assert!(loss < 1e-4 && parameters < 1e-2, "{optimizer:?}, {clip:?}: {loss:e}, {parameters:e}");
            }
        }
    }
}

#[test]
fn the_first_twenty_losses_of_lenet_5_and_alexnet() {
    for mark in [point(), bayes(Estimator::LocalReparameterization)] {
        let lenet5 = lenet5(&mark).run();
        let (loss, _) = apart(&lenet5, (32, 20), StepContext { kl_weight: 1e-6, ..CONTEXT }, usable());
        assert!(loss < 1e-4, "LeNet-5: {loss:e}");
        let alexnet = alexnet(&mark).run();
        let context = StepContext { kl_weight: 1e-7, learning_rate: 1e-4, ..CONTEXT };
        let (loss, _) = apart(&alexnet, (4, 20), context, usable().take(1));
        assert!(loss < 1e-3, "AlexNet: {loss:e}");
    }
}

#[test]
fn a_step_that_fails_changes_nothing_and_names_the_layer() {
    let mut run = small(point());
    run.training.clip = None;
    let mut backend = NativeBackend::new(&run).unwrap();
    let mut batch = batch(run.network.input, 4, 10);
    batch.inputs[5] = f32::INFINITY;
    let before = backend.parameters().unwrap();
    let error = backend.train_step(&batch, &CONTEXT).unwrap_err().to_string();
    assert!(error.contains("the input of layer `input`"), "{error}");
    assert_eq!(backend.parameters().unwrap(), before);
    let mut broken = before.clone();
    broken.get_mut("fc1.weight").unwrap().values[3] = f32::NAN;
    backend.set_parameters(&broken).unwrap();
    batch.inputs[5] = 0.0;
    let error = backend.train_step(&batch, &CONTEXT).unwrap_err().to_string();
    assert!(error.contains("a weight of layer `fc1`"), "{error}");
    let huge = Chain::new(Shape::Vector { features: 3 }).linear("head", 10, point()).run();
    let mut backend = NativeBackend::new(&huge).unwrap();
    let mut batch = crate::tests::networks::batch(huge.network.input, 2, 10);
    batch.inputs.fill(f32::MAX);
    let mut parameters = backend.parameters().unwrap();
    parameters.get_mut("head.weight").unwrap().values.fill(5.0);
    backend.set_parameters(&parameters).unwrap();
    let error = backend.train_step(&batch, &CONTEXT).unwrap_err().to_string();
    assert!(error.contains("of layer `head` stopped being a finite number at step 0"), "{error}");
}
