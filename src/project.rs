//! The project that a file belongs to: its `elbo.toml`, and what follows from it, the environment and the command line.

use crate::configuration::Configuration;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use elbo_compiler::Findings;
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Diagnostic, Span};
use elbo_compiler::sources::SourceMap;
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::fetch::Mirror;
use elbo_runtime::spec_files::{STDIN, project_root, read_text};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Where results are kept where nobody chooses.
const STORE: &str = "runs";

/// A project.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// Its `elbo.toml`, if it has one.
    pub file: Option<PathBuf>,
    /// What that says.
    pub configuration: Configuration,
}

/// A folder in which data is looked for, and who named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRoot {
    /// The folder.
    pub folder: PathBuf,
    /// `--data-root`, `ELBO_DATA`, the path of an `elbo.toml`, or `the platform's data folder`.
    pub origin: String,
}

impl Project {
    /// The project that the file `near` belongs to. What is wrong with its `elbo.toml` has been printed.
    ///
    /// # Errors
    /// How the command ends.
    pub fn open(near: &Path, terminal: &Terminal) -> Result<Self, Outcome> {
        let file = project_root(near).join("elbo.toml");
        if !file.is_file() {
            return Ok(Self::default());
        }
        let mut sources = SourceMap::default();
        match read(&file, &mut sources) {
            Ok(configuration) => Ok(Self { file: Some(file), configuration }),
            Err(diagnostics) => {
                terminal.diagnostics(&diagnostics, &sources, terminal.default_format());
                Err(Outcome::Wrong)
            }
        }
    }

    /// Adds what is wrong with the `elbo.toml` of each project that these files belong to.
    pub fn check_all(files: &[String], findings: &mut Findings) {
        let near = |file: &String| project_root(if file == STDIN { Path::new("elbo.toml") } else { Path::new(file) });
        let roots: BTreeSet<PathBuf> = files.iter().map(near).collect();
        for file in roots.into_iter().map(|root| root.join("elbo.toml")).filter(|file| file.is_file()) {
            if let Err(diagnostics) = read(&file, &mut findings.sources) {
                findings.diagnostics.extend(diagnostics);
            }
        }
    }

    /// The project of the working directory.
    ///
    /// # Errors
    /// How the command ends.
    pub fn here(terminal: &Terminal) -> Result<Self, Outcome> {
        Self::open(Path::new("elbo.toml"), terminal)
    }

    /// The data roots in order of precedence: the command line's, the environment's, the project's, the platform's.
    pub fn data_roots(&self, option: Option<&Path>) -> Vec<DataRoot> {
        let mut roots = Vec::new();
        let mut add = |folder: PathBuf, origin: String| roots.push(DataRoot { folder, origin });
        if let Some(folder) = option {
            add(folder.to_path_buf(), "--data-root".to_owned());
        }
        if let Some(folder) = std::env::var_os("ELBO_DATA").filter(|value| !value.is_empty()) {
            add(folder.into(), "ELBO_DATA".to_owned());
        }
        if let (Some(root), Some(file)) = (&self.configuration.data_root, &self.file) {
            add(self.beside(root), file.display().to_string());
        }
        if let Some(folder) = dirs::data_dir() {
            add(folder.join("elbo"), "the platform's data folder".to_owned());
        }
        roots
    }

    /// The folders of [`Project::data_roots`].
    pub fn data_folders(&self, option: Option<&Path>) -> Vec<PathBuf> {
        self.data_roots(option).into_iter().map(|root| root.folder).collect()
    }

    /// Where `elbo data fetch` takes files from: the command line's mirror, the project's, or none.
    pub fn mirror(&self, option: Option<&Mirror>) -> Option<Mirror> {
        option.or(self.configuration.mirror.as_ref()).cloned()
    }

    /// Where results are kept: the command line's folder, the project's, or `runs` in the working directory.
    pub fn store(&self, option: Option<&Path>) -> PathBuf {
        option.map(Path::to_path_buf).or_else(|| self.configured_store()).unwrap_or_else(|| STORE.into())
    }

