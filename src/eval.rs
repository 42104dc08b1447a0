//! `elbo eval`

use crate::data::parse_data_source;
use crate::finished::FinishedArguments;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::project::Project;
use crate::session::report_error;
use crate::summary;
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_compiler::ir::{DataSource, OutOfDistribution};
use elbo_runtime::finished::{EvaluationRequest, evaluate_again, parse_other_set};
use elbo_runtime::store::write_atomically;
use std::path::PathBuf;

/// What `elbo eval` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo eval runs/3f/3f…/result --samples 100\n  \
    elbo eval runs/3f/3f…/result --ood fashion_mnist,noise,rotation/3\n  \
    elbo eval runs/3f/3f…/result --predictions scores.csv")]
pub struct Arguments {
    #[command(flatten)]
    finished: FinishedArguments,
    /// Score the test split of this data set, such as `cifar10`, in place of the run's own.
    #[arg(long, value_name = "SET", value_parser = parse_data_source)]
    data: Option<DataSource>,
    /// Tell the test split from these: data sets, `noise`, `shuffled`, or corruptions such as `blur/3` [default: those of
    /// the run's own report].
    #[arg(long = "ood", value_name = "SETS", value_delimiter = ',', value_parser = parse_other_set)]
    out_of_distribution: Option<Vec<OutOfDistribution>>,
    /// Write what is predicted of each input to a CSV file.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
    /// How the scores are printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
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
    let (finished, computing) = match arguments.finished.open(terminal) {
        Ok(opened) => opened,
        Err(outcome) => return outcome,
    };
    let project = match Project::open(&finished.directory, terminal) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    let data_roots = project.data_folders(arguments.data_root.as_deref());
    let request = EvaluationRequest {
        finished: &finished,
        computing,
        data: arguments.data,
        out_of_distribution: arguments.out_of_distribution.clone(),
        samples: arguments.finished.samples(),
        data_roots: &data_roots,
    };
    let mut progress = Progress::new(terminal);
    let scored = evaluate_again(&request, &mut progress);
    progress.clear();
    let assessment = match scored {
        Ok(assessment) => assessment,
        Err(error) => return report_error(&error, terminal),
    };
    if let Some(file) = &arguments.predictions
        && let Err(error) = write_atomically(file, assessment.scored.to_csv().as_bytes())
    {
        terminal.error(&error.to_string());
        return Outcome::Wrong;
    }
    let data = arguments.data.map_or(finished.run.data.source.name(), DataSource::name);
    terminal.result(&match arguments.format {
        Form::Text => summary::evaluation(&finished, data, &assessment),
        Form::Json => summary::evaluation_json(&finished, data, &assessment),
    });
    Outcome::Done
}
