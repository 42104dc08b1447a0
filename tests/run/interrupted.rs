//! Runs that are killed, stopped and damaged come to the bytes of a run that is left alone.

use super::support::{elbo, result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Fifty-two steps, seventeen checkpoints.
const SPEC: &str = r"
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1); transform = [normalize()] }
train regime {
  objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-3); epochs = 4; batch = 100; seed = 3
  select = best(validation.nll); learning_rate = plateau(monitor=train.loss, patience=0); checkpoint = 3steps
}
report few { samples = 4 }
model net {
  input image[1, 8, 8]
  default bayes
  conv1: conv2d(8, kernel=3, pad=1)
  softplus
  dropout(p=0.2, unit=channel) conv2: conv2d(8, kernel=3)
  norm1: batchnorm()
  relu
  flatten
  head: linear(10)
  output categorical
}
run trial { model = net; data = data; train = regime; report = few }
";

/// Kills in the gate; `ELBO_TEST_KILLS` asks for more.
const KILLS: usize = 12;

/// A folder with the spec, and the result of a run that nobody disturbs.
fn folder() -> (tempfile::TempDir, PathBuf, Duration) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    let began = Instant::now();
    let output = elbo(folder.path(), &["run", "spec.elbo", "--store", "undisturbed"]);
    assert!(output.status.success(), "{}", text(&output));
    let result = result(&folder.path().join("undisturbed"));
    (folder, result, began.elapsed())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Begins or resumes the run.
fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_elbo"))
        .args(["run", "spec.elbo", "--store", "disturbed", "--threads", "2"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary has just been built")
}

/// Waits until a child has ended or `condition` holds; whether it still runs.
fn wait_until(child: &mut Child, condition: impl Fn() -> bool) -> bool {
    loop {
        if child.try_wait().expect("it is a child").is_some() {
            return false;
        }
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The files of checkpoints in a store, `.json` and `.safetensors`, each attempt's in the order of their steps.
fn checkpoints(store: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| {
        let found = fs::read_dir(folder).into_iter().flatten();
        let mut found: Vec<PathBuf> = found.map_while(Result::ok).map(|entry| entry.path()).collect();
        found.sort();
        found
    };
    let attempts = entries(store.to_owned()).into_iter().flat_map(entries).flat_map(entries);
    let files = attempts.flat_map(|attempt| entries(attempt.join("checkpoints")));
    files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

/// Whether two results agree in every byte but times.
fn assert_equal(found: &Path, expected: &Path) {
    for file in ["weights.safetensors", "report.json", "report.html", "predictions.csv", "ir.json", "spec.elbo"] {
        let bytes = |result: &Path| fs::read(result.join(file)).expect("every result has it");
        assert!(bytes(found) == bytes(expected), "{file} differs");
    }
    let metrics = |result: &Path| {
        let text = fs::read_to_string(result.join("metrics.jsonl")).expect("every result has it");
        let line = |line: &str| line.split(",\"images_per_second\"").next().expect("one part at least").to_owned();
        text.lines().map(line).collect::<Vec<_>>()
    };
    assert_eq!(metrics(found), metrics(expected));
}

/// Numbers that differ from test to test by their seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    /// From 0 to below 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[test]
fn a_run_killed_again_and_again_comes_to_the_same_bytes() {
    let (folder, expected, duration) = folder();
    let store = folder.path().join("disturbed");
    let wanted = std::env::var("ELBO_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let seed = u64::from(std::process::id());
    println!("kills {wanted}, seed {seed}");
    let (mut numbers, mut kills, mut resumed) = (Numbers(seed), 0, 0);
    while kills < wanted {
        let before = checkpoints(&store, "json");
        let mut child = start(folder.path());
        // Every other time once there is progress, so that the run comes to an end; else at any moment of its life.
        let goes_on = kills % 2 == 1 || wait_until(&mut child, || checkpoints(&store, "json") != before);
        let longest = if kills % 2 == 1 { duration } else { duration / 20 };
        std::thread::sleep(longest.mul_f64(numbers.next()));
        child.kill().expect("it is a child");
        let output = child.wait_with_output().expect("it has ended");
        kills += 1;
        resumed += usize::from(text(&output).contains("resumed at step "));
        assert!(output.status.success() || output.status.code().is_none(), "{}", text(&output));
        if !goes_on || output.status.success() {
            // It was through before it was killed: another run of the same, from the beginning.
            assert_equal(&result(&store), &expected);
            fs::remove_dir_all(&store).expect("it can be removed");
        }
    }
    let output = elbo(folder.path(), &["run", "spec.elbo", "--store", "disturbed"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_equal(&result(&store), &expected);
    assert!(resumed > 0, "none of {kills} runs was resumed");
    assert!(checkpoints(&store, "json").is_empty(), "nothing is left of what is not needed");
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("there is `kill`").success());
}

#[cfg(unix)]
#[test]
fn a_run_that_is_asked_to_end_saves_itself_and_ends_with_75() {
    let (folder, expected, _) = folder();
    let store = folder.path().join("disturbed");
    for name in ["-TERM", "-INT"] {
        let before = checkpoints(&store, "json");
        let mut child = start(folder.path());
        assert!(wait_until(&mut child, || checkpoints(&store, "json") != before), "it ended by itself");
        signal(&child, name);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(75), "{}", text(&output));
        let message = text(&output);
        let last = message.lines().last().unwrap_or_default();
        let whole = last.starts_with("stopped ") && last.ends_with("; the same command goes on from there");
        assert!(whole, "{message}");
        assert!(output.stdout.is_empty());
    }
    let output = elbo(folder.path(), &["run", "spec.elbo", "--store", "disturbed", "--resume"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("resumed at step "), "{}", text(&output));
    assert_equal(&result(&store), &expected);
    // The record of an attempt that was stopped says so.
    let run = result(&store).parent().expect("it lies in the run's directory").to_owned();
    let record = fs::read_to_string(run.join("attempt-0001/run.toml")).expect("it is there");
    assert!(record.contains("status = \"stopped\""), "{record}");
}

#[cfg(unix)]
#[test]
fn a_sweep_that_is_asked_to_end_stops_before_its_next_member() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sweep = format!("{SPEC}\nsweep seeds {{ run = trial; vary.train.seed = range(0, 5) }}\n");
    fs::write(folder.path().join("spec.elbo"), sweep).expect("it can be written");
    let store = folder.path().join("disturbed");
    let mut child = Command::new(env!("CARGO_BIN_EXE_elbo"))
        .args(["run", "spec.elbo#seeds", "--store", "disturbed", "--format", "json"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary has just been built");
    assert!(wait_until(&mut child, || !checkpoints(&store, "json").is_empty()), "it ended by itself");
    signal(&child, "-TERM");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(75), "{}", text(&output));
    let stdout = String::from_utf8(output.stdout.clone()).expect("JSON is UTF-8");
    let last: serde_json::Value = serde_json::from_str(stdout.lines().last().expect("a line")).expect("JSON");
    assert!(stdout.lines().count() < 5, "{stdout}");
    if text(&output).contains("stopped before member") {
        assert_eq!(last["status"], "finished");
    } else {
        assert_eq!((&last["status"], &last["version"]), (&"stopped".into(), &1.into()), "{stdout}");
        assert!(last["identity"].is_string() && last["member"].is_string(), "{stdout}");
    }
}

#[test]
fn damaged_checkpoints_are_passed_over() {
    let (folder, expected, _) = folder();
    let store = folder.path().join("disturbed");
    let mut child = start(folder.path());
    assert!(wait_until(&mut child, || checkpoints(&store, "json").len() == 2), "it ended by itself");
    child.kill().expect("it is a child");
    let _ = child.wait();
    // It may have removed the earlier of three on its way.
    let saved = checkpoints(&store, "json");
    let newest = saved.last().expect("there is one");
    let tensors = newest.with_extension("safetensors");
    let bytes = fs::read(&tensors).expect("it is there");
    fs::write(&tensors, &bytes[..bytes.len() / 2]).expect("it can be written");
    let output = elbo(folder.path(), &["run", "spec.elbo", "--store", "disturbed"]);
    assert!(output.status.success(), "{}", text(&output));
    let message = text(&output);
    assert!(message.contains("is passed over: the file of its tensors has another size"), "{message}");
    assert!(saved.len() == 1 || message.contains("resumed at step "), "{message}");
    assert_equal(&result(&store), &expected);
}
