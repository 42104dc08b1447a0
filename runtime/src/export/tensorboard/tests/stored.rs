//! A small file against small.json, in which small.py has written what TensorBoard's own reader finds in it.

use super::super::event::{Content, Event, Image, Value, What};
use super::super::{FILE_VERSION, hyperparameters, record, scalars, weights};
use super::messages;
use crate::backend::{NamedTensor, Parameters};
use crate::export::tensorboard::event::{Plugin, SessionStart};
use crate::train::{EpochRecord, StepRecord, TrainingMeans, ValidationMeans};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// A file of this folder.
fn stored(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/export/tensorboard/tests").join(name);
    std::fs::read(path).expect("it is stored")
}

/// A white pixel.
const PNG: &[u8] = include_bytes!("pixel.png");

fn step(step: u64) -> StepRecord {
    StepRecord {
        step,
        epoch: 1,
        loss: 2.5 - step as f64,
        negative_log_likelihood: 2.25 - step as f64,
        kl: 1024.0,
        kl_weight: 0.5,
        learning_rate: 0.001,
        accuracy: Some(0.25),
        root_mean_squared_error: None,
    }
}

fn epoch() -> EpochRecord {
    EpochRecord {
        epoch: 1,
        train: TrainingMeans {
            loss: 2.0,
            negative_log_likelihood: 1.75,
            kl: 1024.0,
            accuracy: Some(0.25),
            root_mean_squared_error: None,
        },
        validation: Some(ValidationMeans {
            negative_log_likelihood: 1.5,
            accuracy: Some(0.5),
            root_mean_squared_error: None,
        }),
        images_per_second: 100.0,
        seconds: 2.0,
    }
}

/// A value of each kind.
fn small() -> Vec<Event> {
    let tensor = |values: &[f32]| NamedTensor { shape: vec![values.len()], values: values.to_vec() };
    let parameters = Parameters::from([
        ("head.bias.mu".to_owned(), tensor(&[-1.0, 0.0, 0.5, 1.0])),
        ("head.bias.rho".to_owned(), tensor(&[-5.0; 4])),
    ]);
    let mut settings = BTreeMap::new();
    let training = json!({"optimizer": {"adam": {"lr": 0.001, "amsgrad": false}}, "epochs": 1, "max_steps": null});
    hyperparameters::flatten("", &training, &mut settings);
    let start = SessionStart { hyperparameters: settings, group_name: String::new(), start_seconds: 1000.0 };
    let image = Image { height: 1, width: 1, colorspace: 4, encoded: PNG.to_vec() };
    let summary = |time: f64, step: i64, values: Vec<Value>| Event::summary(time, step, values);
    vec![
        Event { wall_time: 1000.0, step: 0, what: Some(What::FileVersion(FILE_VERSION.to_owned())) },
        summary(1000.0, 0, vec![hyperparameters::session_start(start)]),
        summary(1000.0, 0, vec![Value::text("spec", "    run a { }\n".to_owned())]),
        summary(1001.0, 0, scalars::of_step(&step(0))),
        summary(1002.0, 1, scalars::of_step(&step(1))),
        summary(1002.0, 2, scalars::of_epoch(&epoch())),
        summary(1003.0, 2, weights::values(&parameters)),
        summary(
            1003.0,
            2,
            vec![Value::of_plugin(
                "figures/pixel",
                Plugin { name: "images".to_owned(), content: Vec::new() },
                Some(Content::Image(image)),
            )],
        ),
        summary(1003.0, 2, hyperparameters::end(1003.0)),
    ]
}

/// Writes the file anew where the form has changed; then run small.py.
#[test]
#[ignore = "writes a file of the sources"]
fn write_small() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/export/tensorboard/tests/small.tfevents");
    std::fs::write(path, record::file(&small())).expect("the sources can be written");
}

#[test]
fn the_writer_writes_the_stored_file() {
    let (found, written) = (stored("small.tfevents"), record::file(&small()));
    assert_eq!(messages(&found), messages(&written));
    assert!(found == written);
}

#[test]
fn tensorboards_reader_finds_what_was_written() {
    let found: Json = serde_json::from_slice(&stored("small.json")).expect("JSON");
    let digest: String = Sha256::digest(stored("small.tfevents")).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found["sha256"], digest.as_str(), "small.py has read another file");
    let series = |steps: &[(f64, u64, f64)]| json!(steps);
    let mut scalars = serde_json::Map::new();
    let steps = |of: fn(&StepRecord) -> f64| series(&[(1001.0, 0, of(&step(0))), (1002.0, 1, of(&step(1)))]);
    scalars.insert("step/loss".into(), steps(|step| step.loss));
    scalars.insert("step/negative_log_likelihood".into(), steps(|step| step.negative_log_likelihood));
    scalars.insert("step/kl".into(), steps(|step| step.kl));
    scalars.insert("step/kl_weight".into(), steps(|step| step.kl_weight));
    scalars.insert("step/learning_rate".into(), steps(|step| f64::from(step.learning_rate as f32)));
    scalars.insert("step/accuracy".into(), steps(|step| step.accuracy.expect("targets are classes")));
    for (tag, value) in [
        ("epoch", 1.0),
        ("train/loss", 2.0),
        ("train/negative_log_likelihood", 1.75),
        ("train/kl", 1024.0),
        ("train/accuracy", 0.25),
        ("validation/negative_log_likelihood", 1.5),
        ("validation/accuracy", 0.5),
        ("time/images_per_second", 100.0),
        ("time/seconds", 2.0),
    ] {
        scalars.insert(tag.into(), series(&[(1002.0, 2, value)]));
    }
    assert_eq!(found["scalars"], Json::Object(scalars));
    let mean = &found["histograms"]["weights/head.bias.mu"];
    assert_eq!((&mean["min"], &mean["max"], &mean["num"]), (&json!(-1.0), &json!(1.0), &json!(4.0)));
    assert_eq!((&mean["sum"], &mean["sum_squares"]), (&json!(0.5), &json!(2.25)));
    // From −1 in steps of 1/32: the ends, the middle, and 1/2.
    let buckets: Vec<(usize, f64)> = mean["bucket"]
        .as_array()
        .expect("a list")
        .iter()
        .enumerate()
        .filter_map(|(place, count)| Some((place, count.as_f64().filter(|count| *count > 0.0)?)))
        .collect();
    assert_eq!(buckets, [(0, 1.0), (32, 1.0), (48, 1.0), (63, 1.0)]);
    assert_eq!(mean["bucket_limit"][0], json!(-1.0 + 1.0 / 32.0));
    let deviation = &found["histograms"]["weights/head.bias.sigma"];
    // math.log1p(math.exp(-5))
    assert!((deviation["min"].as_f64().expect("a number") - 0.006_715_348_489_118_068).abs() < 1e-15);
    assert_eq!((&deviation["bucket"], &deviation["num"]), (&json!([4.0]), &json!(4.0)));
    assert_eq!(found["histograms"].as_object().map(serde_json::Map::len), Some(3));
    assert_eq!(found["images"], json!({"figures/pixel": [[1003.0, 2, 1, 1, PNG.len()]]}));
    assert_eq!(found["texts"], json!({"spec": ["    run a { }\n"]}));
    let settings = json!({"optimizer": "adam", "optimizer.lr": 0.001, "optimizer.amsgrad": false, "epochs": 1.0});
    assert_eq!(found["hyperparameters"], json!({"settings": settings, "start": 1000.0, "end": 1003.0, "status": 1}));
}
