//! The likelihood of both links, also where it is hard to compute.

use crate::backend::candle::kernels::Kernels;
use crate::backend::candle::likelihood::{Targets, count_correct, log_probabilities, negative_log_likelihood, targets};
use crate::backend::candle::parameters::{Arrangement, Parameter, Role};
use crate::backend::candle::training::{clip_norm, measured};
use candle_core::{DType, Device, Tensor, Var};
use elbo_compiler::ir::{Likelihood, ProbabilityLink};
use serde::Deserialize;

const PLAIN: Likelihood = Likelihood { label_smoothing: 0.0, class_weights: None };

fn plain(labels: &[u32], classes: usize) -> Targets {
    targets(labels, classes, &PLAIN).expect("labels are classes")
}

/// (scores, label, −ln(softplus(z_y)/Σ softplus(z))) by Python's decimal with 250 digits.
const SOFTPLUS_LINK: [([f64; 3], u32, f64); 4] = [
    ([-200.0, -1.5, 3.0], 0, 201.17865519005133),
    ([-200.0, -201.0, -203.5], 2, 3.8350975955161672),
    ([-30.0, -20.0, -25.0], 1, 0.0067604435540184514),
    ([50.0, -60.0, 0.25], 1, 63.92840684276472),
];

fn loss(kernels: Kernels, link: ProbabilityLink, dtype: DType, scores: &[f64], labels: &[u32]) -> f64 {
    let classes = scores.len() / labels.len();
    let scores = Tensor::from_slice(scores, (labels.len(), classes), &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
    let loss = negative_log_likelihood(kernels, link, &scores, &plain(labels, classes)).unwrap();
    loss.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
}

#[test]
fn the_softplus_link_is_exact_for_very_negative_scores() {
    for (scores, label, expected) in SOFTPLUS_LINK {
        let host = -log_probabilities(ProbabilityLink::Softplus, &scores)[label as usize];
        assert!((host - expected).abs() < 1e-13 * expected.max(0.01) + 1e-16 * 200.0, "{host} {expected}");
        for kernels in [Kernels::Fused, Kernels::Portable] {
            for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 4e-6)] {
                let ours = loss(kernels, ProbabilityLink::Softplus, dtype, &scores, &[label]);
                assert!(
                    (ours - expected).abs() < tolerance * (1.0 + expected),
                    "{kernels:?} {dtype:?}: {ours} {expected}"
                );
            }
        }
    }
}

