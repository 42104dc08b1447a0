//! A batch as files: the IR of each run, and a table of what they are.

use crate::compiled::BatchRun;
use crate::table::{Side, columns};
use elbo_compiler::analysis::{LayerCounts, count};
use elbo_compiler::ir::{Mark, digest, grouped, to_json};
use elbo_runtime::backend::BackendChoice;
use elbo_runtime::forecast::{Counts, forecast, size};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A run of a batch and what it is compiled to.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledFile {
    /// The name of the file: the run's, with what no file's name should have replaced.
    pub file: String,
    /// The IR as JSON.
    pub ir: String,
    /// What is said of it.
    pub summary: Summary,
}

/// What is said of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The run's name.
    pub name: String,
    /// Its spec file.
    pub spec: String,
    /// Weights and biases.
    pub parameters: usize,
    /// Multiply-accumulates of one forward pass of one example.
    pub multiply_accumulates: usize,
    /// Layers with weights by their marks.
    pub marks: BTreeMap<&'static str, usize>,
    /// Forecast bytes of memory; `None` where that depends on data files.
    pub memory: Option<u64>,
    /// Warnings of its spec.
    pub warnings: usize,
    /// SHA-256 of its canonical IR.
    pub digest: String,
}

/// The name of the table's file.
pub const SUMMARY: &str = "summary.csv";

const COLUMNS: [&str; 9] =
    ["run", "file", "spec", "parameters", "multiply_accumulates", "marks", "memory_bytes", "warnings", "ir_digest"];

/// What every run is compiled to, in their order. Names of files differ, whatever the names of runs.
pub fn compiled_files(runs: &[BatchRun], backend: BackendChoice) -> Vec<CompiledFile> {
    let mut files: Vec<CompiledFile> = runs.par_iter().map(|run| compiled_file(run, backend)).collect();
    let mut taken: BTreeSet<String> = BTreeSet::from([SUMMARY.to_owned()]);
    for file in &mut files {
        let stem = file.file.clone();
        file.file = format!("{stem}.json");
        for number in 2.. {
            // Systems that take capitals for small letters are not to lose one of two.
            if taken.insert(file.file.to_lowercase()) {
                break;
            }
            file.file = format!("{stem}-{number}.json");
        }
    }
    files
}

fn compiled_file(run: &BatchRun, backend: BackendChoice) -> CompiledFile {
    let plain = |letter: char| if letter.is_alphanumeric() || "-_.=,".contains(letter) { letter } else { '-' };
    let stem: String = run.name.name.chars().map(plain).take(120).collect();
    let LayerCounts { parameters, multiply_accumulates } = count(&run.run.network);
    let mut marks = BTreeMap::new();
    for layer in &run.run.network.layers {
        let mark = match layer.mark {
            Some(Mark::Bayes { .. }) => "bayes",
            Some(Mark::Dropout { .. }) => "dropout",
            Some(Mark::Point { .. }) => "point",
            None => continue,
        };
        *marks.entry(mark).or_default() += 1;
    }
    let memory = Counts::published(&run.run.data).and_then(|counts| forecast(&run.run, backend, counts, None).ok());
    let summary = Summary {
        name: run.name.name.clone(),
        spec: run.name.file.clone(),
        parameters,
        multiply_accumulates,
        marks,
        memory: memory.map(|forecast| forecast.memory.peak),
        warnings: run.warnings,
        digest: digest(&run.run),
    };
    CompiledFile { file: stem, ir: to_json(&run.run), summary }
}

impl Summary {
    fn marks(&self) -> String {
        self.marks.iter().map(|(mark, layers)| format!("{layers} {mark}")).collect::<Vec<_>>().join(", ")
    }
}

/// The table for people.
pub fn summary_text(files: &[CompiledFile]) -> String {
    let rows: Vec<Vec<String>> = files
        .iter()
        .map(|CompiledFile { summary, .. }| {
            vec![
                summary.name.clone(),
                grouped(summary.parameters),
                grouped(summary.multiply_accumulates),
                summary.marks(),
                summary.memory.map_or_else(|| "?".to_owned(), size),
                if summary.warnings == 0 { String::new() } else { grouped(summary.warnings) },
                summary.spec.clone(),
            ]
        })
        .collect();
    let sides = [Side::Left, Side::Right, Side::Right, Side::Left, Side::Right, Side::Right, Side::Left];
    columns(&sides, &["run", "parameters", "MACs", "layers", "memory", "warnings", "spec"], &rows)
}

/// The table for programs, as CSV (RFC 4180).
pub fn summary_csv(files: &[CompiledFile]) -> String {
    let in_memory = "writing to memory does not fail, and every row has as many cells";
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).expect(in_memory);
    for CompiledFile { file, summary, .. } in files {
        let row = [
            summary.name.clone(),
            file.clone(),
            summary.spec.clone(),
            summary.parameters.to_string(),
            summary.multiply_accumulates.to_string(),
            summary.marks(),
            summary.memory.map_or_else(String::new, |bytes| bytes.to_string()),
            summary.warnings.to_string(),
            summary.digest.clone(),
        ];
        writer.write_record(row).expect(in_memory);
    }
    String::from_utf8(writer.into_inner().expect(in_memory)).expect("every cell is text")
}
