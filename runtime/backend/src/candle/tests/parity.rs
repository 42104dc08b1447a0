//! Layer by layer against PyTorch; see tests/parity/torch_layers.py.

use crate::candle::CandleBackend;
use crate::candle::kernels::Kernels;
use crate::candle::network::Pass;
use crate::candle::noise::Draw;
use crate::candle::parameters::Arrangement;
use crate::candle::training::{clip, gradients};
use crate::tests::networks;
use crate::{StepContext, Targets};
use candle_core::{DType, Device, Tensor, Var};
use elbo_compiler::ir::{Likelihood, Network};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Stored {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Numbers {
    shape: Vec<usize>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    network: Network,
    input: Numbers,
    labels: Vec<u32>,
    parameters: BTreeMap<String, Numbers>,
    layer_outputs: Vec<Numbers>,
    loss: f64,
    gradients: BTreeMap<String, Numbers>,
    input_gradient: Numbers,
    statistics_after: BTreeMap<String, Numbers>,
    prediction: Numbers,
    likelihood: Option<Likelihood>,
    clip: Option<Clipped>,
}

/// By `clip_grad_norm_`.
#[derive(Deserialize)]
struct Clipped {
    maximum: f64,
    gradients: BTreeMap<String, Numbers>,
}

const CONTEXT: StepContext = StepContext { step: 0, learning_rate: 0.0, kl_weight: 0.0, samples: 1 };

fn compare(what: &str, ours: &Tensor, theirs: &Numbers) {
    assert_eq!(ours.dims(), theirs.shape, "{what}");
    let ours: Vec<f64> = ours.flatten_all().unwrap().to_vec1().unwrap();
    let largest = theirs.values.iter().fold(1e-3, |largest: f64, value| largest.max(value.abs()));
    for (at, (ours, theirs)) in ours.iter().zip(&theirs.values).enumerate() {
        assert!((ours - theirs).abs() <= 1e-9 * largest, "{what}[{at}]: {ours} against {theirs}");
    }
}

/// Activations inside the backend in PyTorch's order and shape.
fn canonical(activations: &Tensor, shape: &[usize]) -> Tensor {
    let activations = match activations.rank() {
        4 => activations.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap(),
        _ => activations.clone(),
    };
    // Inside, a sequence is an image of one row.
    if shape.len() == 3 { activations.squeeze(2).unwrap() } else { activations }
}

/// Values in PyTorch's order as the backend keeps them, without the rounding to `f32` of the public way in.
fn inward(arrangement: &Arrangement, numbers: &Numbers) -> Tensor {
    let tensor = Tensor::from_slice(&numbers.values, numbers.shape.clone(), &Device::Cpu).unwrap();
    arrangement.arranged(&tensor).unwrap()
}

fn check(case: &Case, kernels: Kernels) {
    let mut run = networks::run(case.network.clone());
    if let Some(likelihood) = &case.likelihood {
        run.training.likelihood = likelihood.clone();
    }
    let backend = CandleBackend::with(&run, Device::Cpu, DType::F64, kernels).unwrap();
    let parameters = backend.network.parameters();
    assert_eq!(parameters.len(), case.parameters.len(), "{}", case.name);
    for parameter in &parameters {
        let theirs = &case.parameters[&parameter.name];
        assert_eq!(parameter.arrangement.public_shape(), theirs.shape);
        parameter.variable.set(&inward(&parameter.arrangement, theirs)).unwrap();
    }
    let input = Tensor::from_slice(&case.input.values, case.input.shape.clone(), &Device::Cpu).unwrap();
    let input = Var::from_tensor(&input).unwrap();

    let posteriors = backend.network.posteriors(false).unwrap();
    let pass = |draw| Pass {
        randomness: backend.randomness(draw),
        posteriors: &posteriors,
        gradients: false,
        statistics: const { &Vec::new() },
    };
    let mut observe = |position: usize, output: &Tensor| {
        let what = format!("{}: {}", case.name, case.network.layers[position].name);
        let theirs = &case.layer_outputs[position];
        compare(&what, &canonical(output, &theirs.shape), theirs);
        Ok(())
    };
    backend.network.forward(&input, &pass(Draw::Training { step: 0, sample: 0 }), &mut observe).unwrap();

    let mut measured = gradients(&backend, &input, &Targets::Classes(case.labels.clone()), &CONTEXT).unwrap();
    assert!((measured.outcome.loss - case.loss).abs() < 1e-10, "{}", case.name);
    compare(&format!("{}: the input's gradient", case.name), measured.store.get(&input).unwrap(), &case.input_gradient);
    for parameter in &parameters {
        if let Some(theirs) = case.gradients.get(&parameter.name) {
            let ours = measured.store.get(&parameter.variable).unwrap();
            let ours = parameter.arrangement.outward(ours).unwrap();
            compare(&format!("{}: gradient of {}", case.name, parameter.name), &ours, theirs);
        }
        if let Some(theirs) = case.statistics_after.get(&parameter.name) {
            let (_, ours) =
                measured.statistics.iter().find(|(variable, _)| variable.id() == parameter.variable.id()).unwrap();
            compare(&format!("{}: {} after the step", case.name, parameter.name), ours, theirs);
        }
    }
    if let Some(clipped) = &case.clip {
        clip(&backend, &mut measured.store, clipped.maximum).unwrap();
        for (name, theirs) in &clipped.gradients {
            let parameter = parameters.iter().find(|parameter| parameter.name == *name).unwrap();
            let ours = parameter.arrangement.outward(measured.store.get(&parameter.variable).unwrap()).unwrap();
            compare(&format!("{}: clipped gradient of {name}", case.name), &ours, theirs);
        }
    }
    let prediction = Draw::Prediction { pass: 0, sample: 0, first_example: 0 };
    let (output, _) = backend.network.forward(&input, &pass(prediction), &mut |_, _| Ok(())).unwrap();
    let output = canonical(&output, &case.prediction.shape);
    compare(&format!("{}: the prediction", case.name), &output, &case.prediction);
}

#[test]
fn layers_losses_and_gradients_are_those_of_pytorch() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/torch_layers.json"));
    let stored: Stored = serde_json::from_str(text).unwrap();
    assert_eq!(stored.cases.len(), 14);
    for case in &stored.cases {
        for kernels in [Kernels::Fused, Kernels::Portable] {
            check(case, kernels);
        }
    }
}
