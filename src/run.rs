//! `elbo run`

use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::project::{cache_folder, data_roots};
use crate::summary;
use crate::target::{Target, compile_run};
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_compiler::Override;
use elbo_runtime::backend::candle::DeviceChoice;
use elbo_runtime::execute::{Request, execute as execute_run};
use elbo_runtime::store::Store;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// What `elbo run` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo run specs/digits.elbo\n  \
    elbo run specs/lenet5.elbo#lenet5_mnist_bayes --set train.epochs=3 --data-root ~/data")]
pub struct Arguments {
    /// A spec file; with several runs, `FILE#RUN`.
    #[arg(value_name = "FILE[#RUN]")]
    target: Target,
    /// Change the run first, for example `train.epochs=3` or `train.optimizer.lr=1e-4`.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<String>,
    /// What computes: cpu, cuda, cuda:N or metal.
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: DeviceChoice,
    /// Threads that compute [default: all processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Where results are kept.
    #[arg(long, default_value = "runs", value_name = "FOLDER")]
    store: PathBuf,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
    /// Begin even if the forecast says that memory will not do.
    #[arg(long)]
    ignore_memory: bool,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// The forms of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table for people.
    Text,
    /// One line of JSON, the last of standard output.
    Json,
}

/// Trains, scores and reports.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let overrides: Vec<Override> = arguments.overrides.iter().cloned().map(Override).collect();
    let Some((compilation, compiled)) = compile_run(&arguments.target, &overrides, terminal) else {
        return Outcome::Wrong;
    };
    let folder = compiled.data_source.and_then(|source| Path::new(&compilation.sources.get(source).path).parent());
    let roots = match data_roots(arguments.data_root.as_deref(), Path::new(&arguments.target.file)) {
        Ok(roots) => roots.into_iter().map(|root| root.folder).collect::<Vec<_>>(),
        Err(message) => {
            terminal.error(&message);
            return Outcome::Wrong;
        }
    };
    let threads =
        elbo_runtime::threads::use_threads(arguments.threads.and_then(|threads| NonZeroUsize::new(threads.into())));
    terminal.detail(&format!("run {} with {threads} threads on {}", compiled.name, arguments.device));
    let calibrations = cache_folder();
    let mut progress = Progress::new(terminal);
    let result = execute_run(
        &Request {
            run: &compiled.run,
            name: &compiled.name,
            spec: &compilation.inlined,
            folder: folder.unwrap_or(Path::new("")),
            data_roots: &roots,
            store: &Store::new(&arguments.store),
            device: arguments.device,
            threads,
            calibrations: calibrations.as_deref(),
            ignore_memory: arguments.ignore_memory,
        },
        &mut progress,
    );
    progress.clear();
    match result {
        Ok(executed) => {
            if executed.reused {
                terminal.note("this run was finished before, so nothing was done; its result:");
            }
            terminal.result(&match arguments.format {
                Form::Text => summary::table(&executed),
                Form::Json => summary::json(&executed),
            });
            Outcome::Done
        }
        Err(error) => {
            let help = error.help().map_or_else(String::new, |help| format!("\n  help: {help}"));
            terminal.error(&format!("{error}{help}"));
            if error.is_internal() { Outcome::Internal } else { Outcome::Wrong }
        }
    }
}
