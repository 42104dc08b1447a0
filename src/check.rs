//! `elbo check`

use crate::files::FileSources;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use elbo_compiler::check_files;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::render::Format;

/// What `elbo check` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  elbo check specs/*.elbo --deny warnings")]
pub struct Arguments {
    /// Spec files.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<String>,
    /// How findings are printed: fancy, plain, json, sarif or github [default: fancy on a terminal, else plain].
    #[arg(long)]
    format: Option<Format>,
    /// Fail on warnings, too.
    #[arg(long, value_parser = ["warnings"], value_name = "WHAT")]
    deny: Option<String>,
}

/// Checks the files and prints what was found.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let findings = check_files(&arguments.files, &FileSources);
    let format = arguments.format.unwrap_or_else(|| terminal.default_format());
    terminal.diagnostics(&findings.diagnostics, &findings.sources, format);
    let (errors, warnings) = (findings.count(Severity::Error), findings.count(Severity::Warning));
    if matches!(format, Format::Fancy | Format::Plain) {
        terminal.note(&format!(
            "{} checked: {}, {}",
            counted(findings.files, "file"),
            counted(errors, "error"),
            counted(warnings, "warning")
        ));
    }
    if errors > 0 || (warnings > 0 && arguments.deny.is_some()) { Outcome::Wrong } else { Outcome::Done }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
