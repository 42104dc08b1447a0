//! The likelihood of both links, also where it is hard to compute.

use crate::candle::kernels::Kernels;
use crate::candle::likelihood::{Cost, negative_log_likelihood, negative_log_likelihood_of};
use crate::outputs::categorical::{count_correct, log_probabilities};
use crate::outputs::label_counts::LabelCounts;
use crate::outputs::{Expected, Gradient, Sample};
use crate::tests::networks::{Chain, batch_of};
use crate::{Closeness, outputs};
use candle_core::{DType, Device, Tensor, Var};
use elbo_compiler::ir::{Likelihood, NoiseModel, ProbabilityLink, Shape};

/// (scores, label, −ln(softplus(z_y)/Σ softplus(z))) by Python's decimal with 250 digits.
const SOFTPLUS_LINK: [([f64; 3], u32, f64); 4] = [
    ([-200.0, -1.5, 3.0], 0, 201.17865519005133),
    ([-200.0, -201.0, -203.5], 2, 3.8350975955161672),
    ([-30.0, -20.0, -25.0], 1, 0.0067604435540184514),
    ([50.0, -60.0, 0.25], 1, 63.92840684276472),
];

/// Plain labels.
fn plain(labels: &[u32], classes: usize) -> LabelCounts {
    LabelCounts::new(&Likelihood { label_smoothing: 0.0, class_weights: None }, labels, classes).unwrap()
}

fn loss(kernels: Kernels, link: ProbabilityLink, dtype: DType, scores: &[f64], labels: &[u32]) -> f64 {
    let scores = Tensor::from_slice(scores, (labels.len(), scores.len() / labels.len()), &Device::Cpu).unwrap();
    let loss = negative_log_likelihood(
        kernels,
        link,
        &scores.to_dtype(dtype).unwrap(),
        &plain(labels, scores.dim(1).unwrap()),
    )
    .unwrap();
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
    let plain = Likelihood { label_smoothing: 0.0, class_weights: None };
    let error = LabelCounts::new(&plain, &[3], 3).unwrap_err();
    assert!(error.to_string().contains("label 3"), "{error}");
    let weighted = Likelihood { label_smoothing: 0.0, class_weights: Some(vec![1.0, 2.0]) };
    let error = LabelCounts::new(&weighted, &[0], 3).unwrap_err();
    assert!(error.to_string().contains("2 class weights for 3 classes"), "{error}");
}

#[test]
fn right_answers_are_counted_by_the_first_of_equal_maxima() {
    let probabilities = [0.2, 0.5, 0.3, 0.4, 0.4, 0.2, 0.1, 0.1, 0.8];
    assert_eq!(count_correct(&probabilities, &[1, 0, 2]), 3);
    assert_eq!(count_correct(&probabilities, &[1, 1, 0]), 1);
}

/// A batch's targets in the form of the host, whatever tensors there are for them.
struct OfHost<'e>(&'e dyn Expected);

impl Expected for OfHost<'_> {
    fn cost(&self, sample: Sample<'_>, sums: &mut [f64], gradient: Option<&mut Gradient>) -> f64 {
        self.0.cost(sample, sums, gradient)
    }

    fn closeness(&self, sums: &[f64], samples: usize) -> Closeness {
        self.0.closeness(sums, samples)
    }
}

#[test]
fn a_family_without_tensors_is_trained_by_the_gradient_of_the_host() {
    let chain = || Chain::new(Shape::Vector { features: 4 });
    for (chain, learned) in [
        (chain().link(ProbabilityLink::Softmax), false),
        (chain().link(ProbabilityLink::Softplus), false),
        (chain().gaussian(NoiseModel::Learned), true),
        (chain().gaussian(NoiseModel::Heteroscedastic), false),
    ] {
        let run = chain.run();
        let observation = outputs::observation(&run).unwrap();
        let batch = batch_of(&run, 3);
        let expected = observation.expect(&batch.targets).unwrap();
        let given: Vec<f64> = batch.inputs.iter().map(|&number| f64::from(number)).collect();
        let outputs = Var::from_slice(&given, (3, 4), &Device::Cpu).unwrap();
        let learned = learned.then(|| Var::from_slice(&[0.3, -0.2, 0.1, 0.7], 4, &Device::Cpu).unwrap());
        let gradients = |expected: &dyn Expected| {
            let mut sums = vec![0.0; 3 * observation.predictions()];
            let vector = learned.as_ref().map(Var::as_tensor);
            let cost = negative_log_likelihood_of(Kernels::Fused, &outputs, vector, expected, &mut sums);
            let Cost { loss, value } = cost.unwrap();
            let store = loss.affine(0.5, 0.0).unwrap().backward().unwrap();
            let mut found = vec![value, loss.to_scalar::<f64>().unwrap()];
            for variable in std::iter::once(&outputs).chain(&learned) {
                found.extend(store.get(variable).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap());
            }
            found
        };
        let (tensors, host) = (gradients(expected.as_ref()), gradients(&OfHost(expected.as_ref())));
        assert_eq!(tensors.len(), host.len());
        for (tensor, host) in tensors.iter().zip(&host) {
            assert!((tensor - host).abs() < 1e-12, "{tensors:?} against {host:?}");
        }
    }
}
