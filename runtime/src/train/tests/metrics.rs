use super::{blobs::Blobs, logistic::Logistic, run};
use crate::train::{Event, MetricsLog, Observer, StepRecord, train};
use serde_json::Value;

fn log(noise: f32) -> String {
    let mut log = MetricsLog::new(Vec::new());
    train(&run(), &mut Logistic::new(noise), &Blobs::new(40, 10, 0), &mut log).expect("trains");
    String::from_utf8(log.finish().expect("memory takes everything")).expect("JSON is UTF-8")
}

#[test]
fn lines_have_the_published_names() {
    let log = log(0.1);
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 4 * (3 + 1));
    let step: Value = serde_json::from_str(lines[4]).expect("JSON");
    assert_eq!((&step["event"], &step["step"], &step["epoch"]), (&"step".into(), &3.into(), &2.into()));
    for name in ["loss", "negative_log_likelihood", "kl", "kl_weight", "learning_rate", "accuracy"] {
        assert!(step[name].is_number(), "{name} in {step}");
    }
    let epoch: Value = serde_json::from_str(lines[7]).expect("JSON");
    assert_eq!((&epoch["event"], &epoch["epoch"]), (&"epoch".into(), &2.into()));
    for name in ["loss", "negative_log_likelihood", "kl", "accuracy"] {
        assert!(epoch["train"][name].is_number(), "{name} in {epoch}");
    }
    for name in ["negative_log_likelihood", "accuracy"] {
        assert!(epoch["validation"][name].is_number(), "{name} in {epoch}");
    }
    assert!(epoch["images_per_second"].is_number() && epoch["seconds"].is_number());
}

#[test]
fn equal_runs_differ_in_timing_only_and_timing_stands_last() {
    let untimed = |log: String| -> Vec<String> {
        log.lines().map(|line| line.split(",\"images_per_second\":").next().unwrap_or_default().to_owned()).collect()
    };
    let (first, second) = (log(0.1), log(0.1));
    assert_eq!(untimed(first.clone()), untimed(second));
    assert_ne!(untimed(first), untimed(log(0.5)), "the validation draws differ");
}

/// Takes a few bytes.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::new(std::io::ErrorKind::StorageFull, "no space left"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_training() {
    let mut backend = Logistic::new(0.0);
    let error = train(&run(), &mut backend, &Blobs::new(40, 10, 0), &mut MetricsLog::new(Full)).expect_err("is full");
    assert_eq!(error.to_string(), "the record of the training could not be written: no space left");
    assert_eq!(backend.steps.len(), 1);
}

#[test]
fn a_step_reads_back() {
    let record = StepRecord {
        step: 3,
        epoch: 1,
        loss: 0.1 + 0.2,
        negative_log_likelihood: 1.0 / 3.0,
        kl: 1e300,
        kl_weight: 5e-324,
        learning_rate: 1e-3,
        accuracy: Some(1.0),
        root_mean_squared_error: None,
    };
    let mut log = MetricsLog::new(Vec::new());
    log.event(&Event::Step(record)).expect("memory takes everything");
    let mut line: Value = serde_json::from_slice(&log.finish().expect("memory takes everything")).expect("JSON");
    line.as_object_mut().expect("an object").remove("event");
    assert_eq!(serde_json::from_value::<StepRecord>(line).expect("a step"), record);
}
