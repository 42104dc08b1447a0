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
    after_help = "The n-th file meets the noise of the run's n-th test input, so that files in the order of a test \
    split are predicted as the run itself predicted them.\n\nExamples:\n  elbo predict digits_bayes photo.png\n  \
    elbo predict specs/digits.elbo scans/*.png --samples 100 --format csv > predictions.csv"
)]
pub struct Arguments {
    #[command(flatten)]
    finished: FinishedArguments,
    /// PNG or JPEG files, which are resized and recoloured where they must be, which is said; or arrays of numpy.
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
    /// One document with the probability of every class.
    Json,
    /// A line an example with the probability of every class.
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
            predictions.changes.iter().for_each(|change| terminal.note(change));
            terminal.result(&match arguments.format {
                Form::Table => predictions.table(),
                Form::Json => predictions.json(&finished),
                Form::Csv => predictions.csv(),
            });
            Outcome::Done
        }
        Err(error) => report_error(&error, terminal),
    }
}
