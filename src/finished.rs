//! A finished run on the command line, and what computes with it.

use crate::outcome::Outcome;
use crate::project::Project;
use crate::session::report_error;
use crate::terminal::Terminal;
use elbo_runtime::backend::BackendChoice;
use elbo_runtime::backend::candle::DeviceChoice;
use elbo_runtime::execute::ExecuteError;
use elbo_runtime::finished::{Computing, FinishedRun, results_at};
use std::path::{Path, PathBuf};

/// Which run, and what computes with it.
#[derive(Debug, clap::Args)]
pub struct FinishedArguments {
    /// The directory of a finished run, as `elbo run` printed it.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Draws of the network [default: as many as the run's own report has].
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// Where it is computed: cpu, cuda, cuda:N or metal [default: the project's, else cpu].
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<DeviceChoice>,
    /// What computes: native (on the cpu only) or candle [default: what the run was computed by].
    #[arg(long, value_name = "BACKEND")]
    pub backend: Option<BackendChoice>,
    /// Threads that compute [default: the project's, else all processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

impl FinishedArguments {
    /// The run and what computes. An error has been printed.
    pub fn open(&self, terminal: &Terminal) -> Result<(FinishedRun, Computing), Outcome> {
        let project = Project::open(&self.run, terminal)?;
        elbo_runtime::threads::use_threads(project.threads(self.threads));
        let device = project.device(self.device);
        let found = (|| {
            let finished = FinishedRun::open(&only_result(&self.run)?)?;
            let backend = match self.backend {
                Some(backend) => backend,
                None if device == DeviceChoice::Cpu => finished.backend()?,
                None => BackendChoice::of_device(device),
            };
            Ok((finished, Computing { backend, device }))
        })();
        let (finished, computing) = found.map_err(|error: ExecuteError| report_error(&error, terminal))?;
        if !finished.computes_alike(computing) {
            terminal.note(&format!(
                "the run was computed by {} ({}); other kernels agree with it to about 1e-5",
                finished.record.backend, finished.record.kernel_table
            ));
        }
        Ok((finished, computing))
    }

    /// The draws that are asked for.
    pub fn samples(&self) -> Option<usize> {
        self.samples.map(|samples| samples as usize)
    }
}

/// The result that a path means, if it means one.
fn only_result(path: &Path) -> Result<PathBuf, ExecuteError> {
    let mut found = results_at(path)?;
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), others) => Err(ExecuteError::SeveralResults { path: path.to_owned(), count: others + 1 }),
        (None, _) => Err(ExecuteError::NoResult { path: path.to_owned() }),
    }
}
