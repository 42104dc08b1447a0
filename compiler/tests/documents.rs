//! Every ```elbo block of the documents compiles without an error or a warning.

use elbo_compiler::compile;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::{MemorySources, Sources};
use std::path::Path;

#[test]
fn code_blocks_of_the_documents_compile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut blocks = 0;
    for document in ["README.md", "grammar/REFERENCE.md", "docs/regression.md"] {
        let text = std::fs::read_to_string(root.join(document)).expect("the document is part of the sources");
        for (number, part) in text.split("```elbo\n").skip(1).enumerate() {
            let spec = part.split("```").next().expect("one part at least");
            let name = format!("{document}, block {}", number + 1);
            let compilation = compile(&name, &MemorySources::single(name.clone(), spec), None, &[]);
            let found: Vec<_> =
                compilation.diagnostics.iter().filter(|found| found.severity != Severity::Note).cloned().collect();
            assert!(found.is_empty(), "{}", render(&found, &compilation.sources, Format::Plain, false));
            blocks += 1;
        }
    }
    assert!(blocks >= 5, "only {blocks} blocks were found");
}

/// The files that the tour works on, beside it.
struct TourFiles(std::path::PathBuf);

impl Sources for TourFiles {
    fn resolve(&self, _from: Option<&str>, path: &str) -> Result<String, String> {
        Ok(path.to_owned())
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        std::fs::read_to_string(self.0.join(resolved)).map_err(|error| error.to_string())
    }
}

#[test]
fn the_tour_shows_its_files_and_they_compile() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let tour = std::fs::read_to_string(docs.join("tour.md")).expect("the tour is part of the sources");
    let mut step = 0;
    for part in tour.split("```elbo").skip(1) {
        step += 1;
        let (fence, rest) = part.split_once('\n').expect("a fence ends its line");
        let shown = rest.split("```").next().expect("one part at least");
        let name = format!("step{step}.elbo");
        let files = TourFiles(docs.join("tour.in"));
        assert_eq!(files.read(&name).as_deref(), Ok(shown), "{name} is not what the tour shows");
        let compilation = compile(&name, &files, None, &[]);
        assert_eq!(compilation.has_errors(), fence == ",fails", "{name}: {:?}", compilation.diagnostics);
    }
    assert!(step >= 4, "only {step} steps were found");
}
