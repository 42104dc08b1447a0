//! `metrics.jsonl`: a line a step and a line an epoch.

use super::{EpochRecord, Event, Observer, StepRecord};
use serde::Serialize;
use std::io::{self, Write};

/// Writes the steps and epochs of a training as lines of JSON.
///
/// ```json
/// {"event":"step","step":0,"epoch":1,"loss":…,"negative_log_likelihood":…,"kl":…,"kl_weight":…,"learning_rate":…,"accuracy":…}
/// {"event":"epoch","epoch":1,"train":{…},"validation":{…},"images_per_second":…,"seconds":…}
/// ```
///
/// Steps count from 0, epochs from 1; an empty validation split is null. Two runs of one identity
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

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// If the last lines could not be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.writer.flush()?;
        Ok(self.writer)
    }
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
