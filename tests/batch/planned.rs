//! What a batch does when nothing goes wrong.

use super::support::{MANIFEST, SPEC, count, elbo, folder, results, runs, status, text, undisturbed};
use std::fs;

#[test]
fn every_run_is_done_once_and_comes_to_what_it_comes_to_alone() {
    let folder = folder(SPEC, MANIFEST);
    let expected = undisturbed(folder.path(), &["nets", "flats"]);
    assert_eq!(expected.len(), 20);
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    let store = folder.path().join("runs");
    assert!(results(&store) == expected, "results differ from those of `elbo run`");
    let attempts = |run: &std::path::PathBuf| run.join("attempt-0001").is_dir() && !run.join("attempt-0002").exists();
    assert!(runs(&store).iter().all(attempts), "a run was begun twice");
    let status = status(folder.path());
    assert_eq!(count(&status, "finished"), 20);
    assert_eq!(status["runs"].as_array().map(Vec::len), Some(20));
    // The names that share a run are told.
    let names = |run: &serde_json::Value| run["names"].as_array().map_or(0, Vec::len);
    let names: usize = status["runs"].as_array().into_iter().flatten().map(names).sum();
    assert_eq!(names, 22);
    // Once more there is nothing to do.
    let again = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(again.status.success() && !text(&again).contains("finished: accuracy"), "{}", text(&again));
    assert!(runs(&store).iter().all(attempts), "a run was begun twice");
}

