//! `predictions.csv`: what was predicted of each test input.

use super::{InputScores, InputSources, Predictive};
use crate::foreign_text;
use std::fmt::Write;

/// The name of the file.
pub const PREDICTIONS: &str = "predictions.csv";

/// The columns before those of the probabilities.
const COLUMNS: [&str; 10] = [
    "index",
    "label",
    "predicted",
    "confidence",
    "negative_log_likelihood",
    "brier",
    "aleatoric",
    "epistemic",
    "entropy",
    "mutual_information",
];

/// The columns that say what the classes of `label` and `predicted` are called.
pub const NAME_COLUMNS: [&str; 2] = ["label_name", "predicted_name"];

/// What was predicted of each input of a split, and how that scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// The predictive distribution of each input.
    pub predictive: Predictive,
    /// The class of each input.
    pub labels: Vec<u32>,
    /// The scores of `predictive` against `labels`.
    pub inputs: Vec<InputScores>,
    /// Where each input comes from.
    pub sources: InputSources,
}

impl Predictions {
    /// The content of `predictions.csv`: a line an input in the order of the split, p̄ in the columns `p0`, `p1`, …
    /// where `class_names` are given, `label_name` and `predicted_name`, and, where inputs come from files, `file`, `row` and `line` as [`InputSources`] has them; numbers in the
    /// shortest form that reads back to the same bits, an empty cell where nothing is defined.
    pub fn to_csv(&self, class_names: &[String]) -> String {
        let classes = self.predictive.classes;
        let name =
            |class: usize| class_names.get(class).map_or_else(|| class.to_string(), |name| foreign_text::csv(name));
        let mut text = COLUMNS.join(",");
        for class in 0..classes {
            let _ = write!(text, ",p{class}");
        }
        let named: &[&str] = if class_names.is_empty() { &[] } else { &NAME_COLUMNS };
        named.iter().chain(self.sources.columns()).for_each(|column| text.extend([",", column]));
        text.push('\n');
        let rows = self.predictive.mean.chunks_exact(classes.max(1));
        for (index, ((input, label), row)) in self.inputs.iter().zip(&self.labels).zip(rows).enumerate() {
            let _ = write!(text, "{index},{label},{},{},", input.predicted, input.confidence);
            let _ = write!(text, "{},{},{},", input.negative_log_likelihood, input.brier, input.aleatoric);
            if let Some(epistemic) = input.epistemic {
                let _ = write!(text, "{epistemic}");
            }
            let _ = write!(text, ",{},", input.entropy);
            if let Some(information) = input.mutual_information() {
                let _ = write!(text, "{information}");
            }
            for probability in row {
                let _ = write!(text, ",{probability}");
            }
            if !class_names.is_empty() {
                let _ = write!(text, ",{},{}", name(*label as usize), name(input.predicted));
            }
            self.sources.write(index, &mut text);
            text.push('\n');
        }
        text
    }
}

/// What a line of `predictions.csv` says of an input, for figures that are formed again over some of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictedInput {
    /// Its class.
    pub label: u32,
    /// Its scores. The expected entropy is what the mutual information leaves of the entropy.
    pub scores: InputScores,
}

/// Reads the inputs of a `predictions.csv`.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read_predictions(text: &str) -> Result<Vec<PredictedInput>, String> {
    let header = text.lines().next().unwrap_or_default();
    if !header.starts_with(&COLUMNS.join(",")) {
        return Err("its first line does not name the columns of predictions".to_owned());
    }
    let columns = header.split(',').count();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let lines = reader.records().enumerate().map(|(index, line)| match line {
        Ok(line) => input(index, columns, &line),
        Err(error) => Err(format!("line {} is no line of a table: {error}", index + 2)),
    });
    lines.collect()
}

