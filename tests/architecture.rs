//! The invariants of ARCHITECTURE.md that can be read off the manifests and the sources.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/made_up.rs"]
mod made_up;
#[path = "architecture/order.rs"]
mod order;
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/words.rs"]
mod words;

use circles::{circles, explained};
use imports::arrows;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use words::without_texts;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The sources of every crate.
const SOURCES: [&str; 14] = [
    "src",
    "facade/src",
    "grammar/src",
    "compiler/src",
    "compiler/lsp/src",
    "runtime/src",
    "runtime/backend/src",
    "runtime/contract/src",
    "runtime/data/src",
    "runtime/gpu/src",
    "runtime/kernels/src",
    "runtime/machine/src",
    "runtime/random/src",
    "batch/src",
];

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
fn pages_for_contributors_name_places_that_are_there() {
    for page in ["ARCHITECTURE.md", "docs/contributing.md"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(page)).expect("the page is there");
        let dead = paths::dead(&text, Path::new(ROOT));
        assert!(dead.is_empty(), "{page} names what is not there: {dead:#?}");
    }
    let made_up = "`compiler/src/lib.rs`, `compiler/src/nothing.rs`, `compiler/src/layers/<kind>.rs`, `a/b`";
    assert_eq!(paths::dead(made_up, Path::new(ROOT)), ["compiler/src/nothing.rs"]);
}

#[test]
fn the_grammar_depends_on_pest_only() {
    let allowed: BTreeSet<String> = ["pest", "pest_derive"].map(str::to_owned).into();
    assert_eq!(dependencies("elbo-grammar"), allowed);
}

#[test]
fn only_the_backends_touch_candle() {
    for name in [
        "elbo-grammar",
        "elbo-compiler",
        "elbo-lsp",
        "elbo-kernels",
        "elbo-random",
        "elbo-gpu",
        "elbo-contract",
        "elbo-machine",
        "elbo-data",
        "elbo-runtime",
        "elbo-batch",
        "elbo",
        "elbo-cli",
    ] {
        let touching: Vec<String> =
            dependencies(name).into_iter().filter(|dependency| dependency.starts_with("candle")).collect();
        assert!(touching.is_empty(), "{name} depends on {touching:?}");
    }
    assert!(dependencies("elbo-backend").contains("candle-core"));
}

#[test]
fn dependencies_between_the_crates_point_one_way() {
    // From the ground up: a crate depends on those that it lists, which stand above it.
    let floors: [(&str, &[&str]); 14] = [
        ("elbo-grammar", &[]),
        ("elbo-kernels", &[]),
        ("elbo-machine", &[]),
        ("elbo-compiler", &["elbo-grammar"]),
        ("elbo-lsp", &["elbo-compiler", "elbo-grammar"]),
        ("elbo-random", &["elbo-kernels"]),
        ("elbo-gpu", &["elbo-random"]),
        ("elbo-contract", &["elbo-compiler"]),
        ("elbo-data", &["elbo-compiler", "elbo-contract", "elbo-machine", "elbo-random"]),
        ("elbo-backend", &["elbo-compiler", "elbo-contract", "elbo-gpu", "elbo-kernels", "elbo-random"]),
        (
            "elbo-runtime",
            &[
                "elbo-backend",
                "elbo-compiler",
                "elbo-contract",
                "elbo-data",
                "elbo-kernels",
                "elbo-machine",
                "elbo-random",
            ],
        ),
        ("elbo-batch", &["elbo-compiler", "elbo-runtime"]),
        ("elbo", &["elbo-compiler", "elbo-runtime"]),
        ("elbo-cli", &["elbo-batch", "elbo-compiler", "elbo-lsp", "elbo-runtime"]),
    ];
    for (place, (name, wanted)) in floors.iter().enumerate() {
        let ours: BTreeSet<String> =
            dependencies(name).into_iter().filter(|dependency| dependency.starts_with("elbo")).collect();
        assert_eq!(ours, wanted.iter().map(|&name| name.to_owned()).collect(), "{name}");
        let below: Vec<&str> = floors[..place].iter().map(|(name, _)| *name).collect();
        assert!(wanted.iter().all(|name| below.contains(name)), "{name} depends on what stands above it");
    }
}

#[test]
fn only_the_kernels_are_unsafe() {
    let mut files = Vec::new();
    for folder in SOURCES.iter().filter(|folder| **folder != "runtime/kernels/src") {
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
    for folder in SOURCES.iter().filter(|folder| **folder != "runtime/kernels/src") {
        let manifest = format!("{}Cargo.toml", folder.strip_suffix("src").expect("it is a crate's"));
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

/// What a Rust file may have at most.
const MOST_LINES: usize = 500;
const MOST_COLUMNS: usize = 120;

#[test]
fn no_file_is_a_module_of_everything() {
    let mut files = Vec::new();
    // Tests, examples and benches of every crate, too.
    for folder in SOURCES.map(|sources| sources.strip_suffix("src").expect("it is a crate's")) {
        for part in ["src", "tests", "examples", "benches"] {
            let part = Path::new(ROOT).join(folder).join(part);
            if part.is_dir() {
                rust_files(&part, &mut files);
            }
        }
    }
    for file in files {
        let stem = file.file_stem().expect("it is a file").to_string_lossy().into_owned();
        assert!(!["utils", "util", "common", "helpers", "misc"].contains(&stem.as_str()), "{}", file.display());
        let text = std::fs::read_to_string(&file).expect("sources are UTF-8");
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", file.display());
        // What texts and comments say does not count: a spec in a test, a sentence, an address.
        for (index, line) in without_texts(&text).lines().enumerate() {
            let columns = line.chars().count();
            assert!(columns <= MOST_COLUMNS, "{}:{} has {columns} columns", file.display(), index + 1);
        }
    }
}

#[test]
fn no_two_files_lead_to_each_other() {
    let mut found = String::new();
    for sources in SOURCES {
        let arrows = arrows(&Path::new(ROOT).join(sources));
        for circle in circles(&arrows) {
            found += &format!("a circle in {sources}:\n{}", explained(&arrows, &circle));
        }
    }
    assert!(found.is_empty(), "{found}move what they share to a file of its own, by what it is");
}

#[test]
fn parts_of_a_crate_stand_in_their_order() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).expect("it is UTF-8");
    let orders = order::table(&page);
    assert!(orders.len() > 5, "ARCHITECTURE.md has no table of orders");
    let mut against = Vec::new();
    for (sources, order) in &orders {
        let arrows = arrows(&Path::new(ROOT).join(sources));
        against.extend(order.missing(&arrows).into_iter().map(|part| format!("{sources} has no `{part}`")));
        against.extend(order.against(&arrows).into_iter().map(|line| format!("{sources}: {line}")));
    }
    assert!(against.is_empty(), "{}", against.join("\n"));
}
