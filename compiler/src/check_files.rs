//! Checking several files as one.

use crate::capitals::settle;
use crate::compilation::Compilation;
use crate::compile::compile;
use crate::findings::{Findings, sort_and_deduplicate};
use crate::fix::keep_verified;
use crate::sources::{CachedSources, MemorySources, Parsed, SourceMap, Sources};
use crate::syntax::syntax_diagnostic;
use crate::use_graph::{Group, groups};

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
