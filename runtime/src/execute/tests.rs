//! A run that is cut off at any operation on the disk leaves no result or a whole one, and the next run finishes it.

use super::resuming::usability;
use super::{ExecuteError, Executed, METRICS, Request, RunObserver, Stop, StoppedAt, Work, execute};
use crate::backend::{BackendChoice, BackendError, DeviceChoice};
use crate::forecast::Forecast;
use crate::store::{
    EVALUATIONS, Identity, RUN_RECORD, RunStatus, Store, StoreError, TRAINING, Usability, disk::cut_off,
    open_evaluation, open_training, read_run_record,
};
use crate::train::{Event, Observer, TrainingState};
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

mod unsaved;

const SPEC: &str = "model net { input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical }
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-2); epochs = 2; batch = 500; checkpoint = 2steps
  select = best(validation.nll) }
report few { samples = 2 }
run trial { model = net; data = data; train = regime; report = few }
";

fn run() -> Run {
    let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", SPEC), None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    compilation.runs.into_iter().next().expect("there is one").run
}

/// Remembers remarks; sets `stop` when `at` tells to.
struct Watcher<'w> {
    remarks: Vec<String>,
    stop: &'w Stop,
    at: fn(&Event) -> bool,
}

impl Observer for Watcher<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if (self.at)(event) {
            self.stop.ask();
        }
        Ok(())
    }
}

impl RunObserver for Watcher<'_> {
    fn forecast(&mut self, _: &Forecast) {}

    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
    }
}

/// Executes the run in a store; also what was remarked.
fn executed(store: &Store, fresh: bool, at: fn(&Event) -> bool) -> (Result<Executed, ExecuteError>, Vec<String>) {
    let stop = Stop::default();
    let mut watcher = Watcher { remarks: Vec::new(), stop: &stop, at };
    (watched(store, fresh, &stop, &mut watcher), watcher.remarks)
}

/// Executes the run in a store under an observer.
fn watched(store: &Store, fresh: bool, stop: &Stop, observer: &mut dyn RunObserver) -> Result<Executed, ExecuteError> {
    let run = run();
    let request = Request {
        run: &run,
        name: "trial",
        model: "net",
        data: "data",
        varied: &[],
        spec: SPEC,
        folder: Path::new(""),
        data_roots: &[],
        store,
        backend: BackendChoice::Native,
        device: DeviceChoice::Cpu,
        threads: 1,
        calibrations: None,
        ignore_memory: true,
        fresh,
        force: false,
        waits: false,
        expected: None,
        stop,
    };
    execute(&request, observer)
}

/// The files that two runs must agree in, of an evaluation and of its training.
fn content(evaluation: &Path) -> Vec<Vec<u8>> {
    let training = evaluation.parent().expect("it lies among evaluations").with_file_name(TRAINING);
    let read = |name: &str| {
        let own = evaluation.join(name);
        fs::read(if own.is_file() { own } else { training.join(name) }).expect("one of them has it")
    };
    let metrics = String::from_utf8(read(METRICS)).expect("JSON is UTF-8");
    let untimed = |line: &str| line.split(",\"images_per_second\"").next().unwrap_or_default().to_owned();
    let metrics: String = metrics.lines().map(untimed).collect();
    let mut content =
        ["weights.safetensors", "predictions.csv", "report.json", "report.html", "spec.elbo"].map(read).to_vec();
    content.push(metrics.into_bytes());
    content
}

/// The one run in a store.
fn run_directory(store: &Path) -> PathBuf {
    let only = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read").path());
        let mut entries = entries.filter(|path| !path.ends_with("by-name"));
        entries.next().expect("it holds something")
    };
    only(&only(store))
}

/// The evaluations of a run's directory.
fn evaluations(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join(EVALUATIONS)).into_iter().flatten();
    let entries = entries.map(|entry| entry.expect("it can be read").path());
    entries.filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))).collect()
}

