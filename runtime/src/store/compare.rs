//! In what two files of the same run must be equal.

use crate::backend::network_name;
use crate::uncertainty::{NAME_COLUMNS, SOURCE_COLUMNS};
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
    /// In everything a report tells but what the run and the files of its data are called: another spec may have other
    /// names for them.
    WithoutNames,
    /// In every column but those that say in which file an input stands, and where, and what its class is called:
    /// `predictions.csv`. A copy of the file under another name holds the same examples.
    WithoutSources,
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
            Self::WithoutSources => left == right || unsourced(left).is_some_and(|left| Some(left) == unsourced(right)),
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
            // Of files what they hold.
            if let Some(digests) = data.get_mut("digests") {
                let mut held: Vec<Value> =
                    digests.as_object().into_iter().flat_map(|all| all.values().cloned()).collect();
                held.sort_by_key(ToString::to_string);
                *digests = held.into();
            }
        }
    }
    Some(report)
}

/// The cells of a table without the columns of sources and of names of classes; `None` if it is none.
fn unsourced(bytes: &[u8]) -> Option<Vec<Vec<String>>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
    let header = lines.first()?;
    let is_kept = |column: &usize| {
        header.get(*column).is_some_and(|name| !SOURCE_COLUMNS.contains(&name) && !NAME_COLUMNS.contains(&name))
    };
    let kept: Vec<usize> = (0..header.len()).filter(is_kept).collect();
    Some(lines.iter().map(|line| kept.iter().map(|&column| line[column].to_owned()).collect()).collect())
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

#[cfg(test)]
mod tests {
    use super::Comparison;

    #[test]
    fn predictions_are_compared_without_the_names_of_files() {
        let equal = |left: &str, right: &str| Comparison::WithoutSources.are_equal(left.as_bytes(), right.as_bytes());
        let one = "index,mean,file,row,line\n0,1.5,a.csv,3,5\n";
        assert!(equal(one, "index,mean,file,row,line\n0,1.5,\"b,c.csv\",3,5\n") && equal(one, "index,mean\n0,1.5\n"));
        // What classes are called follows from the report.
        assert!(equal("index,label_name,file\n0,cat,a.csv\n", "index\n0\n"));
        for other in ["index,mean\n0,1.6\n", "index,mean\n", "index,std\n0,1.5\n", ""] {
            assert!(!equal(one, other), "{other:?}");
        }
    }
}
