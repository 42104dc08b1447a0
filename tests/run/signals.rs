//! What signals lead to in each phase of a run, as `docs/faults.md` says: its second table is what happens here.
//!
//! No test waits for a time: the run is suspended where the files that it has made tell its phase, and goes on with the
//! signals that were sent meanwhile.

#![cfg(target_os = "linux")]

use super::faults::check_page;
use super::limits::{Ground, HEAD};
use super::support::{evaluations, listens, signal, text, wait_until};
use std::fs;
use std::path::Path;
use std::process::{Child, Output};

/// A linear network on a table of which most columns are only read.
const TABLE: &str = r#"
dataset data { source = csv("data.csv", target="kind", features=["x"], classes=["a", "b"], test_share=0.2) }
train regime { objective = elbo(); optimizer = adam(lr=1e-2); epochs = 1; batch = 100; checkpoint = none }
model net { input vector[1]; default bayes; head: linear(2); output categorical }
report few { samples = 2 }
run trial { model = net; data = data; train = regime; report = few }
"#;

/// One signal to stop.
const ONCE: &[&str] = &["-TERM"];
/// Two, of which the second may not be answered by the run. The system delivers the lower number first.
const TWICE: &[&str] = &["-INT", "-TERM"];

/// Suspends a run as soon as `is_there`, and lets it go on with signals if it then still `is_in` its phase.
fn send(mut child: Child, signals: &[&str], is_there: impl Fn(&Child) -> bool, is_in: impl Fn() -> bool) -> Output {
    let id = child.id();
    let reached = loop {
        if child.try_wait().expect("it is a child").is_some() {
            break false;
        }
        if is_there(&child) {
            break true;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    };
    let said = |child: Child| text(&child.wait_with_output().expect("it ends"));
    if !reached {
        panic!("it ended by itself: {}", said(child));
    }
    signal(&child, "-STOP");
    let stopped = || fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| stat.contains(") T "));
    assert!(wait_until(&mut child, stopped), "it ended by itself: {}", said(child));
    assert!(is_in(), "it has gone on to the next phase");
    signals.iter().for_each(|name| signal(&child, name));
    signal(&child, "-CONT");
    child.wait_with_output().expect("it ends")
}

