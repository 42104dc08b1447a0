use super::*;
use crate::GpuError;

fn refused<T: std::fmt::Debug>(result: Result<T, GpuError>) {
    assert!(matches!(result, Err(GpuError::Misuse { .. })), "{result:?}");
}

#[test]
fn targets_that_are_not_of_the_family_are_refused() {
    let Some(device) = device(&Opening::default()) else { return };
    let classes = Family::Categorical(Categorical::upload(&device, Link::Softmax, 3, 0.0, None).unwrap());
    assert_eq!(classes.words(Targets::Classes(&[2, 0])).unwrap(), [2, 0]);
    refused(classes.words(Targets::Classes(&[0, 3])));
    refused(classes.words(Targets::Values(&[1.0])));
    refused(Categorical::upload(&device, Link::Softmax, 3, 0.0, Some(&[1.0])));
    refused(Categorical::upload(&device, Link::Softmax, 0, 0.0, None));
    let counts = Family::Real(RealTargets::new(Distribution::Poisson, 2).unwrap());
    assert_eq!(counts.words(Targets::Values(&[0.0, 3.0])).unwrap().len(), 8);
    for values in [[1.5, 0.0], [-1.0, 0.0], [f64::NAN, 0.0], [f64::INFINITY, 0.0]] {
        refused(counts.words(Targets::Values(&values)));
    }
    refused(counts.words(Targets::Values(&[1.0, 2.0, 3.0])));
    refused(counts.words(Targets::Classes(&[1])));
    refused(RealTargets::new(Distribution::Poisson, 0));
}

#[test]
fn sums_are_divided_by_examples_or_by_the_weights_of_their_classes() {
    let Some(device) = device(&Opening::default()) else { return };
    let weights = [0.5, 2.0, 1.0];
    let classes = Categorical::upload(&device, Link::Softmax, 3, 0.1, Some(&weights)).unwrap();
    assert_eq!(Family::Categorical(classes).total(Targets::Classes(&[0, 1, 1])), 4.5);
    let log_variance = Second::Given;
    let reals = Family::Real(RealTargets::new(Distribution::Gaussian { log_variance }, 2).unwrap());
    assert_eq!(reals.total(Targets::Values(&[0.0; 6])), 3.0);
    assert_eq!((reals.outputs(), reals.predictions(), reals.words_of_example(), reals.learned()), (4, 2, 8, 0));
    let log_variance = Second::Learned;
    let reals = Family::Real(RealTargets::new(Distribution::Gaussian { log_variance }, 2).unwrap());
    assert_eq!((reals.outputs(), reals.learned()), (2, 2));
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let Some(device) = device(&Opening::default()) else { return };
    let log_variance = Second::Learned;
    let family = Family::Real(RealTargets::new(Distribution::Gaussian { log_variance }, 3).unwrap());
    let zeros = |numbers| device.zeros("numbers", numbers).unwrap().all();
    let (outputs, targets, costs, predictions) = (zeros(20), zeros(60), zeros(5), zeros(20));
    let (learned, gradient, short) = (zeros(3), zeros(20), zeros(2));
    let mut recording = Recording::new(&device);
    let good = Loss {
        family: &family,
        rows: 5,
        share: 1.0,
        add: false,
        outputs: &outputs,
        learned: Some(&learned),
        targets: &targets,
        costs: &costs,
        predictions: &predictions,
        gradient: Some(&gradient),
    };
    good.record(&mut recording).unwrap();
    refused(Loss { rows: 4, ..good }.record(&mut recording));
    refused(Loss { learned: None, ..good }.record(&mut recording));
    refused(Loss { learned: Some(&short), ..good }.record(&mut recording));
    refused(Loss { gradient: Some(&short), ..good }.record(&mut recording));
    refused(Loss { costs: &short, ..good }.record(&mut recording));
    let closeness = Closeness {
        family: &family,
        rows: 5,
        samples: 1,
        predictions: &predictions,
        targets: &targets,
        closeness: &costs,
    };
    closeness.record(&mut recording).unwrap();
    refused(Closeness { samples: 0, ..closeness }.record(&mut recording));
    let poisson = Family::Real(RealTargets::new(Distribution::Poisson, 3).unwrap());
    refused(Loss { family: &poisson, ..good }.record(&mut recording));
    let learning = LearnedGradient {
        family: &family,
        rows: 5,
        share: 1.0,
        add: false,
        outputs: &outputs,
        targets: &targets,
        learned: &learned,
        gradient: &zeros(3),
    };
    learning.record(&mut recording).unwrap();
    refused(LearnedGradient { family: &poisson, ..learning }.record(&mut recording));
    refused(LearnedGradient { gradient: &short, ..learning }.record(&mut recording));
}
