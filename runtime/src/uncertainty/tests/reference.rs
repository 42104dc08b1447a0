//! Every figure against reference.json, which reference.py has written with numpy, scipy and scikit-learn.

use crate::uncertainty::scores::{TopLabel, adaptive_calibration_error, expected_calibration_error, reliability};
use crate::uncertainty::{DrawGroups, Evaluation, Predictive, Replicates, StandardErrors};
use elbo_compiler::ir::{Metric, ProbabilityLink};
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference.json")).expect("the reference is JSON")
}

struct Case {
    expected: Value,
    predictive: Predictive,
    labels: Vec<u32>,
    evaluation: Evaluation,
}

fn cases() -> Vec<Case> {
    let reference = reference();
    let classes = reference["classes"].as_u64().expect("a number") as usize;
    let samples = reference["samples"].as_u64().expect("a number") as usize;
    let labels: Vec<u32> = serde_json::from_value(reference["labels"].clone()).expect("labels");
    let draws: Vec<Vec<f32>> = serde_json::from_value(reference["scores_times_1024"].clone()).expect("scores");
    let cases = reference["cases"].as_array().expect("an array").iter().map(|expected| {
        let link = match expected["link"].as_str() {
            Some("softmax") => ProbabilityLink::Softmax,
            Some("softplus") => ProbabilityLink::Softplus,
            other => panic!("unknown link {other:?}"),
        };
        // In batches of 64, as an evaluation does it.
        let mut predictive = Predictive::empty(samples, classes);
        let mut replicates = Replicates::default();
        for first in (0..labels.len()).step_by(64) {
            let inputs = first..(first + 64).min(labels.len());
            let groups = DrawGroups::new(inputs.len(), classes, samples);
            let mut groups = groups.labelled(&labels[inputs.clone()]).expect("labels fit");
            for draw in &draws {
                let scores: Vec<f32> =
                    draw[inputs.start * classes..inputs.end * classes].iter().map(|score| score / 1024.0).collect();
                groups.add_scores(link, &scores).expect("the right size");
            }
            let (batch, left_out) = groups.finish().expect("draws were added");
            predictive.append(batch).expect("the same draws and classes");
            replicates.add(&left_out, &labels[inputs]).expect("labels fit");
        }
        let metrics = [
            Metric::ExpectedCalibrationError { bins: 15 },
            Metric::AdaptiveCalibrationError { bins: 15 },
            Metric::Reliability { bins: 20 },
            Metric::RiskCoverage,
            Metric::PerClass,
            Metric::Confusion,
        ];
        let evaluation = Evaluation::new(&predictive, &labels, &metrics, &replicates).expect("everything fits");
        Case { expected: expected.clone(), predictive, labels: labels.clone(), evaluation }
    });
    cases.collect()
}

/// Compares each number of `expected`, an object, with the field of the same name.
fn compare(what: &str, expected: &Value, actual: &Value) {
    for (name, value) in expected.as_object().expect("an object") {
        let actual = actual[name].as_f64().unwrap_or_else(|| panic!("{what} has no number `{name}`: {actual}"));
        let expected = value.as_f64().expect("a number");
        assert!((actual - expected).abs() <= TOLERANCE, "{what}: {name} is {actual}, numpy has {expected}");
    }
}

fn without(value: &Value, names: &[&str]) -> Value {
    let mut value = value.clone();
    names.iter().for_each(|name| drop(value.as_object_mut().expect("an object").remove(*name)));
    value
}

#[test]
fn figures_agree() {
    for case in cases() {
        let actual = serde_json::to_value(&case.evaluation).expect("serialisable");
        compare("the evaluation", &without(&case.expected["figures"], &["adaptive_calibration_error"]), &actual);
        let adaptive = &case.evaluation.calibration[1];
        assert_eq!((adaptive.metric.as_str(), adaptive.bins), ("adaptive_calibration_error", 15));
        let expected = case.expected["figures"]["adaptive_calibration_error"].as_f64().expect("a number");
        assert!((adaptive.value - expected).abs() <= TOLERANCE);
    }
}

#[test]
fn standard_errors_agree() {
    for case in cases() {
        let inputs = serde_json::to_value(case.evaluation.standard_errors).expect("serialisable");
        compare("over inputs", &case.expected["standard_errors"], &inputs);
        let draws = serde_json::to_value(case.evaluation.monte_carlo_standard_errors).expect("serialisable");
        let expected = &case.expected["monte_carlo_standard_errors"];
        // The reference has the jackknife of all; these change by jumps and have a bootstrap, see draw_errors.rs.
        let jumping = ["accuracy", "expected_calibration_error", "adaptive_calibration_error"];
        compare("over draws", &without(expected, &jumping), &draws);
    }
}

