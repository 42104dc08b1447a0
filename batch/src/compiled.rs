//! Every spec of a manifest compiled and checked, before anything is begun.

use crate::manifest::Manifest;
use crate::select::Selected;
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Diagnostic, Severity, SourceId, Span};
use elbo_compiler::ir::Run;
use elbo_compiler::sources::{CachedSources, SourceMap, Sources};
use elbo_compiler::{Compilation, CompiledRun, Findings, Override, compile};
use elbo_runtime::spec_files::absolute;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Each thread's stack: brackets nest 64 deep, and reading them takes calls within calls.
const STACK: usize = 16 << 20;

/// What a run is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunName {
    /// The spec file it is declared in.
    pub file: String,
    /// The run's name; of a member of a sweep `sweep/path=value,…`.
    pub name: String,
    /// Its model's name.
    pub model: String,
    /// Its dataset's name.
    pub data: String,
    /// What its sweep varied in it, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub varied: Vec<(String, String)>,
}

/// A run of a batch, as it was compiled.
#[derive(Debug, Clone)]
pub struct BatchRun {
    /// What it is called.
    pub name: RunName,
    /// What it means.
    pub run: Run,
    /// The folder that files it names are relative to; absolute.
    pub folder: PathBuf,
    /// Its spec's text, what it uses included.
    pub spec: Arc<str>,
    /// How many warnings its spec has.
    pub warnings: usize,
}

/// Every run of a batch.
#[derive(Debug)]
pub struct CompiledBatch {
    /// Those without errors, in the order of the manifest.
    pub runs: Vec<BatchRun>,
    /// What was found in the specs and the manifest.
    pub findings: Findings,
}

/// The manifest as the compiler's findings name it.
#[derive(Debug, Clone, Copy)]
pub struct ManifestFile<'m> {
    /// Its path.
    pub path: &'m Path,
    /// Its text.
    pub text: &'m str,
    /// What it says.
    pub manifest: &'m Manifest,
}

/// Compiles the files that a manifest selects, on all processors.
pub fn compile_batch(file: ManifestFile<'_>, selected: &[Selected], sources: &dyn Sources) -> CompiledBatch {
    let sources = CachedSources::new(sources);
    let one = |selected: &Selected| Part::compile(file, selected, &sources);
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build().ok();
    let parts: Vec<Part> = match pool {
        Some(pool) => pool.install(|| selected.par_iter().map(one).collect()),
        None => selected.iter().map(one).collect(),
    };
    let unused = unused(file, selected, &parts);
    let mut findings = vec![unused];
    let mut runs = Vec::new();
    for part in parts {
        findings.push(part.findings);
        runs.extend(part.runs);
    }
    CompiledBatch { runs, findings: Findings::gather(findings) }
}

/// What one file gave.
struct Part {
    runs: Vec<BatchRun>,
    findings: Findings,
    /// The names of all runs and sweeps it declares, also of those with errors.
    declared: Vec<String>,
    /// The places of the overrides that something was changed by.
    overridden: BTreeSet<usize>,
}

impl Part {
    fn compile(file: ManifestFile<'_>, selected: &Selected, sources: &dyn Sources) -> Self {
        let mut whole = compile(&selected.file, sources, None, &[]);
        whole.place_weights(&absolute);
        let mut part = Self {
            runs: Vec::new(),
            findings: Findings::default(),
            declared: declared(&whole),
            overridden: BTreeSet::new(),
        };
        if !whole.has_errors() {
            for name in part.declared.clone().iter().filter(|name| selected.includes(name)) {
                let overrides = part.overrides(file.manifest, name);
                if overrides.is_empty() {
                    part.take(file, &whole, name);
                } else {
                    let mut changed = compile(&selected.file, sources, Some(name), &overrides);
                    changed.place_weights(&absolute);
                    part.take(file, &changed, name);
                    part.add_findings(file, changed);
                }
            }
        }
        part.add_findings(file, whole);
        part
    }

    /// What the manifest changes in a run or sweep.
    fn overrides(&mut self, manifest: &Manifest, name: &str) -> Vec<Override> {
        let mut overrides = Vec::new();
        for (place, table) in manifest.overrides.iter().enumerate() {
            if table.names.matches(name) {
                self.overridden.insert(place);
                overrides.extend(table.set.iter().cloned());
            }
        }
        overrides
    }

