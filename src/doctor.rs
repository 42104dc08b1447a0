//! `elbo doctor`

use crate::outcome::Outcome;
use crate::project::{Project, cache_folder};
use crate::terminal::Terminal;
use crate::threads::use_threads;
use clap::ValueEnum;
use elbo_compiler::ir::DataSource;
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::execute::find_data;
use elbo_runtime::forecast::{MachineKey, Work, calibrate, calibration, keep, size};
use elbo_runtime::machine::{
    FEATURES, KernelForm, available_memory, backends, devices, graphics_text, kernels_text, peak, selftest,
};
use std::fmt::Write;
use std::path::PathBuf;

/// What `elbo doctor` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo doctor\n  elbo doctor --selftest\n  elbo doctor --selftest --device gpu\n  \
    elbo doctor --kernels --device gpu:0")]
pub struct Arguments {
    /// Train a few steps by the backend on the device and by candle on the processor, and compare.
    #[arg(long)]
    selftest: bool,
    /// Measure this machine again, so that `elbo run` can forecast times; a few seconds on an idle machine.
    #[arg(long, conflicts_with = "selftest")]
    calibrate: bool,
    /// Measure each kernel for graphics processors on the device; about a minute.
    #[arg(long, conflicts_with_all = ["selftest", "calibrate"])]
    kernels: bool,
    /// How the measured kernels are printed.
    #[arg(long, value_enum, default_value_t = Form::Text, requires = "kernels")]
    format: Form,
    /// Threads that are measured [default: the project's, else all processors].
    #[arg(long, value_name = "N", requires = "calibrate", value_parser = crate::threads::parser())]
    threads: Option<u16>,
    /// The device that the self-test, the calibration or the kernels are tried on.
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: DeviceChoice,
    /// The backend that the self-test or the calibration tries, native, gpu or candle [default: the device's].
    #[arg(long, value_name = "BACKEND")]
    backend: Option<BackendChoice>,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
}

/// The forms of the table of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table for people.
    Text,
    /// One object of JSON.
    Json,
}

impl From<Form> for KernelForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Text => Self::Text,
            Form::Json => Self::Json,
        }
    }
}

/// Prints what there is.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let project = match Project::here(terminal) {
        Ok(project) => project,
        Err(outcome) => return outcome,
    };
    // Before anything computes, so that what is measured is measured with the threads that will compute.
    let threads = match use_threads(project.threads(arguments.threads), terminal) {
        Ok(threads) => threads,
        Err(outcome) => return outcome,
    };
    let device = arguments.device;
    let backend = arguments.backend.unwrap_or(BackendChoice::of_device(device));
    if arguments.selftest {
        return run_selftest(backend, device, terminal);
    }
    if arguments.calibrate {
        return run_calibration((backend, device, threads), terminal);
    }
    if arguments.kernels {
        return run_kernels(device, arguments.format, terminal);
    }
    let roots = project.data_roots(arguments.data_root.as_deref());
    let mut text = format!("elbo {}\n\n", env!("CARGO_PKG_VERSION"));
    let built: Vec<&str> = FEATURES.iter().filter(|(_, present)| *present).map(|(name, _)| *name).collect();
    let built = if built.is_empty() { "no optional features".to_owned() } else { built.join(", ") };
    let _ = writeln!(text, "built with   {built}");
    let _ = writeln!(text, "threads      {threads}");
    let _ = writeln!(text, "memory       {} available", available_memory().map_or_else(|| "unknown".to_owned(), size));
    let _ = writeln!(text, "calibrated   {}", calibrated(threads));
    let _ = write!(text, "{}", configured(&project));
    let _ = writeln!(text, "\nbackends on the processor");
    for report in backends() {
        let kernels = report.kernel_table.unwrap_or_else(|problem| problem);
        let default = if report.is_default { " (the default)" } else { "" };
        let _ = writeln!(text, "  {:<14} {kernels}{default}", report.backend.name());
    }
    if let Some(peak) = peak() {
        let (core, all) = (peak.gigaflops_of_a_core, peak.gigaflops_of_all_threads);
        let _ = writeln!(text, "  {:<14} {core:.0} gigaflops a core, {all:.0} with all threads", "native peak");
    }
    let _ = writeln!(text, "\ndevices");
    for report in devices() {
        let state = report.problem.unwrap_or_else(|| "ready".to_owned());
        let _ = writeln!(text, "  {:<14} {state}", report.device.to_string());
    }
    let _ = writeln!(
        text,
        "  CUDA is compile-checked, Metal is not; neither was executed by the authors. Prove yours with"
    );
    let _ = writeln!(text, "  `elbo doctor --selftest --device cuda`");
    let _ = write!(text, "\n{}", graphics_text());
    let _ = writeln!(text, "\ndata is looked for in");
    for root in &roots {
        let there = if root.folder.is_dir() { "" } else { ", not there" };
        let _ = writeln!(text, "  {} ({}{there})", root.folder.display(), root.origin);
    }
    let _ = writeln!(text, "\ndata sets");
    let folders: Vec<PathBuf> = roots.into_iter().map(|root| root.folder).collect();
    for source in DataSource::ALL {
        let state = match find_data(source, &folders) {
            Ok(Some(folder)) => folder.display().to_string(),
            Ok(None) => "embedded".to_owned(),
            Err(error) => format!("not usable: {error}"),
        };
        let _ = writeln!(text, "  {:<14} {state}", source.name());
    }
    terminal.text(&text);
    Outcome::Done
}

