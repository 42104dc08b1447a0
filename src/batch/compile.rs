//! `elbo batch compile`

use super::manifest::Named;
use crate::outcome::Outcome;
use crate::session::report_error;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_batch::{SUMMARY, compiled_files, summary_csv, summary_text};
use elbo_runtime::execute::ExecuteError;
use elbo_runtime::output::write_output;
use elbo_runtime::store::StoreError;
use std::path::{Path, PathBuf};

/// What `elbo batch compile` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "No data is read. Example:\n  elbo batch compile experiments.toml --out compiled")]
pub struct Arguments {
    #[command(flatten)]
    named: Named,
    /// The folder for the files: one of JSON a run, and summary.csv.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Go on without the specs that have errors.
    #[arg(long)]
    keep_going: bool,
}

/// Compiles every run, and prints what they are.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let result = arguments.named.open(terminal).and_then(|opened| {
        let batch = opened.compiled(arguments.keep_going, terminal)?;
        let files =
            compiled_files(&batch.runs, opened.project.backend(opened.manifest.backend, opened.manifest.device));
        if let Some(folder) = &arguments.out {
            let written = files.iter().map(|file| (file.file.as_str(), file.ir.as_str()));
            let summary = summary_csv(&files);
            write(folder, written.chain([(SUMMARY, summary.as_str())]))
                .map_err(|error| report_error(&error, terminal))?;
        }
        terminal.text(&summary_text(&files));
        if let Some(folder) = &arguments.out {
            terminal.note(&format!("{} and {SUMMARY} in {}", counted(files.len(), "run"), folder.display()));
        }
        Ok(Outcome::Done)
    });
    result.unwrap_or_else(|outcome| outcome)
}

fn write<'f>(folder: &Path, files: impl Iterator<Item = (&'f str, &'f str)>) -> Result<(), ExecuteError> {
    std::fs::create_dir_all(folder).map_err(|source| StoreError::Write { path: folder.to_owned(), source })?;
    for (name, text) in files {
        write_output(&folder.join(name), text.as_bytes())?;
    }
    Ok(())
}
