//! Every ```elbo block of the documents compiles without an error or a warning.

use elbo_compiler::compile;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::MemorySources;
use std::path::Path;

#[test]
fn code_blocks_of_the_documents_compile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut blocks = 0;
    for document in ["README.md", "grammar/REFERENCE.md"] {
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
