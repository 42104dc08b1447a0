//! What several tests of fixes share: corpora, texts after fixes, and what a compilation means.

#![allow(dead_code, reason = "each test uses a part of it")]

use elbo_compiler::fix::{Fixed, fix_all};
use elbo_compiler::sources::{MemorySources, Sources};
use elbo_compiler::{Compilation, check_files, ir};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folders of bad specs; their last lines, after `#!`, are what other tests expect of them.
pub const CORPORA: [&str; 2] = ["../tests/ui/bad", "../grammar/tests/bad"];

/// Every bad spec by its path, with the files it may use.
pub fn corpus() -> Vec<(String, MemorySources)> {
    CORPORA.into_iter().flat_map(folder).collect()
}

/// The bad specs of one folder.
pub fn folder(folder: &str) -> Vec<(String, MemorySources)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the corpus is part of the sources")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    let (specs, parts): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| path.extension().is_some_and(|extension| extension == "elbo"));
    let mut cases = Vec::new();
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
    cases
}

/// What `elbo check --fix` does with a file.
pub fn fixed(path: &str, sources: &dyn Sources) -> Fixed {
    let paths = [path.to_owned()];
    fix_all(sources, |sources| check_files(&paths, sources), |_| true)
}

/// What a compilation means: every run, member of a sweep, model and claim by its name; `None` if it has errors.
pub fn meaning(compilation: &Compilation) -> Option<BTreeMap<String, String>> {
    if compilation.has_errors() {
        return None;
    }
    let members = compilation.sweeps.iter().flat_map(|sweep| &sweep.members).map(|member| &member.run);
    let runs = compilation.runs.iter().chain(members);
    let mut meaning: BTreeMap<String, String> =
        runs.map(|run| (format!("run {}", run.name), ir::digest(&run.run))).collect();
    for model in &compilation.models {
        meaning.insert(format!("model {}", model.name), ir::network_text(&model.network));
    }
    for claim in &compilation.claims {
        let claim = serde_json::to_string(&claim.claim).expect("a claim has only string keys");
        meaning.insert(format!("claim {claim}"), String::new());
    }
    Some(meaning)
}