/// What the project's file says, and what the command line and the environment have put in its place.
fn configured(project: &Project) -> String {
    let Some(file) = &project.file else { return "project      no elbo.toml here or above\n".to_owned() };
    let mut text = format!("project      {}\n", file.display());
    for (key, value) in &project.configuration.given {
        let _ = match (key.as_str(), &project.configuration.mirror) {
            // Without what is secret in it.
            ("data.mirror", Some(mirror)) => writeln!(text, "  {key} = \"{mirror}\""),
            _ => writeln!(text, "  {key} = {value}"),
        };
    }
    text
}

/// Whether times can be forecast.
fn calibrated(threads: usize) -> String {
    let device = DeviceChoice::Cpu;
    let key = MachineKey::new(BackendChoice::of_device(device), device, threads);
    let found = key.ok().zip(cache_folder()).map(|(key, folder)| calibration(&folder, &key));
    match found {
        Some(Ok(_)) => "yes".to_owned(),
        Some(Err(_)) | None => "no: `elbo doctor --calibrate`, or the first long run, measures this machine".to_owned(),
    }
}

fn run_calibration((backend, device, threads): (BackendChoice, DeviceChoice, usize), terminal: &Terminal) -> Outcome {
    let measured = match calibrate(backend, device, threads) {
        Ok(measured) => measured,
        Err(error) => {
            terminal.error(&error.to_string());
            return Outcome::Wrong;
        }
    };
    let mut text = String::from("seconds for a million of\n");
    for (name, seconds) in Work::NAMES.iter().zip(measured.coefficients()) {
        let _ = writeln!(text, "  {name:<26} {:.3e}", seconds * 1e6);
    }
    let _ = writeln!(text, "times are forecast to ± {:.0} %", 100.0 * measured.uncertainty);
    terminal.text(&text);
    match cache_folder().map(|folder| keep(&folder, &measured)) {
        Some(Ok(path)) => terminal.note(&format!("kept in {}", path.display())),
        Some(Err(problem)) => terminal.note(&format!("it could not be kept: {problem}")),
        None => terminal.note("it could not be kept: this platform names no cache folder; set `ELBO_CACHE`"),
    }
    Outcome::Done
}

fn run_kernels(device: DeviceChoice, form: Form, terminal: &Terminal) -> Outcome {
    match kernels_text(device, form.into()) {
        Ok(text) => {
            terminal.data(&text);
            Outcome::Done
        }
        Err(error) => {
            terminal.error(&error.to_string());
            Outcome::Wrong
        }
    }
}

fn run_selftest(backend: BackendChoice, device: DeviceChoice, terminal: &Terminal) -> Outcome {
    match selftest(backend, device) {
        Ok(result) => {
            let tried = format!("{backend} on {device}");
            let mut text = format!("step   loss of candle on cpu   loss of {tried}\n");
            for (step, (expected, found)) in result.expected.iter().zip(&result.found).enumerate() {
                let width = "loss of ".len() + tried.len();
                let _ = writeln!(text, "{step:>4}   {expected:21.6}   {found:width$.6}");
            }
            let _ = writeln!(
                text,
                "largest relative difference: losses {:.1e}, class scores {:.1e}",
                result.loss_difference, result.score_difference
            );
            terminal.text(&text);
            if result.passed() {
                terminal.note(&format!("{tried} computes what candle on cpu computes"));
                Outcome::Done
            } else {
                terminal
                    .error(&format!("{tried} does not compute what candle on cpu computes; do not trust its results"));
                Outcome::Wrong
            }
        }
        Err(error) => {
            terminal.error(&error.to_string());
            Outcome::Wrong
        }
    }
}
