//! `elbo fmt`

use crate::outcome::Outcome;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_compiler::sources::Sources;
use elbo_compiler::{check_syntax, format};
use elbo_runtime::spec_files::{FileSources, STDIN, expand, read_stdin, reason, rewrite};
use std::path::Path;

/// What `elbo fmt` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  elbo fmt specs/*.elbo\n  elbo fmt --check specs")]
pub struct Arguments {
    /// Spec files, folders (every .elbo file below) and patterns, rewritten where their layout differs; `-` is standard
    /// input.
    #[arg(required_unless_present = "stdin", value_name = "FILES")]
    files: Vec<String>,
    /// Change nothing; list the files that would change and fail if there are any.
    #[arg(long)]
    check: bool,
    /// Read a spec from standard input and write it to standard output.
    #[arg(long, conflicts_with = "files")]
    stdin: bool,
}

/// Lays the files out. What cannot be parsed stays as it is, and is an error.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    if arguments.stdin || arguments.files == ["-"] {
        return standard_streams(arguments.check, terminal);
    }
    let files = match expand(&arguments.files, &FileSources::default(), &|skipped| terminal.skipped(skipped)) {
        Ok(files) => files,
        Err(message) => {
            terminal.error(&message);
            return Outcome::Wrong;
        }
    };
    if files.iter().any(|file| file == STDIN) {
        terminal.error("`-` is standard input, and stands alone");
        return Outcome::Usage;
    }
    let (mut changed, mut wrong) = (0, false);
    for path in &files {
        match file(path, arguments.check, terminal) {
            Ok(Layout { is_changed, has_errors }) => {
                changed += usize::from(is_changed);
                wrong |= has_errors || (is_changed && arguments.check);
            }
            Err(message) => {
                terminal.error(&message);
                wrong = true;
            }
        }
    }
    let word = if arguments.check { "would change" } else { "changed" };
    let files = counted(files.len(), "file");
    terminal.note(&format!("{changed} of {files} {word}"));
    if wrong { Outcome::Wrong } else { Outcome::Done }
}

/// What became of a file.
struct Layout {
    is_changed: bool,
    has_errors: bool,
}

fn file(path: &str, check: bool, terminal: &Terminal) -> Result<Layout, String> {
    let source = FileSources::default().read(path).map_err(|reason| format!("`{path}` cannot be read: {reason}"))?;
    let text = format(&source);
    let is_changed = text != source;
    if is_changed && check {
        terminal.name(path);
    } else if is_changed {
        let failed = |error| format!("`{path}` cannot be written: {}", reason(&error));
        rewrite(Path::new(path), &text).map_err(failed)?;
    }
    // The places of errors are those in the file as it is now.
    Ok(Layout { is_changed, has_errors: has_errors(path, if check { &source } else { &text }, terminal) })
}

fn standard_streams(check: bool, terminal: &Terminal) -> Outcome {
    let source = match read_stdin() {
        Ok(source) => source,
        Err(reason) => {
            terminal.error(&format!("standard input cannot be read: {reason}"));
            return Outcome::Wrong;
        }
    };
    let text = format(&source);
    if !check {
        terminal.data(&text);
    }
    let has_errors = has_errors("<stdin>", if check { &source } else { &text }, terminal);
    if has_errors || (check && text != source) { Outcome::Wrong } else { Outcome::Done }
}

/// Prints the syntax errors of a text; whether there are any.
fn has_errors(path: &str, text: &str, terminal: &Terminal) -> bool {
    let findings = check_syntax(path, text);
    terminal.diagnostics(&findings.diagnostics, &findings.sources, terminal.default_format());
    !findings.diagnostics.is_empty()
}
