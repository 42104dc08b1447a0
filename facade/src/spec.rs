//! A compiled spec.

use crate::{Error, Run};
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::{MemorySources, Sources};
use elbo_compiler::{Compilation, CompiledRun, Override, compile};
use elbo_runtime::spec_files::{FileSources, absolute};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A spec without errors, with everything it uses.
#[derive(Clone)]
pub struct Spec {
    path: String,
    sources: Arc<dyn Sources + Send + Sync>,
    compilation: Arc<Compilation>,
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Spec").field("path", &self.path).field("runs", &self.runs()).finish_non_exhaustive()
    }
}

impl Spec {
    /// Compiles the file at `path` and the files that it uses. Paths of data in it are relative to it.
    ///
    /// # Errors
    /// [`Error::Spec`] with every diagnostic if the file cannot be read or has an error.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::compiled(path.as_ref().to_string_lossy().into_owned(), Arc::new(FileSources::default()))
    }

    /// Compiles a text. `path` is what diagnostics call it, and what paths of data in it are relative to; nothing is read
    /// there, and the text can use no other file.
    ///
    /// # Errors
    /// [`Error::Spec`] with every diagnostic.
    pub fn from_text(path: &str, text: &str) -> Result<Self, Error> {
        Self::compiled(path.to_owned(), Arc::new(MemorySources::single(path, text)))
    }

    fn compiled(path: String, sources: Arc<dyn Sources + Send + Sync>) -> Result<Self, Error> {
        let compilation = Arc::new(compiled(&path, sources.as_ref(), None, &[])?);
        Ok(Self { path, sources, compilation })
    }

    /// The names of its runs, members of sweeps included, as [`Spec::run`] takes them.
    pub fn runs(&self) -> Vec<&str> {
        each_run(&self.compilation).map(|run| run.name.as_str()).collect()
    }

    /// What the compiler warns of, as text, each diagnostic with its place; empty if there is nothing.
    pub fn warnings(&self) -> String {
        render(&self.compilation.diagnostics, &self.compilation.sources, Format::Plain, false)
    }

    /// The run called `name`, or `SWEEP/MEMBER`.
    ///
    /// # Errors
    /// [`Error::NoRun`] if there is none.
    pub fn run(&self, name: &str) -> Result<Run, Error> {
        self.run_with(name, &[])
    }

    /// The only run.
    ///
    /// # Errors
    /// [`Error::NoRun`] if there is none, or more than one.
    pub fn only_run(&self) -> Result<Run, Error> {
        match self.runs().as_slice() {
            [only] => self.run(only),
            _ => Err(self.no_run(None)),
        }
    }

    /// The run called `name` after changes, each a path and a value such as `train.epochs=3`, which are checked like the
    /// text of the spec.
    ///
    /// # Errors
    /// [`Error::NoRun`] if there is none, [`Error::Spec`] if a change is wrong.
    pub fn run_with(&self, name: &str, changes: &[&str]) -> Result<Run, Error> {
        if !self.runs().contains(&name) {
            return Err(self.no_run(Some(name)));
        }
        let overrides: Vec<Override> = changes.iter().map(|change| Override((*change).to_owned())).collect();
        let mut compilation = compiled(&self.path, self.sources.as_ref(), Some(name), &overrides)?;
        compilation.place_weights(&absolute);
        let run = each_run(&compilation).find(|run| run.name == name).cloned();
        let run = run.ok_or_else(|| self.no_run(Some(name)))?;
        let source = run.data_source.map(|source| compilation.sources.get(source).path.as_str());
        let folder = source.and_then(|path| Path::new(path).parent()).map_or_else(PathBuf::new, Path::to_path_buf);
        Ok(Run::new(compilation, run, folder))
    }

    fn no_run(&self, name: Option<&str>) -> Error {
        let runs = self.runs().into_iter().map(str::to_owned).collect();
        Error::NoRun { spec: self.path.clone(), name: name.map(str::to_owned), runs }
    }
}

/// Runs and members of sweeps.
fn each_run(compilation: &Compilation) -> impl Iterator<Item = &CompiledRun> {
    let members = compilation.sweeps.iter().flat_map(|sweep| &sweep.members).map(|member| &member.run);
    compilation.runs.iter().chain(members)
}

fn compiled(
    path: &str,
    sources: &dyn Sources,
    target: Option<&str>,
    overrides: &[Override],
) -> Result<Compilation, Error> {
    let compilation = compile(path, sources, target, overrides);
    if compilation.has_errors() {
        let diagnostics = render(&compilation.diagnostics, &compilation.sources, Format::Plain, false);
        return Err(Error::Spec { diagnostics });
    }
    Ok(compilation)
}