#[test]
fn large_scores_do_not_overflow_and_their_gradient_is_finite() {
    for link in [ProbabilityLink::Softmax, ProbabilityLink::Softplus] {
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let scores = Var::from_slice(&[1e4f32, -1e4, 0.0, -300.0, -310.0, -305.0], (2, 3), &Device::Cpu).unwrap();
            let loss = negative_log_likelihood(kernels, link, &scores, &plain(&[1, 1], 3)).unwrap();
            let gradient = loss.backward().unwrap().get(&scores).unwrap().to_vec2::<f32>().unwrap();
            assert!(loss.to_scalar::<f32>().unwrap().is_finite());
            // Far below zero both links are a softmax of the scores.
            let sum: f32 = [1.0f32, (-10f32).exp(), (-5f32).exp()].iter().sum();
            assert!((gradient[1][0] - 0.5 / sum).abs() < 1e-5, "{gradient:?}");
            assert!((gradient[1][1] - 0.5 * ((-10f32).exp() / sum - 1.0)).abs() < 1e-5, "{gradient:?}");
            assert!(gradient.iter().flatten().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn equal_scores_cost_the_logarithm_of_the_number_of_classes() {
    for link in [ProbabilityLink::Softmax, ProbabilityLink::Softplus] {
        let ours = loss(Kernels::Fused, link, DType::F64, &[0.7; 20], &[3, 9]);
        assert!((ours - 10f64.ln()).abs() < 1e-14);
    }
}

#[test]
fn a_label_beyond_the_classes_is_an_error() {
    let error = targets(&[3], 3, &PLAIN).unwrap_err();
    assert!(error.to_string().contains("label 3"), "{error}");
}

#[test]
fn right_answers_are_counted_by_the_first_of_equal_maxima() {
    let probabilities = [0.2, 0.5, 0.3, 0.4, 0.4, 0.2, 0.1, 0.1, 0.8];
    assert_eq!(count_correct(&probabilities, &[1, 0, 2]), 3);
    assert_eq!(count_correct(&probabilities, &[1, 1, 0]), 1);
}

#[derive(Deserialize)]
struct Reference {
    origin: String,
    losses: Vec<Loss>,
    clipped: Vec<Clipped>,
}

#[derive(Deserialize)]
struct Loss {
    #[serde(flatten)]
    likelihood: Likelihood,
    loss: f64,
    gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct Clipped {
    maximum: f64,
    gradients: [Vec<f64>; 2],
}

fn reference() -> Reference {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/torch_likelihood.json"));
    let reference: Reference = serde_json::from_str(text).expect("the reference is JSON");
    assert!(reference.origin.contains("PyTorch"));
    reference
}

#[test]
fn smoothed_and_weighted_losses_are_those_of_pytorch() {
    const EXAMPLES: usize = 5;
    const CLASSES: usize = 4;
    let score = |at: usize| 2.0 * (1.7 * (at / CLASSES) as f64 + 0.9 * (at % CLASSES) as f64).sin();
    let scores: Vec<f64> = (0..EXAMPLES * CLASSES).map(score).collect();
    let labels: Vec<u32> = (0..EXAMPLES as u32).map(|example| 2 * example % CLASSES as u32).collect();
    for case in reference().losses {
        let targets = targets(&labels, CLASSES, &case.likelihood).unwrap();
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let variable = Var::from_slice(&scores, (EXAMPLES, CLASSES), &Device::Cpu).unwrap();
            let loss = negative_log_likelihood(kernels, ProbabilityLink::Softmax, &variable, &targets).unwrap();
            let gradient = loss.backward().unwrap().get(&variable).unwrap().flatten_all().unwrap();
            assert!((loss.to_scalar::<f64>().unwrap() - case.loss).abs() < 1e-12, "{:?}", case.likelihood);
            for (ours, theirs) in gradient.to_vec1::<f64>().unwrap().iter().zip(&case.gradient) {
                assert!((ours - theirs).abs() < 1e-12, "{:?}: {ours} {theirs}", case.likelihood);
            }
        }
        // What is recorded of a step is the same number.
        let recorded = measured(ProbabilityLink::Softmax, &scores, &targets, EXAMPLES, &mut vec![0.0; scores.len()]);
        assert!((recorded - case.loss).abs() < 1e-12, "{recorded} {}", case.loss);
    }
}

#[test]
fn clipped_gradients_are_those_of_pytorch() {
    for case in reference().clipped {
        let gradients = [vec![3.0, -1.0, 0.5], vec![2.0, 0.0, -4.0, 1.0]];
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let parameters: Vec<Parameter> = gradients
                .iter()
                .map(|gradient| Parameter {
                    name: "fc.weight".to_owned(),
                    variable: Var::zeros(gradient.len(), DType::F64, &Device::Cpu).unwrap(),
                    arrangement: Arrangement::Plain(vec![gradient.len()]),
                    role: Role::Weight,
                })
                .collect();
            let products: Vec<Tensor> = parameters
                .iter()
                .zip(&gradients)
                .map(|(parameter, gradient)| {
                    let gradient = Tensor::from_slice(gradient, gradient.len(), &Device::Cpu).unwrap();
                    (parameter.variable.as_tensor() * gradient).unwrap().sum_all().unwrap()
                })
                .collect();
            let mut store = (&products[0] + &products[1]).unwrap().backward().unwrap();
            clip_norm(kernels, &parameters, &mut store, case.maximum).unwrap();
            for (parameter, expected) in parameters.iter().zip(&case.gradients) {
                let ours = store.get(&parameter.variable).unwrap().to_vec1::<f64>().unwrap();
                let near = ours.iter().zip(expected).all(|(ours, theirs)| (ours - theirs).abs() < 1e-12);
                assert!(near, "maximum {}: {ours:?} {expected:?}", case.maximum);
            }
        }
    }
}
