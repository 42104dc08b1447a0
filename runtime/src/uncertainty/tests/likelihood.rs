//! Likelihoods that underflow as probabilities.

use crate::uncertainty::{
    DrawGroups, DrawnScores, Evaluation, FittedTemperature, InputSources, Predictions, PredictiveMoments, Replicates,
    ScaledPredictions, UncertaintyError, jackknife_standard_error,
};
use elbo_compiler::ir::ProbabilityLink::{self, Softmax, Softplus};

/// Draws of class scores of two inputs of classes 0 and 1.
fn evaluated(link: ProbabilityLink, draws: &[[f32; 4]]) -> (Evaluation, Predictions) {
    let labels = vec![0, 1];
    let groups = DrawGroups::new(2, 2, draws.len());
    let mut groups = groups.labelled(&labels).expect("labels fit");
    draws.iter().for_each(|draw| groups.add_scores(link, draw).expect("the right size"));
    let (predictive, left_out) = groups.finish().expect("draws were added");
    let mut replicates = Replicates::default();
    replicates.add(&left_out, &labels).expect("labels fit");
    let evaluation = Evaluation::new(&predictive, &labels, &[], &replicates).expect("everything fits");
    let inputs = predictive.score(&labels).expect("labels fit");
    (evaluation, Predictions { predictive, labels, inputs, sources: InputSources::Unnamed })
}

#[test]
fn a_wrong_prediction_costs_what_its_scores_say_and_not_what_the_smallest_number_says() {
    // The first input is right without doubt, the second wrong by 5,856,308 nats.
    let (evaluation, predictions) = evaluated(Softmax, &[[800.0, -800.0, 5_856_308.0, 0.0]]);
    assert_eq!(predictions.inputs[1].negative_log_likelihood, 5_856_308.0);
    assert_eq!(evaluation.negative_log_likelihood, 2_928_154.0);
    // Softplus: ln(1 + eᶻ) is eᶻ far below 0 and z far above it: p = e⁻²⁰⁰⁰/5000.
    let (evaluation, _) = evaluated(Softplus, &[[5000.0, -2000.0, 5000.0, -2000.0]]);
    let expected = 0.5 * (2000.0 + 5000.0_f64.ln());
    assert!((evaluation.negative_log_likelihood - expected).abs() < 1e-9, "{}", evaluation.negative_log_likelihood);
    // And where every softplus is an exponential.
    let (evaluation, _) = evaluated(Softplus, &[[-50.0, -3000.0, -50.0, -3000.0]]);
    assert!((evaluation.negative_log_likelihood - 0.5 * 2950.0).abs() < 1e-9);
}

#[test]
fn nothing_is_minus_zero() {
    for link in [Softmax, Softplus] {
        let draw = [900.0, -900.0, -1e6, 1e6];
        let (evaluation, predictions) = evaluated(link, &[draw; 3]);
        let text = predictions.to_csv(&[]);
        assert!(!text.contains("-0,") && !text.contains("-0\n"), "{text}");
        let json = serde_json::to_string(&evaluation).expect("serialisable");
        assert!(!json.contains("-0.0,") && !json.contains("-0.0}"), "{json}");
        let errors = &evaluation.standard_errors;
        assert!(evaluation.entropy.is_sign_positive() && errors.negative_log_likelihood == Some(0.0));
    }
}

#[test]
fn the_mean_over_draws_is_taken_before_the_logarithm_and_without_each_draw_as_well() {
    // ln p of the second input is −1 in one draw and −2,000 less in the others.
    let logit = -(1.0_f32.exp() - 1.0).ln();
    let draws = [[0.0, 0.0, 0.0, logit], [0.0, 0.0, 2001.0, 0.0], [0.0, 0.0, 2001.0, 0.0]];
    let (evaluation, _) = evaluated(Softmax, &draws);
    let even = 2.0_f64.ln();
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    close(evaluation.negative_log_likelihood, 0.5 * (even + 1.0 + 3.0_f64.ln()));
    let without = [2001.0, 1.0 + even, 1.0 + even].map(|cost| 0.5 * (even + cost));
    let expected = jackknife_standard_error(&without).expect("three draws");
    close(evaluation.monte_carlo_standard_errors.negative_log_likelihood.expect("three draws"), expected);
}

#[test]
fn temperatures_see_what_underflows() {
    let scores = vec![2000.0, 0.0, 0.0, 2000.0, 2000.0, 0.0];
    let labels = vec![0, 1, 1];
    let fitted = FittedTemperature::fit(Softmax, 2, &[DrawnScores { scores: scores.clone(), labels: labels.clone() }]);
    let fitted = fitted.expect("there are examples");
    assert!((fitted.negative_log_likelihood[0] - 2000.0 / 3.0).abs() < 1e-9, "{fitted:?}");
    assert!((fitted.negative_log_likelihood[1] - 2000.0 / 3.0 / fitted.temperature).abs() < 1.0, "{fitted:?}");
    let mut scaled = ScaledPredictions::new(Softmax, 2, 2.0);
    scaled.add(&labels, &scores).expect("whole draws");
    let found = scaled.score(15).expect("there are examples").negative_log_likelihood;
    assert!((found - 1000.0 / 3.0).abs() < 1e-9, "{found}");
}

#[test]
fn a_probability_of_nothing_is_refused_because_its_cost_is_infinite() {
    let mut moments = PredictiveMoments::new(1, 2);
    moments.add(&[1.0, 0.0]).expect("the right size");
    let predictive = moments.finish().expect("a draw was added");
    assert_eq!(predictive.score(&[1]), Err(UncertaintyError::ZeroProbability { input: 0 }));
    assert_eq!(predictive.score(&[0]).expect("probable").first().map(|input| input.negative_log_likelihood), Some(0.0));
}
