//! Trainings step by step beside the native backend's: optimizers, clipping, penalties, priors, running statistics, and
//! PyTorch's trajectories.

use super::backend;
use crate::native::NativeBackend;
use crate::tests::difference::difference;
use crate::tests::networks::{
    Chain, batch, batch_of, bayes, bayes_from, laplace, lenet5, mixture, point, student_t, window,
};
use crate::tests::trajectories::stored_trajectories;
use crate::{Backend, Closeness, Gradient, StepContext, StepOutcome};
use elbo_compiler::ir::{
    Activation, BatchNorm, Clip, Estimator, Likelihood, Mark, MaxPool, Objective, Operation, Optimizer, Run, Shape,
};
use elbo_compiler::optimizers::{Adam, AdamW, RmsProp, Sgd};

fn small(mark: Mark) -> Run {
    Chain::image(3, 8, 8)
        .conv("conv1", 6, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
        .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
        .flatten()
        .linear("fc1", 7, point())
        .act(Activation::Relu)
        .linear("head", 10, mark)
        .run()
}

/// The largest relative difference of a loss over some steps, the last of fewer examples, and that of the parameters.
fn apart(run: &Run, steps: u64, context: StepContext) -> Option<(f64, f64)> {
    let mut run = run.clone();
    run.training.batch = 9;
    let (mut found, mut expected) = (backend(&run)?, NativeBackend::new(&run).unwrap());
    let mut loss = 0.0_f64;
    for step in 0..steps {
        let mut batch = batch(run.network.input, if step + 1 < steps { 9 } else { 5 }, 10);
        // Not the same images in each step.
        batch.inputs.rotate_left(step as usize * 7);
        let context = StepContext { step, ..context };
        let wanted = expected.train_step(&batch, &context).unwrap();
        let outcome = found.train_step(&batch, &context).unwrap();
        loss = loss.max((outcome.loss - wanted.loss).abs() / wanted.loss.abs());
    }
    let mut parameters = 0.0_f64;
    let (found, expected) = (found.parameters().unwrap(), expected.parameters().unwrap());
    for (name, found) in &found {
        parameters = parameters.max(difference(&found.values, &expected[name].values, 1e-2));
    }
    Some((loss, parameters))
}

fn optimizers() -> Vec<Optimizer> {
    let betas = [0.9, 0.99];
    vec![
        Optimizer::Sgd(Sgd { learning_rate: 1e-2, momentum: 0.0, nesterov: false, weight_decay: 0.02 }),
        Optimizer::Sgd(Sgd { learning_rate: 1e-2, momentum: 0.9, nesterov: true, weight_decay: 0.0 }),
        Optimizer::Adam(Adam { learning_rate: 1e-3, betas, epsilon: 1e-4, weight_decay: 0.02 }),
        Optimizer::AdamW(AdamW { learning_rate: 1e-3, betas, epsilon: 1e-4, weight_decay: 0.1 }),
        Optimizer::RmsProp(RmsProp {
            learning_rate: 1e-3,
            beta: 0.9,
            epsilon: 1e-3,
            momentum: 0.5,
            centered: true,
            weight_decay: 0.01,
        }),
    ]
}

#[test]
fn trainings_follow_native() {
    let marks = [
        point(),
        bayes(Estimator::LocalReparameterization),
        bayes_from(laplace(), Estimator::Flipout),
        bayes_from(mixture(), Estimator::Reparameterization),
        bayes_from(student_t(), Estimator::Flipout),
    ];
    // Each optimizer with one mark, each mark with one optimizer.
    for (number, (optimizer, mark)) in optimizers().into_iter().zip(marks).enumerate() {
        let mut run = small(mark.clone());
        run.training.optimizer = optimizer.clone();
        run.training.clip = (number % 2 == 1).then_some(Clip::Norm { maximum: 0.5 });
        if let Objective::Elbo { l2, .. } = &mut run.training.objective {
            *l2 = 0.02;
        }
        if number == 2 {
            run.training.likelihood = Likelihood { label_smoothing: 0.1, class_weights: Some(vec![0.7; 10]) };
        }
        let learning_rate = optimizer.learning_rate();
        let context = StepContext { step: 0, learning_rate, kl_weight: 1e-3, samples: 1 + number % 2 };
        let Some((loss, parameters)) = apart(&run, 5, context) else { return };
        assert!(loss < 1e-4 && parameters < 1e-3, "{optimizer:?}, {mark:?}: {loss:e}, {parameters:e}");
    }
}

#[test]
fn twenty_steps_of_lenet_follow_native() {
    for mark in [point(), bayes(Estimator::LocalReparameterization)] {
        let run = lenet5(&mark).run();
        let context = StepContext { step: 0, learning_rate: 1e-3, kl_weight: 1e-4, samples: 1 };
        let Some((loss, parameters)) = apart(&run, 20, context) else { return };
        assert!(loss < 2e-3, "{mark:?}: {loss:e}, {parameters:e}");
    }
}

#[test]
fn the_steps_are_those_of_pytorch() {
    for case in stored_trajectories() {
        let mut run = Chain::new(Shape::Vector { features: 1 }).linear("head", 3, point()).run();
        run.training.optimizer = case.optimizer.clone();
        run.training.clip = None;
        let Some(mut backend) = backend(&run) else { return };
        let mut parameters = backend.parameters().unwrap();
        let start = |i: usize| (i as f64).cos() as f32;
        parameters.get_mut("head.weight").unwrap().values = (0..3).map(start).collect();
        parameters.get_mut("head.bias").unwrap().values = (3..6).map(start).collect();
        backend.set_parameters(&parameters).unwrap();
        let outcome = StepOutcome {
            loss: 0.0,
            negative_log_likelihood: 0.0,
            kl: 0.0,
            penalty: 0.0,
            closeness: Closeness::Correct(0),
        };
        let mut gradient = Gradient { outcome, along: Default::default(), statistics: Default::default() };
        for (number, expected) in case.weights.iter().enumerate() {
            let now = backend.parameters().unwrap();
            for (name, first) in [("head.weight", 0), ("head.bias", 3)] {
                let mut tensor = now[name].clone();
                for (i, value) in tensor.values.iter_mut().enumerate() {
                    let along = (1.3 * (first + i) as f64 + 0.7 * number as f64).sin() + 0.5 * f64::from(*value);
                    *value = along as f32;
                }
                gradient.along.insert(name.to_owned(), tensor);
            }
            backend.update(&gradient, case.optimizer.learning_rate()).unwrap();
            let after = backend.parameters().unwrap();
            let found = after["head.weight"].values.iter().chain(&after["head.bias"].values);
            for (found, expected) in found.zip(expected) {
                let distance = (f64::from(*found) - expected).abs();
                assert!(distance < 1e-5, "{:?} step {number}: {found} {expected}", case.optimizer);
            }
        }
    }
}

#[test]
fn the_divergence_of_the_parameters_is_that_of_native() {
    for prior in [laplace(), mixture(), student_t()] {
        let run = small(bayes_from(prior, Estimator::Flipout));
        let Some(found) = backend(&run) else { return };
        let expected = NativeBackend::new(&run).unwrap().kl().unwrap();
        let found = found.kl().unwrap();
        assert!((found - expected).abs() < 1e-9 * expected, "{found} {expected}");
        assert!(expected > 0.0);
    }
}

#[test]
fn a_batch_of_another_shape_or_of_wrong_targets_is_refused() {
    let run = small(point());
    let Some(mut backend) = backend(&run) else { return };
    let context = StepContext { step: 0, learning_rate: 0.1, kl_weight: 0.0, samples: 1 };
    let other = batch(Shape::Image { channels: 3, height: 8, width: 7 }, 2, 10);
    assert!(backend.train_step(&other, &context).unwrap_err().to_string().contains("the network takes"));
    let labels = batch(run.network.input, 2, 10_000);
    assert!(backend.train_step(&labels, &context).is_ok(), "two labels below ten");
    let labels = batch(run.network.input, 12, 10_000);
    assert!(backend.train_step(&labels, &context).unwrap_err().to_string().contains("label 10"));
    let none = StepContext { samples: 0, ..context };
    assert!(backend.train_step(&batch_of(&run, 2), &none).unwrap_err().to_string().contains("one sample"));
}
