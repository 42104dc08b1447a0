//! Fixes do what they say: over the corpora of bad specs, applying a diagnostic's edits removes that diagnostic
//! and breaks nothing that could be read before.

use elbo_compiler::diagnostic::{Diagnostic, Edit, SourceId};
use elbo_compiler::fix::{apply, mend};
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::{MemorySources, SourceMap, Sources};
use elbo_compiler::{Compilation, check_files, compile};
use elbo_grammar::Span;
use std::path::{Path, PathBuf};

/// The folders of bad specs; their last lines, after `#!`, are what other tests expect of them.
const CORPORA: [&str; 2] = ["../tests/ui/bad", "../grammar/tests/bad"];

#[test]
fn each_fix_removes_its_diagnostic_and_breaks_nothing() {
    let (mut cases, mut fixable, mut fixes) = (0, 0, 0);
    for (path, sources) in corpus() {
        let before = compile(&path, &sources, None, &[]);
        let mendable: Vec<&Diagnostic> = before.diagnostics.iter().filter(|found| !found.edits.is_empty()).collect();
        cases += 1;
        fixable += usize::from(!mendable.is_empty());
        for diagnostic in mendable {
            fixes += 1;
            check_fix(&path, &before, diagnostic, &sources);
        }
    }
    println!("{fixable} of {cases} bad specs have a fix, {fixes} in all");
    assert!(cases >= 130, "the corpora have shrunk to {cases}");
    assert!(fixable >= 50, "only {fixable} have a fix");
}

fn check_fix(path: &str, before: &Compilation, diagnostic: &Diagnostic, sources: &MemorySources) {
    let applied = apply(&before.sources, std::slice::from_ref(diagnostic), |_| true);
    let shown = render(std::slice::from_ref(diagnostic), &before.sources, Format::Plain, false);
    assert_eq!(applied.fixes, 1, "{path}: the edits do not fit\n{shown}");
    let mut changed = sources.clone();
    for (source, text) in &applied.texts {
        changed.insert(before.sources.get(*source).path.clone(), text.clone());
    }
    let after = compile(path, &changed, None, &[]);
    let found = render(&after.diagnostics, &after.sources, Format::Plain, false);
    let broken = |compilation: &Compilation| compilation.diagnostics.iter().filter(|d| d.code.is_syntax()).count();
    assert!(broken(&after) <= broken(before), "{path}: the fix breaks the form of the file\n{shown}\nbecomes\n{found}");
    let label = &diagnostic.labels[0];
    let place = moved(label.span.start, label.source, &diagnostic.edits);
    let again = after.diagnostics.iter().find(|other| {
        let other_label = &other.labels[0];
        other.code == diagnostic.code
            && other.message == diagnostic.message
            && (other_label.source, other_label.span.start) == (label.source, place)
    });
    assert!(again.is_none(), "{path}: the fix leaves its diagnostic\n{shown}\nbecomes\n{found}");
}

/// Where an offset is after edits.
fn moved(offset: usize, source: SourceId, edits: &[Edit]) -> usize {
    let before = edits.iter().filter(|edit| edit.source == source && edit.span.end <= offset);
    before.fold(offset, |place, edit| place + edit.text.len() - (edit.span.end - edit.span.start))
}

/// Every bad spec by its path, with the files it may use.
fn corpus() -> Vec<(String, MemorySources)> {
    let mut cases = Vec::new();
    for folder in CORPORA {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
            .expect("the corpus is part of the sources")
            .map(|entry| entry.expect("the folder can be read").path())
            .collect();
        paths.sort();
        let (specs, parts): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| path.extension().is_some_and(|extension| extension == "elbo"));
        for path in specs {
            let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("a case is UTF-8");
            let mut sources = MemorySources::single(name.clone(), text.split("\n#!").next().unwrap_or_default());
            for part in parts.iter().filter(|part| part.is_file()) {
                let name = part.file_name().expect("it is a file").to_string_lossy().into_owned();
                sources.insert(name, std::fs::read_to_string(part).expect("a part is UTF-8"));
            }
            cases.push((name, sources));
        }
    }
    cases
}

#[test]
fn everything_certain_is_mended_in_several_passes() {
    let text = "\
modle net {
    input image[1, 8, 8]
    defualt point
    conv1: conv2(16, kernel=3
    head: linear(10.0)
    output categorical
}
";
    let sources = MemorySources::single("net.elbo", text);
    let check = |sources: &dyn Sources| check_files(&["net.elbo".to_owned()], sources);
    let mended = mend(&sources, check, |_| true);
    let expected = "\
model net {
    input image[1, 8, 8]
    default point
    conv1: conv2d(16, kernel=3)
    flatten
    head: linear(10)
    output categorical
}
";
    assert_eq!(mended.texts.get("net.elbo").map(String::as_str), Some(expected));
    assert_eq!((mended.fixes, mended.findings.diagnostics.len()), (6, 0));
}

#[test]
fn files_that_may_not_be_changed_are_left_alone() {
    let sources = MemorySources::single("net.elbo", "modle net {}\n");
    let check = |sources: &dyn Sources| check_files(&["net.elbo".to_owned()], sources);
    let mended = mend(&sources, check, |_| false);
    assert!(mended.texts.is_empty() && mended.fixes == 0 && !mended.findings.diagnostics.is_empty());
}

#[test]
fn edits_of_a_fix_are_applied_together_and_the_first_of_two_that_touch_holds() {
    let mut sources = SourceMap::default();
    let source = sources.add("a.elbo", "abcdef");
    let found = |edits: &[(usize, usize, &str)]| {
        let span = Span::new(0, 1);
        let code = elbo_compiler::codes::Code::Syntax;
        let diagnostic = Diagnostic::new(code, "a mistake", source, span, "here");
        edits
            .iter()
            .fold(diagnostic, |diagnostic, (start, end, text)| diagnostic.edit(source, Span::new(*start, *end), *text))
    };
    let result = |diagnostics: &[Diagnostic]| {
        let applied = apply(&sources, diagnostics, |_| true);
        (applied.fixes, applied.texts.get(&source).cloned().unwrap_or_default())
    };
    assert_eq!(result(&[found(&[(4, 5, "E"), (0, 1, "A")])]), (1, "AbcdEf".to_owned()));
    let overlapping = [found(&[(0, 1, "A")]), found(&[(5, 6, "F"), (0, 2, "-")]), found(&[(3, 3, "+")])];
    assert_eq!(result(&overlapping), (2, "Abc+def".to_owned()), "the second waits with all its edits");
    let inserted_twice = [found(&[(3, 3, "+")]), found(&[(3, 3, "+")])];
    assert_eq!(result(&inserted_twice), (1, "abc+def".to_owned()));
    assert_eq!(result(&[found(&[(5, 9, "?")])]), (0, String::new()), "past the end of the text");
}
