//! Warnings that a spec gets once its data are open.

use crate::target::Target;
use crate::terminal::Terminal;
use elbo_compiler::diagnostic::{Diagnostic, Severity};
use elbo_compiler::opened::{OpenedData, OpenedSets};
use elbo_compiler::sources::Sources;
use elbo_compiler::{Compilation, CompiledRun, Findings, Override, compile, compile_opened};
use elbo_runtime::data::{DataError, DataOpener};
use elbo_runtime::spec_files::FileSources;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Warns of what the data of runs make of them, each warning once.
pub struct DataWarner<'w> {
    compilation: &'w Compilation,
    target: &'w Target,
    overrides: &'w [Override],
    /// What was said since the spec was compiled.
    said: RefCell<Vec<Diagnostic>>,
}

impl<'w> DataWarner<'w> {
    /// Of runs of this compilation, which has said what it found without data.
    pub fn new(compilation: &'w Compilation, target: &'w Target, overrides: &'w [Override]) -> Self {
        Self { compilation, target, overrides, said: RefCell::default() }
    }

    /// Prints the warnings that are new now that the data of a run are open.
    pub fn warn(&self, run: &CompiledRun, opened: &OpenedData, terminal: &Terminal) {
        if terminal.is_quiet() {
            return;
        }
        let mut sets = OpenedSets::default();
        sets.insert(&run.run, run.data_source, opened.clone());
        let target = (self.target.name.as_deref(), self.overrides);
        let compilation = compile_opened(&self.target.file, &FileSources::default(), target, &sets);
        let mut said = self.said.borrow_mut();
        let is_new = |found: &&Diagnostic| {
            found.severity == Severity::Warning
                && !self.compilation.diagnostics.contains(found)
                && !said.contains(found)
        };
        let new: Vec<Diagnostic> = compilation.diagnostics.iter().filter(is_new).cloned().collect();
        terminal.diagnostics(&new, &compilation.sources, terminal.default_format());
        said.extend(new);
    }
}

/// Checks one file and opens the data of its runs, which are looked for below `roots`. Beside what was found come the
/// runs whose data cannot be opened, by their names.
pub fn check_with_data(path: &str, sources: &dyn Sources, roots: &[PathBuf]) -> (Findings, Vec<(String, DataError)>) {
    let compilation = compile(path, sources, None, &[]);
    let mut opener = DataOpener::new(roots);
    let (mut sets, mut faults) = (OpenedSets::default(), Vec::new());
    let members = compilation.sweeps.iter().flat_map(|sweep| &sweep.members).map(|member| &member.run);
    for run in compilation.runs.iter().chain(members) {
        let file = run.data_source.map(|source| Path::new(&compilation.sources.get(source).path));
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        match opener.open(&run.run, folder) {
            Ok(Some(opened)) => sets.insert(&run.run, run.data_source, opened),
            Ok(None) => {}
            Err(error) => faults.push((run.name.clone(), error)),
        }
    }
    let Compilation { sources, diagnostics, .. } = compile_opened(path, sources, (None, &[]), &sets);
    (Findings { sources, diagnostics, files: 1 }, faults)
}
