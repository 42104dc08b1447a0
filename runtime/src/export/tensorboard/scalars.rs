//! Everything that is one number. TensorBoard keeps 32 bits of each.

use super::event::{Content, Value};
use crate::report::{Report, section};
use crate::train::{EpochRecord, StepRecord};
use serde::Serialize;
use serde_json::Value as Json;

/// What a step measured: `step/loss` and so on.
pub(super) fn of_step(step: &StepRecord) -> Vec<Value> {
    numbers("step", &json(step))
}

/// What an epoch came to: `train/…`, `validation/…`, `time/…`, and which epoch it is.
pub(super) fn of_epoch(epoch: &EpochRecord) -> Vec<Value> {
    let all = json(epoch);
    let mut values = vec![scalar("epoch".to_owned(), epoch.epoch as f64)];
    values.extend(numbers("train", &all["train"]));
    values.extend(numbers("validation", &all["validation"]));
    values.extend(numbers("time", &all));
    values
}

/// Every score.
pub(super) fn of_report(report: &Report) -> Vec<Value> {
    let scores = section(&report.scores);
    let mut values = numbers("test", &scores.json());
    values.extend(scores.scalars().into_iter().map(|(name, value)| scalar(format!("test/{name}"), value)));
    if let Some(scaling) = &report.temperature_scaling {
        values.push(scalar("temperature_scaling/temperature".to_owned(), scaling.temperature));
        values.extend(numbers("temperature_scaling", &json(&scaling.test)));
    }
    for set in &report.out_of_distribution {
        let group = format!("out_of_distribution/{}", set.name);
        values.extend(numbers(&group, &json(set)));
        for detection in &set.detection {
            let detection = json(detection);
            let score = detection["score"].as_str().unwrap_or_default();
            values.extend(numbers(&format!("{group}/{score}"), &detection));
        }
    }
    values
}

/// The measured numbers among the fields of an object; whole numbers count or name something.
fn numbers(group: &str, object: &Json) -> Vec<Value> {
    let fields = object.as_object().into_iter().flatten();
    let measured = fields.filter(|(_, value)| value.is_f64());
    measured.filter_map(|(name, value)| Some(scalar(format!("{group}/{name}"), value.as_f64()?))).collect()
}

fn scalar(tag: String, value: f64) -> Value {
    Value::plain(tag, Content::Scalar(value as f32))
}

fn json(record: &impl Serialize) -> Json {
    serde_json::to_value(record).expect("records and reports have only string keys")
}
