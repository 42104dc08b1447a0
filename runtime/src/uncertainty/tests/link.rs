use crate::uncertainty::{entropy, probabilities};
use elbo_compiler::ir::ProbabilityLink::{Softmax, Softplus};

#[test]
fn rows_are_distributions_at_both_ends_of_the_range() {
    let scores = [f32::MAX, f32::MIN, 0.0, -3e38, -3.1e38, -3e38, -100.0, -100.0, -101.0, 88.0, 89.0, -1e-30];
    for link in [Softmax, Softplus] {
        let values = probabilities(link, 3, &scores).expect("finite scores");
        for row in values.chunks_exact(3) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-15, "{link:?}: {row:?}");
            assert!(row.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}

#[test]
fn softplus_joins_its_exponential_form_without_a_step() {
    let below = probabilities(Softplus, 2, &[-37.000_004, -38.0]).expect("finite scores");
    let above = probabilities(Softplus, 2, &[-36.999_996, -38.0]).expect("finite scores");
    assert!((below[0] - above[0]).abs() < 1e-5);
    // e/(1 + e) where softplus is the exponential
    let far = probabilities(Softplus, 2, &[-500.0, -501.0]).expect("finite scores");
    assert!((far[0] - 1.0 / (1.0 + (-1.0_f64).exp())).abs() < 1e-15);
}

#[test]
fn entropy_lies_between_none_and_even() {
    assert_eq!(entropy(&[1.0, 0.0, 0.0]), 0.0);
    assert!((entropy(&[0.25; 4]) - 4.0_f64.ln()).abs() < 1e-15);
}
