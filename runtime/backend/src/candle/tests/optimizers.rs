//! Optimizers against PyTorch's, and what they leave alone.

use crate::candle::CandleBackend;
use crate::candle::kernels::Kernels;
use crate::candle::update::{Step, fused, portable};
use crate::tests::networks::{Chain, batch, bayes, point};
use crate::tests::trajectories::stored_trajectories;
use crate::{Backend, StepContext};
use candle_core::{DType, Device, Tensor, Var};
use elbo_compiler::ir::{Estimator, Optimizer, Shape};
use elbo_compiler::optimizers::Sgd;

#[test]
fn trajectories_are_those_of_pytorch() {
    for case in stored_trajectories() {
        for update in [fused, portable] {
            let start: Vec<f64> = (0..6).map(|i| f64::from(i).cos()).collect();
            let weight = Var::from_vec(start, 6, &Device::Cpu).unwrap();
            let moments = case.optimizer.moments().iter();
            let moments: Vec<Var> = moments.map(|_| Var::zeros(6, DType::F64, &Device::Cpu).unwrap()).collect();
            for (number, expected) in case.weights.iter().enumerate() {
                let now: Vec<f64> = weight.to_vec1().unwrap();
                let gradient: Vec<f64> =
                    (0..6).map(|i| (1.3 * f64::from(i) + 0.7 * number as f64).sin() + 0.5 * now[i as usize]).collect();
                let gradient = Tensor::from_vec(gradient, 6, &Device::Cpu).unwrap();
                let (learning_rate, number) = (case.optimizer.learning_rate(), number as u64 + 1);
                let step = Step { optimizer: &case.optimizer, learning_rate, number, decays: true };
                update(&step, &weight, &moments, &gradient).unwrap();
                for (ours, theirs) in weight.to_vec1::<f64>().unwrap().iter().zip(expected) {
                    assert!((ours - theirs).abs() < 1e-12, "{:?} step {number}: {ours} {theirs}", case.optimizer);
                }
            }
        }
    }
}

#[test]
fn decay_leaves_variational_parameters_alone() {
    let chain = || {
        let input = Shape::Vector { features: 4 };
        Chain::new(input).linear("fc1", 5, point()).linear("head", 3, bayes(Estimator::LocalReparameterization))
    };
    let after = |decay: f64| {
        let mut run = chain().run();
        run.training.optimizer =
            Optimizer::Sgd(Sgd { learning_rate: 0.1, momentum: 0.0, nesterov: false, weight_decay: decay });
        let mut backend = CandleBackend::new(&run, Device::Cpu).unwrap();
        let context = StepContext { step: 0, learning_rate: 0.1, kl_weight: 0.1, samples: 1 };
        backend.train_step(&batch(run.network.input, 4, 3), &context).unwrap();
        backend.parameters().unwrap()
    };
    let (with, without) = (after(0.5), after(0.0));
    for (name, tensor) in &with {
        let exempt = name.ends_with(".mu") || name.ends_with(".rho");
        assert_eq!(*tensor == without[name], exempt, "{name}");
    }
}

#[test]
fn a_restored_state_continues_bit_for_bit() {
    let input = Shape::Vector { features: 4 };
    let run = Chain::new(input).linear("fc1", 5, point()).linear("head", 3, bayes(Estimator::Reparameterization)).run();
    let batch = batch(input, 4, 3);
    let context = |step| StepContext { step, learning_rate: 0.01, kl_weight: 0.1, samples: 2 };
    let mut whole = CandleBackend::new(&run, Device::Cpu).unwrap();
    for step in 0..3 {
        whole.train_step(&batch, &context(step)).unwrap();
    }
    let (parameters, state) = (whole.parameters().unwrap(), whole.optimizer_state().unwrap());
    assert_eq!(state.steps, 3);
    assert_eq!(state.tensors.len(), 2 * parameters.len());

    let mut resumed = CandleBackend::with(&run, Device::Cpu, DType::F32, Kernels::Fused).unwrap();
    resumed.set_parameters(&parameters).unwrap();
    resumed.set_optimizer_state(&state).unwrap();
    for step in 3..6 {
        assert_eq!(
            whole.train_step(&batch, &context(step)).unwrap(),
            resumed.train_step(&batch, &context(step)).unwrap()
        );
    }
    assert_eq!(whole.parameters().unwrap(), resumed.parameters().unwrap());
    assert_eq!(whole.optimizer_state().unwrap(), resumed.optimizer_state().unwrap());
}
