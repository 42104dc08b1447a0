//! `elbo predict`

use crate::finished::{FinishedArguments, OpenedRun};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::session::report_error;
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_runtime::finished::{PredictionRequest, predict_files};
use std::path::PathBuf;

/// What `elbo predict` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is predicted of an example depends on nothing else that is predicted (to the bit with the \
    native backend). A file that cannot be read costs \
    itself alone: the others are predicted, and the exit code is 1.\n\nExamples:\n  elbo predict digits_bayes photo.png scans/\n  \
    elbo predict specs/digits.elbo scans/*.png --samples 100 --format csv > predictions.csv\n  \
    elbo predict prices new.csv --format json"
)]
pub struct Arguments {
    #[command(flatten)]
    finished: FinishedArguments,
    /// Of a run on a table: tables, whose columns are found by their names; a target may be absent. Of a run on
    /// images: files (PNG, JPEG, BMP, TIFF, WebP, PPM or PGM) and folders of them; resizing and colour conversion is
    /// reported. Of any run: arrays of numpy.
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,
    /// How predictions are printed.
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
}

/// The forms of predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table for people.
    Table,
    /// One document with everything: of a class every probability, of a real target its distribution.
    Json,
    /// The same, a line per example.
    Csv,
}

/// Predicts and prints.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let OpenedRun { finished, computing, .. } = match arguments.finished.open(terminal) {
        Ok(opened) => opened,
        Err(outcome) => return outcome,
    };
    let samples = arguments.finished.samples();
    let request = PredictionRequest { finished: &finished, computing, files: &arguments.files, samples };
    let mut progress = Progress::new(terminal);
    let predicted = predict_files(&request, &mut progress);
    progress.clear();
    match predicted {
        Ok(predictions) => {
            predictions.changes.iter().for_each(|change| terminal.note(&change.to_string()));
            match arguments.format {
                Form::Table => terminal.text(&predictions.table()),
                Form::Json => terminal.data(&predictions.json(&finished)),
                Form::Csv => terminal.data(&predictions.csv()),
            }
            predictions.failures.iter().for_each(|failed| terminal.failure(&failed.problem, failed.help.as_deref()));
            if predictions.failures.is_empty() { Outcome::Done } else { Outcome::Wrong }
        }
        Err(error) => report_error(&error, terminal),
    }
}
