//! `metrics.jsonl`: a line a step and a line an epoch.

use super::{EpochRecord, Event, Observer, StepRecord};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// Writes the steps and epochs of a training as lines of JSON.
///
/// ```json
/// {"event":"step","step":0,"epoch":1,"loss":…,"negative_log_likelihood":…,"kl":…,"kl_weight":…,"learning_rate":…,"accuracy":…}
/// {"event":"epoch","epoch":1,"train":{…},"validation":{…},"images_per_second":…,"seconds":…}
/// ```
///
/// Of real targets `accuracy` is null and `root_mean_squared_error` follows it. Steps count from 0, epochs from 1; an empty validation split is null. Two runs of one identity
/// write the same bytes but for the two timing fields, which therefore stand last in their line.
/// Lines are handed on at the end of each epoch.
#[derive(Debug)]
pub struct MetricsLog<W: Write> {
    writer: W,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Step(&'a StepRecord),
    Epoch(&'a EpochRecord),
}

impl<W: Write> MetricsLog<W> {
    /// Writes to `writer`, which should be buffered.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }

    /// Hands on every line so far; the writer.
    ///
    /// # Errors
    /// If lines could not be written.
    pub fn flushed(&mut self) -> io::Result<&mut W> {
        self.writer.flush()?;
        Ok(&mut self.writer)
    }

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// If the last lines could not be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.writer.flush()?;
        Ok(self.writer)
    }
}

/// Reads the epochs of a `metrics.jsonl`; lines of steps are passed over.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read_epochs(text: &str) -> Result<Vec<EpochRecord>, String> {
    #[derive(Deserialize)]
    #[serde(tag = "event", rename_all = "snake_case")]
    enum Read {
        Epoch(EpochRecord),
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with(STEP));
    let epoch = |(index, line): (usize, &str)| match serde_json::from_str(line) {
        Ok(Read::Epoch(record)) => Ok(record),
        Err(error) => Err(format!("line {} is no epoch: {error}", index + 1)),
    };
    lines.map(epoch).collect()
}

/// How the line of a step begins.
const STEP: &str = "{\"event\":\"step\"";

/// Reads the steps of a `metrics.jsonl`; lines of epochs are passed over.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read_steps(text: &str) -> Result<Vec<StepRecord>, String> {
    #[derive(Deserialize)]
    #[serde(tag = "event", rename_all = "snake_case")]
    enum Read {
        Step(StepRecord),
    }
    let lines = text.lines().enumerate().filter(|(_, line)| line.starts_with(STEP));
    let step = |(index, line): (usize, &str)| match serde_json::from_str(line) {
        Ok(Read::Step(record)) => Ok(record),
        Err(error) => Err(format!("line {} is no step: {error}", index + 1)),
    };
    lines.map(step).collect()
}

impl<W: Write> Observer for MetricsLog<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let line = match event {
            Event::Step(record) => Line::Step(record),
            Event::Epoch(record) => Line::Epoch(record),
            Event::Finished { .. } => return self.writer.flush(),
            Event::Started { .. } | Event::Evaluation { .. } => return Ok(()),
        };
        serde_json::to_writer(&mut self.writer, &line)?;
        self.writer.write_all(b"\n")?;
        if matches!(line, Line::Epoch(_)) { self.writer.flush() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::TrainingMeans;

    #[test]
    fn epochs_and_steps_read_back() {
        let train = TrainingMeans {
            loss: 0.1,
            negative_log_likelihood: 1.0 / 3.0,
            kl: 2.5,
            accuracy: Some(0.5),
            root_mean_squared_error: None,
        };
        let epoch = |epoch| EpochRecord { epoch, train, validation: None, images_per_second: 3.0, seconds: 1.5 };
        let step = StepRecord {
            step: 0,
            epoch: 1,
            loss: 1.0,
            negative_log_likelihood: 1.0,
            kl: 0.0,
            kl_weight: 0.0,
            learning_rate: 0.1,
            accuracy: None,
            root_mean_squared_error: Some(0.25),
        };
        let mut log = MetricsLog::new(Vec::new());
        for event in [Event::Step(step), Event::Epoch(epoch(1)), Event::Epoch(epoch(2))] {
            log.event(&event).expect("memory takes everything");
        }
        let text = String::from_utf8(log.finish().expect("memory takes everything")).expect("JSON is UTF-8");
        assert_eq!(read_epochs(&text), Ok(vec![epoch(1), epoch(2)]));
        assert_eq!(read_steps(&text), Ok(vec![step]));
        let error = read_epochs(&text.replace("seconds", "hours")).expect_err("has no seconds");
        assert!(error.starts_with("line 2 is no epoch: "), "{error}");
        let error = read_steps(&text.replace("kl_weight", "weight")).expect_err("has no such field");
        assert!(error.starts_with("line 1 is no step: "), "{error}");
    }
}