    /// Takes a run, or every member of a sweep, out of a compilation.
    fn take(&mut self, file: ManifestFile<'_>, compilation: &Compilation, name: &str) {
        let spec: Arc<str> = compilation.inlined.as_str().into();
        let warnings = compilation.diagnostics.iter().filter(|found| found.severity == Severity::Warning).count();
        let batch_run = |run: &CompiledRun, varied: &[(String, String)]| BatchRun {
            name: RunName {
                file: compilation.sources.get(SourceId(0)).path.clone(),
                name: run.name.clone(),
                model: run.model.clone(),
                data: run.data.clone(),
                varied: varied.to_vec(),
            },
            run: run.run.clone(),
            folder: folder_of(run, compilation, file.path),
            spec: Arc::clone(&spec),
            warnings,
        };
        let runs = compilation.runs.iter().filter(|run| run.name == name).map(|run| batch_run(run, &[]));
        let sweeps = compilation.sweeps.iter().filter(|sweep| sweep.name == name);
        let members = sweeps.flat_map(|sweep| &sweep.members).map(|member| batch_run(&member.run, &member.varied));
        self.runs.extend(runs.chain(members));
    }

    /// Adds what a compilation found. What is wrong with a change is shown as the change; where that comes from, too.
    fn add_findings(&mut self, file: ManifestFile<'_>, compilation: Compilation) {
        let Compilation { sources, mut diagnostics, .. } = compilation;
        for diagnostic in &mut diagnostics {
            let primary = diagnostic.labels.first().map(|label| &sources.get(label.source).path);
            if primary.is_some_and(|path| path.starts_with("--set ")) {
                diagnostic.notes.push(format!("an `[[override]]` of `{}` asks for it", file.path.display()));
            }
        }
        let findings = Findings { sources, diagnostics, files: 0 };
        self.findings = Findings::gather([std::mem::take(&mut self.findings), findings]);
        self.findings.files = 1;
    }
}

/// The names of the runs and sweeps of the file itself, not of those it uses.
fn declared(compilation: &Compilation) -> Vec<String> {
    let own = |source: &SourceId| source.0 == 0;
    let sweeps = compilation.sweeps.iter().filter(|sweep| own(&sweep.source)).map(|sweep| sweep.name.clone());
    compilation.run_names.iter().cloned().chain(sweeps).collect()
}

/// The folder that the files a run names are relative to: that of the spec which names its data; where a change does,
/// the manifest's.
fn folder_of(run: &CompiledRun, compilation: &Compilation, manifest: &Path) -> PathBuf {
    let file = run.data_source.map_or(manifest, |source| Path::new(&compilation.sources.get(source).path));
    absolute(file.parent().unwrap_or(Path::new("")))
}

/// What the manifest selects or changes that is not there.
fn unused(file: ManifestFile<'_>, selected: &[Selected], parts: &[Part]) -> Findings {
    let mut sources = SourceMap::default();
    let source = sources.add(file.path.display().to_string(), file.text);
    let mut diagnostics = Vec::new();
    let names: Vec<&str> = parts.iter().flat_map(|part| &part.declared).map(String::as_str).collect();
    let mut report = |message: String, span: Span| {
        let diagnostic = Diagnostic::new(Code::NoRun, message, source, span, "no such run or sweep");
        let few = names.len() <= 20;
        let note =
            if few { elbo_compiler::suggest::listing(names.iter().copied()) } else { format!("{} names", names.len()) };
        diagnostics.push(diagnostic.note(format!("the files declare {note}")));
    };
    for selection in &file.manifest.specs {
        let Some(pattern) = &selection.names else { continue };
        let asked = |selected: &&(&Selected, &Part)| selected.0.names.iter().any(|(_, span)| *span == selection.span);
        let pairs: Vec<(&Selected, &Part)> = selected.iter().zip(parts).collect();
        let found = pairs.iter().filter(asked).any(|(_, part)| part.declared.iter().any(|name| pattern.matches(name)));
        if !found {
            report(format!("`{pattern}` is the name of no run and no sweep in `{}`", selection.files), selection.span);
        }
    }
    for (place, table) in file.manifest.overrides.iter().enumerate() {
        let matched = parts.iter().any(|part| part.overridden.contains(&place));
        // A file with errors may declare what is meant.
        let whole = parts.iter().all(|part| part.findings.count(Severity::Error) == 0);
        if !matched && whole {
            report(format!("`{}` matches no run and no sweep of the batch", table.names), table.span);
        }
    }
    Findings { sources, diagnostics, files: 0 }
}
