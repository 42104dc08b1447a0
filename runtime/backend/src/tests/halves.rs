//! A step in one go, and as its gradient and its update.

use super::networks::{Chain, batch, bayes, bayes_from, laplace, mixture, point, window};
use crate::candle::CandleBackend;
use crate::native::NativeBackend;
use crate::{Backend, BackendError, StepContext};
use candle_core::Device;
use elbo_compiler::ir::{Activation, BatchNorm, Clip, Estimator, Mark, MaxPool, Objective, Operation, Optimizer, Run};
use elbo_compiler::optimizers::{Adam, RmsProp, Sgd};

fn network(mark: Mark) -> Run {
    Chain::image(3, 8, 8)
        .conv("conv1", 20, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
        .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
        .flatten()
        .linear("fc1", 24, point())
        .linear("head", 10, mark)
        .run()
}

fn opened(run: &Run) -> [Box<dyn Backend>; 2] {
    [Box::new(NativeBackend::new(run).unwrap()), Box::new(CandleBackend::new(run, Device::Cpu).unwrap())]
}

fn context(step: u64) -> StepContext {
    StepContext { step, learning_rate: 1e-2, kl_weight: 1e-3, samples: 2 }
}

#[test]
fn a_gradient_and_its_update_are_a_step_to_the_bit() {
    let adam =
        |weight_decay| Optimizer::Adam(Adam { learning_rate: 1e-2, betas: [0.9, 0.99], epsilon: 1e-6, weight_decay });
    let sgd = Optimizer::Sgd(Sgd { learning_rate: 1e-2, momentum: 0.9, nesterov: true, weight_decay: 0.0 });
    let marks = [
        point(),
        bayes(Estimator::LocalReparameterization),
        bayes(Estimator::Flipout),
        bayes_from(laplace(), Estimator::Reparameterization),
        bayes_from(mixture(), Estimator::Reparameterization),
    ];
    // A penalty and a decay on the same weights are added up in another order.
    let rmsprop = Optimizer::RmsProp(RmsProp {
        learning_rate: 1e-2,
        beta: 0.9,
        epsilon: 1e-6,
        momentum: 0.9,
        centered: true,
        weight_decay: 0.0,
    });
    for (optimizer, penalty) in [(adam(0.0), 0.02), (adam(0.05), 0.0), (sgd, 0.02), (rmsprop, 0.02)] {
        for clip in [None, Some(Clip::Norm { maximum: 0.3 })] {
            for mark in &marks {
                let mut run = network(mark.clone());
                run.training.optimizer = optimizer.clone();
                run.training.clip = clip;
                if let Objective::Elbo { l2, .. } = &mut run.training.objective {
                    *l2 = penalty;
                }
                for (mut whole, mut halves) in opened(&run).into_iter().zip(opened(&run)) {
                    for step in 0..3 {
                        let batch = batch(run.network.input, 5, 10);
                        let gradient = halves.gradient(&batch, &context(step)).unwrap();
                        halves.update(&gradient, context(step).learning_rate).unwrap();
                        assert_eq!(whole.train_step(&batch, &context(step)).unwrap(), gradient.outcome);
                    }
                    let what = format!("{}, {optimizer:?}, {clip:?}, {mark:?}", whole.name());
                    assert_eq!(whole.parameters().unwrap(), halves.parameters().unwrap(), "{what}");
                    assert_eq!(whole.optimizer_state().unwrap(), halves.optimizer_state().unwrap(), "{what}");
                    assert_eq!(whole.kl().unwrap().to_bits(), halves.kl().unwrap().to_bits(), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_gradient_changes_nothing_and_one_of_another_network_is_refused() {
    let run = network(bayes(Estimator::LocalReparameterization));
    let other = network(point());
    for (mut backend, mut other) in opened(&run).into_iter().zip(opened(&other)) {
        let batch = batch(run.network.input, 5, 10);
        let before = (backend.parameters().unwrap(), backend.optimizer_state().unwrap());
        let mut gradient = backend.gradient(&batch, &context(0)).unwrap();
        assert_eq!(backend.gradient(&batch, &context(0)).unwrap(), gradient);
        assert_eq!((backend.parameters().unwrap(), backend.optimizer_state().unwrap()), before);
        let foreign = other.gradient(&batch, &context(0)).unwrap();
        assert!(matches!(backend.update(&foreign, 0.1), Err(BackendError::Parameters(_))));
        gradient.along.get_mut("fc1.weight").unwrap().values[3] = f32::NAN;
        assert!(matches!(backend.update(&gradient, 0.1), Err(BackendError::Parameters(_))));
        assert_eq!((backend.parameters().unwrap(), backend.optimizer_state().unwrap()), before);
    }
}
