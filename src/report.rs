//! `elbo report`

use crate::outcome::Outcome;
use crate::project::Project;
use crate::reported::Reported;
use crate::session::report_error;
use crate::summary;
use crate::target::Target;
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_runtime::execute::ExecuteError;
use elbo_runtime::output::{Output, OutputError};
use elbo_runtime::report::comparison::{
    self, ComparisonPage, ComparisonTable, Measure, comparison_page, differences, side_by_side,
};
use elbo_runtime::report::{Verdict, claims_markdown, claims_text};
use elbo_runtime::store::Store;
use std::path::{Path, PathBuf};

/// What `elbo report` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo report 3fab12 a0cd34\n  \
    elbo report specs/lenet5.elbo --pivot model,data --measure nll\n  \
    elbo report runs --html comparison.html --csv comparison.csv")]
pub struct Arguments {
    /// Finished runs by name, by the first digits of their keys or by directory, a whole store, or spec files: `FILE` means
    /// all of its runs and sweeps that are finished on the files as they are now, and its claims, `FILE#NAME` one of them.
    #[arg(value_name = "RUNS", required = true)]
    runs: Vec<String>,
    /// Lay one measure out by two facts of the runs, such as `model,data`; rows come first.
    #[arg(long, value_name = "ROWS,COLUMNS", value_parser = two_facts)]
    pivot: Option<(String, String)>,
    /// The measure of a pivot.
    #[arg(long, value_name = "MEASURE", default_value = "accuracy", value_parser = measure)]
    measure: Measure,
    /// How the tables are printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Print Markdown; the same as `--format markdown`.
    #[arg(long, conflicts_with = "format")]
    markdown: bool,
    /// Write a page with everything to this file, too; of one run its own page. `-` prints it in place of the tables.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the figures in full as CSV to this file, too. `-` prints them in place of the tables.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// End with exit code 1 unless every claim is held.
    #[arg(long)]
    require_claims: bool,
    /// Where the results of spec files are kept [default: the project's store, else runs].
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// Where data is looked for first: a run of a spec is found by the content of its files.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
}

/// The forms of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Columns for people.
    Text,
    /// The GitHub dialect.
    Markdown,
    /// Figures in full.
    Csv,
}

fn two_facts(text: &str) -> Result<(String, String), String> {
    match text.split_once(',') {
        Some((rows, columns)) if !rows.is_empty() && !columns.is_empty() && !columns.contains(',') => {
            Ok((rows.trim().to_owned(), columns.trim().to_owned()))
        }
        _ => Err("name two facts, such as `model,data`".to_owned()),
    }
}

fn measure(text: &str) -> Result<Measure, String> {
    Measure::parse(text).ok_or_else(|| format!("measures are {}", Measure::names().collect::<Vec<_>>().join(", ")))
}

/// Finds, compares and prints.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    // The store is that of the project of the specs, as for `elbo run`.
    let specs =
        arguments.runs.iter().filter_map(|run| run.parse::<Target>().ok()).map(|target| PathBuf::from(target.file));
    let near = specs.into_iter().find(|file| file.is_file()).unwrap_or_else(|| "elbo.toml".into());
    let project = match Project::open(&near, terminal) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    let (html, csv) = match (opened(arguments.html.as_deref()), opened(arguments.csv.as_deref())) {
        (Ok(html), Ok(csv)) => (html, csv),
        (Err(error), _) | (Ok(_), Err(error)) => return report_error(&error.into(), terminal),
    };
    let replaced = [&html, &csv].into_iter().flatten().filter(|output| output.is_standard_output()).count();
    if replaced > 1 {
        terminal.error("`--html` and `--csv` cannot both go to standard output\n  help: name a file for one of them");
        return Outcome::Usage;
    }
    let file = |output: &Option<Output>| output.as_ref().and_then(|output| output.file().map(Path::to_owned));
    if file(&html).is_some_and(|html| file(&csv) == Some(html)) {
        terminal.error("`--html` and `--csv` name the same file\n  help: name another for one of them");
        return Outcome::Usage;
    }
    let store = Store::new(project.store(arguments.store.as_deref()));
    let data_roots = project.data_folders(arguments.data_root.as_deref());
    let reported = match Reported::find(&arguments.runs, (&store, &data_roots), terminal) {
        Ok(reported) => reported,
        Err(outcome) => return outcome,
    };
    let outputs = [&html, &csv].into_iter().flatten();
    if let Err(error) = reported.spare_data(outputs) {
        return report_error(&error, terminal);
    }
    let runs = reported.runs.columns();
    let main = match &arguments.pivot {
        None => side_by_side(&runs),
        Some((rows, columns)) => match reported.runs.pivot(rows, columns, &arguments.measure) {
            Ok(table) => table,
            Err(error) => {
                terminal.error(&error.to_string());
                return Outcome::Wrong;
            }
        },
    };
    let paired = if arguments.pivot.is_some() { Vec::new() } else { reported.runs.differences() };
    let claims = reported.claims();
    let mut tables = vec![main];
    if !paired.is_empty() {
        tables.push(differences(&paired));
    }
    let form = if arguments.markdown { Form::Markdown } else { arguments.format };
    let mut printed: Vec<String> = tables.iter().map(|table| print(table, form)).collect();
    if let Some((report, directory)) = reported.only()
        && form == Form::Text
    {
        printed.insert(0, summary::table(report, directory));
    }
    if !claims.is_empty() {
        match form {
            Form::Text => printed.push(claims_text(&claims)),
            Form::Markdown => printed.push(claims_markdown(&claims)),
            Form::Csv => {}
        }
    }
    if replaced == 0 {
        let printed = printed.join("\n");
        match form {
            Form::Text => terminal.text(&printed),
            Form::Markdown | Form::Csv => terminal.data(&printed),
        }
    }
    let pivoted = if arguments.pivot.is_some() { &tables[..1] } else { &[] };
    let page = || match reported.only_page(terminal) {
        Some(page) => page,
        None => {
            Ok(comparison_page(&ComparisonPage { runs: &runs, differences: &paired, tables: pivoted, claims: &claims }))
        }
    };
    let written = write(html.as_ref(), page).and_then(|()| write(csv.as_ref(), || Ok(comparison::csv(&tables[0]))));
    match written {
        Err(error) => report_error(&error, terminal),
        Ok(()) if arguments.require_claims && !claims.iter().all(|(_, claim)| holds(claim)) => Outcome::Wrong,
        Ok(()) => Outcome::Done,
    }
}

fn holds<E>(claim: &Result<elbo_runtime::report::ClaimOutcome, E>) -> bool {
    claim.as_ref().is_ok_and(|outcome| outcome.verdict == Verdict::Held)
}

fn print(table: &ComparisonTable, form: Form) -> String {
    match form {
        Form::Text => comparison::terminal(table),
        Form::Markdown => comparison::markdown(table),
        Form::Csv => comparison::csv(table),
    }
}

fn opened(file: Option<&Path>) -> Result<Option<Output>, OutputError> {
    file.map(Output::at).transpose()
}

fn write(output: Option<&Output>, content: impl FnOnce() -> Result<String, ExecuteError>) -> Result<(), ExecuteError> {
    match output {
        None => Ok(()),
        Some(output) => Ok(output.write(content()?.as_bytes())?),
    }
}
