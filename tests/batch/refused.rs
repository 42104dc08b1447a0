//! What a batch says of runs that cannot be done, and what it does with the others.

use super::support::{MANIFEST, SPEC, count, elbo, folder, results, runs, status, text};
use std::fs;

#[test]
fn a_bad_spec_stops_the_batch_unless_it_is_to_go_on() {
    let folder = folder(SPEC, MANIFEST);
    fs::write(folder.path().join("bad.elbo"), SPEC.replace("linear(10)", "linear(11)")).expect("it can be written");
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output);
    assert!(message.contains("bad.elbo:") && message.contains("--keep-going"), "{message}");
    assert!(!folder.path().join("runs").exists(), "something was begun");
    let output = elbo(folder.path(), &["batch", "run", "batch.toml", "--keep-going"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(results(&folder.path().join("runs")).len(), 20);
}

#[test]
fn a_network_that_diverges_says_nothing_of_the_others() {
    let spec = SPEC.replace("vary.train.seed = range(0, 10)", "vary.train.optimizer.lr = [1e-3, 1e30, 1e-2]");
    let folder = folder(&spec, MANIFEST);
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let told = status(folder.path());
    assert_eq!((count(&told, "finished"), count(&told, "failed")), (5, 1), "{told}");
    let failed = told["runs"].as_array().into_iter().flatten().find(|run| run["state"] == "failed");
    let failed = failed.expect("there is one");
    assert!(failed["message"].as_str().is_some_and(|message| message.contains("finite")), "{failed}");
    assert!(failed["help"].as_str().is_some_and(|help| help.contains("learning rate")), "{failed}");
    // They are left alone, until somebody wants them to be tried again.
    let attempts = |folder: &std::path::Path| {
        let runs = runs(&folder.join("runs"));
        runs.iter().map(|run| fs::read_dir(run).map_or(0, Iterator::count)).sum::<usize>()
    };
    let before = attempts(folder.path());
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("1 run failed before"), "{}", text(&output));
    assert_eq!(attempts(folder.path()), before);
    let output = elbo(folder.path(), &["batch", "retry", "batch.toml", "flats"]);
    assert!(text(&output).contains("no run has failed"), "{}", text(&output));
    let output = elbo(folder.path(), &["batch", "retry", "batch.toml", "nets"]);
    assert!(text(&output).contains("1 run will be tried again"), "{}", text(&output));
    assert_eq!(count(&status(folder.path()), "waiting"), 1);
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(attempts(folder.path()), before + 1);
    let logs = text(&elbo(folder.path(), &["batch", "logs", "batch.toml", "nets/train.optimizer.lr=1e30"]));
    assert_eq!(logs.matches("stopped being a finite number").count(), 2, "{logs}");
}

