//! `elbo run`

use crate::data_warnings::DataWarner;
use crate::interruption;
use crate::outcome::Outcome;
use crate::project::{Project, cache_folder};
use crate::session::Session;
use crate::summary;
use crate::target::{Chosen, Target, compile_target};
use crate::terminal::{Terminal, write_result};
use crate::threads::{no_signals, use_threads};
use clap::ValueEnum;
use elbo_compiler::{CompiledRun, CompiledSweep, Override, SweepMember};
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::execute::{ExecuteError, Resumption, Stopped, Work};
use elbo_runtime::store::Store;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What `elbo run` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo run specs/digits.elbo\n  \
    elbo run specs/lenet5.elbo#lenet5_mnist_bayes --set train.epochs=3 --data-root ~/data\n  \
    elbo run examples/marks.elbo#comparison\n\n\
    Ctrl-C saves the run and stops it with exit code 75; the same command goes on from there, to the same bits. So does a \
    run that was killed, from its last checkpoint (`checkpoint` of the train block, every 5 minutes by default). \
    Another Ctrl-C stops at once.")]
pub struct Arguments {
    /// A spec file; with several runs, `FILE#RUN`; `FILE#SWEEP` runs every member, `FILE#SWEEP/MEMBER` one.
    #[arg(value_name = "FILE[#RUN]")]
    target: Target,
    /// Change the run first, for example `train.epochs=3` or `train.optimizer.lr=1e-4`.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<String>,
    /// Where it is computed: cpu, gpu, gpu:N, cuda, cuda:N or metal [default: the project's, else cpu].
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceChoice>,
    /// What computes: native (cpu), gpu or candle [default: the project's, else the device's].
    #[arg(long, value_name = "BACKEND")]
    backend: Option<BackendChoice>,
    /// Threads that compute [default: the project's, else all processors].
    #[arg(long, value_name = "N", value_parser = crate::threads::parser())]
    threads: Option<u16>,
    /// Where results are kept [default: the project's store, else runs].
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
    /// Start an unfinished training again from the beginning; otherwise it goes on from its last checkpoint. What is
    /// finished stays finished: see --force.
    #[arg(long, conflicts_with = "resume")]
    fresh: bool,
    /// Train and score again, also what is finished. The same bits must come out: what is published stays, and a difference
    /// is an error.
    #[arg(long, conflicts_with = "resume")]
    force: bool,
    /// Go on from the last checkpoint if there is one, which is what happens anyway.
    #[arg(long)]
    resume: bool,
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
    /// One line of JSON, the last of standard output; one a member of a sweep.
    Json,
}

/// The member of a sweep that is under way, for whoever ends the program in the midst of it.
type UnderWay = Arc<Mutex<Option<SweepMember>>>;

/// What is printed for programs where a run, or a member of a sweep, was stopped.
fn stopped_line(member: Option<&SweepMember>, stopped: Option<&Stopped>) -> String {
    match member {
        Some(member) => summary::stopped_member_json(member, stopped),
        None => summary::stopped_json(stopped),
    }
}

/// Trains, scores and reports a run, or each member of a sweep.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let overrides: Vec<Override> = arguments.overrides.iter().cloned().map(Override).collect();
    let Some((compilation, chosen)) = compile_target(&arguments.target, &overrides, terminal) else {
        return Outcome::Wrong;
    };
    let project = match Project::open(Path::new(&arguments.target.file), terminal) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    let calibrations = cache_folder();
    let (format, member) = (arguments.format, UnderWay::default());
    let of_member = Arc::clone(&member);
    let told = move |stopped: Option<&Stopped>| {
        if format == Form::Json {
            write_result(&stopped_line(of_member.lock().ok().and_then(|member| member.clone()).as_ref(), stopped));
        }
    };
    let stop = match interruption::watch(told) {
        Ok(stop) => stop,
        Err(error) => {
            return no_signals(&error, terminal);
        }
    };
    let threads = match use_threads(project.threads(arguments.threads), terminal) {
        Ok(threads) => threads,
        Err(outcome) => return outcome,
    };
    let session = Session {
        compilation: &compilation,
        data_roots: &project.data_folders(arguments.data_root.as_deref()),
        store: &Store::new(project.store(arguments.store.as_deref())),
        backend: project.backend(arguments.backend, arguments.device),
        device: project.device(arguments.device),
        calibrations: calibrations.as_deref(),
        ignore_memory: arguments.ignore_memory,
        fresh: arguments.fresh,
        force: arguments.force,
        stop: &stop,
        threads,
        terminal,
        warner: DataWarner::new(&compilation, &arguments.target, &overrides),
    };
    match chosen {
        Chosen::Run(run) => execute_one(&session, &run, format),
        Chosen::Sweep(sweep) => execute_members(&session, &sweep, format, &member),
    }
}

