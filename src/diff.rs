//! `elbo diff`

use crate::outcome::Outcome;
use crate::target::{Declaration, Target, compile_declaration};
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_compiler::analysis::diff::{Side, compare};
use elbo_compiler::ir::{Run, from_json};
use elbo_compiler::render::comparison;
use std::path::Path;

/// What `elbo diff` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes are those of diff: 0 identical, 1 different, 2 could not be compared.\n\nExamples:\n  \
    elbo diff specs/alexnet.elbo#alexnet specs/alexnet.elbo#alexnet_bayes\n  \
    elbo diff specs/digits.elbo runs/3f/3f…/result"
)]
pub struct Arguments {
    /// A spec file with the name of a model or run, or the directory of a run.
    #[arg(value_name = "A")]
    left: String,
    /// What it is compared with.
    #[arg(value_name = "B")]
    right: String,
    /// How the differences are printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// The forms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Compares and prints.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let sides = (declaration(&arguments.left, terminal), declaration(&arguments.right, terminal));
    // Both are looked at, so that both are diagnosed.
    let (Some(left), Some(right)) = sides else { return Outcome::Usage };
    let found = compare(left.side(), right.side());
    terminal.result(&match arguments.format {
        Form::Text => comparison::text(&found),
        Form::Json => comparison::json(&found),
    });
    if found.differences.is_empty() { Outcome::Done } else { Outcome::Wrong }
}

/// What stands on one side.
enum Compared {
    Declared(Declaration),
    Finished(Box<Run>),
}

impl Compared {
    fn side(&self) -> Side<'_> {
        match self {
            Self::Declared(Declaration::Run(compiled)) => Side::Run(&compiled.run),
            Self::Declared(Declaration::Model(compiled)) => Side::Network(&compiled.network),
            Self::Finished(run) => Side::Run(run),
        }
    }
}

/// The run of a directory with an `ir.json`, or what a file declares.
fn declaration(text: &str, terminal: &Terminal) -> Option<Compared> {
    let path = Path::new(text);
    let file = [path.join("ir.json"), path.join("result/ir.json")].into_iter().find(|file| file.is_file());
    if let Some(file) = file {
        let read = std::fs::read_to_string(&file).map_err(|error| error.to_string());
        let run = read.and_then(|text| from_json(&text).map_err(|error| error.to_string()));
        return match run {
            Ok(run) => Some(Compared::Finished(Box::new(run))),
            Err(problem) => {
                terminal.error(&format!("`{}` cannot be read: {problem}", file.display()));
                None
            }
        };
    }
    if path.is_dir() {
        terminal.error(&format!("`{text}` holds no `ir.json`\n  help: name the directory that `elbo run` printed"));
        return None;
    }
    match text.parse::<Target>() {
        Ok(target) => compile_declaration(&target, terminal).map(|(_, found)| Compared::Declared(found)),
        Err(message) => {
            terminal.error(&message);
            None
        }
    }
}
