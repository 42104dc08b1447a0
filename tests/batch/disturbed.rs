//! Batches whose pools and workers are killed, stopped and doubled.
#![cfg(unix)]

use super::support::{
    MANIFEST, SPEC, count, elbo, evaluations, folder, results, runs, signal, start, status, text, undisturbed,
    wait_until,
};
use std::path::Path;
use std::time::Duration;

/// How many results there are by now.
fn done(folder: &Path) -> usize {
    evaluations(&folder.join("runs")).len()
}

#[test]
fn a_batch_that_is_killed_twice_comes_to_the_same_results() {
    // Longer runs, so that some are under way when it is killed.
    let spec = SPEC.replace("epochs = 2", "epochs = 6");
    let folder = folder(&spec, MANIFEST);
    let expected = undisturbed(folder.path(), &["nets", "flats"]);
    for killed_after in [4, 11] {
        let mut pool = start(folder.path(), &["batch", "run", "batch.toml"]);
        assert!(wait_until(&mut pool, || done(folder.path()) >= killed_after), "it ended by itself");
        pool.kill().expect("it is a child");
        pool.wait().expect("it is a child");
        // Its workers save their runs and end, since their pool is gone.
        while count(&status(folder.path()), "running") > 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(results(&folder.path().join("runs")) == expected, "results differ");
    assert_eq!(count(&status(folder.path()), "finished"), 20);
    let table = text(&output);
    assert!(table.contains("20 runs: 20 finished"), "{table}");
}

#[test]
fn a_worker_that_is_killed_is_begun_again_as_often_as_asked() {
    let spec = SPEC.replace("epochs = 2", "epochs = 200");
    let manifest = MANIFEST.replace("*.elbo", "spec.elbo#net_run").replace("jobs = 2", "jobs = 1\nretries = 1");
    let folder = folder(&spec, &manifest);
    let mut pool = start(folder.path(), &["batch", "run", "batch.toml"]);
    let mut killed = Vec::new();
    while killed.len() < 2 {
        assert!(pool.try_wait().expect("it is a child").is_none(), "it ended by itself");
        // Until the first work list is there, there is nothing to ask for.
        if !folder.path().join("runs/batches").exists() {
            continue;
        }
        let output = elbo(folder.path(), &["batch", "status", "batch.toml", "--format", "json"]);
        let Ok(told) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else { continue };
        let Some(process) = told["runs"][0]["process"]["number"].as_u64().filter(|number| !killed.contains(number))
        else {
            continue;
        };
        // The second has something to leave behind.
        let checkpointed = || {
            let runs = runs(&folder.path().join("runs"));
            let files = runs.iter().filter_map(|run| run.join("attempt-0002/checkpoints").read_dir().ok()).flatten();
            let mut names = files.map_while(Result::ok).map(|file| file.path());
            names.any(|path| path.extension().is_some_and(|ending| ending == "json"))
        };
        assert!(killed.is_empty() || wait_until(&mut pool, checkpointed), "it ended by itself");
        signal(process, "-KILL");
        killed.push(process);
    }
    let output = pool.wait_with_output().expect("it is a child");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let message = text(&output);
    assert!(message.contains("it is begun again"), "{message}");
    assert!(message.contains("its worker died (signal: 9 (SIGKILL)), 2 times"), "{message}");
    assert_eq!(count(&status(folder.path()), "failed"), 1);
    // It is resumed once it is tried again.
    assert!(elbo(folder.path(), &["batch", "retry", "batch.toml"]).status.success());
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    let logs = text(&elbo(folder.path(), &["batch", "logs", "batch.toml"]));
    assert!(logs.contains("resumed at step "), "{logs}");
}

#[test]
fn a_worker_that_somebody_else_asks_to_stop_is_resumed_by_its_pool() {
    let spec = SPEC.replace("epochs = 2", "epochs = 60");
    let manifest = MANIFEST.replace("*.elbo", "spec.elbo#net_run").replace("jobs = 2", "jobs = 1\nretries = 1");
    let folder = folder(&spec, &manifest);
    let expected = undisturbed(folder.path(), &["net_run"]);
    let mut pool = start(folder.path(), &["batch", "run", "batch.toml"]);
    let trains = || {
        let attempts = runs(&folder.path().join("runs")).into_iter().map(|run| run.join("attempt-0001/heartbeat.json"));
        let beats: Vec<String> = attempts.filter_map(|beat| std::fs::read_to_string(beat).ok()).collect();
        beats.iter().find(|beat| beat.contains("\"step\"")).and_then(|beat| {
            let beat: serde_json::Value = serde_json::from_str(beat).ok()?;
            beat["process"]["number"].as_u64()
        })
    };
    assert!(wait_until(&mut pool, || trains().is_some()), "it ended by itself");
    signal(trains().expect("it has just been there"), "-TERM");
    let output = pool.wait_with_output().expect("it is a child");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("its worker was told to stop; it is begun again"), "{}", text(&output));
    let logs = text(&elbo(folder.path(), &["batch", "logs", "batch.toml"]));
    assert!(logs.contains("resumed at step "), "{logs}");
    assert!(results(&folder.path().join("runs")) == expected, "results differ");
}

#[test]
fn a_batch_that_is_asked_to_stop_saves_its_runs_and_goes_on_later() {
    let spec = SPEC.replace("epochs = 2", "epochs = 30");
    let folder = folder(&spec, &MANIFEST.replace("*.elbo", "spec.elbo#*_run"));
    let expected = undisturbed(folder.path(), &["net_run", "flat_run"]);
    let checkpointed = || {
        let runs = runs(&folder.path().join("runs"));
        let attempts = runs.iter().filter_map(|run| run.read_dir().ok()).flatten().map_while(Result::ok);
        attempts.map(|attempt| attempt.path().join("checkpoints")).any(|folder| folder.is_dir())
    };
    for way in ["-TERM", "cancel"] {
        let mut pool = start(folder.path(), &["batch", "run", "batch.toml", "--jobs", "1"]);
        let before = runs(&folder.path().join("runs")).len();
        let goes_on = wait_until(&mut pool, || {
            checkpointed() && (way == "-TERM" || count(&status(folder.path()), "running") > 0 || before > 1)
        });
        assert!(goes_on, "it ended by itself");
        if way == "cancel" {
            assert!(elbo(folder.path(), &["batch", "cancel", "batch.toml"]).status.success());
        } else {
            signal(u64::from(pool.id()), way);
        }
        let output = pool.wait_with_output().expect("it is a child");
        assert_eq!(output.status.code(), Some(75), "{way}: {}", text(&output));
        assert!(text(&output).contains("the same command goes on from there"), "{}", text(&output));
        let told = status(folder.path());
        assert_eq!(count(&told, "running") + count(&told, "failed") + count(&told, "lost"), 0, "{told}");
    }
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(results(&folder.path().join("runs")) == expected, "results differ");
}

#[test]
fn two_pools_at_one_batch_do_no_harm() {
    let folder = folder(SPEC, MANIFEST);
    let expected = undisturbed(folder.path(), &["nets", "flats"]);
    let pools = [0, 1].map(|_| start(folder.path(), &["batch", "run", "batch.toml"]));
    for pool in pools {
        let output = pool.wait_with_output().expect("it is a child");
        assert!(output.status.success(), "{}", text(&output));
    }
    assert!(results(&folder.path().join("runs")) == expected, "results differ");
}
