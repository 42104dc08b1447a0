//! Fixes do what they say: over the corpora of bad specs, applying a diagnostic's edits removes that diagnostic
//! and breaks nothing that could be read before.

mod support;

use elbo_compiler::diagnostic::{Diagnostic, Edit, SourceId};
use elbo_compiler::fix::{apply, fix_all};
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::{MemorySources, SourceMap, Sources};
use elbo_compiler::{Compilation, check_files, compile};
use elbo_grammar::Span;
use support::{corpus, fixed};

#[test]
fn each_fix_removes_its_diagnostic_and_breaks_nothing() {
    let (mut cases, mut fixable, mut fixes) = (0, 0, 0);
    for (path, sources) in corpus() {
        let before = compile(&path, &sources, None, &[]);
        let certain: Vec<&Diagnostic> = before.diagnostics.iter().filter(|found| !found.edits.is_empty()).collect();
        cases += 1;
        fixable += usize::from(!certain.is_empty());
        for diagnostic in certain {
            fixes += 1;
            check_fix(&path, &before, diagnostic, &sources);
        }
    }
    println!("{fixable} of {cases} bad specs have a fix, {fixes} in all");
    assert!(cases >= 130, "the corpora have shrunk to {cases}");
    assert!(fixable >= 15, "only {fixable} have a fix");
}

fn check_fix(path: &str, before: &Compilation, diagnostic: &Diagnostic, sources: &MemorySources) {
    let applied = apply(&before.sources, std::slice::from_ref(diagnostic), |_| true);
    let shown = render(std::slice::from_ref(diagnostic), &before.sources, Format::Plain, false);
    assert_eq!(applied.fixed.len(), 1, "{path}: the edits do not fit\n{shown}");
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

#[test]
fn everything_certain_is_fixed_in_several_passes() {
    let text = "\
modle net {
    input image[1, 8, 8]
    defualt point
    conv1: conv2d(16, kernel=3
    ReLU
    head: linear(10.0)
    output categorical
}
";
    let sources = MemorySources::single("net.elbo", text);
    let check = |sources: &dyn Sources| check_files(&["net.elbo".to_owned()], sources);
    let fixed = fix_all(&sources, check, |_| true);
    let expected = "\
model net {
    input image[1, 8, 8]
    default point
    conv1: conv2d(16, kernel=3)
    relu
    flatten
    head: linear(10)
    output categorical
}
";
    assert_eq!(fixed.texts.get("net.elbo").map(String::as_str), Some(expected));
    assert_eq!((fixed.fixes, fixed.findings.diagnostics.len()), (6, 0));
}

/// PyTorch numbers the layers of a `Sequential`; no number is written into such a name.
#[test]
fn a_fix_that_leaves_its_error_standing_is_not_applied() {
    let text = "model net {\n  input image[1, 8, 8]\n  default point\n  features.0: conv2d(4, kernel=3, pad=1)\n  flatten\n  \
                head: linear(10)\n  output categorical\n}\n";
    let result = fixed("net.elbo", &MemorySources::single("net.elbo", text));
    assert!(result.texts.is_empty() && result.fixes == 0, "{:?}", result.texts);
    assert!(result.findings.diagnostics.iter().all(|diagnostic| diagnostic.edits.is_empty()));
}

/// What a check says of itself is not believed: a fix that does not remove its diagnostic, or that puts another error in
/// its place, is taken back, and the others stay.
#[test]
fn fixes_are_taken_back_one_by_one_where_they_fail() {
    let sources = MemorySources::single("a.elbo", "good bad worse");
    let code = elbo_compiler::codes::Code::UnknownKey;
    let check = |sources: &dyn Sources| {
        let text = sources.read("a.elbo").expect("it is there");
        let mut map = SourceMap::default();
        let source = map.add("a.elbo", text.clone());
        let mut diagnostics = Vec::new();
        for (word, becomes) in [("good", "fine"), ("bad", "badly"), ("worse", "worst")] {
            if let Some(start) = text.find(word) {
                let span = Span::new(start, start + word.len());
                diagnostics.push(Diagnostic::new(code, "wrong", source, span, "here").edit(source, span, becomes));
            }
        }
        // What the last fix writes is an error of another kind.
        if let Some(start) = text.find("worst") {
            let other = elbo_compiler::codes::Code::UnknownName;
            diagnostics.push(Diagnostic::new(other, "unknown", source, Span::new(start, start + 5), "here"));
        }
        elbo_compiler::Findings { sources: map, diagnostics, files: 1 }
    };
    let result = fix_all(&sources, check, |_| true);
    assert_eq!(result.texts.get("a.elbo").map(String::as_str), Some("fine bad worse"));
    assert_eq!((result.fixes, result.findings.diagnostics.len()), (1, 2));
}

/// Names with capitals are put right where they are declared and where they are used, in every file, or nowhere.
#[test]
fn capitals_go_where_the_name_is_declared_and_where_it_is_used() {
    let net = "{\n  input image[1, 8, 8]\n  default point\n  flatten\n  head: linear(10)\n  output categorical\n}\n";
    let mut sources =
        MemorySources::single("a.elbo", "use \"b.elbo\"\nmodel Small extends BaseNet {\n  mark head as point\n}\n");
    sources.insert("b.elbo", format!("model BaseNet {net}"));
    let result = fixed("a.elbo", &sources);
    assert_eq!(result.texts["a.elbo"], "use \"b.elbo\"\nmodel small extends base_net {\n  mark head as point\n}\n");
    assert_eq!(result.texts["b.elbo"], format!("model base_net {net}"));
    assert!(result.findings.diagnostics.is_empty());
    // A name that is taken, and one that nobody declares.
    for text in [
        format!("model net {net}model Net {net}"),
        format!("model net {}", net.replace("linear(10)", "MaxPool2d(2)")),
        format!("model net {}", net.replace("linear(10)", "Dropout(0.5)")),
    ] {
        let result = fixed("a.elbo", &MemorySources::single("a.elbo", text));
        assert!(result.texts.is_empty(), "{:?}", result.texts);
    }
}

#[test]
fn files_that_may_not_be_changed_are_left_alone() {
    let sources = MemorySources::single("net.elbo", "modle net {}\n");
    let check = |sources: &dyn Sources| check_files(&["net.elbo".to_owned()], sources);
    let fixed = fix_all(&sources, check, |_| false);
    assert!(fixed.texts.is_empty() && fixed.fixes == 0 && !fixed.findings.diagnostics.is_empty());
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
        (applied.fixed.len(), applied.texts.get(&source).cloned().unwrap_or_default())
    };
    assert_eq!(result(&[found(&[(4, 5, "E"), (0, 1, "A")])]), (1, "AbcdEf".to_owned()));
    let overlapping = [found(&[(0, 1, "A")]), found(&[(5, 6, "F"), (0, 2, "-")]), found(&[(3, 3, "+")])];
    assert_eq!(result(&overlapping), (2, "Abc+def".to_owned()), "the second waits with all its edits");
    let inserted_twice = [found(&[(3, 3, "+")]), found(&[(3, 3, "+")])];
    assert_eq!(result(&inserted_twice), (1, "abc+def".to_owned()));
    assert_eq!(result(&[found(&[(5, 9, "?")])]), (0, String::new()), "past the end of the text");
}
