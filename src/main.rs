//! The command line of elbo: one file a command, no logic of its own.

mod batch;
mod check;
mod checking;
mod completions;
mod configuration;
mod data;
mod data_warnings;
mod diff;
mod doctor;
mod eval;
mod explain;
mod explain_declaration;
mod export;
mod fetching;
mod finished;
mod fmt;
mod intermediate;
mod interruption;
mod lsp;
mod new;
mod outcome;
mod predict;
mod progress;
mod project;
mod report;
mod reported;
mod run;
mod session;
mod starter;
mod summary;
mod target;
mod terminal;
mod threads;
mod wording;

use clap::{CommandFactory, Parser, Subcommand};
use outcome::Outcome;
use std::process::ExitCode;
use terminal::{ColorChoice, Terminal};

/// A language and compiler for Bayesian neural networks.
///
/// Write a network and its training in a spec file, mark its layers `bayes`, `dropout` or `point`,
/// check it before anything runs, then train it and read how certain it is.
#[derive(Debug, Parser)]
#[command(name = "elbo", version, arg_required_else_help = true)]
#[command(about = "A language and compiler for Bayesian neural networks")]
#[command(after_help = "Example:\n  elbo check specs/digits.elbo\n  elbo run specs/digits.elbo")]
struct Arguments {
    /// When to colour the output; NO_COLOR is honoured, too.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// Print results and errors only.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print more of what is being done.
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Parse and check spec files; nothing is trained, and data is read with `--data` alone.
    Check(check::Arguments),
    /// Lay spec files out in the one canonical way.
    Fmt(fmt::Arguments),
    /// Train a run, score it and report its uncertainty.
    Run(run::Arguments),
    /// Plan and do hundreds of runs from one manifest, on this machine or on Slurm.
    Batch(batch::Arguments),
    /// Lay finished runs side by side, and see what a spec claims of them.
    Report(report::Arguments),
    /// Score a finished run again: with more draws, on another data set, against other distributions.
    Eval(eval::Arguments),
    /// Let a finished run predict what image files and arrays hold.
    Predict(predict::Arguments),
    /// Print what a run means after all defaults, blocks and variants: its intermediate representation.
    Ir(intermediate::Arguments),
    /// Explain a model or run in words and equations, or a diagnostic's code; alone, list all codes.
    Explain(explain::Arguments),
    /// Compare two models or runs by meaning.
    Diff(diff::Arguments),
    /// Turn a finished run into files of other programs: TensorBoard, safetensors, SVG, PNG.
    Export(export::Arguments),
    /// List data sets, fetch them from their publishers, verify what is there.
    Data(data::Arguments),
    /// Serve an editor: the language server.
    Lsp(lsp::Arguments),
    /// Make a starter project that trains in seconds.
    New(new::Arguments),
    /// Print the script that makes a shell complete elbo's commands.
    Completions(completions::Arguments),
    /// Show what this machine has: devices, threads, data sets.
    Doctor(doctor::Arguments),
}

impl Command {
    /// Whether it answers signals itself, or an editor ends it.
    fn answers_signals(&self) -> bool {
        match self {
            Self::Run(_) | Self::Lsp(_) => true,
            Self::Batch(arguments) => arguments.answers_signals(),
            Self::Check(_)
            | Self::Fmt(_)
            | Self::Report(_)
            | Self::Eval(_)
            | Self::Predict(_)
            | Self::Ir(_)
            | Self::Explain(_)
            | Self::Diff(_)
            | Self::Export(_)
            | Self::Data(_)
            | Self::New(_)
            | Self::Completions(_)
            | Self::Doctor(_) => false,
        }
    }
}

/// What is wrong with the command line, or what was asked about it; of words that are no text, which they are.
fn usage(error: &clap::Error) -> ExitCode {
    if error.kind() != clap::error::ErrorKind::InvalidUtf8 {
        error.exit();
    }
    let words = std::env::args_os().filter(|word| word.to_str().is_none());
    let words: Vec<String> = words.map(|word| format!("{word:?}")).collect();
    let message =
        format!("{} is not UTF-8, as names of specs, runs and declarations must be: rename the file", words.join(", "));
    terminal::write_ending(&format!("error: {message}"));
    Outcome::Usage.into()
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let terminal = Terminal::new(arguments.color, arguments.quiet, arguments.verbose);
    if let Err(outcome) = threads::check_environment(&terminal) {
        return outcome.into();
    }
    // Without it a write beyond the limit of file sizes would end the program; with it the write says so.
    let _ = interruption::survive_file_size_limit();
    if !arguments.command.answers_signals() {
        interruption::clear_away_when_ended();
    }
    let outcome = std::panic::catch_unwind(|| match &arguments.command {
        Command::Check(arguments) => check::execute(arguments, &terminal),
        Command::Fmt(arguments) => fmt::execute(arguments, &terminal),
        Command::Run(arguments) => run::execute(arguments, &terminal),
        Command::Batch(arguments) => batch::execute(arguments, &terminal),
        Command::Report(arguments) => report::execute(arguments, &terminal),
        Command::Eval(arguments) => eval::execute(arguments, &terminal),
        Command::Predict(arguments) => predict::execute(arguments, &terminal),
        Command::Ir(arguments) => intermediate::execute(arguments, &terminal),
        Command::Explain(arguments) => explain::execute(arguments, &terminal),
        Command::Diff(arguments) => diff::execute(arguments, &terminal),
        Command::Export(arguments) => export::execute(arguments, &terminal),
        Command::Data(arguments) => data::execute(arguments, &terminal),
        Command::Lsp(arguments) => lsp::execute(arguments, &terminal),
        Command::New(arguments) => new::execute(arguments, &terminal),
        Command::Completions(arguments) => completions::execute(arguments, Arguments::command(), &terminal),
        Command::Doctor(arguments) => doctor::execute(arguments, &terminal),
    });
    let outcome = outcome.unwrap_or_else(|_| {
        terminal.error(
            "this is an internal error of elbo, not a mistake in your spec; please report it with the lines above",
        );
        Outcome::Internal
    });
    if outcome == Outcome::Done && terminal.has_failed() { Outcome::Wrong.into() } else { outcome.into() }
}
