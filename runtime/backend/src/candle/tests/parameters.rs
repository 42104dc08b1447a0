//! Parameters by name: what comes out goes in, and nothing else does.

use crate::candle::CandleBackend;
use crate::tests::networks::{Chain, batch, bayes, point, window};
use crate::{Backend, BackendError, DrawContext, NamedTensor, Targets};
use candle_core::Device;
use elbo_compiler::ir::{BatchNorm, Estimator, Operation, Run};

fn example() -> Run {
    Chain::image(4, 5, 6)
        .conv("conv1", 6, window(3, 1, 0), 2, bayes(Estimator::LocalReparameterization))
        .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
        .flatten()
        .linear("head", 3, point())
        .run()
}

#[test]
fn names_and_shapes_are_public() {
    let backend = CandleBackend::new(&example(), Device::Cpu).unwrap();
    let shapes: Vec<(String, Vec<usize>)> =
        backend.parameters().unwrap().into_iter().map(|(name, tensor)| (name, tensor.shape)).collect();
    let expected: [(&str, &[usize]); 10] = [
        ("conv1.bias.mu", &[6]),
        ("conv1.bias.rho", &[6]),
        ("conv1.weight.mu", &[6, 2, 3, 3]),
        ("conv1.weight.rho", &[6, 2, 3, 3]),
        ("head.bias", &[3]),
        ("head.weight", &[3, 72]),
        ("norm1.bias", &[6]),
        ("norm1.running_mean", &[6]),
        ("norm1.running_var", &[6]),
        ("norm1.weight", &[6]),
    ];
    assert_eq!(shapes, expected.map(|(name, shape)| (name.to_owned(), shape.to_vec())));
}

#[test]
fn what_comes_out_goes_in() {
    let run = example();
    let first = CandleBackend::new(&run, Device::Cpu).unwrap();
    let mut other_seed = run.clone();
    other_seed.training.seed = 8;
    let mut second = CandleBackend::new(&other_seed, Device::Cpu).unwrap();
    let mut parameters = first.parameters().unwrap();
    // Every number differs, so that a permutation would show.
    for (at, value) in parameters.values_mut().flat_map(|tensor| &mut tensor.values).enumerate() {
        *value = 0.01 + at as f32 / 512.0;
    }
    assert_ne!(second.parameters().unwrap(), parameters);
    second.set_parameters(&parameters).unwrap();
    assert_eq!(second.parameters().unwrap(), parameters);
}

#[test]
fn parameters_that_do_not_fit_are_refused_and_change_nothing() {
    let mut backend = CandleBackend::new(&example(), Device::Cpu).unwrap();
    let good = backend.parameters().unwrap();
    let mut missing = good.clone();
    missing.remove("head.bias");
    let mut unknown = good.clone();
    unknown.insert("tail.bias".to_owned(), NamedTensor { shape: vec![1], values: vec![0.0] });
    let mut shape = good.clone();
    shape.get_mut("head.bias").unwrap().shape = vec![1, 3];
    let mut short = good.clone();
    short.get_mut("head.bias").unwrap().values.pop();
    short.get_mut("conv1.bias.mu").unwrap().values[0] = 5.0;
    for (parameters, part) in
        [(missing, "`head.bias` is missing"), (unknown, "`tail.bias`"), (shape, "[1, 3]"), (short, "2 numbers")]
    {
        let error = backend.set_parameters(&parameters).unwrap_err();
        assert!(matches!(&error, BackendError::Parameters(message) if message.contains(part)), "{error}");
        assert_eq!(backend.parameters().unwrap(), good);
    }
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let mut backend = CandleBackend::new(&example(), Device::Cpu).unwrap();
    let good = batch(example().network.input, 2, 3);
    let draw = DrawContext { sample: 0, first_example: 0, pass: 0 };
    let mut short = good.clone();
    short.inputs.pop();
    let mut empty = good.clone();
    (empty.inputs, empty.targets) = (Vec::new(), Targets::Classes(Vec::new()));
    for wrong in [&short, &empty] {
        assert!(backend.predict(wrong, &draw).is_err());
    }
    let mut label = good.clone();
    label.targets = Targets::Classes(vec![0, 3]);
    let mut context = crate::StepContext { step: 0, learning_rate: 0.1, kl_weight: 0.0, samples: 1 };
    assert!(backend.train_step(&label, &context).unwrap_err().to_string().contains("label 3"));
    context.samples = 0;
    assert!(backend.train_step(&good, &context).is_err());
    context.samples = 1;
    context.step = 1 << 32;
    assert!(backend.train_step(&good, &context).unwrap_err().to_string().contains("4294967296"));
}
