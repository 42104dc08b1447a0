//! A value that stops being a number is found, named by its layer, and changes nothing.

use crate::candle::CandleBackend;
use crate::candle::kernels::Kernels;
use crate::tests::networks::{Chain, batch, bayes, point, window};
use crate::{Backend, BackendError, Batch, Parameters, StepContext};
use candle_core::{DType, Device};
use elbo_compiler::ir::{Activation, BatchNorm, Estimator, MaxPool, Operation, Run, Shape};

const CONTEXT: StepContext = StepContext { step: 11, learning_rate: 0.1, kl_weight: 0.01, samples: 1 };

fn example() -> Run {
    Chain::image(2, 6, 6)
        .conv("conv1", 3, window(3, 1, 1), 1, bayes(Estimator::LocalReparameterization))
        .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
        .act(Activation::Relu)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
        .flatten()
        .linear("fc1", 4, point())
        .act(Activation::Relu)
        .linear("head", 3, bayes(Estimator::Reparameterization))
        .run()
}

/// What a step is blamed on after `change`.
fn blamed(run: &Run, kernels: Kernels, change: impl Fn(&mut Parameters, &mut Batch)) -> (String, String) {
    let mut backend = CandleBackend::with(run, Device::Cpu, DType::F32, kernels).unwrap();
    let mut parameters = backend.parameters().unwrap();
    let mut batch = batch(run.network.input, 4, 3);
    change(&mut parameters, &mut batch);
    backend.set_parameters(&parameters).unwrap();
    let (before, state) = (backend.parameters().unwrap(), backend.optimizer_state().unwrap());
    let error = backend.train_step(&batch, &CONTEXT).unwrap_err();
    let bits = |parameters: Parameters| -> Vec<u32> {
        parameters.into_values().flat_map(|tensor| tensor.values).map(f32::to_bits).collect()
    };
    assert_eq!(bits(backend.parameters().unwrap()), bits(before), "the step changed something");
    assert_eq!(backend.optimizer_state().unwrap(), state);
    match error {
        BackendError::NotFinite { layer, what, step: 11 } => (layer, what),
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_layer_in_order_of_execution_is_named() {
    let run = example();
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let cases: [(&str, f32, &str, &str); 5] = [
            ("conv1.weight.mu", f32::NAN, "conv1", "a weight"),
            ("norm1.weight", f32::INFINITY, "norm1", "a weight"),
            ("fc1.weight", f32::NAN, "fc1", "a weight"),
            ("fc1.weight", 3e38, "fc1", "the output"),
            ("head.bias.rho", f32::NAN, "head", "a weight"),
        ];
        for (name, value, layer, what) in cases {
            let found = blamed(&run, kernels, |parameters, _| {
                parameters.get_mut(name).unwrap().values.fill(value);
            });
            assert_eq!(found, (layer.to_owned(), what.to_owned()), "{name} = {value} with {kernels:?}");
        }
        let found = blamed(&run, kernels, |_, batch| batch.inputs[7] = f32::NAN);
        assert_eq!(found, ("input".to_owned(), "the input".to_owned()));
        // σ underflows to 0, and the logarithm of its ratio to the prior's is infinite.
        let found = blamed(&run, kernels, |parameters, _| {
            parameters.get_mut("head.weight.rho").unwrap().values.fill(-200.0);
        });
        assert_eq!(found, ("head".to_owned(), "the KL divergence".to_owned()));
    }
}

#[test]
fn an_infinite_gradient_of_a_finite_loss_is_found() {
    // The loss is moderate, but the weight's gradient is the product of two numbers near 1e25.
    let run = Chain::new(Shape::Vector { features: 2 }).linear("fc1", 1, point()).linear("head", 3, point()).run();
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let found = blamed(&run, kernels, |parameters, batch| {
            batch.inputs = [1e25, -1e25].repeat(4);
            parameters.get_mut("fc1.weight").unwrap().values = vec![1e-25, 1e-25];
            parameters.get_mut("fc1.bias").unwrap().values = vec![0.0];
            parameters.get_mut("head.weight").unwrap().values = vec![1e25, -1e25, 2e25];
        });
        assert_eq!(found, ("fc1".to_owned(), "the gradient of a weight".to_owned()));
    }
}
