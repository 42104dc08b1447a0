//! An event file of TensorBoard.
//!
//! Scalars by step are under `step/`, those of an epoch under `train/`, `validation/` and `time/`, at the number of steps
//! taken by its end; what was scored, at the steps of the scored weights: `test/`, `out_of_distribution/`,
//! `temperature_scaling/`, histograms of `weights/`, and the report's `figures/` as images. Names are those of
//! `metrics.jsonl` and `report.json`. The spec and the conclusions are texts, the settings of training hyperparameters.
//!
//! Points in time are those of the run: the attempt's beginning, and from it the seconds that each epoch's steps took.

mod clock;
mod event;
mod histogram;
mod hyperparameters;
mod pictures;
mod record;
mod scalars;
#[cfg(test)]
mod tests;
mod texts;
mod weights;

use super::ExportError;
use super::figures::NamedFile;
use super::source::Source;
use clock::Clock;
use event::{Event, Value, What};

/// What the names of event files begin with.
const PREFIX: &str = "events.out.tfevents.";

/// What stands in those names before the run, in place of a machine's name.
const WRITER: &str = ".elbo-";

/// The version of the form, as TensorFlow's writer says it in a file's first event.
const FILE_VERSION: &str = "brain.Event:2";

/// Whether this is the name and the beginning of an event file that was written here: the version of the form, then the
/// settings of a training with the count that only a Bayesian network's have.
pub(super) fn is_event_file(name: &str, beginning: &[u8]) -> bool {
    let is_named = name.starts_with(PREFIX) && name.contains(WRITER);
    let Some((version, rest)) = record::first(beginning).filter(|_| is_named) else { return false };
    let Some((settings, _)) = record::first(rest) else { return false };
    let is_version = matches!(&version.what, Some(What::FileVersion(version)) if version == FILE_VERSION);
    is_version && hyperparameters::is_start(&settings)
}

/// The file's name and bytes.
pub(super) fn event_file(source: &Source) -> Result<NamedFile, ExportError> {
    let steps = source.steps()?;
    let clock = Clock::new(source, &steps)?;
    let mut file =
        vec![Event { wall_time: clock.started(), step: 0, what: Some(What::FileVersion(FILE_VERSION.to_owned())) }];
    let report = &source.finished.report;
    let summary = |wall_time, step, values: Vec<Value>| Event::summary(wall_time, step, values);
    file.push(summary(clock.started(), 0, hyperparameters::start(&source.finished, clock.started())));
    file.push(summary(clock.started(), 0, texts::values(&source.input)));
    for step in &steps {
        file.push(summary(clock.of_step(step.step), step.step as i64, scalars::of_step(step)));
    }
    for epoch in &source.input.epochs {
        let end = clock.end_of(epoch.epoch);
        file.push(summary(end.wall_time, end.steps as i64, scalars::of_epoch(epoch)));
    }
    let scored = clock.end_of(report.training.selected_epoch).steps as i64;
    let finish = clock.finished();
    file.push(summary(finish, scored, scalars::of_report(report)));
    file.push(summary(finish, scored, weights::values(&source.parameters()?)));
    for picture in pictures::values(&source.input) {
        file.push(summary(finish, scored, vec![picture]));
    }
    file.push(summary(finish, scored, hyperparameters::end(finish)));
    file.sort_by(|left, right| left.wall_time.total_cmp(&right.wall_time));
    // TensorBoard wants the seconds of the beginning, and takes files of a folder in the order of their names.
    let name =
        format!("{PREFIX}{:010}{WRITER}{}", clock.started() as i64, &source.finished.record.identity.as_str()[..12]);
    Ok((name, record::file(&file)))
}