/// The names of checkpoints below a run's directory.
fn checkpoints(run: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in fs::read_dir(run).expect("it is there") {
        let folder = attempt.expect("it can be read").path().join("checkpoints");
        for entry in fs::read_dir(folder).into_iter().flatten() {
            found.push(entry.expect("it can be read").file_name().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

#[test]
fn a_run_cut_off_at_any_operation_leaves_all_or_nothing_and_is_finished_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let undisturbed = Store::new(folder.path().join("undisturbed"));
    let expected = content(&executed(&undisturbed, false, |_| false).0.expect("it runs").directory);
    let (mut resumed, mut trained, mut published) = (0, 0, 0);
    for count in 0.. {
        let store = Store::new(folder.path().join(count.to_string()));
        let ((result, _), whole) = cut_off::after(count, || executed(&store, false, |_| false));
        if whole {
            assert!(result.is_ok());
            assert!(count > 60, "there are {count} operations only");
            break;
        }
        let run = store.root().is_dir().then(|| run_directory(store.root()));
        let left = run.as_ref().map(|run| run.join(TRAINING)).filter(|training| training.exists());
        if let Some(left) = &left {
            assert_eq!(open_training(left).expect("it is whole").status, RunStatus::Finished);
            trained += 1;
        }
        let reported = run.as_ref().and_then(|run| evaluations(run).pop());
        if let Some(reported) = &reported {
            assert_eq!(content(reported), expected, "cut off at operation {count}");
            open_evaluation(reported).expect("it is whole");
            published += 1;
        }
        // The process of a run that was cut off is gone; this one, which played it, is not.
        if let Some(run) = &run {
            let _ = fs::remove_file(run.join("attempt-0001").join("heartbeat.json"));
        }
        let mut steps = 0;
        let (again, remarks) = counted(&store, &mut steps);
        let again = again.unwrap_or_else(|error| panic!("cut off at operation {count}: {error}"));
        let work = match (left, reported) {
            (_, Some(_)) => Work::Nothing,
            (Some(_), None) => Work::Scored,
            (None, None) => Work::Trained,
        };
        assert_eq!(again.work, work, "cut off at operation {count}");
        assert!(work == Work::Trained || steps == 0, "{steps} steps of a training that was published");
        assert_eq!(content(&again.directory), expected, "cut off at operation {count}");
        resumed += usize::from(remarks.iter().any(|remark| remark.starts_with("resumed at step ")));
        let run = run_directory(store.root());
        assert_eq!(checkpoints(&run), [""; 0], "cut off at operation {count}");
        let left_over = |folder: &Path| {
            let entries = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read"));
            let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
            names.filter(|name| name.starts_with(".result-of-")).collect::<Vec<_>>()
        };
        assert_eq!([left_over(&run), left_over(&run.join(EVALUATIONS))].concat(), [""; 0], "cut off at {count}");
        // Half-written files of a checkpoint are no checkpoint, and there is nothing else to skip.
        assert!(remarks.iter().all(|remark| !remark.contains("skipped")), "{remarks:?}");
    }
    assert!(
        resumed > 20 && trained > 10 && published > 1,
        "{resumed} resumed, {trained} trained, {published} published"
    );
}

/// Executes the run and counts the steps of training that it takes.
fn counted(store: &Store, steps: &mut usize) -> (Result<Executed, ExecuteError>, Vec<String>) {
    thread_local! {
        static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }
    STEPS.set(0);
    let result = executed(store, false, |event| {
        if matches!(event, Event::Step(_)) {
            STEPS.set(STEPS.get() + 1);
        }
        false
    });
    *steps = STEPS.get();
    result
}

#[test]
fn a_run_stops_when_it_is_told_to_and_goes_on_from_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let undisturbed = Store::new(folder.path().join("undisturbed"));
    let expected = content(&executed(&undisturbed, false, |_| false).0.expect("it runs").directory);
    type Case = (fn(&Event) -> bool, StoppedAt, &'static str);
    let cases: [Case; 4] = [
        (|event| matches!(event, Event::Started { .. }), StoppedAt::Step { steps: 1, of: 6 }, "stopped at step 1 of 6"),
        // In the validation of the first epoch.
        (
            |event| matches!(event, Event::Step(step) if step.step == 2),
            StoppedAt::Step { steps: 3, of: 6 },
            "stopped at step 3 of 6",
        ),
        (
            |event| matches!(event, Event::Epoch(epoch) if epoch.epoch == 2),
            StoppedAt::Step { steps: 6, of: 6 },
            "stopped at step 6 of 6",
        ),
        (|event| matches!(event, Event::Evaluation { .. }), StoppedAt::Scoring, "stopped while it was scored"),
    ];
    for (number, (at, expected_at, words)) in cases.into_iter().enumerate() {
        let store = Store::new(folder.path().join(number.to_string()));
        let error = executed(&store, false, at).0.expect_err("it is told to stop");
        assert_eq!(error.to_string(), format!("{words}; the same command goes on from there"));
        let ExecuteError::Stopped(stopped) = error else { panic!("{error}") };
        assert_eq!(stopped.at, expected_at);
        // `--fresh` would start again, so that it is not the same command that goes on.
        let fresh = Store::new(folder.path().join(format!("fresh-{number}")));
        let error = executed(&fresh, true, at).0.expect_err("it is told to stop");
        assert_eq!(error.to_string(), format!("{words}; the same command without `--fresh` goes on from there"));
        let record = read_run_record(&stopped.attempt.join(RUN_RECORD)).expect("it is written");
        assert_eq!(record.status, RunStatus::Stopped);
        assert!(record.finished.is_some());
        let (again, remarks) = executed(&store, false, |_| false);
        let again = again.expect("it goes on");
        assert_eq!(content(&again.directory), expected, "{words}");
        let said = match expected_at {
            StoppedAt::Step { steps, .. } => format!("resumed at step {steps} of 6, from attempt-0001"),
            _ => "the training was finished before, and is not done again: only scoring is left".to_owned(),
        };
        assert_eq!(remarks, [said]);
    }
}

#[test]
fn a_fresh_run_starts_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let stop: fn(&Event) -> bool = |event| matches!(event, Event::Step(step) if step.step == 3);
    executed(&store, false, stop).0.expect_err("it is told to stop");
    let (result, remarks) = executed(&store, true, |_| false);
    result.expect("it runs");
    assert_eq!(remarks, [""; 0]);
}

#[test]
fn damaged_checkpoints_are_skipped_for_the_ones_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let undisturbed = Store::new(folder.path().join("undisturbed"));
    let expected = content(&executed(&undisturbed, false, |_| false).0.expect("it runs").directory);
    let stop: fn(&Event) -> bool = |event| matches!(event, Event::Step(step) if step.step == 4);
    /// Does something to a file's bytes.
    type Damage = fn(&mut Vec<u8>);
    let shorten: Damage = |bytes| bytes.truncate(bytes.len() / 2);
    let alter: Damage = |bytes| *bytes.last_mut().expect("it is not empty") ^= 1;
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: &mut Vec<u8>| {
            let text = String::from_utf8(bytes.clone()).expect("JSON is UTF-8");
            assert!(text.contains(from), "{text}");
            *bytes = text.replacen(from, to, 1).into_bytes();
        }
    };
    let step = replace("\"batch\": 2", "\"batch\": 1");
    let version = replace("\"version\": 1", "\"version\": 9");
    type Case<'c> = (&'c str, &'c dyn Fn(&mut Vec<u8>), &'c str);
    let cases: [Case<'_>; 6] = [
        ("000000000005.safetensors", &shorten, "the file of its tensors has another size"),
        ("000000000005.safetensors", &alter, "`000000000005.safetensors` was altered: its SHA-256 is another"),
        ("000000000005.json", &shorten, "it is no checkpoint: "),
        ("000000000005.json", &step, "it was altered: its SHA-256 is another"),
        ("000000000005.json", &version, "it was altered: its SHA-256 is another"),
        ("../metrics.jsonl", &shorten, "`metrics.jsonl` was cut short: "),
    ];
    for (number, (file, damage, problem)) in cases.into_iter().enumerate() {
        let store = Store::new(folder.path().join(number.to_string()));
        executed(&store, false, stop).0.expect_err("it is told to stop");
        let run = run_directory(store.root());
        let saved = ["000000000004.json", "000000000004.safetensors", "000000000005.json", "000000000005.safetensors"];
        assert_eq!(checkpoints(&run), saved, "the last two are kept");
        let path = run.join("attempt-0001/checkpoints").join(file);
        let mut bytes = fs::read(&path).expect("it is there");
        damage(&mut bytes);
        fs::write(&path, bytes).expect("it can be written");
        let (again, remarks) = executed(&store, false, |_| false);
        assert_eq!(content(&again.expect("it goes on").directory), expected, "{file}, {problem}");
        let skipped = &remarks[0];
        assert!(skipped.contains(&format!("000000000005.json` is skipped: {problem}")), "{remarks:?}");
        let starts_again = file.ends_with(METRICS);
        let resumed = remarks.iter().any(|remark| remark == "resumed at step 4 of 6, from attempt-0001");
        assert_eq!(resumed, !starts_again, "{remarks:?}");
    }
}

