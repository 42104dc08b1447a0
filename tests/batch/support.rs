//! The program, a batch for it, and what the batch comes to.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Two networks on the embedded digits, a sweep over ten seeds of each; a run is one of ten at the same time.
pub const SPEC: &str = r"
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1); transform = [normalize()] }
train regime { objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-3); epochs = 2; batch = 100; checkpoint = 3steps }
train plain { objective = maximum_likelihood; optimizer = adam(lr=1e-3); epochs = 2; batch = 100; checkpoint = 3steps }
report few { samples = 4 }
model net { input image[1, 8, 8]; default bayes; conv1: conv2d(8, kernel=3, pad=1); softplus; flatten; head: linear(10); output categorical }
model flat { input image[1, 8, 8]; default point; flatten; head: linear(10); output categorical }
run net_run { model = net; data = data; train = regime; report = few }
run flat_run { model = flat; data = data; train = plain; report = few }
sweep nets { run = net_run; vary.train.seed = range(0, 10) }
sweep flats { run = flat_run; vary.train.seed = range(0, 10) }
";

/// Twenty runs under twenty-two names.
pub const MANIFEST: &str = "[batch]\nname = \"trial\"\nspecs = [\"*.elbo\"]\n[local]\njobs = 2\nthreads = 2\n";

/// A folder with a spec `spec.elbo` and a manifest `batch.toml`.
pub fn folder(spec: &str, manifest: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("spec.elbo"), spec).expect("it can be written");
    fs::write(folder.path().join("batch.toml"), manifest).expect("it can be written");
    folder
}

/// The program with these arguments, in a folder.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elbo"));
    command.args(arguments).current_dir(folder).env_remove("ELBO_DATA").env_remove("ELBO_KERNELS");
    // Neither data nor calibrations of whoever runs the tests.
    command.env("HOME", folder).env("XDG_DATA_HOME", folder.join("data")).env("ELBO_CACHE", folder.join("cache"));
    command
}

/// Runs the program in a folder.
pub fn elbo(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the binary has just been built")
}

/// Begins the program in a folder.
pub fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = command(folder, arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary has just been built")
}

/// What a command printed.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// `elbo batch status` as JSON.
pub fn status(folder: &Path) -> Value {
    let output = elbo(folder, &["batch", "status", "batch.toml", "--format", "json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)))
}

/// How many runs are in a state.
pub fn count(status: &Value, state: &str) -> u64 {
    status["counts"][state].as_u64().expect("every state is counted")
}

/// Each evaluation of a store, by its own and its training's folder: its files' contents and those of its training, without
/// what may differ from time to time.
pub fn results(store: &Path) -> BTreeMap<String, BTreeMap<&'static str, Vec<u8>>> {
    let mut results = BTreeMap::new();
    for evaluation in evaluations(store) {
        let training = evaluation.parent().expect("it lies among evaluations").with_file_name("training");
        let files = ["weights.safetensors", "report.json", "predictions.csv", "ir.json"];
        let read = |name| {
            let own = evaluation.join(name);
            let bytes = fs::read(if own.is_file() { own } else { training.join(name) }).unwrap_or_default();
            (name, if name == "report.json" { unnamed(&bytes) } else { bytes })
        };
        let identity = evaluation.strip_prefix(store).expect("it is below").display().to_string();
        results.insert(identity, files.map(read).into());
    }
    results
}

/// The folders of a store's evaluations.
pub fn evaluations(store: &Path) -> Vec<PathBuf> {
    let entries = runs(store).into_iter().filter_map(|run| fs::read_dir(run.join("evaluations")).ok());
    let paths = entries.flatten().map_while(Result::ok).map(|entry| entry.path());
    paths.filter(|path| path.join("evaluation.toml").is_file()).collect()
}

/// A report without what its run is called: the same run may have several names.
fn unnamed(report: &[u8]) -> Vec<u8> {
    let Ok(mut report) = serde_json::from_slice::<Value>(report) else { return Vec::new() };
    let run = report["run"].as_object_mut().expect("a report tells its run");
    for name in ["name", "model", "varied"] {
        run.remove(name);
    }
    run["data"].as_object_mut().expect("it tells its data").remove("name");
    report.to_string().into_bytes()
}

/// The folders of a store's runs.
pub fn runs(store: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let found = fs::read_dir(folder).into_iter().flatten();
        found.map_while(Result::ok).map(|entry| entry.path()).collect()
    };
    let prefixes = entries(store).into_iter().filter(|path| path.file_name().is_some_and(|name| name.len() == 2));
    prefixes.flat_map(|prefix| entries(&prefix)).collect()
}

/// Sends a signal by its name, such as `-KILL`.
#[cfg(unix)]
pub fn signal(process: u64, name: &str) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status();
    assert!(sent.expect("there is `kill`").success());
}

/// Waits until a child has ended or a condition holds; whether it still runs.
pub fn wait_until(child: &mut Child, condition: impl Fn() -> bool) -> bool {
    loop {
        if child.try_wait().expect("it is a child").is_some() {
            return false;
        }
        if condition() {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// The states of what `elbo run` does of each run alone.
pub fn undisturbed(folder: &Path, targets: &[&str]) -> BTreeMap<String, BTreeMap<&'static str, Vec<u8>>> {
    for target in targets {
        let output = elbo(folder, &["run", &format!("spec.elbo#{target}"), "--store", "alone", "-q"]);
        assert!(output.status.success(), "{}", text(&output));
    }
    results(&folder.join("alone"))
}
