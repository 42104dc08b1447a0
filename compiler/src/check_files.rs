//! Checking several files as one.

use crate::compile::compile;
use crate::diagnostic::{Diagnostic, Severity, SourceId};
use crate::render::sort_and_deduplicate;
use crate::sources::{SourceMap, Sources};

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
    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Compiles each file by itself and gathers what was found; a file that several use is reported once.
pub fn check_files(paths: &[String], sources: &dyn Sources) -> Findings {
    let mut findings = Findings { files: paths.len(), ..Findings::default() };
    for path in paths {
        let compilation = compile(path, sources, None, &[]);
        let known: Vec<SourceId> = compilation
            .sources
            .iter()
            .map(|(_, file)| {
                findings
                    .sources
                    .find(&file.path)
                    .unwrap_or_else(|| findings.sources.add(file.path.clone(), file.text.clone()))
            })
            .collect();
        findings.diagnostics.extend(compilation.diagnostics.into_iter().map(|diagnostic| moved(diagnostic, &known)));
    }
    findings.diagnostics = sort_and_deduplicate(findings.diagnostics);
    findings
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
