//! The invariants of ARCHITECTURE.md that can be read off the manifests and the sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The direct dependencies of a crate, those of its tests left out.
fn dependencies(name: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(ROOT)
        .output()
        .expect("cargo runs this test, so it is there");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let package = metadata["packages"]
        .as_array()
        .and_then(|packages| packages.iter().find(|package| package["name"] == name))
        .unwrap_or_else(|| panic!("the workspace has no crate `{name}`"));
    package["dependencies"]
        .as_array()
        .expect("every package lists its dependencies")
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| dependency["name"].as_str().expect("a dependency has a name").to_owned())
        .collect()
}

#[test]
fn the_grammar_depends_on_pest_only() {
    let allowed: BTreeSet<String> = ["pest", "pest_derive"].map(str::to_owned).into();
    assert_eq!(dependencies("elbo-grammar"), allowed);
}

#[test]
fn only_the_runtime_touches_candle() {
    for name in ["elbo-grammar", "elbo-compiler", "elbo-lsp", "elbo-kernels", "elbo-batch", "elbo"] {
        let touching: Vec<String> =
            dependencies(name).into_iter().filter(|dependency| dependency.starts_with("candle")).collect();
        assert!(touching.is_empty(), "{name} depends on {touching:?}");
    }
    assert!(dependencies("elbo-runtime").contains("candle-core"));
}

#[test]
fn dependencies_between_the_crates_point_one_way() {
    let ours = |name: &str| -> BTreeSet<String> {
        dependencies(name).into_iter().filter(|dependency| dependency.starts_with("elbo")).collect()
    };
    assert_eq!(ours("elbo-grammar"), BTreeSet::new());
    assert_eq!(ours("elbo-compiler"), BTreeSet::from(["elbo-grammar".to_owned()]));
    assert_eq!(ours("elbo-lsp"), BTreeSet::from(["elbo-compiler".to_owned(), "elbo-grammar".to_owned()]));
    assert_eq!(ours("elbo-kernels"), BTreeSet::new());
    assert_eq!(ours("elbo-batch"), BTreeSet::from(["elbo-compiler".to_owned(), "elbo-runtime".to_owned()]));
    assert_eq!(ours("elbo-runtime"), BTreeSet::from(["elbo-compiler".to_owned(), "elbo-kernels".to_owned()]));
}

#[test]
fn only_the_kernels_are_unsafe() {
    let mut files = Vec::new();
    for folder in ["src", "grammar/src", "compiler/src", "compiler/lsp/src", "runtime/src", "batch/src"] {
        rust_files(&Path::new(ROOT).join(folder), &mut files);
    }
    for file in files {
        let text = std::fs::read_to_string(&file).expect("sources are UTF-8");
        let unsafe_code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| line.contains("unsafe {") || line.contains("unsafe fn") || line.contains("unsafe impl"));
        assert!(!unsafe_code, "{} has unsafe code", file.display());
    }
    for folder in ["", "grammar/", "compiler/", "compiler/lsp/", "runtime/", "batch/"] {
        let manifest = format!("{folder}Cargo.toml");
        let text = std::fs::read_to_string(Path::new(ROOT).join(&manifest)).expect("a manifest is UTF-8");
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest} does not forbid unsafe code");
    }
}

/// Every Rust file below a folder.
fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn compiler_and_grammar_do_no_input_or_output() {
    let mut files = Vec::new();
    rust_files(&Path::new(ROOT).join("grammar/src"), &mut files);
    rust_files(&Path::new(ROOT).join("compiler/src"), &mut files);
    assert!(files.len() > 20);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("sources are UTF-8");
        for forbidden in ["std::fs", "std::net", "std::process", "println!", "std::env", "std::io"] {
            assert!(!text.contains(forbidden), "{} uses {forbidden}", file.display());
        }
    }
}

#[test]
fn no_file_is_a_module_of_everything() {
    let mut files = Vec::new();
    for folder in
        ["src", "grammar/src", "compiler/src", "compiler/lsp/src", "runtime/src", "runtime/kernels/src", "batch/src"]
    {
        rust_files(&Path::new(ROOT).join(folder), &mut files);
    }
    for file in files {
        let stem = file.file_stem().expect("it is a file").to_string_lossy().into_owned();
        assert!(!["utils", "util", "common", "helpers", "misc"].contains(&stem.as_str()), "{}", file.display());
        let lines = std::fs::read_to_string(&file).expect("sources are UTF-8").lines().count();
        assert!(lines <= 600, "{} has {lines} lines", file.display());
    }
}
