use super::{data, identity, keys, parts};
use crate::machine::ProcessKey;
use crate::store::{AttemptProgress, Pulse, RUN_RECORD, RunRecord, RunStatus, SILENCE, Store, StoreClock, timestamp};
use serde_json::Value;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

/// A store with an attempt whose record says that it runs.
fn store() -> (tempfile::TempDir, Store, crate::store::Attempt) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let store = Store::new(folder.path().join("runs"));
    let attempt = store.begin(&keys()).expect("it can be written");
    let record = RunRecord::begin(&parts(), data(), timestamp(SystemTime::now()));
    attempt.write(RUN_RECORD, record.to_toml().as_bytes()).expect("it can be written");
    (folder, store, attempt)
}

fn is_alive(store: &Store) -> bool {
    let clock = StoreClock::of(store.root());
    store.last_attempt(&identity(), &clock).expect("it can be read").is_some_and(|attempt| attempt.is_alive())
}

/// Changes a heartbeat as its file has it.
fn alter(attempt: &crate::store::Attempt, change: impl FnOnce(&mut Value)) {
    let path = attempt.path("heartbeat.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("JSON");
    change(&mut value);
    fs::write(&path, value.to_string()).expect("it can be written");
}

#[test]
fn an_attempt_is_alive_while_its_process_is() {
    let (_folder, store, attempt) = store();
    assert!(!is_alive(&store), "it has never been heard of");
    let pulse = Pulse::begin(&attempt);
    assert!(is_alive(&store));
    drop(pulse);
    assert!(is_alive(&store), "this process still is");
    alter(&attempt, |beat| beat["process"]["started"] = 1.into());
    assert!(!is_alive(&store), "another process has its number");
}

#[test]
fn an_attempt_of_another_machine_is_alive_as_long_as_it_is_heard_of_by_the_clock_of_the_store() {
    let (_folder, store, attempt) = store();
    drop(Pulse::begin(&attempt));
    alter(&attempt, |beat| beat["process"]["host"] = "elsewhere".into());
    let dated = |written: SystemTime| {
        let file = File::options().append(true).open(attempt.path("heartbeat.json")).expect("it is there");
        file.set_modified(written).expect("it is ours");
        is_alive(&store)
    };
    let now = SystemTime::now();
    assert!(dated(now));
    assert!(dated(now - SILENCE + Duration::from_secs(5)));
    assert!(!dated(now - SILENCE - Duration::from_secs(5)));
    // A clock that runs ahead a little is common; what lies far ahead tells nothing of now.
    assert!(dated(now + SILENCE - Duration::from_secs(5)));
    assert!(!dated(now + Duration::from_secs(86_400)));
}

#[test]
fn a_process_of_this_machine_that_has_fallen_silent_is_not_waited_for() {
    let (_folder, store, attempt) = store();
    drop(Pulse::begin(&attempt));
    assert!(is_alive(&store));
    let file = File::options().append(true).open(attempt.path("heartbeat.json")).expect("it is there");
    file.set_modified(SystemTime::now() - SILENCE - Duration::from_secs(5)).expect("it is ours");
    assert!(!is_alive(&store), "it is stopped, or hangs");
}

#[test]
fn an_attempt_that_has_ended_or_cannot_be_read_is_not_alive() {
    let (_folder, store, attempt) = store();
    let _pulse = Pulse::begin(&attempt);
    let whole = fs::read(attempt.path("heartbeat.json")).expect("it is there");
    fs::write(attempt.path("heartbeat.json"), &whole[..whole.len() / 2]).expect("it can be written");
    assert!(!is_alive(&store));
    fs::write(attempt.path("heartbeat.json"), &whole).expect("it can be written");
    assert!(is_alive(&store));
    let record =
        RunRecord { status: RunStatus::Stopped, ..RunRecord::begin(&parts(), data(), timestamp(SystemTime::now())) };
    attempt.write(RUN_RECORD, record.to_toml().as_bytes()).expect("it can be written");
    assert!(!is_alive(&store));
    // One that was cut off as it began has no record.
    fs::remove_file(attempt.path(RUN_RECORD)).expect("it is there");
    assert!(!is_alive(&store));
}

#[test]
fn a_beat_tells_the_progress_it_was_told() {
    let (_folder, store, attempt) = store();
    let pulse = Pulse::begin(&attempt);
    let scoring = AttemptProgress::Scoring { done: 3, examples: 7 };
    pulse.tell(scoring.clone());
    let clock = StoreClock::of(store.root());
    let last = || store.last_attempt(&identity(), &clock).ok().flatten().and_then(|attempt| attempt.heartbeat);
    let (beat, _) = std::iter::from_fn(|| {
        std::thread::sleep(Duration::from_millis(20));
        Some(last())
    })
    .flatten()
    .find(|(beat, _)| beat.beat > 0)
    .expect("beats do not end");
    assert_eq!((beat.progress, beat.process), (scoring, ProcessKey::own()));
}

#[test]
fn an_attempt_that_has_stopped_does_not_hide_one_that_goes_on() {
    let (_folder, store, attempt) = store();
    let _pulse = Pulse::begin(&attempt);
    let later = store.begin(&keys()).expect("it can be written");
    let record =
        RunRecord { status: RunStatus::Stopped, ..RunRecord::begin(&parts(), data(), timestamp(SystemTime::now())) };
    later.write(RUN_RECORD, record.to_toml().as_bytes()).expect("it can be written");
    assert!(is_alive(&store), "the earlier one goes on");
}

#[test]
fn an_attempt_for_another_evaluation_does_not_stand_for_this_one() {
    let (_folder, store, attempt) = store();
    let _pulse = Pulse::begin(&attempt);
    let clock = StoreClock::of(store.root());
    let record =
        RunRecord { evaluation: Some(identity()), ..RunRecord::begin(&parts(), data(), timestamp(SystemTime::now())) };
    attempt.write(RUN_RECORD, record.to_toml().as_bytes()).expect("it can be written");
    assert!(store.last_attempt_for(&keys(), &clock).expect("it can be read").is_none());
    assert!(is_alive(&store), "it works at the training all the same");
    let later = store.begin(&keys()).expect("it can be written");
    let earlier = store.earlier_attempt(&later, &clock).expect("it can be read").expect("there is one");
    assert_eq!(earlier.directory, attempt.directory());
    assert!(store.earlier_attempt(&attempt, &clock).expect("it can be read").is_none());
}
