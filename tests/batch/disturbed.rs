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
    assert!(message.contains("it is started again"), "{message}");
    assert!(message.contains("its worker died (signal: 9 (SIGKILL)), 2 times"), "{message}");
    assert_eq!(count(&status(folder.path()), "failed"), 1);
    // It is resumed once it is tried again.
    assert!(elbo(folder.path(), &["batch", "retry", "batch.toml"]).status.success());
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    let logs = text(&elbo(folder.path(), &["batch", "logs", "batch.toml"]));
    assert!(logs.contains("resumed at step "), "{logs}");
}

/// The process of the worker that trains, once one does.
fn training(folder: &Path, attempt: &str) -> Option<u64> {
    let beats = runs(&folder.join("runs")).into_iter().map(|run| run.join(attempt).join("heartbeat.json"));
    let beats: Vec<String> = beats.filter_map(|beat| std::fs::read_to_string(beat).ok()).collect();
    let beat: serde_json::Value = serde_json::from_str(beats.iter().find(|beat| beat.contains("\"step\""))?).ok()?;
    beat["process"]["number"].as_u64()
}

/// A folder with one long run, whose worker is begun so often again.
fn one_long_run(retries: usize) -> tempfile::TempDir {
    let spec = SPEC.replace("epochs = 2", "epochs = 240");
    let manifest = MANIFEST.replace("*.elbo", "spec.elbo#net_run");
    folder(&spec, &manifest.replace("jobs = 2", &format!("jobs = 1\nretries = {retries}")))
}

/// Lets a process receive signals at once, so that it has no time to answer the first. The system delivers the lower
/// number first.
fn at_once(process: u64, signals: &[&str]) {
    signal(process, "-STOP");
    signals.iter().for_each(|name| signal(process, name));
    signal(process, "-CONT");
}

#[test]
fn a_worker_that_somebody_else_asks_to_stop_is_resumed_by_its_pool() {
    let folder = one_long_run(1);
    let folder = folder.path();
    let expected = undisturbed(folder, &["net_run"]);
    for (signals, said) in [
        (&["-TERM"][..], "its worker was told to stop; it is started again"),
        (&["-INT", "-TERM"], "its worker was ended by SIGTERM; it is started again"),
    ] {
        let mut pool = start(folder, &["batch", "run", "batch.toml"]);
        assert!(wait_until(&mut pool, || training(folder, "attempt-0001").is_some()), "it ended by itself");
        at_once(training(folder, "attempt-0001").expect("it has just been there"), signals);
        let output = pool.wait_with_output().expect("it is a child");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(text(&output).contains(said), "{}", text(&output));
        let logs = text(&elbo(folder, &["batch", "logs", "batch.toml"]));
        assert!(logs.contains("resumed at step "), "{logs}");
        assert!(results(&folder.join("runs")) == expected, "results differ");
        std::fs::remove_dir_all(folder.join("runs")).expect("it can be removed");
    }
}

#[test]
fn a_worker_that_somebody_ends_again_and_again_is_stopped_and_not_lost() {
    let folder = one_long_run(0);
    let folder = folder.path();
    for signals in [&["-INT", "-TERM"][..], &["-HUP"]] {
        let mut pool = start(folder, &["batch", "run", "batch.toml"]);
        let attempt = if signals.len() == 2 { "attempt-0001" } else { "attempt-0002" };
        assert!(wait_until(&mut pool, || training(folder, attempt).is_some()), "it ended by itself");
        at_once(training(folder, attempt).expect("it has just been there"), signals);
        let output = pool.wait_with_output().expect("it is a child");
        let said = text(&output);
        assert_eq!(output.status.code(), Some(75), "{said}");
        assert!(said.contains("the workers of 1 run were ended again and again by somebody's signal"), "{said}");
        let told = status(folder);
        assert_eq!((count(&told, "stopped"), count(&told, "lost") + count(&told, "failed")), (1, 0), "{told}");
    }
}

#[test]
fn a_worker_that_is_suspended_is_named_and_not_waited_for_by_others() {
    let folder = one_long_run(1);
    let folder = folder.path();
    let expected = undisturbed(folder, &["net_run"]);
    let said = std::fs::File::create(folder.join("said")).expect("it can be made");
    let mut command = super::support::command(folder, &["batch", "run", "batch.toml"]);
    let mut pool = command.stdin(std::process::Stdio::null()).stderr(said).spawn().expect("it can be started");
    assert!(wait_until(&mut pool, || training(folder, "attempt-0001").is_some()), "it ended by itself");
    let worker = training(folder, "attempt-0001").expect("it has just been there");
    signal(worker, "-STOP");
    let text_of = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let named =
        format!("its worker, process {worker}, is suspended and waited for; `kill -CONT {worker}` lets it go on");
    assert!(wait_until(&mut pool, || text_of("said").contains(&named)), "{}", text_of("said"));
    assert_eq!(count(&status(folder), "running"), 1, "it has been heard of lately");
    // Its pool dies, and what it was last heard of is dated by a clock that is a day ahead.
    pool.kill().expect("it is a child");
    pool.wait().expect("it has ended");
    let run = runs(&folder.join("runs")).remove(0);
    let beat = std::fs::File::open(run.join("attempt-0001/heartbeat.json")).expect("it is there");
    beat.set_modified(std::time::SystemTime::now() + Duration::from_secs(86_400)).expect("it is one's own");
    assert_eq!(count(&status(folder), "lost"), 1);
    // Others do its run, and it does no harm when it goes on.
    let output = elbo(folder, &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    signal(worker, "-CONT");
    while Path::new(&format!("/proc/{worker}/exe")).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(results(&folder.join("runs")) == expected, "results differ");
}

#[test]
fn a_result_that_cannot_be_read_is_its_own_run_s_failure() {
    let folder = folder(SPEC, &MANIFEST.replace("*.elbo", "spec.elbo#*_run"));
    let folder = folder.path();
    let run_all = || elbo(folder, &["batch", "run", "batch.toml"]);
    assert!(run_all().status.success());
    let [first, second] = &*runs(&folder.join("runs")) else { panic!("two runs") };
    std::fs::remove_dir_all(second).expect("it is there");
    let record = first.join("training/run.toml");
    let whole = std::fs::read(&record).expect("it is there");
    std::fs::write(&record, "nonsense").expect("it can be written");
    let told = status(folder);
    assert_eq!((count(&told, "failed"), count(&told, "waiting")), (1, 1), "{told}");
    let named = |output: &std::process::Output| {
        let said = text(output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("training/run.toml` is damaged or was not written by this program"), "{said}");
        said
    };
    named(&elbo(folder, &["batch", "status", "batch.toml"]));
    assert!(elbo(folder, &["batch", "plan", "batch.toml"]).status.success(), "it only looks");
    let said = named(&run_all());
    assert!(said.contains("1 finished, 1 failed") && !said.contains("elbo batch retry"), "{said}");
    assert!(text(&elbo(folder, &["batch", "retry", "batch.toml"])).contains("training/run.toml` is damaged"));
    // Once it is put right, nothing is left to do.
    std::fs::write(&record, whole).expect("it can be written");
    assert!(run_all().status.success());
    assert_eq!(count(&status(folder), "finished"), 2);
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
