use crate::uncertainty::scores::{negative_log_likelihood_of, reliability, risk_coverage};
use crate::uncertainty::{Decomposition, Evaluation, Predictive, PredictiveMoments, Replicates, UncertaintyError};
use crate::uncertainty::{check_report, probabilities};
use elbo_compiler::ir::{Metric, ProbabilityLink, Report};

fn message(error: UncertaintyError) -> String {
    error.to_string()
}

#[test]
fn scores_that_are_no_numbers_are_refused_with_their_place() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = probabilities(ProbabilityLink::Softmax, 2, &[0.0, 1.0, 2.0, bad]).expect_err("not finite");
        assert_eq!(error, UncertaintyError::NotFinite { input: 1, class: 1 });
        assert!(message(error).starts_with("the network's score of class 1 for input 1 is not a finite number"));
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    assert!(matches!(probabilities(ProbabilityLink::Softmax, 3, &[0.0; 4]), Err(UncertaintyError::Size { .. })));
    assert!(matches!(probabilities(ProbabilityLink::Softmax, 0, &[0.0; 4]), Err(UncertaintyError::Size { .. })));
    assert!(matches!(Decomposition::of(3, &[0.0; 4]), Err(UncertaintyError::Size { .. })));
    assert_eq!(Decomposition::of(3, &[]), Err(UncertaintyError::Empty));
    let mut moments = PredictiveMoments::new(2, 2);
    assert!(matches!(moments.add(&[0.5, 0.5]), Err(UncertaintyError::Size { .. })));
    assert_eq!(moments.finish(), Err(UncertaintyError::Empty));
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    let mut moments = PredictiveMoments::new(1, 2);
    moments.add(&[0.5, 0.5]).expect("the right size");
    let predictive = moments.finish().expect("a draw was added");
    let error = predictive.score(&[2]).expect_err("there are two classes");
    assert_eq!(message(error), "input 0 has the label 2, but there are only 2 classes (0 to 1)");
    assert_eq!(predictive.score(&[]), Err(UncertaintyError::Labels { labels: 0, inputs: 1 }));
    let nothing = Evaluation::new(&Predictive::empty(1, 2), &[], &[], &Replicates::default());
    assert_eq!(nothing, Err(UncertaintyError::Empty));
}

#[test]
fn impossible_reports_are_found_before_anything_is_trained() {
    let report = |samples, bins| Report {
        out_of_distribution: vec![],
        samples,
        estimator: None,
        metrics: vec![Metric::Accuracy, Metric::ExpectedCalibrationError { bins }],
    };
    assert_eq!(check_report(&report(5, 15)), Ok(()));
    assert_eq!(check_report(&report(0, 15)), Err(UncertaintyError::Empty));
    assert!(matches!(check_report(&report(5, 0)), Err(UncertaintyError::Bins { bins: 0, .. })));
    assert!(matches!(check_report(&report(5, usize::MAX)), Err(UncertaintyError::Bins { .. })));
    assert!(reliability(&[], usize::MAX).is_err());
    assert_eq!(risk_coverage(&[]), None);
}

#[test]
fn a_likelihood_is_neither_capped_nor_minus_zero() {
    assert_eq!(negative_log_likelihood_of(-5_856_308.0), 5_856_308.0);
    // Rounding may leave a probability just above 1.
    for certain in [0.0, -0.0, 1e-17] {
        assert_eq!(negative_log_likelihood_of(certain).to_bits(), 0);
    }
}