#[test]
fn a_plan_writes_nothing_and_says_what_is_done() {
    let folder = folder(SPEC, MANIFEST);
    for arguments in [&["batch", "plan", "batch.toml"][..], &["batch", "run", "batch.toml", "--dry-run"]] {
        let output = elbo(folder.path(), arguments);
        assert!(output.status.success(), "{}", text(&output));
        assert!(!folder.path().join("runs").exists());
    }
    let output = elbo(folder.path(), &["run", "spec.elbo#nets", "--store", "runs", "-q"]);
    assert!(output.status.success(), "{}", text(&output));
    let output = elbo(folder.path(), &["batch", "plan", "batch.toml", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let runs = plan["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 20);
    assert_eq!(runs.iter().filter(|run| run["finished"] == true).count(), 10);
    assert!(runs.iter().all(|run| run["memory_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 20)));
}

#[test]
fn overrides_change_the_runs_they_match_and_no_other() {
    let manifest = format!("{MANIFEST}[[override]]\nmatch = \"net*\"\nset = {{ \"train.epochs\" = 1 }}\n");
    let folder = folder(SPEC, &manifest);
    let output = elbo(folder.path(), &["batch", "plan", "batch.toml", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for run in plan["runs"].as_array().expect("a list") {
        let is_net = run["names"][0]["model"] == "net";
        assert_eq!(run["epochs"], if is_net { 1 } else { 2 }, "{run}");
    }
}

#[test]
fn what_was_planned_is_run_whatever_becomes_of_the_spec() {
    let folder = folder(SPEC, "[batch]\nname = \"trial\"\nspecs = [\"spec.elbo#flat_run\"]\n");
    let expected = undisturbed(folder.path(), &["flat_run"]);
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    for run in runs(&folder.path().join("runs")) {
        fs::remove_dir_all(run).expect("it can be removed");
    }
    fs::write(folder.path().join("spec.elbo"), "this is no spec").expect("it can be written");
    let batch = status(folder.path())["directory"].as_str().expect("a path").to_owned();
    let mut command = super::support::command(folder.path(), &["batch", "worker", &batch, "0"]);
    // A worker stops when its input ends, so one that stays open is held until it is through.
    let mut worker = command.stdin(std::process::Stdio::piped()).spawn().expect("the binary has just been built");
    let input = worker.stdin.take();
    assert!(worker.wait().expect("it is a child").success());
    drop(input);
    assert!(results(&folder.path().join("runs")) == expected, "another run was done");
}

#[test]
fn compiled_files_are_what_elbo_ir_prints() {
    let folder = folder(SPEC, MANIFEST);
    let output = elbo(folder.path(), &["batch", "compile", "batch.toml", "--out", "compiled"]);
    assert!(output.status.success(), "{}", text(&output));
    let ir = elbo(folder.path(), &["ir", "spec.elbo#nets/train.seed=3", "--format", "json"]);
    let file = fs::read(folder.path().join("compiled/nets-train.seed=3.json")).expect("it is there");
    assert!(file == ir.stdout);
    let table = fs::read_to_string(folder.path().join("compiled/summary.csv")).expect("it is there");
    assert_eq!(table.lines().count(), 1 + 22, "{table}");
}

#[test]
fn runs_that_differ_in_their_report_alone_share_one_training() {
    let sweep = "sweep draws { run = net_run; vary.report.samples = [2, 3, 4, 5] }\n";
    let manifest = MANIFEST.replace("*.elbo", "spec.elbo#draws");
    let folder = folder(&format!("{SPEC}{sweep}"), &manifest);
    let output = elbo(folder.path(), &["batch", "run", "batch.toml", "--jobs", "4"]);
    assert!(output.status.success(), "{}", text(&output));
    let store = folder.path().join("runs");
    assert_eq!((runs(&store).len(), results(&store).len()), (1, 4));
    assert_eq!(count(&status(folder.path()), "finished"), 4);
    let logs = text(&elbo(folder.path(), &["batch", "logs", "batch.toml"]));
    assert_eq!(logs.matches("only scoring is left").count(), 3, "{logs}");
    assert_eq!(logs.matches("training on ").count(), 1, "one of them trains: {logs}");
}

#[test]
fn results_of_another_spec_or_other_data_are_told_apart() {
    let table = |shift: u32| {
        (0..40).fold("x,y\n".to_owned(), |text, row| text + &format!("{},{}\n", row % 7 + shift, (row % 7) % 2))
    };
    let spec = "dataset rows { source = csv(\"rows.csv\", target=\"y\", features=[\"x\"], classes=2) }
model net { input vector[1]; default point; head: linear(2); output categorical }
train regime { objective = maximum_likelihood; optimizer = adam(lr=1e-2); epochs = 1; batch = 10 }
run one { model = net; data = rows; train = regime }
train longer { objective = maximum_likelihood; optimizer = adam(lr=1e-2); epochs = 2; batch = 10 }
run two { model = net; data = rows; train = longer }
";
    let folder = folder(spec, MANIFEST);
    let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).expect("it can be written");
    write("rows.csv", &table(0));
    let begun = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(begun.status.success(), "{}", text(&begun));
    let told = || {
        let now = status(folder.path());
        (count(&now, "finished"), count(&now, "outdated"))
    };
    assert_eq!(told(), (2, 0));
    write("spec.elbo", &spec.replace("epochs = 2", "epochs = 3"));
    assert_eq!(told(), (1, 1), "one of the runs was edited");
    let shown = elbo(folder.path(), &["batch", "status", "batch.toml"]);
    assert_eq!(shown.status.code(), Some(75), "{}", text(&shown));
    assert!(text(&shown).contains("changed since: spec, data or manifest\n  two\n"), "{}", text(&shown));
    write("spec.elbo", spec);
    assert_eq!(told(), (2, 0), "it is as it was");
    write("rows.csv", &table(1));
    assert_eq!(told(), (0, 2), "the same spec reads other data");
    fs::remove_file(folder.path().join("rows.csv")).expect("it is there");
    let shown = text(&elbo(folder.path(), &["batch", "status", "batch.toml"]));
    assert!(shown.contains("2 finished") && shown.contains("it is not known which results"), "{shown}");
}

#[test]
fn two_manifests_of_one_name_are_two_batches() {
    let folder = folder(SPEC, &MANIFEST.replace("*.elbo", "spec.elbo#flat_run"));
    let other = MANIFEST.replace("*.elbo", "spec.elbo#net_run");
    fs::write(folder.path().join("other.toml"), &other).expect("it can be written");
    assert!(elbo(folder.path(), &["batch", "run", "batch.toml"]).status.success());
    let told = elbo(folder.path(), &["batch", "status", "other.toml"]);
    assert_eq!(told.status.code(), Some(1), "{}", text(&told));
    assert!(text(&told).contains("the batch of that name was begun with") && text(&told).contains("batch.toml`"));
    let output = elbo(folder.path(), &["batch", "run", "other.toml"]);
    assert!(output.status.success() && text(&output).contains("they are two batches"), "{}", text(&output));
    for (manifest, run) in [("batch.toml", "flat_run"), ("other.toml", "net_run")] {
        let told = text(&elbo(folder.path(), &["batch", "status", manifest, "--runs"]));
        assert!(told.contains(run), "{manifest}: {told}");
    }
    // The same manifest edited goes on; until then its batch is shown as it was begun.
    fs::write(folder.path().join("other.toml"), other.replace("net_run", "flat_run")).expect("it can be written");
    let told = text(&elbo(folder.path(), &["batch", "status", "other.toml", "--runs"]));
    assert!(told.contains("was edited since the batch was begun") && told.contains("net_run"), "{told}");
}
