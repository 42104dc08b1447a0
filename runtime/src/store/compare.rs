//! In what two files of the same run must be equal.

use crate::backend::network_name;
use safetensors::tensor::{Dtype, SafeTensors};
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields of a line of `metrics.jsonl` that hold times.
const TIMING: [&str; 2] = ["images_per_second", "seconds"];

/// Fields of a report's `run` that say what it is called.
const NAMES: [&str; 3] = ["name", "model", "varied"];

/// In what two files of the same run must be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// In every byte: weights, reports, the IR.
    Exact,
    /// In every tensor, whatever form their names have: `weights.safetensors`, of which older versions wrote the
    /// network's own names.
    Tensors,
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
            Self::Tensors => left == right || tensors(left).is_some_and(|left| Some(left) == tensors(right)),
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

/// The type, shape and bytes of a tensor.
type Tensor<'b> = (Dtype, Vec<usize>, &'b [u8]);

/// The tensors of a safetensors file by the network's names; `None` if it is none.
fn tensors(bytes: &[u8]) -> Option<BTreeMap<String, Tensor<'_>>> {
    let file = SafeTensors::deserialize(bytes).ok()?;
    let tensors = file.tensors().into_iter();
    Some(
        tensors.map(|(name, view)| (network_name(&name), (view.dtype(), view.shape().to_vec(), view.data()))).collect(),
    )
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
