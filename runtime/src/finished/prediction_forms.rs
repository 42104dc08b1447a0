//! Predictions of images as a table, as JSON and as CSV.

use super::{FinishedRun, ImagePredictions, PredictedImage};
use crate::report::comparison::quoted;
use serde_json::json;
use std::fmt::Write;

/// The version of the JSON form.
const VERSION: u32 = 1;

impl ImagePredictions {
    /// A line an image: its class with its probability, and how certain that is.
    pub fn table(&self) -> String {
        let header = ["file", "class", "probability", "aleatoric", "epistemic", "entropy"].map(str::to_owned);
        let rows = self.images.iter().map(|image| {
            let number = |value: f64| format!("{value:.4}");
            [
                image.file.display().to_string(),
                self.class_name(image).to_owned(),
                number(image.confidence()),
                number(image.aleatoric),
                image.epistemic.map_or_else(|| "none".to_owned(), number),
                number(image.entropy),
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

    /// One document: the run, the draws, and of each image the probability of every class.
    pub fn json(&self, finished: &FinishedRun) -> String {
        let images: Vec<_> = (self.images.iter())
            .map(|image| {
                json!({
                    "file": image.file,
                    "predicted": image.predicted,
                    "class": self.class_name(image),
                    "confidence": image.confidence(),
                    "aleatoric": image.aleatoric,
                    "epistemic": image.epistemic,
                    "entropy": image.entropy,
                    "mutual_information": image.mutual_information,
                    "probabilities": image.probabilities,
                })
            })
            .collect();
        let document = json!({
            "version": VERSION,
            "run": finished.report.run.name,
            "identity": finished.report.run.identity,
            "samples": self.samples,
            "classes": self.class_names,
            "predictions": images,
        });
        format!("{document}\n")
    }

    /// A line an image with the columns of `predictions.csv` that need no label; an empty cell where nothing is defined.
    pub fn csv(&self) -> String {
        let mut text = "file,predicted,class,confidence,aleatoric,epistemic,entropy,mutual_information".to_owned();
        for class in 0..self.class_names.len() {
            let _ = write!(text, ",p{class}");
        }
        text.push('\n');
        let optional = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for image in &self.images {
            let (file, class) = (quoted(&image.file.to_string_lossy()), quoted(self.class_name(image)));
            let _ = write!(text, "{file},{},{class},{},{},", image.predicted, image.confidence(), image.aleatoric);
            let _ = write!(text, "{},{},", optional(image.epistemic), image.entropy);
            text.push_str(&optional(image.mutual_information));
            for probability in &image.probabilities {
                let _ = write!(text, ",{probability}");
            }
            text.push('\n');
        }
        text
    }

    fn class_name(&self, image: &PredictedImage) -> &str {
        &self.class_names[image.predicted]
    }
}

impl PredictedImage {
    /// The probability of the most probable class.
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.predicted]
    }
}
