use super::{data, identity, parts};
use crate::store::{RunRecord, RunStatus, StoreError, read_run_record, timestamp, unix_seconds};
use std::time::{Duration, UNIX_EPOCH};

fn record(seed: u64) -> RunRecord {
    let mut record = RunRecord::begin(&parts(), data(), timestamp(UNIX_EPOCH + Duration::from_secs(1_800_000_000)));
    record.seed = seed;
    record.threads = 2;
    record
}

#[test]
fn a_record_reads_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.toml");
    for seed in [0, 7, i64::MAX as u64, u64::MAX] {
        let mut record = record(seed);
        for status in [RunStatus::Running, RunStatus::Finished] {
            record.status = status;
            record.finished = (status == RunStatus::Finished).then(|| timestamp(UNIX_EPOCH));
            std::fs::write(&path, record.to_toml()).expect("writes");
            assert_eq!(read_run_record(&path).expect("reads"), record);
        }
    }
}

#[test]
fn a_record_is_plain_toml() {
    let text = record(7).to_toml();
    for line in ["version = 3", "status = \"running\"", "seed = 7", "threads = 2", "started = 2027-01-15T08:00:00Z"] {
        assert!(text.lines().any(|found| found == line), "`{line}` in:\n{text}");
    }
    assert!(text.contains("[data_digests]\ndigits = \"abab"), "{text}");
}

#[test]
fn other_files_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.toml");
    let good = record(7).to_toml();
    let cases = [
        (good.replace("version = 3\n", "version = 9\n"), "its version is 9, known is 3"),
        (good.replace("version = 3\n", ""), "it has no `version`"),
        (good.replace("threads = 2", "threads = 2\nextra = 1"), "unknown field `extra`"),
        (good.replace(identity().as_str(), "../.."), "is no key of a run"),
        (good.replace("seed = 7", "seed = \"seven\""), "`seed` is no whole number"),
        (good.replace("version = 3\n", "version = 2\n"), "was written by an older elbo: its form is 2"),
        ("{".to_owned(), "run.toml` is damaged"),
    ];
    for (text, expected) in cases {
        std::fs::write(&path, text).expect("writes");
        let message = read_run_record(&path).expect_err("is refused").to_string();
        assert!(message.contains(expected), "`{message}` should contain `{expected}`");
    }
    assert!(matches!(read_run_record(&folder.path().join("absent")), Err(StoreError::Read { .. })));
}

#[test]
fn timestamps_are_gregorian() {
    // date -u -d @SECONDS +%FT%TZ
    let known = [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "9999-12-31T23:59:59Z"),
    ];
    for (seconds, expected) in known {
        let time = timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(time.to_string(), expected);
        assert_eq!(unix_seconds(&time), Some(seconds.min(253_402_300_799) as f64));
    }
}

#[test]
fn points_in_time_count_from_1970() {
    let seconds = |text: &str| unix_seconds(&text.parse().expect("is one of TOML's"));
    // date -u -d TEXT +%s.%N
    assert_eq!(seconds("2026-11-25T19:11:06.5+02:30"), Some(1_795_624_866.5));
    assert_eq!(seconds("1969-12-31T23:59:59Z"), Some(-1.0));
    for incomplete in ["2026-11-25", "19:11:06", "2026-11-25T19:11:06"] {
        assert_eq!(seconds(incomplete), None, "{incomplete}");
    }
}