#[test]
fn a_checkpoint_of_another_run_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let stop: fn(&Event) -> bool = |event| matches!(event, Event::Step(step) if step.step == 4);
    executed(&store, false, stop).0.expect_err("it is told to stop");
    let run = run_directory(store.root());
    let other = crate::store::Identity::parse(&"0f".repeat(32)).expect("it is one");
    let place = store.run_directory(&other);
    fs::create_dir_all(place.parent().expect("it has one")).expect("it can be made");
    fs::rename(&run, &place).expect("it can be moved");
    let mut problems = Vec::new();
    let usable = &mut |_: &TrainingState, _: &[u8]| Ok::<_, StoreError>(Usability::Usable);
    let found = store.find_checkpoint(&other, usable, &mut |_, problem| problems.push(problem.to_owned()));
    assert!(found.expect("it can be searched").is_none());
    assert_eq!(problems, ["it belongs to another run"; 2]);
}

#[test]
fn a_machine_that_fails_is_no_fault_of_a_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let stop: fn(&Event) -> bool = |event| matches!(event, Event::Step(step) if step.step == 3);
    executed(&store, false, stop).0.expect_err("it is told to stop");
    let run = run_directory(store.root());
    let identity = run.file_name().and_then(|name| name.to_str()).and_then(|name| Identity::parse(name).ok());
    let search = |error: fn() -> BackendError| {
        let mut skipped = Vec::new();
        let found = store.find_checkpoint(
            identity.as_ref().expect("is a key"),
            &mut |_: &TrainingState, _: &[u8]| usability(Err(error())),
            &mut |_, problem| skipped.push(problem.to_owned()),
        );
        (found.map(|found| found.is_some()), skipped)
    };
    let memory = || BackendError::Internal {
        backend: "candle",
        layer: "conv1".to_owned(),
        message: "CUDA_ERROR_OUT_OF_MEMORY".to_owned(),
    };
    let (found, skipped) = search(memory);
    assert!(matches!(found, Err(ExecuteError::Backend(_))) && skipped.is_empty(), "{skipped:?}");
    let lost = || BackendError::DeviceLost { device: "a card".to_owned(), reason: "it was reset".to_owned() };
    let (found, skipped) = search(lost);
    let error = found.expect_err("nothing was tried");
    assert!(error.is_temporary() && !error.is_internal() && skipped.is_empty(), "{error}: {skipped:?}");
    assert!(error.help().is_some_and(|help| help.contains("goes on from the last checkpoint")), "{error}");
    assert!(!ExecuteError::from(memory()).is_temporary());
    let (found, skipped) = search(|| BackendError::Parameters("`head.weight` is missing".to_owned()));
    assert!(!found.expect("it is searched"));
    assert_eq!(skipped, ["the parameters do not fit the network: `head.weight` is missing"; 2]);
}

