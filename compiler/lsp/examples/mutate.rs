//! Fuzzes without libFuzzer: `cargo run --example mutate -- TARGET SECONDS`, from the root of the repository, where
//! the target is `ir`, `explain`, `diff`, `fix`, `server` or `all`.
//!
//! It does what the targets in `fuzz/` do, on mutations of the specs and of small conversations with the server.

#[path = "../../../fuzz/bodies/language.rs"]
mod language;
#[path = "../../../fuzz/bodies/mutation.rs"]
mod mutation;

use std::path::Path;

/// A target by name.
type Target = (&'static str, fn(&str));

const TARGETS: [Target; 5] = [
    ("ir", language::ir),
    ("explain", language::explain),
    ("diff", language::diff),
    ("fix", language::fix),
    ("server", language::server),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.first().map_or("all", String::as_str);
    let seconds = arguments.get(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(60);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dictionary = std::fs::read_to_string(root.join("fuzz/elbo.dict")).unwrap_or_default();
    let words: Vec<&str> = dictionary.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"')).collect();
    let numbers = ["0", "1", "-1", "1e300", "1e-300", "9223372036854775807", "18446744073709551616", "0.5", "1000000"];
    let words: Vec<&[u8]> = words.iter().chain(&numbers).map(|word| word.as_bytes()).collect();
    let specs: Vec<Vec<u8>> = ["tests/ui/good", "tests/ui/bad", "examples", "specs"]
        .iter()
        .flat_map(|f| mutation::seeds(&root.join(f)))
        .collect();
    let conversations = mutation::seeds(&root.join("fuzz/corpus/server"));
    let mut kept = 0;
    for (name, body) in TARGETS.into_iter().filter(|(name, _)| wanted == "all" || wanted == *name) {
        let seeds = if name == "server" { &conversations } else { &specs };
        kept += mutation::run(name, seeds, &words, seconds, |bytes| body(&String::from_utf8_lossy(bytes)));
    }
    std::process::exit(i32::from(kept > 0));
}
