//! In what two files of the same run must be equal.

use serde_json::Value;

/// Fields of a line of `metrics.jsonl` that hold times.
const TIMING: [&str; 2] = ["images_per_second", "seconds"];

/// Fields of a report's `run` that say what it is called.
const NAMES: [&str; 3] = ["name", "model", "varied"];

/// In what two files of the same run must be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// In every byte: weights, reports, the IR.
    Exact,
    /// In every field of every line of JSON but those that hold times: `metrics.jsonl`.
    WithoutTiming,
    /// In everything a report tells but what the run is called: another spec may have another name for it.
    WithoutNames,
    /// In nothing: it records circumstances (`run.toml`) or wording (`spec.elbo`, whose comments may
    /// differ where its meaning does not).
    Recorded,
}

impl Comparison {
    /// Whether the two contents are equal in this sense.
    pub fn are_equal(self, left: &[u8], right: &[u8]) -> bool {
        match self {
            Self::Exact => left == right,
            Self::WithoutNames => match (unnamed(left), unnamed(right)) {
                (Some(left), Some(right)) => left == right,
                _ => false,
            },
            Self::WithoutTiming => match (untimed(left), untimed(right)) {
                (Some(left), Some(right)) => left == right,
                _ => false,
            },
            Self::Recorded => true,
        }
    }
}

/// The report without what its run is called; `None` if it is no JSON.
fn unnamed(bytes: &[u8]) -> Option<Value> {
    let mut report: Value = serde_json::from_slice(bytes).ok()?;
    if let Some(run) = report.get_mut("run").and_then(Value::as_object_mut) {
        NAMES.iter().for_each(|name| drop(run.remove(*name)));
        if let Some(data) = run.get_mut("data").and_then(Value::as_object_mut) {
            data.remove("name");
        }
    }
    Some(report)
}

/// The lines without the fields that hold times; `None` if one is no JSON.
fn untimed(bytes: &[u8]) -> Option<Vec<Value>> {
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut value: Value = serde_json::from_slice(line).ok()?;
            if let Some(fields) = value.as_object_mut() {
                TIMING.iter().for_each(|name| drop(fields.remove(*name)));
            }
            Some(value)
        })
        .collect()
}
