//! Any text can be checked: no panic, every place within the text; its canonical layout means the same.
//!
//! `cargo +nightly fuzz run check` in this repository.

#![no_main]

use elbo_compiler::diagnostic::Severity;
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{Compilation, compile, format, ir};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = String::from_utf8_lossy(bytes);
    let compilation = checked(&source);
    for diagnostic in &compilation.diagnostics {
        for label in &diagnostic.labels {
            let text = &compilation.sources.get(label.source).text;
            assert!(text.get(label.span.start..label.span.end).is_some(), "{diagnostic:?}");
        }
    }
    for format in [Format::Plain, Format::Json] {
        render(&compilation.diagnostics, &compilation.sources, format, false);
    }
    for run in &compilation.runs {
        assert!(ir::from_json(&ir::to_json(&run.run)).is_ok_and(|read| read == run.run));
    }
    let laid_out = format(&source);
    assert_eq!(format(&laid_out), laid_out);
    let again = checked(&laid_out);
    let has_errors = |compilation: &Compilation| {
        compilation.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    };
    assert_eq!(has_errors(&compilation), has_errors(&again));
    let digests = |compilation: &Compilation| -> Vec<(String, String)> {
        compilation.runs.iter().map(|run| (run.name.clone(), ir::digest(&run.run))).collect()
    };
    assert_eq!(digests(&compilation), digests(&again));
});

fn checked(source: &str) -> Compilation {
    compile("fuzz.elbo", &MemorySources::single("fuzz.elbo", source), None, &[])
}