#[test]
fn the_folder_of_one_attempt_says_nothing_of_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let remove: fn(&Event) -> bool = |event| {
        if let Event::Step(step) = event
            && step.step == 1
        {
            REMOVED.with_borrow(|attempt| fs::remove_dir_all(attempt).expect("it is there"));
        }
        false
    };
    REMOVED.set(folder.path().to_owned());
    let error = executed(&store, false, remove).0.expect_err("its folder is gone");
    assert!(error.is_gone() && !error.is_of_the_store(), "{error}");
    assert!(error.to_string().contains("attempt-0001` is gone: it was removed or renamed"), "{error}");
    assert_eq!(error.help().as_deref(), Some("the same command starts it again"));
}

thread_local! {
    /// What is removed in the midst of a run.
    static REMOVED: std::cell::RefCell<PathBuf> = const { std::cell::RefCell::new(PathBuf::new()) };
}

/// Every change keeps the digest right.
#[test]
fn a_forged_checkpoint_gives_way_to_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let stop: fn(&Event) -> bool = |event| matches!(event, Event::Step(step) if step.step == 4);
    type Change = fn(&mut serde_json::Value);
    let cases: [(Change, &str); 12] = [
        (|state| state["progress"]["epoch"] = 0.into(), "it stands at step 5, epoch 0"),
        (|state| state["progress"]["epoch"] = 9.into(), "it stands at step 5, epoch 9"),
        (|state| state["progress"]["epoch"] = u64::MAX.into(), "it stands at step 5"),
        (|state| state["progress"]["batch"] = u64::MAX.into(), "it stands at step 5"),
        (|state| state["progress"]["ended"] = true.into(), "it stands at step 5"),
        (|state| state["progress"]["last"] = serde_json::Value::Null, "the epoch that it says ended last"),
        (|state| state["progress"]["sums"]["examples"] = u64::MAX.into(), "its sums are over 18446744073709551615"),
        (|state| state["progress"]["sums"]["correct"] = u64::MAX.into(), "more of the epoch's 1000 examples are right"),
        (|state| state["progress"]["seconds"] = (-1.0).into(), "it says that the training took"),
        (
            |state| state["progress"]["selection"]["select"]["epochs_without_improvement"] = u64::MAX.into(),
            "`select` has waited longer than the 1 epochs",
        ),
        (|state| state["progress"]["selection"]["kept"]["epoch"] = 7.into(), "its best epoch is 7, of 1"),
        (|state| state["optimizer_steps"] = u64::MAX.into(), "its optimizer has taken 18446744073709551615 steps"),
    ];
    for (number, (change, problem)) in cases.into_iter().enumerate() {
        let store = Store::new(folder.path().join(number.to_string()));
        executed(&store, false, stop).0.expect_err("it is told to stop");
        let path = run_directory(store.root()).join("attempt-0001/checkpoints/000000000005.json");
        crate::store::checkpoint::forge(&path, &change);
        let (again, remarks) = executed(&store, false, |_| false);
        again.expect("it goes on");
        assert!(remarks[0].contains(problem), "{problem}: {remarks:?}");
        assert!(remarks.iter().any(|remark| remark.starts_with("resumed at step 4 of 6")), "{remarks:?}");
    }
}