fn execute_one(session: &Session<'_>, run: &CompiledRun, format: Form) -> Outcome {
    match session.execute(run) {
        Ok(executed) => {
            if executed.work == Work::Nothing {
                session.terminal.note("this run was finished before, so nothing was done; its result:");
                note_fresh(session);
            }
            match format {
                Form::Text => session.terminal.text(&summary::table(&executed.report, &executed.directory)),
                Form::Json => session.terminal.data(&summary::json(&executed)),
            }
            Outcome::Done
        }
        Err(error) => {
            if let (ExecuteError::Stopped(stopped), Form::Json) = (&error, format) {
                session.terminal.data(&stopped_line(None, Some(stopped)));
            }
            session.report(&error, &run.run)
        }
    }
}

/// Says what `--fresh` does not do.
fn note_fresh(session: &Session<'_>) {
    if session.fresh {
        session
            .terminal
            .note("`--fresh` starts unfinished trainings again; `--force` does what is finished again, too");
    }
}

fn execute_members(session: &Session<'_>, sweep: &CompiledSweep, format: Form, under_way: &UnderWay) -> Outcome {
    let count = sweep.members.len();
    let mut results = Vec::with_capacity(count);
    let mut failed: Vec<&str> = Vec::new();
    let mut outcome = Outcome::Done;
    for (index, member) in sweep.members.iter().enumerate() {
        if session.stop.is_asked() {
            session.terminal.ending(&format!(
                "stopped before member {} of {count}; {}",
                index + 1,
                Resumption::of(session.fresh, session.force)
            ));
            outcome = Outcome::Stopped;
            break;
        }
        session.terminal.note(&format!("[{}/{count}] {}", index + 1, member.name));
        if let Ok(mut under_way) = under_way.lock() {
            *under_way = Some(member.clone());
        }
        match session.execute(&member.run) {
            Ok(executed) => {
                session.terminal.note(&summary::member_line(&executed));
                if executed.work == Work::Nothing {
                    note_fresh(session);
                }
                if format == Form::Json {
                    session.terminal.data(&summary::member_json(member, &executed));
                }
                results.push(Some(executed));
            }
            Err(error) => {
                if let (ExecuteError::Stopped(stopped), Form::Json) = (&error, format) {
                    session.terminal.data(&stopped_line(Some(member), Some(stopped)));
                }
                let ended = session.report(&error, &member.run.run);
                // The worst of them is how the command ends; one that was stopped can be resumed whatever the others came to.
                if outcome != Outcome::Internal || ended == Outcome::Stopped {
                    outcome = ended;
                }
                results.push(None);
                if ended == Outcome::Stopped {
                    break;
                }
                if format == Form::Json {
                    session.terminal.data(&summary::failed_member_json(member, &error));
                }
                failed.push(&member.name);
                // Where nothing can be written nothing can be done; all else says nothing of the other members.
                if error.is_of_the_store() {
                    break;
                }
            }
        }
    }
    if let Some(left) = left_undone(sweep, &failed, results.len()) {
        session.terminal.ending(&left);
    }
    if format == Form::Text && results.iter().any(Option::is_some) {
        session.terminal.text(&summary::comparison(sweep, &results));
    }
    outcome
}

/// What a sweep has left undone, of which `begun` members were begun; nothing where that is told already.
fn left_undone(sweep: &CompiledSweep, failed: &[&str], begun: usize) -> Option<String> {
    if failed.is_empty() {
        return None;
    }
    let rest: Vec<&str> = sweep.members.iter().skip(begun).map(|member| member.name.as_str()).collect();
    let mut text = format!("failed: {}", failed.join(", "));
    if !rest.is_empty() {
        text.push_str(&format!("; not begun: {}", rest.join(", ")));
    }
    Some(text)
}
