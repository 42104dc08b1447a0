use super::{blobs::Blobs, evaluate, logistic::Logistic, run};
use crate::backend::{Backend, DrawContext};
use crate::data::Part;
use crate::train::{Silent, TrainingData, train};
use crate::uncertainty::{Decomposition, probabilities};
use elbo_compiler::ir::ProbabilityLink;

fn trained(noise: f32) -> Logistic {
    let mut backend = Logistic::new(noise);
    train(&run(), &mut backend, &Blobs::new(100, 0, 0), &mut Silent).expect("trains");
    backend
}

#[test]
fn figures_are_those_of_the_decomposition_of_each_input() {
    let (backend, data) = (trained(0.7), Blobs::new(0, 0, 600));
    let evaluation = evaluate(&run(), &backend, &data, &mut Silent).expect("scores");
    assert_eq!((evaluation.examples, evaluation.samples), (600, 6));
    // All examples at once instead of in batches: noise is keyed by the example.
    let batch = data.batch(Part::Test, 0..600);
    let draws: Vec<Vec<f64>> = (0..6)
        .map(|sample| {
            let scores = backend.predict(&batch, &DrawContext { sample, first_example: 0, pass: 0 }).expect("predicts");
            probabilities(ProbabilityLink::Softmax, 3, &scores).expect("finite scores")
        })
        .collect();
    let (mut aleatoric, mut epistemic, mut correct) = (0.0, 0.0, 0);
    for input in 0..600 {
        let own: Vec<f64> = draws.iter().flat_map(|draw| draw[3 * input..3 * input + 3].to_vec()).collect();
        let parts = Decomposition::of(3, &own).expect("whole rows");
        aleatoric += parts.aleatoric_trace() / 600.0;
        epistemic += parts.epistemic_trace().expect("six draws") / 600.0;
        correct += usize::from(crate::uncertainty::scores::best_class(parts.mean()) == input % 3);
    }
    assert!((evaluation.aleatoric - aleatoric).abs() < 1e-12);
    assert!((evaluation.epistemic.expect("six draws") - epistemic).abs() < 1e-12);
    assert_eq!(evaluation.accuracy, correct as f64 / 600.0);
    assert!(evaluation.confusion.is_some() && evaluation.per_class.is_none());
    let all_draws: Vec<(usize, DrawContext)> = backend.draws.borrow().clone();
    assert_eq!(all_draws.iter().map(|(size, _)| size).sum::<usize>(), 6 * 600 + 6 * 600);
}

#[test]
fn a_network_without_randomness_is_asked_once() {
    let backend = trained(0.0);
    let evaluation = evaluate(&run(), &backend, &Blobs::new(0, 0, 300), &mut Silent).expect("scores");
    assert_eq!((evaluation.samples, evaluation.epistemic), (1, None));
    assert_eq!(evaluation.mutual_information, None);
    assert!(evaluation.accuracy > 0.9);
    let asked: Vec<usize> = backend.draws.borrow().iter().map(|(size, _)| *size).collect();
    assert_eq!(asked, [256, 44]);
}

#[test]
fn validation_is_keyed_by_its_epoch() {
    let mut backend = Logistic::new(0.3);
    train(&run(), &mut backend, &Blobs::new(20, 300, 0), &mut Silent).expect("trains");
    let draws: Vec<(u32, u32, u64)> =
        backend.draws.borrow().iter().map(|(_, draw)| (draw.pass, draw.sample, draw.first_example)).collect();
    assert_eq!(draws.len(), 4 * 2 * 2);
    assert_eq!(draws[..5], [(1, 0, 0), (1, 1, 0), (1, 0, 256), (1, 1, 256), (2, 0, 0)]);
}

#[test]
fn the_jackknife_foretells_the_scatter_of_other_draws() {
    // 40 evaluations that differ in their noise alone: the standard deviation of a figure over them
    // is what the standard error claims. (A χ with 39 degrees of freedom is within 40 % of its mean.)
    let mut backend = trained(1.0);
    let data = Blobs::new(0, 0, 60);
    let mut figures = Vec::new();
    let mut claims = Vec::new();
    for _ in 0..40 {
        backend.noise_seed += 1;
        let evaluation = evaluate(&run(), &backend, &data, &mut Silent).expect("scores");
        figures.push(evaluation.epistemic_unbiased.expect("six draws"));
        claims.push(evaluation.monte_carlo_standard_errors.epistemic_unbiased.expect("six draws"));
    }
    let mean = figures.iter().sum::<f64>() / 40.0;
    let scatter = (figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / 39.0).sqrt();
    let claim = claims.iter().sum::<f64>() / 40.0;
    assert!((claim / scatter - 1.0).abs() < 0.4, "claimed {claim}, scattered {scatter}");
}
