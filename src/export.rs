//! `elbo export`

use crate::finished::NamedRun;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use crate::threads::use_threads;
use crate::wording::counted;
use clap::ValueEnum;
use elbo_runtime::export::{Form, Tensors, export};
use std::path::PathBuf;

/// What `elbo export` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    elbo export digits_bayes --format tensorboard --output logs/first\n  \
    elbo export specs/digits.elbo --format safetensors --mean")]
pub struct Arguments {
    #[command(flatten)]
    named: NamedRun,
    /// What it is turned into.
    #[arg(long, value_enum)]
    format: Format,
    /// The folder that is written; for safetensors the file, or `-` for standard output [default: the run's name, in
    /// the working directory].
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace an earlier export; anything else stays.
    #[arg(long)]
    force: bool,
    /// Write the means of the Gaussian weights as a plain network's; safetensors only.
    #[arg(long)]
    mean: bool,
}

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An event file: scalars, histograms of weights, figures, the spec, settings.
    Tensorboard,
    /// The weights under PyTorch's names, σ = softplus(rho).
    Safetensors,
    /// The report's figures.
    Svg,
    /// The report's figures at twice the size.
    Png,
}

/// Writes it and says where.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let form = match arguments.format {
        Format::Safetensors if arguments.mean => Form::Safetensors(Tensors::Means),
        Format::Safetensors => Form::Safetensors(Tensors::Posterior),
        _ if arguments.mean => {
            terminal.error("`--mean` goes with `--format safetensors` only");
            return Outcome::Usage;
        }
        Format::Tensorboard => Form::Tensorboard,
        Format::Svg => Form::Svg,
        Format::Png => Form::Png,
    };
    // Drawing computes in parallel, and would fail where no thread can be had.
    if let Err(outcome) = use_threads(None, terminal) {
        return outcome;
    }
    // What is wrong with a directory the export itself says.
    let directory = Some(PathBuf::from(&arguments.named.run)).filter(|path| path.is_dir());
    let located = || arguments.named.locate(terminal).map(|located| (located.directory, located.names));
    let (run, names) = match directory.map_or_else(located, |directory| Ok((directory, None))) {
        Ok(located) => located,
        Err(outcome) => return outcome,
    };
    let output = arguments.output.clone().or_else(|| names.map(|names| form.default_output(&names.name)));
    match export(&run, form, output.as_deref(), arguments.force) {
        Ok(exported) if exported.printed => Outcome::Done,
        Ok(exported) => {
            let path = exported.path.display();
            terminal.name(&path.to_string());
            match form {
                Form::Tensorboard => terminal.note(&format!("look at it with `tensorboard --logdir {path}`")),
                Form::Safetensors(_) => {}
                Form::Svg | Form::Png => terminal.note(&format!("{} in it", counted(exported.files, "figure"))),
            }
            Outcome::Done
        }
        Err(error) => {
            let help = error.help().map_or_else(String::new, |help| format!("\n  help: {help}"));
            terminal.error(&format!("{error}{help}"));
            Outcome::Wrong
        }
    }
}
