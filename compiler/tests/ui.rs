//! The corpus of specs in the workspace's `tests/ui`: `bad` with their exact diagnostics, `good` with their IR.
//!
//! A case is one file; what is expected of it stands in its last lines, after `#!`. With
//! `ELBO_UPDATE=1` the expectations are written anew, to be read in the diff.

use elbo_compiler::diagnostic::Severity;
use elbo_compiler::ir;
use elbo_compiler::line_index::LineIndex;
use elbo_compiler::sources::{MemorySources, Sources};
use elbo_compiler::{Compilation, compile};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const MARK: &str = "#! ";

#[test]
fn bad_specs_give_exactly_their_diagnostics() {
    let count = run_corpus("bad", |path, compilation| {
        assert!(
            compilation.diagnostics.iter().any(|diagnostic| diagnostic.severity != Severity::Note),
            "{path}: nothing was found in a bad spec"
        );
        diagnostics(compilation)
    });
    println!("{count} bad specs");
    assert!(count >= 40, "the corpus has shrunk to {count}");
}

#[test]
fn good_specs_give_their_ir_and_nothing_worse_than_a_note() {
    let count = run_corpus("good", |path, compilation| {
        let worst = compilation.diagnostics.iter().map(|diagnostic| diagnostic.severity).min();
        assert!(worst.is_none_or(|severity| severity == Severity::Note), "{path}: {}", diagnostics(compilation));
        let mut expected = diagnostics(compilation);
        for run in &compilation.runs {
            let _ = writeln!(expected, "run {}", run.name);
            expected.push_str(&ir::text(&run.run));
            assert_eq!(ir::from_json(&ir::to_json(&run.run)).expect("its own JSON"), run.run, "{path}: JSON");
            assert_eq!(ir::from_toml(&ir::to_toml(&run.run)).expect("its own TOML"), run.run, "{path}: TOML");
        }
        for sweep in &compilation.sweeps {
            let _ = writeln!(expected, "sweep {} of {}", sweep.name, sweep.run);
            for member in &sweep.members {
                let digest = ir::digest(&member.run.run);
                let _ = writeln!(expected, "  {} {} {}", member.name, member.run.model, &digest[..12]);
            }
        }
        for claim in &compilation.claims {
            let claim = serde_json::to_string(&claim.claim).expect("a claim has only string keys");
            let _ = writeln!(expected, "claim {claim}");
        }
        for model in compilation.models.iter().filter(|_| compilation.runs.is_empty()) {
            let _ = writeln!(expected, "model {}", model.name);
            expected.push_str(&ir::network_text(&model.network));
        }
        expected
    });
    println!("{count} good specs");
    assert!(count >= 10, "the corpus has shrunk to {count}");
}

/// Compiles every file of a folder and compares what `describe` says of it with its last lines.
fn run_corpus(folder: &str, describe: impl Fn(&str, &Compilation) -> String) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui").join(folder);
    let update = std::env::var_os("ELBO_UPDATE").is_some();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&root)
        .expect("the corpus is part of the sources")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "elbo"))
        .collect();
    paths.sort();
    let mut failures = String::new();
    for path in &paths {
        let name = path.file_name().expect("it has an extension").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("a case is UTF-8");
        let start = text.find(&format!("\n{MARK}")).map_or(text.len(), |newline| newline + 1);
        let (spec, expected) = text.split_at(start);
        let compilation = compile(&name, &Corpus { name: &name, spec, root: &root }, None, &[]);
        let found: String = describe(&name, &compilation)
            .lines()
            .map(|line| format!("{MARK}{line}").trim_end().to_owned() + "\n")
            .collect();
        if found == expected {
            continue;
        }
        if update {
            std::fs::write(path, format!("{spec}{found}")).expect("the corpus can be written");
        } else {
            let _ = writeln!(failures, "--- {folder}/{name}\nexpected:\n{expected}found:\n{found}");
        }
    }
    assert!(failures.is_empty(), "{failures}\nELBO_UPDATE=1 writes what was found");
    paths.len()
}

/// `E0302 3:5-3:12 message`, with labels, notes, help and edits in indented lines.
fn diagnostics(compilation: &Compilation) -> String {
    let mut result = String::new();
    for diagnostic in &compilation.diagnostics {
        let place = |index: usize| {
            let label = &diagnostic.labels[index];
            let file = compilation.sources.get(label.source);
            let lines = LineIndex::new(&file.text);
            let (start, end) = (lines.position(label.span.start), lines.position(label.span.end));
            let other = if label.source.0 == 0 { String::new() } else { format!("{}:", file.path) };
            format!("{other}{}:{}-{}:{}", start.line, start.column, end.line, end.column)
        };
        let _ = writeln!(result, "{} {} {}", diagnostic.code, place(0), diagnostic.message);
        for (index, label) in diagnostic.labels.iter().enumerate() {
            let at = if index == 0 { String::new() } else { format!("{} ", place(index)) };
            let _ = writeln!(result, "  label: {at}{}", label.message);
        }
        for note in &diagnostic.notes {
            let _ = writeln!(result, "  note: {note}");
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(result, "  help: {help}");
        }
        for edit in &diagnostic.edits {
            let old = edit.span.text(&compilation.sources.get(edit.source).text);
            let _ = writeln!(result, "  edit: {old:?} becomes {:?}", edit.text);
        }
    }
    result
}

/// One case, with the folder's `*.part` files for those that `use` another.
struct Corpus<'c> {
    name: &'c str,
    spec: &'c str,
    root: &'c Path,
}

impl Sources for Corpus<'_> {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        if path.contains("..") {
            return Err("it lies outside the project".to_owned());
        }
        MemorySources::default().resolve(from, path)
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        if resolved == self.name {
            return Ok(self.spec.to_owned());
        }
        std::fs::read_to_string(self.root.join(resolved)).map_err(|_| "there is no such file".to_owned())
    }
}
