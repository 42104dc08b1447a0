//! A manifest on the command line: read, compiled, planned; or the batch that was begun with it.

use crate::outcome::Outcome;
use crate::project::{Project, cache_folder};
use crate::session::error_text;
use crate::terminal::Terminal;
use crate::wording::counted;
use elbo_batch::local::PoolSettings;
use elbo_batch::{
    CompiledBatch, Manifest, ManifestFile, ManifestOf, Plan, PlanError, PlannedNow, SelectError, Selected, States,
    Where, WorkList, WorkListError, choose, compile_batch, kept_calibration, select,
};
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Diagnostic, Severity, SourceId};
use elbo_compiler::sources::SourceMap;
use elbo_runtime::backend::graphics::alike;
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::spec_files::{FileSources, Skipped, files_of, read_text};
use elbo_runtime::store::Store;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// As many runs of an error are named.
const FEW: usize = 3;

/// The manifest and where results and data are.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// The manifest, a TOML file.
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    /// Where results are kept [default: the manifest's store, the project's, else runs beside the manifest].
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
}

/// What a batch is planned with.
#[derive(Debug, clap::Args)]
pub struct Planned {
    #[command(flatten)]
    pub named: Named,
    /// Runs at the same time on this machine [default: the manifest's, else 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Threads of all of them together [default: the manifest's, the project's, else all processors].
    #[arg(long, value_name = "N", value_parser = crate::threads::parser())]
    threads: Option<u16>,
    /// Where it is computed: cpu, gpu, gpu:N, cuda, cuda:N or metal [default: the manifest's, the project's, else cpu].
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceChoice>,
    /// What computes: native, gpu or candle [default: the manifest's, the project's, else the device's].
    #[arg(long, value_name = "BACKEND")]
    backend: Option<BackendChoice>,
    /// Where data is looked for first.
    #[arg(long, value_name = "FOLDER")]
    data_root: Option<PathBuf>,
    /// Go on without the specs that have errors, and without the runs whose data is missing.
    #[arg(long)]
    pub keep_going: bool,
    /// Begin runs even if the forecast says that memory will not do.
    #[arg(long)]
    pub ignore_memory: bool,
}

/// A manifest that was read.
pub struct Opened {
    pub path: PathBuf,
    text: String,
    pub manifest: Manifest,
    pub project: Project,
    store: PathBuf,
}

impl Named {
    /// The manifest's path.
    pub fn path(&self) -> &Path {
        &self.manifest
    }

    /// Reads the manifest. What is wrong with it has been printed.
    pub fn open(&self, terminal: &Terminal) -> Result<Opened, Outcome> {
        let path = &self.manifest;
        let text = read_text(path).map_err(|problem| {
            terminal.error(&format!("`{}` cannot be read: {problem}", path.display()));
            Outcome::Wrong
        })?;
        let shown = path.display().to_string();
        let mut sources = SourceMap::default();
        let source = sources.add(shown.as_str(), text.as_str());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let manifest = Manifest::parse(&name, &text, source).map_err(|diagnostics| {
            terminal.diagnostics(&diagnostics, &sources, terminal.default_format());
            Outcome::Wrong
        })?;
        let project = Project::open(path, terminal)?;
        let beside = |store: &Path| folder(path).join(store);
        let configured = || manifest.store.as_deref().map(beside).or_else(|| project.configured_store());
        let store = self.store.clone().or_else(configured).unwrap_or_else(|| beside(Path::new("runs")));
        Ok(Opened { path: path.clone(), text, manifest, project, store })
    }

    /// The batch that was last begun with the manifest. What is wrong has been printed.
    pub fn begun(&self, terminal: &Terminal) -> Result<(Opened, WorkList), Outcome> {
        let opened = self.open(terminal)?;
        match WorkList::latest(&opened.store(), opened.told_by()) {
            Ok(list) => {
                if !opened.told_by().is_as_in(&list.record) {
                    terminal.note(&format!(
                        "`{}` was edited since the batch was begun; this is the batch as it was begun, and `elbo batch run` \
                         goes on with what the manifest says now",
                        self.manifest.display()
                    ));
                }
                Ok((opened, list))
            }
            Err(error) => Err(report_list(&error, terminal)),
        }
    }
}

/// Runs of a batch that was begun.
#[derive(Debug, clap::Args)]
pub struct NamedRuns {
    #[command(flatten)]
    pub named: Named,
    /// The runs: names, patterns such as '*_bayes*', or numbers of `status --runs` [default: all].
    #[arg(value_name = "RUNS")]
    pub runs: Vec<String>,
}