fn input(index: usize, columns: usize, line: &csv::StringRecord) -> Result<PredictedInput, String> {
    let cells: Vec<&str> = line.iter().collect();
    let place = |problem: &str| format!("line {} {problem}", index + 2);
    if cells.len() != columns {
        return Err(place(&format!("has {} cells, not {columns}", cells.len())));
    }
    let number = |at: usize| -> Result<f64, String> {
        let value: Option<f64> = cells[at].parse().ok().filter(|value: &f64| value.is_finite());
        value.ok_or_else(|| place(&format!("holds `{}` where {} should be a number", cells[at], COLUMNS[at])))
    };
    let whole = |at: usize| -> Result<u32, String> {
        cells[at].parse().map_err(|_| place(&format!("holds `{}` where {} should be a number", cells[at], COLUMNS[at])))
    };
    let optional = |at: usize| if cells[at].is_empty() { Ok(None) } else { number(at).map(Some) };
    if whole(0)? as usize != index {
        return Err(place("is out of order"));
    }
    let (label, predicted, entropy) = (whole(1)?, whole(2)?, number(8)?);
    let scores = InputScores {
        predicted: predicted as usize,
        confidence: number(3)?,
        correct: predicted == label,
        negative_log_likelihood: number(4)?,
        brier: number(5)?,
        aleatoric: number(6)?,
        epistemic: optional(7)?,
        entropy,
        expected_entropy: entropy - optional(9)?.unwrap_or(0.0),
    };
    Ok(PredictedInput { label, scores })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncertainty::{DrawGroups, PredictiveMoments};

    fn predictions(samples: usize) -> Predictions {
        let mut groups = DrawGroups::new(2, 3, samples);
        for draw in 0..samples {
            let p = 0.1 + draw as f64 / 7.0;
            groups.add(&[p, 0.75 - p, 0.25, 1.0, 0.0, 0.0]).expect("the right size");
        }
        let predictive = groups.finish().expect("draws were added").0;
        let labels = vec![1, 0];
        let inputs = predictive.score(&labels).expect("labels fit");
        Predictions { predictive, labels, inputs, sources: InputSources::Unnamed }
    }

    #[test]
    fn predictions_read_back() {
        for samples in [1, 3] {
            let written = predictions(samples);
            let read = read_predictions(&written.to_csv(&[])).expect("is a table of predictions");
            assert_eq!(read.len(), 2);
            for (input, (scores, label)) in read.iter().zip(written.inputs.iter().zip(&written.labels)) {
                assert_eq!(input.label, *label);
                let mut expected = *scores;
                // It is written as a difference, and not at all for a single draw.
                expected.expected_entropy = expected.entropy - scores.mutual_information().unwrap_or(0.0);
                assert_eq!(input.scores, expected);
            }
        }
    }

    #[test]
    fn names_of_files_stand_last_and_may_hold_anything() {
        let mut written = predictions(3);
        let plain = read_predictions(&written.to_csv(&[])).expect("is a table of predictions");
        written.sources = InputSources::Files(vec!["cat/a, \"b\".png".to_owned(), "dog/2.png".to_owned()]);
        let text = written.to_csv(&[]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with(",p2,file"), "{}", lines[0]);
        assert!(lines[1].ends_with(",\"cat/a, \"\"b\"\".png\"") && lines[2].ends_with(",dog/2.png"), "{text}");
        assert_eq!(read_predictions(&text), Ok(plain));
    }

    #[test]
    fn undefined_cells_are_empty_and_numbers_short() {
        let text = predictions(1).to_csv(&[]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with(",mutual_information,p0,p1,p2"), "{}", lines[0]);
        let cells: Vec<&str> = lines[2].split(',').collect();
        assert_eq!(cells[..4], ["1", "0", "0", "1"]);
        assert_eq!((cells[7], cells[9]), ("", ""));
        assert_eq!(cells[10..], ["1", "0", "0"]);
        assert!(!text.contains("NaN") && !text.contains(",inf") && !text.contains("-inf"));
        let none = Predictions {
            predictive: PredictiveMoments::new(0, 3).finish().unwrap_or_else(|_| Predictive::empty(1, 3)),
            labels: vec![],
            inputs: vec![],
            sources: InputSources::Unnamed,
        };
        assert_eq!(none.to_csv(&[]).lines().count(), 1);
    }

    #[test]
    fn damaged_tables_are_refused_with_their_line() {
        let good = predictions(3).to_csv(&[]);
        for (bad, said) in [
            (good.replacen("index", "place", 1), "its first line"),
            (good.replacen("\n1,0", "\n2,0", 1), "line 3 is out of order"),
            (good.replacen("\n0,1,", "\n0,one,", 1), "line 2 holds `one` where label"),
            (good.replacen("\n0,1,", "\n0,", 1), "line 2 has 12 cells, not 13"),
            (String::new(), "its first line"),
        ] {
            let problem = read_predictions(&bad).expect_err("is refused");
            assert!(problem.starts_with(said), "{problem}");
        }
    }
}