    /// Where results are kept, if the project says so.
    pub fn configured_store(&self) -> Option<PathBuf> {
        self.configuration.store_root.as_deref().map(|root| self.beside(root))
    }

    /// How many threads compute: as many as the command line says, or the project; none are all processors.
    pub fn threads(&self, option: Option<u16>) -> Option<NonZeroUsize> {
        option.and_then(|threads| NonZeroUsize::new(threads.into())).or(self.configuration.threads)
    }

    /// Where it is computed: on the command line's device, the project's, or the processor.
    pub fn device(&self, option: Option<DeviceChoice>) -> DeviceChoice {
        option.or(self.configuration.device).unwrap_or(DeviceChoice::Cpu)
    }

    /// What computes there: the command line's backend; the project's, unless the command line chose another device; or the device's.
    pub fn backend(&self, option: Option<BackendChoice>, device: Option<DeviceChoice>) -> BackendChoice {
        let configured = self.configuration.backend.filter(|_| device.is_none());
        option.or(configured).unwrap_or(BackendChoice::of_device(self.device(device)))
    }

    /// A path that the `elbo.toml` gives.
    fn beside(&self, path: &Path) -> PathBuf {
        self.file.as_deref().and_then(Path::parent).map_or_else(|| path.to_path_buf(), |folder| folder.join(path))
    }
}

/// Reads an `elbo.toml`, whose text becomes one of the sources.
///
/// # Errors
/// Everything that is wrong with it.
fn read(file: &Path, sources: &mut SourceMap) -> Result<Configuration, Vec<Diagnostic>> {
    let text = read_text(file);
    let source = sources.add(file.display().to_string(), text.as_deref().unwrap_or_default());
    let text = text.map_err(|problem| {
        let message = format!("`{}` cannot be read: {problem}", file.display());
        vec![Diagnostic::new(Code::UnreadableSource, message, source, Span::new(0, 0), "not read")]
    })?;
    Configuration::parse(&text, source)
}

/// Where what this machine has measured of itself is kept: `ELBO_CACHE`, else the platform's cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    let named = std::env::var_os("ELBO_CACHE").filter(|value| !value.is_empty()).map(PathBuf::from);
    named.or_else(|| dirs::cache_dir().map(|folder| folder.join("elbo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(text: &str) -> Project {
        let source = SourceMap::default().add("elbo.toml", text);
        let configuration = Configuration::parse(text, source).expect("the tests' files are sound");
        Project { file: Some("/project/elbo.toml".into()), configuration }
    }

    #[test]
    fn the_command_line_beats_the_project() {
        let project =
            project("[store]\nroot = \"results\"\n[defaults]\nthreads = 3\ndevice = \"cuda\"\nbackend = \"candle\"\n");
        assert_eq!(project.store(None), Path::new("/project/results"));
        assert_eq!(project.store(Some(Path::new("here"))), Path::new("here"));
        assert_eq!((project.threads(None), project.threads(Some(5))), (NonZeroUsize::new(3), NonZeroUsize::new(5)));
        assert_eq!(project.device(None), DeviceChoice::Cuda(0));
        assert_eq!(project.device(Some(DeviceChoice::Cpu)), DeviceChoice::Cpu);
        assert_eq!(project.backend(None, None), BackendChoice::Candle);
        // The project's backend goes with the project's device.
        assert_eq!(project.backend(None, Some(DeviceChoice::Cpu)), BackendChoice::Native);
        assert_eq!(project.backend(Some(BackendChoice::Native), None), BackendChoice::Native);
    }

    #[test]
    fn without_a_project_nothing_is_configured() {
        let project = Project::default();
        assert_eq!((project.store(None), project.threads(None)), (PathBuf::from("runs"), None));
        assert_eq!((project.device(None), project.backend(None, None)), (DeviceChoice::Cpu, BackendChoice::Native));
    }
}
