//! `elbo check`

use crate::checking::{check_all, check_all_with_data};
use crate::outcome::Outcome;
use crate::project::Project;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_compiler::Findings;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::fix::fix_all;
use elbo_compiler::ir::grouped;
use elbo_compiler::render::Format;
use elbo_compiler::sources::Sources;
use elbo_runtime::spec_files::{FileSources, STDIN, expand, may_replace, replace_all};
use std::path::PathBuf;
use std::time::Instant;

/// What `elbo check` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  elbo check specs/digits.elbo\n  elbo check specs 'experiments/**/*.elbo' --deny warnings\n  \
    elbo check --fix specs\n  elbo check --data wine.elbo\n  cat specs/digits.elbo | elbo check -"
)]
pub struct Arguments {
    /// Spec files, folders (every .elbo file below) and patterns such as 'specs/**/*.elbo'; `-` is standard input.
    #[arg(required_unless_present = "stdin", value_name = "FILES")]
    files: Vec<String>,
    /// Check the one spec on standard input, as `-` does.
    #[arg(long, conflicts_with_all = ["files", "fix"])]
    stdin: bool,
    /// Apply fixes that cannot change what a spec means, and rewrite the files.
    #[arg(long)]
    fix: bool,
    /// Open the data of every run, too, for what depends on how many examples there are. Files of one's own are read;
    /// those of published sets are only looked for.
    #[arg(long, conflicts_with = "fix")]
    data: bool,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER", requires = "data")]
    data_root: Option<PathBuf>,
    /// How diagnostics are printed: fancy, plain, json, sarif or github [default: fancy on a terminal, else plain].
    #[arg(long)]
    format: Option<Format>,
    /// Fail on warnings, too.
    #[arg(long, value_parser = ["warnings"], value_name = "WHAT")]
    deny: Option<String>,
}

/// Checks the files and prints what was found.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let start = Instant::now();
    let sources = FileSources::default();
    let given = if arguments.stdin { &["-".to_owned()][..] } else { &arguments.files };
    let files = match expand(given, &sources, &|skipped| terminal.skipped(skipped)) {
        Ok(files) => files,
        Err(message) => {
            terminal.error(&message);
            return Outcome::Wrong;
        }
    };
    let mut faults = 0;
    let mut findings = if arguments.fix {
        if files.iter().any(|file| file == STDIN) {
            terminal.error("`--fix` rewrites files, and standard input is none");
            return Outcome::Usage;
        }
        let check = |sources: &dyn Sources| check_all(&files, sources, terminal);
        let fixed = fix_all(&sources, check, |path| may_replace(path, &files));
        if let Err(message) = replace_all(&fixed.texts) {
            terminal.error(&message);
            return Outcome::Wrong;
        }
        let files = counted(fixed.texts.len(), "file");
        terminal.note(&match fixed.fixes {
            0 => "nothing to fix".to_owned(),
            fixes => format!("{} in {files}", counted_fixes(fixes)),
        });
        fixed.findings
    } else if arguments.data {
        match check_all_with_data(&files, &sources, arguments.data_root.as_deref(), terminal) {
            Ok((findings, unopened)) => {
                faults = unopened;
                findings
            }
            Err(outcome) => return outcome,
        }
    } else {
        check_all(&files, &sources, terminal)
    };
    Project::check_all(&files, &mut findings);
    let format = arguments.format.unwrap_or_else(|| terminal.default_format());
    terminal.diagnostics(&findings.diagnostics, &findings.sources, format);
    if matches!(format, Format::Fancy | Format::Plain) {
        terminal.note(&summary(&findings, faults, start));
    }
    let (errors, warnings) = (findings.count(Severity::Error) + faults, findings.count(Severity::Warning));
    if errors > 0 || (warnings > 0 && arguments.deny.is_some()) { Outcome::Wrong } else { Outcome::Done }
}

fn counted_fixes(fixes: usize) -> String {
    if fixes == 1 { "1 fix".to_owned() } else { format!("{} fixes", grouped(fixes)) }
}

/// `1,000 files checked in 0.4 s: 3 errors, 2 warnings`; of a few files the time says nothing.
/// `faults` is how many data sets could not be opened.
fn summary(findings: &Findings, faults: usize, start: Instant) -> String {
    let time = if findings.files > 10 { format!(" in {:.1} s", start.elapsed().as_secs_f64()) } else { String::new() };
    format!(
        "{} checked{time}: {}, {}",
        counted(findings.files, "file"),
        counted(findings.count(Severity::Error) + faults, "error"),
        counted(findings.count(Severity::Warning), "warning")
    )
}
