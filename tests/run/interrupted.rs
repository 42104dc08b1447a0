//! Runs that are killed, stopped and damaged come to the bytes of a run that is left alone.

use super::support::{checkpoints, result, signal, text, training, wait_until};
use super::trial::{MIXED, Network, Trial, spec};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The networks that are killed.
const NETWORKS: [Network; 4] = [
    MIXED,
    ("point", "point", "point"),
    ("bayes", "bayes", "bayes(estimator=flipout)"),
    ("dropout", "dropout(p=0.3)", "dropout(p=0.2, unit=channel)"),
];

/// Kills of each network by each backend in the gate; `ELBO_TEST_KILLS` asks for more.
const KILLS: usize = 10;

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

/// Kills a run again and again, and lets the last one go on; how often it was killed and how often it was resumed.
fn kill_again_and_again(trial: &Trial, kills: usize, numbers: &mut Numbers) -> usize {
    let store = trial.store();
    let mut resumed = 0;
    for kill in 0..kills {
        let before = checkpoints(&store, "json");
        let mut child = trial.start();
        // Every other time once there is progress, so that the run comes to an end; else at any moment of its life.
        let goes_on = kill % 2 == 1 || wait_until(&mut child, || checkpoints(&store, "json") != before);
        let longest = if kill % 2 == 1 { trial.duration } else { trial.duration / 20 };
        std::thread::sleep(longest.mul_f64(numbers.next()));
        child.kill().expect("it is a child");
        let output = child.wait_with_output().expect("it has ended");
        resumed += usize::from(text(&output).contains("resumed at step "));
        // Two, and what an attempt that was killed as it removed others has left.
        let left = checkpoints(&trial.store(), "json").len();
        assert!(left <= 4, "{left} checkpoints are left");
        assert!(output.status.success() || output.status.code().is_none(), "{}", text(&output));
        if !goes_on || output.status.success() {
            // It was through before it was killed: another run of the same, from the beginning.
            trial.check();
            fs::remove_dir_all(&store).expect("it can be removed");
        }
    }
    resumed += usize::from(trial.finish().contains("resumed at step "));
    assert!(checkpoints(&store, "json").is_empty(), "nothing is left of what is not needed");
    resumed
}

fn check_every_network(backend: &'static str) {
    let kills = std::env::var("ELBO_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let seed = u64::from(std::process::id());
    let mut numbers = Numbers(seed);
    let mut resumed = 0;
    for network in NETWORKS {
        let of_this = kill_again_and_again(&Trial::new(network, backend), kills, &mut numbers);
        println!("{backend}, {}: killed {kills} times, resumed {of_this} times (seed {seed})", network.0);
        resumed += of_this;
    }
    assert!(resumed > 0, "no run was resumed");
}

#[test]
fn runs_killed_again_and_again_come_to_the_same_bytes() {
    check_every_network("native");
}

#[test]
fn so_do_those_of_the_candle_backend() {
    check_every_network("candle");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_asked_to_end_saves_itself_and_ends_with_75() {
    let trial = Trial::new(MIXED, "native");
    let store = trial.store();
    for name in ["-TERM", "-INT"] {
        let before = checkpoints(&store, "json");
        let mut child = trial.start();
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
    let message = trial.finish();
    assert!(message.contains("resumed at step "), "{message}");
    // The record of an attempt that was stopped says so.
    let run = training(&result(&store)).parent().expect("it lies in the run's directory").to_owned();
    let record = fs::read_to_string(run.join("attempt-0001/run.toml")).expect("it is there");
    assert!(record.contains("status = \"stopped\""), "{record}");
}

/// A run that takes one long step after the other, so that there is time for a second signal before the first is heeded.
#[cfg(unix)]
const SLOW: &str = "model net { input image[1, 8, 8]; default bayes; conv1: conv2d(64, kernel=3, pad=1); relu
  conv2: conv2d(64, kernel=3, pad=1); relu; flatten; head: linear(10); output categorical }
dataset data { source = digits() }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-3); epochs = 50; batch = 1000; samples = 60 }
run trial { model = net; data = data; train = regime }
";

#[cfg(unix)]
#[test]
fn another_interruption_ends_it_at_once_with_130() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("slow.elbo"), SLOW).expect("it can be written");
    let mut child = Command::new(env!("CARGO_BIN_EXE_elbo"))
        .args(["run", "slow.elbo", "--store", "slow", "--threads", "1"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary has just been built");
    let store = folder.path().join("slow");
    assert!(wait_until(&mut child, || attempts_with(&store, "metrics.jsonl") == 1), "it ended by itself");
    // One after the other: signals of a kind that wait are one signal.
    while child.try_wait().expect("it is a child").is_none() {
        signal(&child, "-INT");
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().expect("it has ended");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(output.stdout.is_empty() && !text(&output).contains("stopped"), "{}", text(&output));
    // It was in its first step.
    assert_eq!(checkpoints(&store, "json"), [""; 0].map(PathBuf::from));
}

/// How many attempts have a file of this name.
#[cfg(unix)]
fn attempts_with(store: &Path, name: &str) -> usize {
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let attempts = entries(store.to_owned()).flat_map(entries).flat_map(entries);
    attempts.filter(|attempt| attempt.join(name).exists()).count()
}

#[cfg(unix)]
#[test]
fn how_it_was_stopped_is_said_even_if_it_is_to_be_quiet() {
    let trial = Trial::new(MIXED, "native");
    let mut child = trial.start_with(&["--quiet"]);
    assert!(wait_until(&mut child, || !checkpoints(&trial.store(), "json").is_empty()), "it ended by itself");
    signal(&child, "-TERM");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(75), "{}", text(&output));
    let message = text(&output);
    assert!(message.starts_with("stopped ") && message.lines().count() == 1, "{message}");
}

#[cfg(unix)]
#[test]
fn a_sweep_that_is_asked_to_end_stops_before_its_next_member() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sweep = format!("{}\nsweep seeds {{ run = trial; vary.train.seed = range(0, 5) }}\n", spec(MIXED));
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
fn damaged_checkpoints_are_skipped() {
    let trial = Trial::new(MIXED, "native");
    let store = trial.store();
    let mut child = trial.start();
    assert!(wait_until(&mut child, || checkpoints(&store, "json").len() == 2), "it ended by itself");
    child.kill().expect("it is a child");
    let _ = child.wait();
    // It may have removed the earlier of three on its way.
    let saved = checkpoints(&store, "json");
    let newest = saved.last().expect("there is one");
    let tensors = newest.with_extension("safetensors");
    let bytes = fs::read(&tensors).expect("it is there");
    fs::write(&tensors, &bytes[..bytes.len() / 2]).expect("it can be written");
    let message = trial.finish();
    assert!(message.contains("is skipped: the file of its tensors has another size"), "{message}");
    assert!(saved.len() == 1 || message.contains("resumed at step "), "{message}");
}
