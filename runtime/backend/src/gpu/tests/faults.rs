//! What is no number, a device that is lost, and one that has no room.

use super::{backend, open};
use crate::gpu::GpuBackend;
use crate::tests::networks::{Chain, batch, bayes, point, window};
use crate::{Backend, BackendError, Batch, DrawContext, Parameters, StepContext};
use elbo_compiler::ir::{Activation, BatchNorm, Estimator, MaxPool, Operation, Run, Shape};
use elbo_gpu::Opening;

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

fn bits(parameters: Parameters) -> Vec<u32> {
    parameters.into_values().flat_map(|tensor| tensor.values).map(f32::to_bits).collect()
}

/// What a step is blamed on after `change`.
fn blamed(run: &Run, change: impl Fn(&mut Parameters, &mut Batch)) -> Option<(String, String)> {
    let mut backend = backend(run)?;
    let mut parameters = backend.parameters().unwrap();
    let mut batch = batch(run.network.input, 4, 3);
    change(&mut parameters, &mut batch);
    backend.set_parameters(&parameters).unwrap();
    let (before, state) = (backend.parameters().unwrap(), backend.optimizer_state().unwrap());
    let error = backend.train_step(&batch, &CONTEXT).unwrap_err();
    assert!(bits(backend.parameters().unwrap()) == bits(before), "the step changed something");
    assert_eq!(backend.optimizer_state().unwrap(), state);
    match error {
        BackendError::NotFinite { layer, what, step: 11 } => Some((layer, what)),
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_layer_in_order_of_execution_is_named_and_nothing_changes() {
    let run = example();
    let cases: [(&str, f32, &str, &str); 5] = [
        ("conv1.weight.mu", f32::NAN, "conv1", "a weight"),
        ("norm1.weight", f32::INFINITY, "norm1", "a weight"),
        ("fc1.weight", f32::NAN, "fc1", "a weight"),
        ("fc1.weight", 3e38, "fc1", "the output"),
        ("head.bias.rho", f32::NAN, "head", "a weight"),
    ];
    for (name, value, layer, what) in cases {
        let change = |parameters: &mut Parameters, _: &mut Batch| {
            parameters.get_mut(name).unwrap().values.fill(value);
        };
        let Some(found) = blamed(&run, change) else { return };
        assert_eq!(found, (layer.to_owned(), what.to_owned()), "{name} = {value}");
    }
    let found = blamed(&run, |_, batch| batch.inputs[7] = f32::NAN).unwrap();
    assert_eq!(found, ("input".to_owned(), "the input".to_owned()));
    // Every class gets the same score, and the square of the means' distance from the prior's is infinite.
    let found = blamed(&run, |parameters, _| {
        parameters.get_mut("head.weight.mu").unwrap().values.fill(1e20);
    });
    assert_eq!(found.unwrap(), ("head".to_owned(), "the KL divergence".to_owned()));
}

#[test]
fn an_infinite_gradient_of_a_finite_loss_is_found() {
    // The loss is moderate, but the weight's gradient is the product of two numbers near 1e25.
    let run = Chain::new(Shape::Vector { features: 2 }).linear("fc1", 1, point()).linear("head", 3, point()).run();
    let found = blamed(&run, |parameters, batch| {
        batch.inputs = [1e25, -1e25].repeat(4);
        parameters.get_mut("fc1.weight").unwrap().values = vec![1e-25, 1e-25];
        parameters.get_mut("fc1.bias").unwrap().values = vec![0.0];
        parameters.get_mut("head.weight").unwrap().values = vec![1e25, -1e25, 2e25];
    });
    let Some(found) = found else { return };
    assert_eq!(found, ("fc1".to_owned(), "the gradient of a weight".to_owned()));
}

#[test]
fn a_network_goes_on_after_a_step_that_failed() {
    let run = example();
    let (Some(mut one), Some(mut other)) = (backend(&run), backend(&run)) else { return };
    let good = batch(run.network.input, 4, 3);
    let mut bad = good.clone();
    bad.inputs[3] = f32::INFINITY;
    assert!(matches!(one.train_step(&bad, &CONTEXT), Err(BackendError::NotFinite { .. })));
    assert_eq!(one.train_step(&good, &CONTEXT).unwrap(), other.train_step(&good, &CONTEXT).unwrap());
    assert!(bits(one.parameters().unwrap()) == bits(other.parameters().unwrap()));
}

#[test]
fn a_lost_device_is_an_error_and_nothing_else() {
    let run = example();
    let Some(device) = open(&Opening::default()) else { return };
    let mut backend = GpuBackend::with(&run, device.clone()).unwrap();
    let batch = batch(run.network.input, 4, 3);
    backend.train_step(&batch, &CONTEXT).unwrap();
    device.destroy();
    let draw = DrawContext { sample: 0, first_example: 0, pass: 0 };
    let errors = [
        backend.train_step(&batch, &CONTEXT).map(drop),
        backend.gradient(&batch, &CONTEXT).map(drop),
        backend.predict(&batch, &draw).map(drop),
        backend.parameters().map(drop),
        backend.optimizer_state().map(drop),
        backend.kl().map(drop),
        GpuBackend::with(&run, device).map(drop),
    ];
    for error in errors {
        let error = error.unwrap_err();
        assert!(matches!(error, BackendError::DeviceLost { .. }) && error.is_temporary(), "{error}");
    }
}

#[test]
fn a_limit_of_memory_is_an_error_that_says_what_has_no_room() {
    let run = example();
    let Some(roomy) = open(&Opening::default()) else { return };
    let mut backend = GpuBackend::with(&run, roomy.clone()).unwrap();
    let parameters = roomy.allocated();
    let batch = batch(run.network.input, 4, 3);
    backend.train_step(&batch, &CONTEXT).unwrap();
    let whole = roomy.allocated();
    assert!(whole > parameters);
    for (limit, step) in [(parameters / 2, false), (whole - 1, true)] {
        let device = open(&Opening { memory_limit: Some(limit), ..Opening::default() }).unwrap();
        let opened = GpuBackend::with(&run, device);
        assert_eq!(opened.is_ok(), step);
        let error = match opened {
            Ok(mut backend) => {
                let before = backend.parameters().unwrap();
                let error = backend.train_step(&batch, &CONTEXT).unwrap_err();
                assert!(bits(backend.parameters().unwrap()) == bits(before));
                error
            }
            Err(error) => error,
        };
        match error {
            BackendError::OutOfDeviceMemory { limit: Some(found), .. } => assert_eq!(found, limit),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn operands_may_be_divided_without_a_bit_of_difference() {
    let run = example();
    let divided = Opening { binding_limit: Some(1 << 19), workgroup_limit: Some(200), ..Opening::default() };
    let (Some(whole), Some(divided)) = (open(&Opening::default()), open(&divided)) else { return };
    let [mut whole, mut divided] = [whole, divided].map(|device| GpuBackend::with(&run, device).unwrap());
    // More than an operand's limit of inputs.
    let batch = batch(run.network.input, 2500, 3);
    for step in 0..2 {
        let context = StepContext { step, ..CONTEXT };
        assert_eq!(whole.train_step(&batch, &context).unwrap(), divided.train_step(&batch, &context).unwrap());
    }
    assert!(bits(whole.parameters().unwrap()) == bits(divided.parameters().unwrap()));
}
