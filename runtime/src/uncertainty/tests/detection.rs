//! Detection scores and temperatures against detection.json, which detection.py has written with scikit-learn and scipy.

use crate::uncertainty::scores::{DetectionScore, detection};
use crate::uncertainty::{DrawGroups, DrawnScores, FittedTemperature, InputScores, ScaledPredictions};
use elbo_compiler::ir::ProbabilityLink::{self, Softmax, Softplus};
use serde_json::Value;

const TOLERANCE: f64 = 1e-6;

struct Stored {
    classes: usize,
    samples: usize,
    /// One draw after the other.
    scores: Vec<f32>,
    labels: Vec<u32>,
    cases: Vec<(ProbabilityLink, Value)>,
}

fn stored() -> Stored {
    let read = |text| -> Value { serde_json::from_str(text).expect("the reference is JSON") };
    let (reference, expected) = (read(include_str!("reference.json")), read(include_str!("detection.json")));
    let classes = reference["classes"].as_u64().expect("a number") as usize;
    let draws: Vec<Vec<f32>> = serde_json::from_value(reference["scores_times_1024"].clone()).expect("scores");
    let labels: Vec<u32> = serde_json::from_value(reference["labels"].clone()).expect("labels");
    let inputs: Vec<usize> = serde_json::from_value(expected["inputs"].clone()).expect("places");
    let row = |draw: &[f32], input: usize| -> Vec<f32> {
        draw[input * classes..][..classes].iter().map(|score| score / 1024.0).collect()
    };
    let cases = expected["cases"].as_array().expect("an array").iter().map(|case| {
        let link = if case["link"] == "softmax" { Softmax } else { Softplus };
        (link, case.clone())
    });
    Stored {
        classes,
        samples: draws.len(),
        scores: draws.iter().flat_map(|draw| inputs.iter().flat_map(move |&input| row(draw, input))).collect(),
        labels: inputs.iter().map(|&input| labels[input]).collect(),
        cases: cases.collect(),
    }
}

fn scored(stored: &Stored, link: ProbabilityLink) -> Vec<InputScores> {
    let mut groups = DrawGroups::new(stored.labels.len(), stored.classes, stored.samples);
    groups.add_scores(link, &stored.scores).expect("whole draws");
    groups.finish().expect("draws were added").0.score(&stored.labels).expect("labels fit")
}

fn close(what: &str, found: f64, expected: &Value) {
    let expected = expected.as_f64().expect("a number");
    assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, by the reference {expected}");
}

#[test]
fn detection_agrees_with_scikit_learn() {
    let stored = stored();
    for (link, case) in &stored.cases {
        let inputs = scored(&stored, *link);
        let part = |other: bool| -> Vec<InputScores> {
            inputs.iter().enumerate().filter(|(place, _)| (place % 3 == 0) == other).map(|(_, input)| *input).collect()
        };
        let found = detection(&part(false), &part(true));
        assert_eq!(found.len(), DetectionScore::ALL.len());
        for (found, expected) in found.iter().zip(case["detection"].as_array().expect("an array")) {
            assert_eq!(serde_json::to_value(found.score).expect("a name"), expected["score"]);
            close("AUROC", found.area_under_roc, &expected["area_under_roc"]);
            close("AUPR", found.area_under_precision_recall, &expected["area_under_precision_recall"]);
            close("FPR95", found.false_positive_rate_at_95_recall, &expected["false_positive_rate_at_95_recall"]);
            for (found, end) in found.interval_of_area_under_roc.into_iter().zip(0..) {
                close("DeLong's interval", found, &expected["interval_of_area_under_roc"][end]);
            }
        }
    }
}

#[test]
fn temperatures_agree_with_scipy() {
    let stored = stored();
    for (link, case) in &stored.cases {
        let expected = &case["temperature"];
        let size = stored.labels.len() * stored.classes;
        // In batches, as an evaluation does it.
        let batches: Vec<DrawnScores> = [0..70, 70..stored.labels.len()]
            .into_iter()
            .map(|range| DrawnScores {
                scores: stored
                    .scores
                    .chunks_exact(size)
                    .flat_map(|draw| draw[range.start * stored.classes..range.end * stored.classes].to_vec())
                    .collect(),
                labels: stored.labels[range].to_vec(),
            })
            .collect();
        let fitted = FittedTemperature::fit(*link, stored.classes, &batches).expect("there are inputs");
        close("temperature", fitted.temperature, &expected["temperature"]);
        for (found, end) in fitted.interval.into_iter().zip(0..) {
            let expected = expected["interval"][end].as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-3 * expected, "{found}, by the reference {expected}");
        }
        let crossed = fitted.cross_fitted.expect("there are examples");
        // The folds are fitted to three digits.
        for (found, name) in [(crossed.improvement, "improvement"), (crossed.standard_error, "standard_error")] {
            let expected = expected[name].as_f64().expect("a number");
            assert!((found - expected).abs() < 2e-5, "{name}: {found}, by the reference {expected}");
        }
        close("raw NLL", fitted.negative_log_likelihood[0], &expected["negative_log_likelihood"][0]);
        close("scaled NLL", fitted.negative_log_likelihood[1], &expected["negative_log_likelihood"][1]);
        let mut scaled = ScaledPredictions::new(*link, stored.classes, fitted.temperature);
        for batch in &batches {
            scaled.add(&batch.labels, &batch.scores).expect("whole draws");
        }
        let scores = scaled.score(15).expect("there are inputs");
        close("accuracy", scores.accuracy, &expected["accuracy"]);
        close("Brier", scores.brier, &expected["brier"]);
        close("NLL", scores.negative_log_likelihood, &expected["negative_log_likelihood"][1]);
    }
}
