//! What the fuzz targets do with a text; `compiler/lsp/examples/mutate.rs` does the same without libFuzzer.
#![allow(dead_code)]

use elbo_compiler::analysis::diff::{Side, compare};
use elbo_compiler::diagnostic::{Diagnostic, Severity};
use elbo_compiler::explain::{Subject, latex, text};
use elbo_compiler::fix::fix_all;
use elbo_compiler::sources::{MemorySources, Sources};
use elbo_compiler::{Compilation, check_files, compile, ir};
use elbo_lsp::{Host, serve_streams};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

fn checked(source: &str) -> Compilation {
    compile("fuzz.elbo", &MemorySources::single("fuzz.elbo", source), None, &[])
}

/// The IR of every run can be written and read again, in both forms, to the same meaning.
pub fn ir(source: &str) {
    for run in checked(source).runs {
        assert!(!ir::text(&run.run).is_empty());
        let json = ir::from_json(&ir::to_json(&run.run));
        let toml = ir::from_toml(&ir::to_toml(&run.run));
        assert!(json.is_ok_and(|read| ir::digest(&read) == ir::digest(&run.run)));
        assert!(toml.is_ok_and(|read| ir::digest(&read) == ir::digest(&run.run)));
    }
    // As a file of an IR, a text is refused or read.
    if let Ok(read) = ir::from_json(source) {
        assert!(ir::from_json(&ir::to_json(&read)).is_ok());
    }
    let _ = ir::from_toml(source);
}

/// Every run and model can be explained.
pub fn explain(source: &str) {
    let compilation = checked(source);
    for run in &compilation.runs {
        let subject = Subject::run(run, &compilation.sources);
        assert!(!text(&subject, &[]).is_empty() && !latex(&subject).is_empty());
    }
    for model in &compilation.models {
        let subject = Subject::model(model, &compilation.sources);
        assert!(!text(&subject, &[]).is_empty() && !latex(&subject).is_empty());
    }
}

/// Any two runs can be compared, and each is identical to itself.
pub fn diff(source: &str) {
    let compilation = checked(source);
    for left in compilation.runs.iter().take(8) {
        assert_eq!(compare(Side::Run(&left.run), Side::Run(&left.run)).verdict(), "identical");
        for right in compilation.runs.iter().take(8) {
            compare(Side::Run(&left.run), Side::Run(&right.run)).verdict();
        }
    }
}

/// Fixes end, apply to what they were made for, and leave no more errors than there were.
pub fn fix(source: &str) {
    let sources = MemorySources::single("fuzz.elbo", source);
    let paths = ["fuzz.elbo".to_owned()];
    let check = |sources: &dyn Sources| check_files(&paths, sources);
    let errors =
        |diagnostics: &[Diagnostic]| diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    let before = errors(&check(&sources).diagnostics);
    let fixed = fix_all(&sources, check, |_| true);
    assert!(errors(&fixed.findings.diagnostics) <= before);
    if let Some(text) = fixed.texts.get("fuzz.elbo") {
        let again = MemorySources::single("fuzz.elbo", text.as_str());
        assert_eq!(check_files(&paths, &again).diagnostics.len(), fixed.findings.diagnostics.len());
    }
}

/// The server answers every line of the text as a message, and then the text itself as what no client would send,
/// without an internal error.
pub fn server(source: &str) {
    let mut input = Vec::new();
    let mut send = |body: &str| {
        let _ = write!(input, "Content-Length: {}\r\n\r\n{body}", body.len());
    };
    send(
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}"#,
    );
    source.lines().for_each(&mut send);
    input.extend_from_slice(source.as_bytes());
    let output = Output::default();
    let ending = serve_streams(Cursor::new(input), output.clone(), Arc::new(Nothing));
    assert!(ending.is_ok(), "{ending:?}");
    let written = output.0.lock().map(|written| String::from_utf8_lossy(&written).into_owned()).unwrap_or_default();
    assert!(!written.contains("-32603") && !written.contains("internal error"), "{written}");
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Ok(mut written) = self.0.lock() {
            written.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A machine without files.
struct Nothing;

impl Host for Nothing {
    fn read(&self, _path: &Path) -> Result<String, String> {
        Err("there are no files".to_owned())
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        Ok(path.to_path_buf())
    }

    fn root(&self, _path: &Path) -> PathBuf {
        PathBuf::from("/")
    }

    fn specs(&self, _folder: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
}