#[test]
fn calibration_agrees_for_every_number_of_bins() {
    type Score = fn(&[TopLabel], usize) -> Result<f64, crate::uncertainty::UncertaintyError>;
    let scores: [(&str, Score); 2] = [
        ("expected_calibration_error", expected_calibration_error),
        ("adaptive_calibration_error", adaptive_calibration_error),
    ];
    for case in cases() {
        let top: Vec<TopLabel> =
            case.predictive.score(&case.labels).expect("labels fit").iter().map(TopLabel::from).collect();
        for (name, score) in scores {
            for (bins, expected) in case.expected[name].as_object().expect("an object") {
                let actual = score(&top, bins.parse().expect("a number")).expect("possible bins");
                let expected = expected.as_f64().expect("a number");
                assert!((actual - expected).abs() <= TOLERANCE, "{name}, {bins} bins: {actual}, numpy {expected}");
            }
        }
        let table = reliability(&top, 20).expect("possible bins");
        assert_eq!(table, case.evaluation.reliability[0]);
        for (bin, expected) in table.iter().zip(case.expected["reliability_20"].as_array().expect("an array")) {
            assert_eq!(Some(bin.count as u64), expected["count"].as_u64(), "bin ({}, {}]", bin.lower, bin.upper);
            assert_eq!(bin.confidence.is_some(), expected["confidence"].is_number());
            if let (Some(confidence), Some(accuracy)) = (bin.confidence, bin.accuracy) {
                assert!((confidence - expected["confidence"].as_f64().expect("a number")).abs() <= TOLERANCE);
                assert!((accuracy - expected["accuracy"].as_f64().expect("a number")).abs() <= TOLERANCE);
            }
        }
    }
}

#[test]
fn risk_coverage_agrees() {
    for case in cases() {
        let actual = case.evaluation.risk_coverage.clone().expect("was asked for");
        let expected = |name: &str| case.expected[name].as_f64().expect("a number");
        assert!((actual.area_under_risk_coverage - expected("area_under_risk_coverage")).abs() <= TOLERANCE);
        assert!(
            (actual.accuracy_at_80_percent_coverage - expected("accuracy_at_80_percent_coverage")).abs() <= TOLERANCE
        );
        let curve: Vec<f64> = serde_json::from_value(case.expected["risk_at_every_5_percent"].clone()).expect("curve");
        assert_eq!(curve.len(), actual.curve.len());
        for (point, risk) in actual.curve.iter().zip(curve) {
            assert!((point.risk - risk).abs() <= TOLERANCE, "at coverage {}", point.coverage);
        }
    }
}

#[test]
fn tables_by_class_agree() {
    for case in cases() {
        let confusion: Vec<Vec<usize>> = serde_json::from_value(case.expected["confusion"].clone()).expect("a matrix");
        assert_eq!(case.evaluation.confusion, Some(confusion));
        let table = case.evaluation.per_class.as_ref().expect("was asked for");
        for (class, expected) in table.iter().zip(case.expected["per_class"].as_array().expect("an array")) {
            compare("the class", expected, &serde_json::to_value(class).expect("serialisable"));
        }
        let parts: f64 = table.iter().map(|class| class.aleatoric_component).sum();
        assert!((parts - case.evaluation.aleatoric).abs() <= TOLERANCE);
    }
}

#[test]
fn order_of_inputs_changes_no_score() {
    for case in cases() {
        let mut inputs = case.predictive.score(&case.labels).expect("labels fit");
        let forward: Vec<TopLabel> = inputs.iter().map(TopLabel::from).collect();
        inputs.reverse();
        let backward: Vec<TopLabel> = inputs.iter().map(TopLabel::from).collect();
        let both = |top: &[TopLabel]| {
            let risk = crate::uncertainty::scores::risk_coverage(top).expect("there are inputs");
            (adaptive_calibration_error(top, 15).expect("possible bins"), risk.area_under_risk_coverage)
        };
        let ((ace, aurc), (ace_reversed, aurc_reversed)) = (both(&forward), both(&backward));
        assert!((ace - ace_reversed).abs() <= 1e-12 && (aurc - aurc_reversed).abs() <= 1e-12);
    }
}

#[test]
fn one_draw_has_no_epistemic_part() {
    let mut groups = DrawGroups::new(2, 2, 1);
    groups.add(&[0.75, 0.25, 0.5, 0.5]).expect("the right size");
    let (predictive, left_out) = groups.finish().expect("a draw was added");
    assert!(left_out.is_empty());
    let evaluation = Evaluation::new(&predictive, &[0, 1], &[], &Replicates::default()).expect("labels fit");
    assert_eq!(evaluation.epistemic, None);
    assert_eq!(evaluation.epistemic_unbiased, None);
    assert_eq!(evaluation.mutual_information, None);
    assert_eq!(evaluation.monte_carlo_standard_errors, StandardErrors::default());
    assert_eq!(evaluation.standard_errors.epistemic, None);
    let json = serde_json::to_value(&evaluation).expect("serialisable");
    assert!(json["epistemic"].is_null() && json.as_object().expect("an object").contains_key("epistemic"));
    assert!((evaluation.aleatoric - (0.375 + 0.5) / 2.0).abs() < 1e-15);
}
