//! Checking several files as one.

use crate::capitals::settle;
use crate::compile::{Compilation, compile};
use crate::diagnostic::{Diagnostic, Severity, SourceId};
use crate::fix::keep_verified;
use crate::load::syntax_diagnostic;
use crate::render::sort_and_deduplicate;
use crate::sources::{CachedSources, MemorySources, Parsed, SourceMap, Sources};
use crate::use_graph::{Group, groups};

/// What was found in several files.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The texts of all of them.
    pub sources: SourceMap,
    /// What was found, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were named.
    pub files: usize,
}

impl Findings {
    /// Findings as one, in the order given; what is found in a file that several use is reported once.
    pub fn gather(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut findings = Self::default();
        for part in parts {
            findings.files += part.files;
            let known: Vec<SourceId> = part
                .sources
                .iter()
                .map(|(_, file)| {
                    let known = findings.sources.find(&file.path);
                    known.unwrap_or_else(|| findings.sources.add(file.path.clone(), file.text.clone()))
                })
                .collect();
            findings.diagnostics.extend(part.diagnostics.into_iter().map(|diagnostic| moved(diagnostic, &known)));
        }
        findings.diagnostics = sort_and_deduplicate(findings.diagnostics);
        findings
    }

    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Compiles one file by itself; what is found in the files it uses is found with it.
pub fn check_file(path: &str, sources: &dyn Sources) -> Findings {
    let Compilation { sources, diagnostics, .. } = compile(path, sources, None, &[]);
    Findings { sources, diagnostics, files: 1 }
}

/// Compiles each file by itself, but of files that use each other in a cycle only the first, and gathers what was
/// found.
pub fn check_files(paths: &[String], sources: &dyn Sources) -> Findings {
    let sources = CachedSources::new(sources);
    Findings::gather(groups(paths, &sources).iter().map(|group| check_group(group, &sources)))
}

/// Checks the first file of a group for all of them.
pub fn check_group(group: &Group, sources: &dyn Sources) -> Findings {
    Findings { files: group.files, ..check_file(&group.path, sources) }
}

/// Looks for syntax errors in one text, without following what it uses. `path` is only shown.
pub fn check_syntax(path: &str, text: &str) -> Findings {
    let mut parsed = parse_alone(path, text);
    let again = |sources: &dyn Sources| sources.read(path).map(|text| parse_alone(path, &text)).unwrap_or_default();
    keep_verified(&mut parsed, 1, &MemorySources::single(path, text), again);
    let Compilation { sources, diagnostics, .. } = parsed;
    Findings { sources, diagnostics: sort_and_deduplicate(diagnostics), files: 1 }
}

/// The syntax errors of one text, whose edits have not been tried.
fn parse_alone(path: &str, text: &str) -> Compilation {
    let mut sources = SourceMap::default();
    let source = sources.add(path, text);
    let parsed = Parsed::new(elbo_grammar::parse(text));
    let mut diagnostics = parsed.1.iter().map(|error| syntax_diagnostic(source, error.clone())).collect::<Vec<_>>();
    settle(&mut diagnostics, &sources, &[parsed]);
    Compilation { sources, diagnostics, ..Compilation::default() }
}

/// The diagnostic with every source replaced by the one `known` gives for it.
fn moved(mut diagnostic: Diagnostic, known: &[SourceId]) -> Diagnostic {
    for label in &mut diagnostic.labels {
        label.source = known[label.source.0];
    }
    for edit in &mut diagnostic.edits {
        edit.source = known[edit.source.0];
    }
    diagnostic
}
