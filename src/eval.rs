//! `elbo eval`

use crate::finished::{FinishedArguments, OpenedRun};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::session::report_error;
use crate::summary;
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_compiler::ir::{Estimator, OutOfDistribution};
use elbo_runtime::finished::{EvaluationRequest, ScoredData, evaluate_again, parse_other_set, parse_scored_data};
use elbo_runtime::output::Output;
use elbo_runtime::report::page::given_class_names;
use std::path::PathBuf;

/// What `elbo eval` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo eval digits_bayes --samples 100\n  \
    elbo eval specs/digits.elbo --ood noise,rotation/3\n  \
    elbo eval prices --data this_year.csv --predictions -\n  \
    elbo eval 3fab12 --estimator flipout --predictions scores.csv")]
pub struct Arguments {
    #[command(flatten)]
    finished: FinishedArguments,
    /// Score these in place of the run's own test split: a data set such as `cifar10`, or labelled examples of one's
    /// own in a table with the run's columns, in `INPUTS.npy,LABELS.npy`, or in a folder with a folder of images for
    /// each class.
    #[arg(long, value_name = "DATA", value_parser = parse_scored_data)]
    data: Option<ScoredData>,
    /// Tell the test split from these: data sets, `noise`, `shuffled`, or corruptions such as `blur/3` [default: those of
    /// the run's own report].
    #[arg(long = "ood", value_name = "SETS", value_delimiter = ',', value_parser = parse_other_set)]
    out_of_distribution: Option<Vec<OutOfDistribution>>,
    /// Write what is predicted of each input to a CSV file. `-` prints it in place of the scores.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// How `bayes` layers are drawn [default: as the run's own report has it].
    #[arg(long, value_enum)]
    estimator: Option<Drawn>,
    /// How the scores are printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// How `bayes` layers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Drawn {
    /// The outputs of a layer, at each position by itself.
    LocalReparameterization,
    /// The weights, once for all inputs.
    Reparameterization,
    /// The weights, with random signs for each input.
    Flipout,
}

impl From<Drawn> for Estimator {
    fn from(drawn: Drawn) -> Self {
        match drawn {
            Drawn::LocalReparameterization => Self::LocalReparameterization,
            Drawn::Reparameterization => Self::Reparameterization,
            Drawn::Flipout => Self::Flipout,
        }
    }
}

/// The forms of the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table for people.
    Text,
    /// One line of JSON.
    Json,
}

/// Scores and prints.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let OpenedRun { finished, computing, folder, data_roots } = match arguments.finished.open(terminal) {
        Ok(opened) => opened,
        Err(outcome) => return outcome,
    };
    // Looked at before anything is computed.
    let roots = [&data_roots[..], std::slice::from_ref(&folder)].concat();
    let read = [finished.data_files(&roots), arguments.data.as_ref().map_or_else(Vec::new, ScoredData::files)].concat();
    let output = |path| Output::at(path).and_then(|output| output.beside(&read));
    let predictions = match arguments.predictions.as_deref().map(output).transpose() {
        Ok(predictions) => predictions,
        Err(error) => return report_error(&error.into(), terminal),
    };
    if predictions.as_ref().is_some_and(Output::is_standard_output) && arguments.format == Form::Json {
        terminal.error(
            "`--predictions -` and `--format json` cannot both go to standard output\n  help: name a file for the \
             predictions",
        );
        return Outcome::Usage;
    }
    let request = EvaluationRequest {
        finished: &finished,
        computing,
        data: arguments.data.as_ref(),
        out_of_distribution: arguments.out_of_distribution.clone(),
        samples: arguments.finished.samples(),
        estimator: arguments.estimator.map(Estimator::from),
        folder: &folder,
        data_roots: &data_roots,
    };
    let mut progress = Progress::new(terminal);
    let scored = evaluate_again(&request, &mut progress);
    progress.clear();
    let assessment = match scored {
        Ok(evaluated) => {
            evaluated.file_notes.iter().for_each(|note| terminal.note(&note.to_string()));
            evaluated.assessment
        }
        Err(error) => return report_error(&error, terminal),
    };
    if let Some(output) = &predictions {
        if let Err(error) =
            output.write(assessment.scored.to_csv(&given_class_names(&finished.report.run.data)).as_bytes())
        {
            return report_error(&error.into(), terminal);
        }
        if output.is_standard_output() {
            return Outcome::Done;
        }
    }
    let own = finished.report.run.data.called();
    let data = arguments.data.as_ref().map_or(own, ScoredData::called);
    match arguments.format {
        Form::Text => terminal.text(&summary::evaluation(&finished, (&data, request.estimator), &assessment)),
        Form::Json => terminal.data(&summary::evaluation_json(&finished, &data, &assessment)),
    }
    Outcome::Done
}
