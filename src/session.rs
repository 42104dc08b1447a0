//! What all runs of one call of the program share.

use crate::data_warnings::DataWarner;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::terminal::Terminal;
use elbo_compiler::ir::Run;
use elbo_compiler::opened::OpenedData;
use elbo_compiler::{Compilation, CompiledRun};
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::execute::{ExecuteError, Executed, Request, Stop, execute};
use elbo_runtime::store::Store;
use std::path::{Path, PathBuf};

/// What all runs of one call of the program share.
pub struct Session<'s> {
    /// Where their specs come from.
    pub compilation: &'s Compilation,
    /// Where data is looked for, in order of precedence.
    pub data_roots: &'s [PathBuf],
    /// Where results go.
    pub store: &'s Store,
    /// What computes.
    pub backend: BackendChoice,
    /// Where it computes.
    pub device: DeviceChoice,
    /// Threads that compute.
    pub threads: usize,
    /// Where calibrations of this machine are kept, if there is such a place.
    pub calibrations: Option<&'s Path>,
    /// Whether to go on where the forecast says that memory will not do.
    pub ignore_memory: bool,
    /// Whether to start runs again that were cut off.
    pub fresh: bool,
    /// Whether to do also what is finished.
    pub force: bool,
    /// Set when the program is to stop.
    pub stop: &'s Stop,
    /// Where progress and errors are shown.
    pub terminal: &'s Terminal,
    /// Warns of what the data of a run make of it.
    pub warner: DataWarner<'s>,
}

impl Session<'_> {
    /// Trains, scores and publishes a run, or finds that this has been done.
    pub fn execute(&self, compiled: &CompiledRun) -> Result<Executed, ExecuteError> {
        // A member of a sweep is one however it was named.
        let mut members = self.compilation.sweeps.iter().flat_map(|sweep| &sweep.members);
        let varied = members.find(|member| member.run.name == compiled.name).map_or(&[][..], |member| &member.varied);
        let folder = folder_of(compiled, self.compilation);
        let (threads, backend, device) = (self.threads, self.backend, self.device);
        self.terminal.detail(&format!("run {} by {backend} with {threads} threads on {device}", compiled.name));
        let warn = |opened: &OpenedData| self.warner.warn(compiled, opened, self.terminal);
        let mut progress = Progress::new(self.terminal).telling(&warn);
        let request = Request {
            run: &compiled.run,
            name: &compiled.name,
            model: &compiled.model,
            data: &compiled.data,
            varied,
            spec: &self.compilation.inlined,
            folder,
            data_roots: self.data_roots,
            store: self.store,
            backend,
            device,
            threads,
            calibrations: self.calibrations,
            ignore_memory: self.ignore_memory,
            fresh: self.fresh,
            force: self.force,
            waits: false,
            expected: None,
            stop: self.stop,
        };
        let result = execute(&request, &mut progress);
        progress.clear();
        result
    }

    /// Prints what stopped a run.
    pub fn report(&self, error: &ExecuteError, run: &Run) -> Outcome {
        report_with(error, error.help_for(run), self.terminal)
    }
}

/// The folder that the files which a run names are relative to: that of the spec which names its data; where an override
/// does, the working directory.
pub fn folder_of<'c>(compiled: &CompiledRun, compilation: &'c Compilation) -> &'c Path {
    let path = |source| Path::new(&compilation.sources.get(source).path).parent();
    compiled.data_source.and_then(path).unwrap_or(Path::new(""))
}

/// Prints what stopped something.
pub fn report_error(error: &ExecuteError, terminal: &Terminal) -> Outcome {
    report_with(error, error.help(), terminal)
}

fn report_with(error: &ExecuteError, help: Option<String>, terminal: &Terminal) -> Outcome {
    if let ExecuteError::Stopped(_) = error {
        terminal.ending(&error.to_string());
        return Outcome::Stopped;
    }
    terminal.error(&with_help(error, help));
    if error.is_temporary() {
        return Outcome::Stopped;
    }
    if error.is_internal() { Outcome::Internal } else { Outcome::Wrong }
}

/// What stopped something, and what would fix it.
pub fn error_text(error: &ExecuteError) -> String {
    with_help(error, error.help())
}

fn with_help(error: &ExecuteError, help: Option<String>) -> String {
    let help = help.map_or_else(String::new, |help| format!("\n  help: {help}"));
    format!("{error}{help}")
}