/// Of a run that was told to stop: what it prints for programs, and what its record says where it has begun one.
fn check_told(ground: &Ground, output: &Output) {
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one line of JSON");
    assert_eq!((&line["status"], &line["version"]), (&"stopped".into(), &1.into()), "{line}");
    let attempt = ground.run_folder().join("attempt-0001");
    assert_eq!(line["directory"].is_string(), attempt.is_dir(), "{line}");
    assert_eq!(line["identity"].is_string(), attempt.is_dir(), "{line}");
    if attempt.is_dir() {
        let record = fs::read_to_string(attempt.join("run.toml")).expect("it is there");
        assert!(record.contains("status = \"stopped\"") && record.contains("finished = "), "{record}");
        let left = fs::read_dir(&attempt).expect("it is there").flatten();
        let left: Vec<_> = left.filter(|file| file.file_name().to_string_lossy().starts_with('.')).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Starts a run that tells programs how it ended.
fn start(ground: &Ground) -> Child {
    ground.start(&[], &["--format", "json"])
}

#[test]
fn in_reading_data_nothing_is_lost() {
    let ground = Ground::with(TABLE, |folder| {
        // Most of the time goes into columns that nobody uses.
        let unused = ",0.123456789".repeat(4000);
        let row = |row: usize| format!("{},{}{unused}\n", row % 7, ["a", "b"][row % 2]);
        let names: String = (0..4000).map(|column| format!(",c{column}")).collect();
        let rows: String = (0..400).map(row).collect();
        fs::write(folder.join("data.csv"), format!("x,kind{names}\n{rows}")).expect("it can be written");
    });
    let mut rows = Vec::new();
    // It listens to signals before it opens its data, and begins an attempt after.
    for (signals, words) in [(ONCE, "SIGTERM"), (TWICE, "SIGINT, then SIGTERM,")] {
        let output = send(start(&ground), signals, |child| listens(child.id()), || !ground.store().exists());
        check_told(&ground, &output);
        rows.push(ground.row(&format!("{words} while it reads data"), &output));
    }
    check_page(HEAD, &rows, false);
}

#[test]
fn in_training_the_first_signal_saves_it_and_the_second_ends_it() {
    let ground = Ground::new(6, (30, 1, 1));
    let mut rows = Vec::new();
    let trains = |_: &Child| ground.heartbeat().contains("\"step\"");
    let untrained = || !ground.run_folder().join("training").exists();
    for (signals, words) in
        [(ONCE, "SIGTERM"), (&["-HUP"], "SIGHUP, as of a terminal that is closed,"), (TWICE, "SIGINT, then SIGTERM,")]
    {
        let output = send(start(&ground), signals, trains, untrained);
        check_told(&ground, &output);
        rows.push(ground.row(&format!("{words} while it trains"), &output));
    }
    if std::process::Command::new("prlimit").arg("--version").output().is_ok() {
        let output = ground.start(&["prlimit", "--cpu=1:600"], &["--format", "json"]).wait_with_output();
        let output = output.expect("it ends");
        check_told(&ground, &output);
        rows.push(ground.row("its soft limit of processor time ends (SIGXCPU, `ulimit -St`)", &output));
    } else {
        println!("skipped: there is no `prlimit`");
    }
    check_page(HEAD, &rows, false);
}

#[test]
fn in_validation_the_steps_before_it_are_saved() {
    let ground = Ground::new(1, (1, 3000, 1));
    let mut rows = Vec::new();
    // The heartbeat tells the last step from the next beat on, which validation outlasts.
    let validates = |_: &Child| ground.heartbeat().contains("\"step\":13,");
    let untrained = || !ground.run_folder().join("training").exists();
    for (signals, words) in [(ONCE, "SIGTERM"), (TWICE, "SIGINT, then SIGTERM,")] {
        let output = send(start(&ground), signals, validates, untrained);
        check_told(&ground, &output);
        rows.push(ground.row(&format!("{words} while it validates"), &output));
    }
    check_page(HEAD, &rows, false);
}

#[test]
fn in_scoring_and_publishing_what_was_published_stays() {
    let ground = Ground::new(1, (1, 1, 40));
    let mut rows = Vec::new();
    let run = ground.run_folder();
    let evaluated = || !evaluations(&ground.store()).is_empty();
    for (signals, words) in [(ONCE, "SIGTERM"), (TWICE, "SIGINT, then SIGTERM,")] {
        let output = send(start(&ground), signals, |_| run.join("training").exists(), || !evaluated());
        check_told(&ground, &output);
        rows.push(ground.row(&format!("{words} while it scores"), &output));
    }
    for (place, published, words) in [("", "training", "the weights"), ("evaluations", "", "the report")] {
        for (signals, signalled) in [(ONCE, "SIGTERM"), (TWICE, "SIGINT, then SIGTERM,")] {
            // What an earlier attempt has left there is removed first, which takes its time and can be seen.
            let partial = run.join(place).join(".result-of-attempt-0001");
            fill(&partial);
            let before = changed(&partial);
            let is_published = || if published.is_empty() { evaluated() } else { run.join(published).exists() };
            let begins = |_: &Child| changed(&partial) != before;
            let output = send(start(&ground), signals, begins, || !is_published());
            if output.status.code() == Some(0) {
                assert!(String::from_utf8_lossy(&output.stdout).contains("\"finished\""), "{}", text(&output));
            } else {
                check_told(&ground, &output);
            }
            rows.push(ground.row(&format!("{signalled} while it publishes {words}"), &output));
        }
    }
    check_page(HEAD, &rows, false);
}

/// A folder with many files.
fn fill(folder: &Path) {
    fs::create_dir_all(folder).expect("it can be made");
    (0..20_000).for_each(|file| fs::write(folder.join(file.to_string()), "").expect("it can be written"));
}

/// When the names in a folder last changed; `None` where there is none.
fn changed(folder: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(folder).and_then(|folder| folder.modified()).ok()
}
