//! `elbo ir`

use crate::outcome::Outcome;
use crate::summary;
use crate::target::{Chosen, Target, compile_target};
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_compiler::{Override, ir};
use elbo_runtime::backend::native::plan_text;

/// What `elbo ir` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo ir specs/alexnet.elbo#alexnet_cifar10_bayes\n  \
    elbo ir specs/digits.elbo --format json\n  elbo ir specs/lenet5.elbo#lenet5_mnist_bayes --plan")]
pub struct Arguments {
    /// A spec file; with several runs, `FILE#RUN`; `FILE#SWEEP` lists members, `FILE#SWEEP/MEMBER` is one.
    #[arg(value_name = "FILE[#RUN]")]
    target: Target,
    /// The form; json and toml can be read back.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Print what the native backend makes of it instead: its operations and buffers.
    #[arg(long, conflicts_with = "format")]
    plan: bool,
    /// Change the run first, for example `train.epochs=3`.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<String>,
}

/// The forms of the IR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Toml,
    Json,
}

/// Prints the IR of a run, or the members of a sweep.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let overrides: Vec<Override> = arguments.overrides.iter().cloned().map(Override).collect();
    let Some((_, chosen)) = compile_target(&arguments.target, &overrides, terminal) else { return Outcome::Wrong };
    let compiled = match chosen {
        Chosen::Run(compiled) => compiled,
        Chosen::Sweep(sweep) => {
            terminal.text(&summary::members(&sweep));
            return Outcome::Done;
        }
    };
    if arguments.plan {
        return print_plan(&compiled.run, terminal);
    }
    match arguments.format {
        Form::Text => terminal.text(&ir::text(&compiled.run)),
        Form::Toml => terminal.data(&ir::to_toml(&compiled.run)),
        Form::Json => terminal.data(&ir::to_json(&compiled.run)),
    }
    Outcome::Done
}

fn print_plan(run: &ir::Run, terminal: &Terminal) -> Outcome {
    match plan_text(run) {
        Ok(text) => {
            terminal.text(&text);
            Outcome::Done
        }
        Err(error) => {
            terminal.error(&error.to_string());
            if error.is_internal() { Outcome::Internal } else { Outcome::Wrong }
        }
    }
}
