//! Every score against torch_metrics.json, which torch_metrics.py has written with torchmetrics and torch-uncertainty.

use crate::uncertainty::scores::{DetectionScore, TopLabel, adaptive_calibration_error, detection, risk_coverage};
use crate::uncertainty::{DrawGroups, Evaluation, InputScores, Predictive, Replicates};
use elbo_compiler::ir::Metric;
use serde_json::Value;

const TOLERANCE: f64 = 1e-6;

struct Stored {
    values: Value,
    /// Inputs of the test split; those after them are of another distribution.
    test: usize,
    labels: Vec<u32>,
    predictive: Predictive,
}

fn stored() -> Stored {
    let values: Value = serde_json::from_str(include_str!("torch_metrics.json")).expect("the reference is JSON");
    let whole = |name: &str| values[name].as_u64().expect("a whole number") as usize;
    let labels: Vec<u32> = serde_json::from_value(values["labels"].clone()).expect("labels");
    let draws: Vec<Vec<u32>> = serde_json::from_value(values["probabilities_times_1048576"].clone()).expect("draws");
    let mut groups = DrawGroups::new(labels.len(), whole("classes"), draws.len());
    for draw in &draws {
        let probabilities: Vec<f64> = draw.iter().map(|&units| f64::from(units) / 1_048_576.0).collect();
        groups.add(&probabilities).expect("the right size");
    }
    assert_eq!(draws.len(), whole("samples"));
    let predictive = groups.finish().expect("draws were added").0;
    Stored { test: whole("test"), labels, predictive, values }
}

impl Stored {
    /// The predictions of the test split.
    fn test_split(&self) -> Predictive {
        let Predictive { samples, classes, mean, aleatoric, epistemic, expected_entropy, .. } = &self.predictive;
        let numbers = self.test * classes;
        Predictive {
            samples: *samples,
            classes: *classes,
            mean: mean[..numbers].to_vec(),
            aleatoric: aleatoric[..numbers].to_vec(),
            epistemic: epistemic.as_ref().map(|all| all[..numbers].to_vec()),
            expected_entropy: expected_entropy[..self.test].to_vec(),
            likelihoods: None,
        }
    }

    fn scores(&self) -> Vec<InputScores> {
        self.predictive.score(&self.labels).expect("labels fit")
    }

    fn top_labels(&self) -> Vec<TopLabel> {
        self.scores()[..self.test].iter().map(TopLabel::from).collect()
    }

    fn number(&self, library: &str, name: &str) -> f64 {
        self.values[library][name].as_f64().unwrap_or_else(|| panic!("{library} has no `{name}`"))
    }
}

fn close(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, by the reference {expected}");
}

#[test]
fn scores_of_the_test_split_agree() {
    let stored = stored();
    let labels = &stored.labels[..stored.test];
    let metrics = [Metric::ExpectedCalibrationError { bins: 15 }, Metric::PerClass, Metric::Confusion];
    let evaluation =
        Evaluation::new(&stored.test_split(), labels, &metrics, &Replicates::default()).expect("everything fits");
    let found = serde_json::to_value(&evaluation).expect("serialisable");
    for (library, names) in [
        ("torchmetrics", ["accuracy", "expected_calibration_error"].as_slice()),
        (
            "torch_uncertainty",
            &["negative_log_likelihood", "brier", "entropy", "expected_entropy", "mutual_information"],
        ),
    ] {
        for name in names {
            close(name, found[name].as_f64().expect("a number"), stored.number(library, name));
        }
    }
    assert_eq!(found["confusion"], stored.values["torchmetrics"]["confusion"]);
    for name in ["precision", "recall", "f1"] {
        for class in 0..stored.predictive.classes {
            let expected = stored.values["torchmetrics"][name][class].as_f64().expect("a number");
            close(name, found["per_class"][class][name].as_f64().expect("a number"), expected);
        }
    }
    let adaptive = adaptive_calibration_error(&stored.top_labels(), 15).expect("possible bins");
    close("ACE", adaptive, stored.number("torch_uncertainty", "adaptive_calibration_error"));
}

#[test]
fn selective_prediction_agrees() {
    let stored = stored();
    let top = stored.top_labels();
    let found = risk_coverage(&top).expect("there are inputs");
    let risk = stored.number("torch_uncertainty", "risk_at_80_percent_coverage");
    close("accuracy at 80 % coverage", found.accuracy_at_80_percent_coverage, 1.0 - risk);
    // Its area is that of trapezoids between coverages 1/N and 1, over their distance: in the sum of the risks the first
    // and the last count half, and the sum is over N − 1.
    let count = top.len() as f64;
    let first =
        top.iter().max_by(|left, right| left.confidence.total_cmp(&right.confidence)).expect("there are inputs");
    let ends = f64::from(u8::from(!first.correct)) + found.curve.last().expect("has points").risk;
    let trapezoids = (count * found.area_under_risk_coverage - ends / 2.0) / (count - 1.0);
    close("AURC", trapezoids, stored.number("torch_uncertainty", "aurc"));
}

#[test]
fn detection_agrees() {
    let stored = stored();
    let scores = stored.scores();
    let (test, other) = scores.split_at(stored.test);
    let found = detection(test, other);
    assert_eq!(found.len(), DetectionScore::ALL.len());
    for (found, expected) in found.iter().zip(stored.values["detection"].as_array().expect("a list")) {
        let number = |name: &str| expected[name].as_f64().expect("a number");
        assert_eq!(serde_json::to_value(found.score).expect("a name"), expected["score"]);
        close("AUROC", found.area_under_roc, number("area_under_roc"));
        close("AUPR", found.area_under_precision_recall, number("area_under_precision_recall"));
        close("FPR95", found.false_positive_rate_at_95_recall, number("false_positive_rate_at_95_recall"));
        close("FPR95", found.false_positive_rate_at_95_recall, number("torch_uncertainty_fpr95"));
    }
}
