//! A finished run on the command line, and what computes with it.

use crate::outcome::Outcome;
use crate::project::Project;
use crate::session::{folder_of, report_error};
use crate::target::{Chosen, Target, compile_target};
use crate::terminal::Terminal;
use crate::threads::use_threads;
use elbo_compiler::limits::MOST_DRAWS;
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::execute::{DataSets, ExecuteError};
use elbo_runtime::finished::{Computing, FinishedRun, StoredRuns, results_at};
use elbo_runtime::report::RunNames;
use elbo_runtime::store::Store;
use std::path::{Path, PathBuf};

/// How a finished run is named, and where it is looked for.
#[derive(Debug, clap::Args)]
pub struct NamedRun {
    /// A finished run: its name, `FILE` or `FILE#RUN`, the first digits of its key, or its directory.
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Where results are kept [default: the project's store, else runs].
    #[arg(long, value_name = "FOLDER")]
    pub store: Option<PathBuf>,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER")]
    pub data_root: Option<PathBuf>,
}

/// Where a finished run is.
pub struct Located {
    /// The directory of its evaluation.
    pub directory: PathBuf,
    /// What it was asked for as, where that need not be what it was published as.
    pub names: Option<RunNames>,
    /// What files of its data are relative to; empty where no spec says so.
    pub folder: PathBuf,
    /// The project it belongs to.
    pub project: Project,
}

impl NamedRun {
    /// Finds the run. What is wrong has been printed.
    pub fn locate(&self, terminal: &Terminal) -> Result<Located, Outcome> {
        let is_spec = |target: &Target| {
            Path::new(&target.file).is_file() && (target.name.is_some() || target.file.ends_with(".elbo"))
        };
        let target = self.run.parse::<Target>().ok().filter(is_spec);
        let path = Path::new(&self.run);
        let near = match &target {
            Some(target) => Path::new(&target.file),
            None if path.is_dir() => path,
            None => Path::new("elbo.toml"),
        };
        let project = Project::open(near, terminal)?;
        let store = Store::new(project.store(self.store.as_deref()));
        if let Some(target) = target {
            let (directory, names, folder) = self.of_spec(&target, (&project, &store), terminal)?;
            return Ok(Located { directory, names: Some(names), folder, project });
        }
        let found = if path.exists() {
            only_result(path).map(|directory| (directory, None))
        } else {
            by_name(&self.run, &store, terminal)
        };
        let (directory, names) = found.map_err(|error| report_error(&error, terminal))?;
        Ok(Located { directory, names, folder: PathBuf::new(), project })
    }

    /// The result of what a spec means.
    fn of_spec(
        &self,
        target: &Target,
        (project, store): (&Project, &Store),
        terminal: &Terminal,
    ) -> Result<(PathBuf, RunNames, PathBuf), Outcome> {
        let (compilation, chosen) = compile_target(target, &[], terminal).ok_or(Outcome::Wrong)?;
        let run = match chosen {
            Chosen::Run(run) => run,
            Chosen::Sweep(sweep) => {
                let members: Vec<&str> = sweep.members.iter().map(|member| member.name.as_str()).collect();
                terminal.error(&format!(
                    "`{}` is a sweep, and one run is meant\n  help: write `{}#{}`; its members: {}",
                    sweep.name,
                    target.file,
                    members.first().unwrap_or(&""),
                    members.join(", ")
                ));
                return Err(Outcome::Wrong);
            }
        };
        let roots = project.data_folders(self.data_root.as_deref());
        let folder = folder_of(&run, &compilation);
        let stored = StoredRuns::of(store).map_err(|error| report_error(&error, terminal))?;
        let meant = stored.meant_by((&run.name, &run.data, &run.run), folder, &mut DataSets::new(&roots));
        if let Some(remark) = &meant.remark {
            terminal.note(remark);
        }
        match meant.result {
            Some(result) => {
                let mut members = compilation.sweeps.iter().flat_map(|sweep| &sweep.members);
                let varied = members.find(|member| member.name == run.name).map(|member| member.varied.as_slice());
                let names = RunNames::new(&run.name, (&run.model, &run.data), varied.unwrap_or_default());
                // A spec in the working directory is one, and its folder goes before the one that the result was made in.
                Ok((result.directory.clone(), names, Path::new(".").join(folder)))
            }
            None => Err(report_error(
                &ExecuteError::NotFinished { run: run.name, store: store.root().to_owned() },
                terminal,
            )),
        }
    }
}

/// Which run, and what computes with it.
#[derive(Debug, clap::Args)]
pub struct FinishedArguments {
    #[command(flatten)]
    named: NamedRun,
    /// Draws of the network [default: as many as the run's own report has].
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DRAWS)))]
    pub samples: Option<u32>,
    /// Where it is computed: cpu, gpu, gpu:N, cuda, cuda:N or metal [default: the project's, else cpu].
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<DeviceChoice>,
    /// What computes: native (cpu), gpu or candle [default: what the run was computed by].
    #[arg(long, value_name = "BACKEND")]
    pub backend: Option<BackendChoice>,
    /// Threads that compute [default: the project's, else all processors].
    #[arg(long, value_name = "N", value_parser = crate::threads::parser())]
    pub threads: Option<u16>,
}

/// A finished run that was found, and what computes with it.
pub struct OpenedRun {
    /// The run.
    pub finished: FinishedRun,
    /// What computes.
    pub computing: Computing,
    /// What files of its data are relative to.
    pub folder: PathBuf,
    /// Where data is looked for, in order of precedence.
    pub data_roots: Vec<PathBuf>,
}

impl FinishedArguments {
    /// The run and what computes. An error has been printed.
    pub fn open(&self, terminal: &Terminal) -> Result<OpenedRun, Outcome> {
        let Located { directory, names, folder, project } = self.named.locate(terminal)?;
        use_threads(project.threads(self.threads), terminal)?;
        let device = project.device(self.device);
        let found = (|| {
            let mut finished = FinishedRun::open(&directory)?;
            names.iter().for_each(|names| finished.report.rename(names));
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
        let data_roots = project.data_folders(self.named.data_root.as_deref());
        Ok(OpenedRun { finished, computing, folder, data_roots })
    }

    /// The draws that are asked for.
    pub fn samples(&self) -> Option<usize> {
        self.samples.map(|samples| samples as usize)
    }
}

/// The result of this name or key, with the name if it is one. Of several reports on one training it is the last, which
/// is said.
pub fn by_name(text: &str, store: &Store, terminal: &Terminal) -> Result<(PathBuf, Option<RunNames>), ExecuteError> {
    let stored = StoredRuns::of(store)?;
    let (found, others) = stored.find(text)?;
    if others > 0 {
        let reports = if others == 1 { "another report".to_owned() } else { format!("{others} other reports") };
        terminal.note(&format!(
            "`{text}` has {reports} on the same training; this is the one last asked for: {}",
            found.directory.display()
        ));
    }
    Ok((found.directory.clone(), (!found.has_key(text)).then(|| RunNames::plain(text))))
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