#[test]
fn what_memory_cannot_hold_is_not_begun() {
    let spec = SPEC.replace(
        "flatten; head: linear(10); output categorical }\nrun net_run",
        "flatten; wide: linear(400000); relu; wider: linear(400000); relu; head: linear(10); output categorical }\nrun net_run",
    );
    let folder = folder(&spec, &MANIFEST.replace("*.elbo", "spec.elbo#*_run"));
    let plan = elbo(folder.path(), &["batch", "plan", "batch.toml"]);
    assert!(text(&plan).contains("1 run needs more memory than"), "{}", text(&plan));
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let told = status(folder.path());
    assert_eq!((count(&told, "finished"), count(&told, "failed")), (1, 1), "{told}");
    assert!(text(&output).contains("is forecast to need"), "{}", text(&output));
    assert_eq!(runs(&folder.path().join("runs")).len(), 1, "it was begun");
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_machine_without_the_planned_kernels_refuses() {
    let manifest = MANIFEST.replace("name =", "kernels = \"neon\"\nname =").replace("*.elbo", "spec.elbo#*_run");
    let folder = folder(SPEC, &manifest);
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let message = text(&output);
    assert!(message.contains("is computed with the kernels `neon`, which this machine has not"), "{message}");
    assert_eq!(count(&status(folder.path()), "failed"), 2);
    assert!(results(&folder.path().join("runs")).is_empty());
    // Other kernels are other runs.
    for kernels in ["portable", "avx2"] {
        fs::write(folder.path().join("batch.toml"), manifest.replace("neon", kernels)).expect("it can be written");
        let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(count(&status(folder.path()), "finished"), 2);
    }
    let results = results(&folder.path().join("runs"));
    assert_eq!(results.len(), 4);
    let table = |report: &[u8]| String::from_utf8_lossy(report).contains("\"kernel_table\":\"portable\"");
    assert_eq!(results.values().filter(|files| table(&files["report.json"])).count(), 2);
}

#[test]
fn data_that_changed_since_the_plan_is_refused() {
    let spec = "dataset data { source = csv(\"points.csv\", target=\"y\", features=[\"x\"]); split = fraction(train=0.8, validation=0.2) }
train regime { objective = maximum_likelihood; optimizer = adam(lr=1e-2); epochs = 2; batch = 10 }
report few { samples = 4 }
model net { input vector[1]; default point; head: linear(1); output gaussian(noise=learned) }
run trial { model = net; data = data; train = regime; report = few }
";
    let folder = folder(spec, MANIFEST);
    let points = |slope: f64| (0..60).map(|x| format!("{x},{}\n", slope * f64::from(x))).collect::<String>();
    let file = folder.path().join("points.csv");
    fs::write(&file, format!("x,y\n{}", points(1.0))).expect("it can be written");
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    let batch = status(folder.path())["directory"].as_str().expect("a path").to_owned();
    fs::write(&file, format!("x,y\n{}", points(2.0))).expect("it can be written");
    let output = elbo(folder.path(), &["batch", "worker", &batch, "0"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("`trial` is not the run that was planned"), "{}", text(&output));
    assert_eq!(results(&folder.path().join("runs")).len(), 1);
}

#[test]
fn a_work_list_that_was_altered_is_refused() {
    let folder = folder(SPEC, &MANIFEST.replace("*.elbo", "spec.elbo#flat_run"));
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    let batch = status(folder.path())["directory"].as_str().expect("a path").to_owned();
    let items = std::path::Path::new(&batch).join("items.jsonl");
    let whole = fs::read(&items).expect("it is there");
    fs::write(&items, &whole[..whole.len() / 2]).expect("it can be written");
    for arguments in [&["batch", "status", "batch.toml"][..], &["batch", "worker", &batch, "0"]] {
        let output = elbo(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output).contains("items.jsonl` cannot be used: its SHA-256"), "{}", text(&output));
    }
    // As the message says, planning it again puts it right.
    assert!(elbo(folder.path(), &["batch", "run", "batch.toml"]).status.success());
    assert_eq!(fs::read(&items).expect("it is there"), whole);
}

#[test]
fn missing_data_stops_the_batch_once_for_all_runs_it_concerns() {
    let spec = SPEC.replace("source = digits()", "source = mnist()").replace("image[1, 8, 8]", "image[1, 28, 28]");
    let folder = folder(&spec, MANIFEST);
    fs::write(folder.path().join("sound.elbo"), SPEC).expect("it can be written");
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output);
    assert_eq!(message.matches("\n  of: ").count(), 1, "{message}");
    assert!(message.contains("elbo data fetch mnist") && message.contains("and 19 more runs"), "{message}");
    assert!(!folder.path().join("runs").exists(), "something was begun");
    let output = elbo(folder.path(), &["batch", "run", "batch.toml", "--keep-going"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(results(&folder.path().join("runs")).len(), 20);
}

#[test]
fn a_store_that_cannot_be_written_stops_the_batch_and_fails_no_run() {
    let folder = folder(SPEC, MANIFEST);
    let output = elbo(folder.path(), &["batch", "plan", "batch.toml", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let identity = plan["runs"][7]["training"].as_str().expect("64 digits");
    // A file where the folder of a run belongs.
    let store = folder.path().join("runs");
    fs::create_dir_all(&store).expect("it can be made");
    fs::write(store.join(&identity[..2]), "in the way").expect("it can be written");
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let message = text(&output);
    assert!(message.contains("the store cannot be written, so the batch stopped"), "{message}");
    let told = status(folder.path());
    assert_eq!(count(&told, "failed"), 0, "{told}");
    assert!(count(&told, "finished") < 19, "it went on: {told}");
    let logs = text(&elbo(folder.path(), &["batch", "logs", "batch.toml", "7"]));
    assert!(logs.contains(&identity[..2]), "{logs}");
    fs::remove_file(store.join(&identity[..2])).expect("it is there");
    let output = elbo(folder.path(), &["batch", "run", "batch.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(results(&store).len(), 20);
}

#[test]
fn a_device_that_this_elbo_cannot_compute_on_is_refused_when_it_is_planned() {
    let manifest = MANIFEST.replace("[batch]\n", "[batch]\ndevice = \"cuda:7\"\n");
    assert_ne!(manifest, MANIFEST);
    let folder = folder(SPEC, &manifest);
    let output = elbo(folder.path(), &["batch", "plan", "batch.toml"]);
    let message = text(&output);
    if cfg!(feature = "cuda") {
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("`cuda:7` is not available") && message.contains("without CUDA"), "{message}");
}

/// Each worker has the limits of its pool for itself.
#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_address_space_is_that_of_each_worker() {
    let spec = SPEC.replace(
        "flatten; head: linear(10); output categorical }\nrun net_run",
        "flatten; wide: linear(4000); relu; wider: linear(4000); relu; head: linear(10); output categorical }\nrun net_run",
    );
    let folder = folder(&spec, &MANIFEST.replace("*.elbo", "spec.elbo#*_run"));
    let mut command = std::process::Command::new("prlimit");
    command.arg("--as=500000000").arg(env!("CARGO_BIN_EXE_elbo")).args(["batch", "run", "batch.toml"]);
    let command = command.current_dir(folder.path()).env("HOME", folder.path()).env("ELBO_CACHE", folder.path());
    let Ok(output) = command.output() else {
        println!("skipped: there is no `prlimit`");
        return;
    };
    let said = text(&output);
    assert!(said.contains("and the limit of address space (`ulimit -v`) allows 477 MiB"), "{said}");
    let told = status(folder.path());
    assert_eq!((count(&told, "finished"), count(&told, "failed")), (1, 1), "{told}");
}
