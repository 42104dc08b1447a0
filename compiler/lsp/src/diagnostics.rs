//! The compiler's findings as the protocol's.

use crate::positions::Lines;
use crate::workspace::Workspace;
use elbo_compiler::Findings;
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Diagnostic, Severity, SourceId};
use elbo_compiler::sources::SourceMap;
use gen_lsp_types as lsp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the page of a code can be read: editors that know the scheme ask for it by `elbo/page`.
const PAGES: &str = "elbo:/codes/";

/// The findings in every open file and in those they use, by file. What is found in a file that several use is there once;
/// an open file without findings is there, too.
pub(crate) fn of_all(workspace: &Workspace) -> BTreeMap<PathBuf, Vec<lsp::Diagnostic>> {
    let parts = workspace.buffers.keys().map(|path| {
        let compilation = workspace.compilation(path);
        let (sources, diagnostics) = (compilation.sources.clone(), compilation.diagnostics.clone());
        Findings { sources, diagnostics, files: 1 }
    });
    let findings = Findings::gather(parts);
    let mut by_file = by_file(workspace, &findings.sources, &findings.diagnostics);
    for open in workspace.buffers.keys() {
        by_file.entry(open.clone()).or_default();
    }
    by_file
}

/// The findings of one file's compilation, by file.
pub(crate) fn of_file(workspace: &Workspace, path: &Path) -> BTreeMap<PathBuf, Vec<lsp::Diagnostic>> {
    let compilation = workspace.compilation(path);
    by_file(workspace, &compilation.sources, &compilation.diagnostics)
}

fn by_file(
    workspace: &Workspace,
    sources: &SourceMap,
    diagnostics: &[Diagnostic],
) -> BTreeMap<PathBuf, Vec<lsp::Diagnostic>> {
    let mut result: BTreeMap<PathBuf, Vec<lsp::Diagnostic>> = BTreeMap::new();
    let all: Vec<_> = sources.iter().map(|(_, file)| workspace.lines(&file.text)).collect();
    for diagnostic in diagnostics {
        let source = diagnostic.labels.first().map_or(SourceId(0), |label| label.source);
        let path = PathBuf::from(&sources.get(source).path);
        result.entry(path).or_default().push(shown(workspace, sources, &all, diagnostic));
    }
    result
}

/// One finding.
pub(crate) fn one(workspace: &Workspace, sources: &SourceMap, diagnostic: &Diagnostic) -> lsp::Diagnostic {
    let all: Vec<_> = sources.iter().map(|(_, file)| workspace.lines(&file.text)).collect();
    shown(workspace, sources, &all, diagnostic)
}

fn shown(workspace: &Workspace, sources: &SourceMap, all: &[Lines<'_>], diagnostic: &Diagnostic) -> lsp::Diagnostic {
    let source = diagnostic.labels.first().map_or(SourceId(0), |label| label.source);
    let span = diagnostic.labels.first().map(|label| label.span).unwrap_or_default();
    let related = diagnostic.labels.iter().skip(1).filter_map(|label| {
        let uri = workspace.uri(Path::new(&sources.get(label.source).path))?;
        let location = lsp::Location { uri, range: all[label.source.0].range(label.span) };
        Some(lsp::DiagnosticRelatedInformation { location, message: label.message.clone() })
    });
    let related: Vec<_> = related.collect();
    lsp::Diagnostic {
        range: all[source.0].range(span),
        severity: Some(match diagnostic.severity {
            Severity::Error => lsp::DiagnosticSeverity::Error,
            Severity::Warning => lsp::DiagnosticSeverity::Warning,
            Severity::Note => lsp::DiagnosticSeverity::Information,
        }),
        code: Some(lsp::Code::String(diagnostic.code.identifier().to_owned())),
        code_description: page(diagnostic.code),
        source: Some("elbo".to_owned()),
        message: lsp::Message::String(message(diagnostic)),
        tags: is_unnecessary(diagnostic.code).then(|| vec![lsp::DiagnosticTag::Unnecessary]),
        related_information: (!related.is_empty()).then_some(related),
        data: None,
    }
}

/// The problem, what the place shows, and what else there is to say.
fn message(diagnostic: &Diagnostic) -> String {
    let mut message = diagnostic.message.clone();
    if let Some(label) = diagnostic.labels.first().filter(|label| !label.message.is_empty()) {
        message.push_str(&format!(" ({})", label.message));
    }
    for note in &diagnostic.notes {
        message.push_str(&format!("\nnote: {note}"));
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    message
}

fn page(code: Code) -> Option<lsp::CodeDescription> {
    let href = format!("{PAGES}{}.md", code.identifier()).parse().ok()?;
    Some(lsp::CodeDescription { href })
}

/// Whether what it is about could be left out, so that editors show it faded.
const fn is_unnecessary(code: Code) -> bool {
    matches!(code, Code::RedundantFlatten | Code::RepeatedSamples | Code::RepeatedKey)
}