#[test]
fn metrics_that_another_program_cuts_short_are_not_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    thread_local! {
        static ROOT: std::cell::RefCell<PathBuf> = const { std::cell::RefCell::new(PathBuf::new()) };
    }
    ROOT.with(|root| folder.path().clone_into(&mut root.borrow_mut()));
    // After the last checkpoint, so that only publishing can find it.
    let cut: fn(&Event) -> bool = |event| {
        if let Event::Finished { .. } = event {
            let path = ROOT.with(|root| run_directory(&root.borrow()).join("attempt-0001").join(METRICS));
            let file = fs::OpenOptions::new().write(true).open(path).expect("it is there");
            file.set_len(100).expect("it can be cut");
        }
        false
    };
    let error = executed(&store, false, cut).0.expect_err("is refused").to_string();
    assert!(error.contains("metrics.jsonl") && error.contains("another program changed it"), "{error}");
    assert!(!run_directory(store.root()).join(TRAINING).exists(), "nothing is published");
    executed(&store, false, |_| false).0.expect("the next run trains");
}

#[test]
fn a_training_that_was_copied_from_another_run_is_not_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path().join("store"));
    let finished = executed(&store, false, |_| false).0.expect("it runs");
    let run = run_directory(store.root());
    // What belongs to another run, as far as its records say.
    let record = run.join(TRAINING).join(RUN_RECORD);
    let text = fs::read_to_string(&record).expect("it is there");
    let other = text.replace(finished.keys.training.as_str(), &"0f".repeat(32));
    fs::write(&record, &other).expect("it can be written");
    for copied_evaluations in [true, false] {
        if !copied_evaluations {
            fs::remove_dir_all(run.join(EVALUATIONS)).expect("they are there");
        }
        let error = executed(&store, false, |_| false).0.expect_err("is refused").to_string();
        assert!(error.contains("results of another run were copied there"), "{error}");
    }
    assert!(open_training(&run.join(TRAINING)).is_err());
    fs::write(&record, &text).expect("it can be written");
    executed(&store, false, |_| false).0.expect("only scoring is left");
    let evaluation =
        fs::read_dir(run.join(EVALUATIONS)).expect("it is there").next().expect("one").expect("reads").path();
    let moved = evaluation.with_file_name("0f0f0f0f0f0f0f0f");
    fs::rename(&evaluation, &moved).expect("it can be moved");
    let error = open_evaluation(&moved).expect_err("is refused").to_string();
    assert!(error.contains("but lies in the folder of 0f0f0f0f0f0f0f0f"), "{error}");
}
