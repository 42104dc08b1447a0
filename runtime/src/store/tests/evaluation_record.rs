use super::{data, evaluation};
use crate::store::{EvaluationRecord, StoreError, read_evaluation_record, timestamp};
use elbo_compiler::ir::{Metric, Report};
use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

pub(super) fn record() -> EvaluationRecord {
    let report = Report {
        samples: 25,
        estimator: None,
        metrics: vec![Metric::Accuracy, Metric::Reliability { bins: 15 }],
        out_of_distribution: Vec::new(),
    };
    let files = BTreeMap::from([("report.json".to_owned(), "ef".repeat(32))]);
    EvaluationRecord::new(&evaluation(), ("trial", "easy"), None, &report, (data(), files), timestamp(UNIX_EPOCH))
}

#[test]
fn a_record_reads_back_and_other_files_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evaluation.toml");
    let good = record().to_toml();
    std::fs::write(&path, &good).expect("writes");
    assert_eq!(read_evaluation_record(&path).expect("reads"), record());
    let cases = [
        (good.replace("version = 1\n", "version = 9\n"), "its version is 9, known is 1"),
        (good.replacen("version = 1\n", "", 1), "it has no `version`"),
        (good.replace("name = \"trial\"", "name = \"trial\"\nextra = 1"), "unknown field `extra`"),
        ("{".to_owned(), "evaluation.toml` is damaged"),
    ];
    for (text, expected) in cases {
        std::fs::write(&path, text).expect("writes");
        let message = read_evaluation_record(&path).expect_err("is refused").to_string();
        assert!(message.contains(expected), "`{message}` should contain `{expected}`");
    }
    assert!(matches!(read_evaluation_record(&folder.path().join("absent")), Err(StoreError::Read { .. })));
}
