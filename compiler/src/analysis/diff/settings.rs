//! What differs between the data, training and report of two runs.
//!
//! The values are compared in their serialised form, so that a field added to the IR is compared, too.

use super::difference::{Aspect, Found};
use crate::ir::{Run, text};
use serde::Serialize;
use serde_json::Value;

pub(super) fn compare_settings(left: &Run, right: &Run, found: &mut Found) {
    let data = |run: &Run| {
        let mut data = run.data.clone();
        // Where files lie is no part of what a run means.
        data.root = None;
        data.source.files_mut().into_iter().for_each(String::clear);
        tree(&data)
    };
    walk(Aspect::Data, "data", &data(left), &data(right), found);
    let objective = |run: &Run| text::objective(&run.training.objective);
    found.compare(Aspect::Inference, "training.objective", objective(left), objective(right));
    let training = |run: &Run| {
        let mut training = run.training.clone();
        training.checkpoint = None;
        let mut tree = tree(&training);
        if let Value::Object(fields) = &mut tree {
            fields.remove("objective");
        }
        tree
    };
    walk(Aspect::Training, "training", &training(left), &training(right), found);
    let report = |run: &Run| {
        let mut report = run.report.clone();
        report.out_of_distribution.iter_mut().for_each(|other| other.root = None);
        tree(&report)
    };
    walk(Aspect::Report, "report", &report(left), &report(right), found);
}

fn tree(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("the IR has only string keys and finite numbers")
}

/// How many draws are made, and how, is part of the inference.
fn aspect(part: Aspect, place: &str) -> Aspect {
    match place {
        "training.samples" | "training.validation_samples" | "report.samples" | "report.estimator" => Aspect::Inference,
        _ => part,
    }
}

fn walk(part: Aspect, place: &str, left: &Value, right: &Value, found: &mut Found) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) if left.keys().eq(right.keys()) => {
            for (key, value) in left {
                walk(part, &format!("{place}.{key}"), value, &right[key], found);
            }
        }
        _ => found.compare(aspect(part, place), place, text::plain(left), text::plain(right)),
    }
}