impl NamedRuns {
    /// The batch and the places of the runs. What is wrong has been printed.
    pub fn chosen(&self, terminal: &Terminal) -> Result<(WorkList, Vec<usize>), Outcome> {
        let (_, list) = self.named.begun(terminal)?;
        match choose(&list, &self.runs) {
            Ok(places) => Ok((list, places)),
            Err(message) => {
                terminal.error(&message);
                Err(Outcome::Wrong)
            }
        }
    }
}

/// The folder of a manifest.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Opened {
    /// What its batch is told by.
    pub fn told_by(&self) -> ManifestOf<'_> {
        ManifestOf { name: &self.manifest.name, path: &self.path, text: &self.text }
    }

    /// Says which other manifests have batches of the same name.
    pub fn note_namesakes(&self, terminal: &Terminal) {
        for other in WorkList::namesakes(&self.store(), self.told_by()).unwrap_or_default() {
            terminal.note(&format!(
                "`{}` has a batch `{}`, too; they are two batches, and finished runs that they share are done once",
                other.display(),
                self.manifest.name
            ));
        }
    }

    /// Where results are kept.
    pub fn store(&self) -> Store {
        Store::new(std::path::absolute(&self.store).unwrap_or_else(|_| self.store.clone()))
    }

    /// Tells finished runs of a batch that would be others now, by the manifest, the specs and their data as they are.
    pub fn compare(&self, states: &mut States, list: &WorkList, terminal: &Terminal) {
        let unknown =
            |why: &str| terminal.note(&format!("{why}, so it is not known which results are of what is there now"));
        let Ok(selected) = self.select(&|_| {}) else { return unknown("specs of the manifest are missing") };
        let file = ManifestFile { path: &self.path, text: &self.text, manifest: &self.manifest };
        let batch = compile_batch(file, &selected, &FileSources::default());
        if batch.findings.count(Severity::Error) > 0 {
            return unknown("the specs have errors now, which `elbo batch plan` shows");
        }
        match PlannedNow::of(list, &batch.runs) {
            Ok(now) => states.compare(list, &now),
            Err(why) => unknown(&why.to_string()),
        }
    }

    /// Compiles every spec. Errors have been printed.
    ///
    /// # Errors
    /// How the command ends, where there are errors and it is not to go on without what has them.
    pub fn compiled(&self, keep_going: bool, terminal: &Terminal) -> Result<CompiledBatch, Outcome> {
        let selected = self.selected(terminal)?;
        let file = ManifestFile { path: &self.path, text: &self.text, manifest: &self.manifest };
        let batch = compile_batch(file, &selected, &FileSources::default());
        let errors: Vec<Diagnostic> =
            batch.findings.diagnostics.iter().filter(|found| found.severity == Severity::Error).cloned().collect();
        terminal.diagnostics(&errors, &batch.findings.sources, terminal.default_format());
        let warnings = batch.findings.count(Severity::Warning);
        if warnings > 0 {
            let shows = if warnings == 1 { "it" } else { "them" };
            terminal.note(&format!("{} in the specs; `elbo check` shows {shows}", counted(warnings, "warning")));
        }
        if errors.is_empty() && batch.runs.is_empty() {
            terminal.error(&format!(
                "the specs of `{}` declare no run and no sweep\n  help: declare one: `run NAME {{ model = …; data = …; train = … }}`",
                self.path.display()
            ));
            return Err(Outcome::Wrong);
        }
        if errors.is_empty() {
            return Ok(batch);
        }
        let found = counted(errors.len(), "error");
        if !keep_going {
            terminal.error(&format!(
                "{found}, so nothing is begun\n  help: `--keep-going` goes on without what has errors"
            ));
            return Err(Outcome::Wrong);
        }
        terminal.note(&format!("{found}; going on with the {} that are sound", counted(batch.runs.len(), "run")));
        Ok(batch)
    }

    fn select(&self, note: &dyn Fn(&Skipped)) -> Result<Vec<Selected>, Vec<SelectError>> {
        let folder = folder(&self.path);
        let expand = |written: &str| match files_of(folder, written, note) {
            Ok(files) if files.iter().all(|file| Path::new(file).is_file()) => Ok(files),
            Ok(_) => Err(format!("there is no file `{}`", folder.join(written).display())),
            Err(problem) => Err(problem),
        };
        select(&self.manifest.specs, expand)
    }

    fn selected(&self, terminal: &Terminal) -> Result<Vec<Selected>, Outcome> {
        self.select(&|skipped| terminal.skipped(skipped)).map_err(|errors| {
            let mut sources = SourceMap::default();
            let source: SourceId = sources.add(self.path.display().to_string(), self.text.as_str());
            let diagnostic = |error: &SelectError| {
                let code = Code::UnreadableSource;
                Diagnostic::new(code, error.message.clone(), source, error.span, "asked for here")
                    .help("paths in a manifest are relative to its folder")
            };
            let diagnostics: Vec<Diagnostic> = errors.iter().map(diagnostic).collect();
            terminal.diagnostics(&diagnostics, &sources, terminal.default_format());
            Outcome::Wrong
        })
    }

    /// Plans the batch: opens its data and forecasts its runs. What is wrong has been printed.
    ///
    /// # Errors
    /// As of [`Opened::compiled`], for data, too.
    pub fn planned(&self, planned: &Planned, terminal: &Terminal) -> Result<Plan, Outcome> {
        let batch = self.compiled(planned.keep_going, terminal)?;
        let manifest = &self.manifest;
        let backend = self.project.backend(planned.backend.or(manifest.backend), planned.device.or(manifest.device));
        let device = self.device(planned);
        let beside = manifest.data_root.as_deref().map(|root| folder(&self.path).join(root));
        let first = planned.data_root.as_deref().or(beside.as_deref());
        let roots = self.project.data_folders(first).into_iter();
        let roots = roots.map(|root| std::path::absolute(&root).unwrap_or(root)).collect();
        let place = Where::new((backend, device), manifest.kernels.as_deref(), roots).map_err(|error| {
            terminal.error(&error.to_string());
            Outcome::Wrong
        })?;
        let threads = self.pool(planned).threads_of_a_run();
        let calibration = kept_calibration(&place, threads, cache_folder().as_deref());
        let (plan, errors) = elbo_batch::plan(batch.runs, place, calibration.as_ref());
        errors.iter().for_each(|error| terminal.error(&plan_error(error)));
        if errors.is_empty() || planned.keep_going {
            return Ok(plan);
        }
        terminal.error("runs cannot be begun, so nothing is\n  help: `--keep-going` goes on without them");
        Err(Outcome::Wrong)
    }

    /// Where the runs are computed.
    fn device(&self, planned: &Planned) -> DeviceChoice {
        self.project.device(planned.device.or(self.manifest.device))
    }

    /// The pool that this command line and the manifest ask for.
    pub fn pool(&self, planned: &Planned) -> PoolSettings {
        let local = &self.manifest.local;
        let jobs = planned.jobs.map(usize::from).or(local.jobs.map(NonZeroUsize::get)).unwrap_or(1);
        let asked = planned.threads.or(local.threads.and_then(|threads| u16::try_from(threads.get()).ok()));
        let all = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        PoolSettings {
            elbo: std::env::current_exe().unwrap_or_else(|_| "elbo".into()),
            jobs,
            adapters: adapters(self.device(planned)),
            threads: self.project.threads(asked).map_or_else(all, NonZeroUsize::get),
            retries: local.retries.unwrap_or(1),
            ignore_memory: planned.ignore_memory,
        }
    }
}

/// The graphics processors that compute to the bits of a device, if that is one. Where it is not there its runs say so.
fn adapters(device: DeviceChoice) -> Vec<DeviceChoice> {
    match device {
        DeviceChoice::Gpu(_) => alike(device).unwrap_or_else(|_| vec![device]),
        DeviceChoice::Cpu | DeviceChoice::Cuda(_) | DeviceChoice::Metal => Vec::new(),
    }
}

fn plan_error(error: &PlanError) -> String {
    let names: Vec<&str> = error.runs.iter().map(|run| run.name.as_str()).collect();
    let few = names.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(FEW);
    let runs = if more == 0 { few } else { format!("{few} and {}", counted(more, "more run")) };
    format!("{}\n  of: {runs}", error_text(&error.error))
}

/// Prints why a batch cannot be used.
pub fn report_list(error: &WorkListError, terminal: &Terminal) -> Outcome {
    let help = error.help().map_or_else(String::new, |help| format!("\n  help: {help}"));
    terminal.error(&format!("{error}{help}"));
    Outcome::Wrong
}
