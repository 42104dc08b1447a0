use super::{data, evaluation_record, identity, keys, names, parts};
use crate::store::{Comparison, Published, ResultFile, RunKeys, RunRecord, Store, StoreError, timestamp};
use std::fs;
use std::time::UNIX_EPOCH;

fn files(weights: &str, seconds: f64, log: &str) -> Vec<ResultFile> {
    let metrics = format!("{{\"event\":\"epoch\",\"loss\":0.5,\"images_per_second\":10,\"seconds\":{seconds}}}\n");
    vec![
        ResultFile::new("weights.safetensors", weights, Comparison::Exact),
        ResultFile::new("metrics.jsonl", metrics, Comparison::WithoutTiming),
        ResultFile::new("run.toml", log, Comparison::Recorded),
    ]
}

/// The record of a training, by which it is found again.
fn record() -> String {
    RunRecord::begin(&parts(), data(), timestamp(UNIX_EPOCH)).to_toml()
}

#[test]
fn a_result_appears_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let attempt = store.begin(&keys()).expect("begins");
    assert_eq!(store.find_training(&identity()).expect("can be found out"), None);
    let published = attempt.publish_training(&files("w", 1.0, &record())).expect("publishes");
    let result = store.find_training(&identity()).expect("can be found out").expect("is published");
    assert_eq!(published, Published::First(result.clone()));
    assert_eq!(names(&result), ["metrics.jsonl", "run.toml", "weights.safetensors"]);
    assert_eq!(names(&store.run_directory(&identity())), ["attempt-0001", "training"]);
    assert_eq!(fs::read(result.join("weights.safetensors")).expect("reads"), b"w");
}

#[test]
fn an_equal_result_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    store.begin(&keys()).expect("begins").publish_training(&files("w", 1.0, "first")).expect("publishes");
    let second = store.begin(&keys()).expect("begins");
    let published = second.publish_training(&files("w", 2.0, "second")).expect("is equal but for time");
    assert_eq!(published, Published::Equal(store.training_directory(&identity())));
    assert_eq!(fs::read(published.directory().join("run.toml")).expect("reads"), b"first");
}

#[test]
fn a_different_result_is_an_error_and_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    store.begin(&keys()).expect("begins").publish_training(&files("w", 1.0, "")).expect("publishes");
    let second = store.begin(&keys()).expect("begins");
    let error = second.publish_training(&files("v", 1.0, "")).expect_err("differs");
    let StoreError::Different { file, result, attempt } = error else { panic!("{error}") };
    assert_eq!((file.as_str(), &attempt), ("weights.safetensors", &second.directory().to_owned()));
    assert_eq!(fs::read(result.join("weights.safetensors")).expect("reads"), b"w");
    assert_eq!(fs::read(attempt.join("weights.safetensors")).expect("reads"), b"v");
    // A file that is not there differs, too.
    fs::remove_file(result.join("weights.safetensors")).expect("removes");
    assert!(matches!(second.publish_training(&files("w", 1.0, "")), Err(StoreError::Different { .. })));
}

#[test]
fn of_many_at_once_one_is_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let outcomes: Vec<Published> = std::thread::scope(|scope| {
        let store = &store;
        let publish = move |number: usize| {
            let attempt = store.begin(&keys()).expect("begins");
            attempt.publish_training(&files("w", number as f64, "")).expect("publishes")
        };
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || publish(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("ends")).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Published::First(_))).count(), 1);
    assert!(names(&store.run_directory(&identity())).iter().all(|name| !name.starts_with('.')), "no parts are left");
}

#[test]
fn what_an_attempt_left_half_written_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let attempt = store.begin(&keys()).expect("begins");
    let partial = store.run_directory(&identity()).join(".result-of-attempt-0001");
    fs::create_dir(&partial).expect("makes a folder");
    fs::write(partial.join("rubbish"), b"").expect("writes");
    let published = attempt.publish_training(&files("w", 1.0, "")).expect("publishes");
    assert_eq!(names(published.directory()), ["metrics.jsonl", "run.toml", "weights.safetensors"]);
}

#[test]
fn comparison_without_timing_sees_every_other_field() {
    let line = |loss: f64, seconds: f64| format!("{{\"loss\":{loss},\"seconds\":{seconds}}}\n").into_bytes();
    let compare = |left: &[u8], right: &[u8]| Comparison::WithoutTiming.are_equal(left, right);
    assert!(compare(&line(0.5, 1.0), &line(0.5, 2.0)));
    assert!(!compare(&line(0.5, 1.0), &line(0.25, 1.0)));
    assert!(!compare(&line(0.5, 1.0), b""));
    assert!(!compare(b"no json", b"no json"), "what cannot be read is not known to be equal");
    assert!(!Comparison::Exact.are_equal(&line(0.5, 1.0), &line(0.5, 2.0)));
}

#[test]
fn reports_are_compared_in_everything_but_what_their_runs_are_called() {
    let report = |name: &str, seed: u64, accuracy: f64| {
        format!(
            "{{\"run\":{{\"name\":\"{name}\",\"varied\":{{}},\"seed\":{seed}}},\"test\":{{\"accuracy\":{accuracy}}}}}"
        )
    };
    let compare = |left: &str, right: &str| Comparison::WithoutNames.are_equal(left.as_bytes(), right.as_bytes());
    assert!(compare(&report("trial", 3, 0.5), &report("seeds/train.seed=3", 3, 0.5)));
    assert!(!compare(&report("trial", 3, 0.5), &report("trial", 4, 0.5)));
    assert!(!compare(&report("trial", 3, 0.5), &report("trial", 3, 0.25)));
    assert!(!compare("no JSON", "no JSON"));
}

#[test]
fn evaluations_of_one_training_lie_beside_each_other_and_are_published_once_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let attempt = store.begin(&keys()).expect("begins");
    let report = |text: &str| {
        vec![
            ResultFile::new("report.json", text, Comparison::Exact),
            ResultFile::new("evaluation.toml", evaluation_record::record().to_toml(), Comparison::Recorded),
        ]
    };
    let first = attempt.publish_evaluation(&report("{}")).expect("publishes");
    assert_eq!(first.directory(), store.evaluation_directory(&keys()));
    assert_eq!(store.find_evaluation(&keys()).expect("can be found out"), None, "its training is not there");
    attempt.publish_training(&files("w", 1.0, &record())).expect("publishes");
    assert_eq!(store.find_evaluation(&keys()).expect("can be found out"), Some(first.directory().to_owned()));
    let other = RunKeys { evaluation: identity(), ..keys() };
    assert_eq!(store.find_evaluation(&other).expect("can be found out"), None);
    store.begin(&other).expect("begins").publish_evaluation(&report("{ }")).expect("publishes");
    assert_eq!(names(&store.run_directory(&identity()).join("evaluations")).len(), 2);
    let again = store.begin(&keys()).expect("begins").publish_evaluation(&report("{ }"));
    assert!(matches!(again, Err(StoreError::Different { .. })));
}

#[test]
fn what_is_damaged_is_set_aside_where_nobody_looks_for_results() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let published = store.begin(&keys()).expect("begins").publish_training(&files("w", 1.0, "")).expect("publishes");
    let attempt = store.begin(&keys()).expect("begins");
    let place = attempt.set_aside(published.directory()).expect("moves");
    assert_eq!(place, attempt.path("set-aside-training"));
    let again = attempt.publish_training(&files("v", 1.0, "")).expect("nothing is in the way");
    assert!(matches!(again, Published::First(_)));
}
