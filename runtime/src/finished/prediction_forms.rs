//! Predictions of files as a table, as JSON and as CSV.

use super::{FilePredictions, FinishedRun, PredictedExample};
use crate::report::comparison::quoted;
use serde_json::json;
use std::fmt::Write;

/// The version of the JSON form.
const VERSION: u32 = 1;

impl FilePredictions {
    /// A line an example: its class with its probability, and how certain that is.
    pub fn table(&self) -> String {
        let header = ["file", "class", "probability", "aleatoric", "epistemic", "entropy"].map(str::to_owned);
        let rows = self.examples.iter().map(|example| {
            let number = |value: f64| format!("{value:.4}");
            [
                example.name.clone(),
                self.class_name(example).to_owned(),
                number(example.confidence()),
                number(example.aleatoric),
                example.epistemic.map_or_else(|| "none".to_owned(), number),
                number(example.entropy),
            ]
        });
        let lines: Vec<[String; 6]> = std::iter::once(header).chain(rows).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..6).map(width).collect();
        let mut text = String::new();
        for line in &lines {
            let mut row = format!("{:<2$}  {:<3$}", line[0], line[1], widths[0], widths[1]);
            for (cell, width) in line.iter().zip(&widths).skip(2) {
                let _ = write!(row, "  {cell:>width$}");
            }
            text.push_str(row.trim_end());
            text.push('\n');
        }
        text
    }

    /// One document: the run, the draws, and of each example the probability of every class.
    pub fn json(&self, finished: &FinishedRun) -> String {
        let examples: Vec<_> = (self.examples.iter())
            .map(|example| {
                json!({
                    "file": example.name,
                    "predicted": example.predicted,
                    "class": self.class_name(example),
                    "confidence": example.confidence(),
                    "aleatoric": example.aleatoric,
                    "epistemic": example.epistemic,
                    "entropy": example.entropy,
                    "mutual_information": example.mutual_information,
                    "probabilities": example.probabilities,
                })
            })
            .collect();
        let document = json!({
            "version": VERSION,
            "run": finished.report.run.name,
            "identity": finished.report.run.identity,
            "samples": self.samples,
            "classes": self.class_names,
            "predictions": examples,
        });
        format!("{document}\n")
    }

    /// A line an example with the columns of `predictions.csv` that need no label; an empty cell where nothing is defined.
    pub fn csv(&self) -> String {
        let mut text = "file,predicted,class,confidence,aleatoric,epistemic,entropy,mutual_information".to_owned();
        for class in 0..self.class_names.len() {
            let _ = write!(text, ",p{class}");
        }
        text.push('\n');
        let optional = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for example in &self.examples {
            let (file, class) = (quoted(&example.name), quoted(self.class_name(example)));
            let _ =
                write!(text, "{file},{},{class},{},{},", example.predicted, example.confidence(), example.aleatoric);
            let _ = write!(text, "{},{},", optional(example.epistemic), example.entropy);
            text.push_str(&optional(example.mutual_information));
            for probability in &example.probabilities {
                let _ = write!(text, ",{probability}");
            }
            text.push('\n');
        }
        text
    }

    fn class_name(&self, example: &PredictedExample) -> &str {
        &self.class_names[example.predicted]
    }
}

impl PredictedExample {
    /// The probability of the most probable class.
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.predicted]
    }
}
