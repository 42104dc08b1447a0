//! Predictions of files as a table, as JSON and as CSV.

use super::FinishedRun;
use super::prediction::{ExampleSource, FilePredictions, PredictedExample, Prediction};
use crate::foreign_text;
use crate::uncertainty::ValuePrediction;
use serde_json::{Value, json};
use std::fmt::Write;

/// The version of the JSON form.
const VERSION: u32 = 2;

/// What is predicted of a real target, in the order of the CSV form: standard deviations and the ends of the 95 %
/// interval in the target's own units.
const OF_A_TARGET: [&str; 6] = ["mean", "std", "aleatoric_std", "epistemic_std", "low_95", "high_95"];

impl FilePredictions {
    /// A line per example (of several targets a line per target) for people: what is predicted, and how certain that
    /// is.
    pub fn table(&self) -> String {
        let header: &[&str] = match (self.targets.len(), self.examples.is_empty()) {
            (_, true) => return String::new(),
            (0, false) => &["file", "class", "probability", "aleatoric", "epistemic", "entropy"],
            (_, false) => &["file", "target", "mean", "std", "aleatoric std", "epistemic std", "95 % interval"],
        };
        let mut lines: Vec<Vec<String>> = vec![header.iter().map(|&name| name.to_owned()).collect()];
        for example in &self.examples {
            let file = foreign_text::terminal(&example.source.called());
            match &example.prediction {
                Prediction::Class(class) => lines.push(vec![
                    file,
                    foreign_text::terminal(&self.class_names[class.predicted]),
                    decimals(class.confidence()),
                    decimals(class.aleatoric),
                    class.epistemic.map_or_else(|| "none".to_owned(), decimals),
                    decimals(class.entropy),
                ]),
                Prediction::Values(values) => lines.extend(values.iter().zip(&self.targets).map(|(value, target)| {
                    let [mean, std, aleatoric, epistemic, low, high] = figures(value);
                    // A place on the axis has the decimals of what it is uncertain by, wherever it lies.
                    let place = |figure: Option<f64>| {
                        figure.map_or_else(|| "none".to_owned(), |figure| crate::report::figure::beside(figure, std))
                    };
                    let interval = format!("{} to {}", place(low), place(high));
                    let width =
                        |figure: Option<f64>| figure.map_or_else(|| "none".to_owned(), crate::report::figure::number);
                    let [mean, std, aleatoric, epistemic] =
                        [place(mean), width(std), width(aleatoric), width(epistemic)];
                    vec![file.clone(), foreign_text::terminal(target), mean, std, aleatoric, epistemic, interval]
                })),
            }
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
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

    /// One document: the run, the draws, what is predicted of each example in full, and the files that could not be
    /// predicted.
    pub fn json(&self, finished: &FinishedRun) -> String {
        let failures = self
            .failures
            .iter()
            .map(|failed| json!({ "file": failed.file, "problem": failed.problem, "help": failed.help }));
        let document = json!({
            "version": VERSION,
            "run": finished.report.run.name,
            "identity": finished.report.run.identity,
            "samples": self.samples,
            "classes": self.class_names,
            "targets": self.targets,
            "predictions": self.examples.iter().map(|example| self.json_of(example)).collect::<Vec<_>>(),
            "failures": failures.collect::<Vec<_>>(),
        });
        format!("{document}\n")
    }

    fn json_of(&self, example: &PredictedExample) -> Value {
        let ExampleSource { file, row, line } = &example.source;
        let mut object = json!({ "file": file, "row": row, "line": line });
        match &example.prediction {
            Prediction::Class(class) => {
                object["predicted"] = json!(class.predicted);
                object["class"] = json!(self.class_names[class.predicted]);
                object["confidence"] = json!(class.confidence());
                object["aleatoric"] = json!(class.aleatoric);
                object["epistemic"] = json!(class.epistemic);
                object["entropy"] = json!(class.entropy);
                object["mutual_information"] = json!(class.mutual_information);
                object["probabilities"] = json!(class.probabilities);
            }
            Prediction::Values(values) => {
                let of_target = |(value, name): (&ValuePrediction, &String)| {
                    let mut target = json!({ "target": name });
                    for (key, figure) in OF_A_TARGET.iter().zip(figures(value)) {
                        target[*key] = json!(figure);
                    }
                    target
                };
                object["targets"] = values.iter().zip(&self.targets).map(of_target).collect();
            }
        }
        object
    }

    /// A line per example: its file, its place there, what is predicted, and an empty cell where nothing is defined.
    /// A file that could not be predicted has a line with `error`. Of several targets each has its columns, with its
    /// name after a point.
    pub fn csv(&self) -> String {
        let mut columns: Vec<String> = ["file", "row", "line"].map(str::to_owned).to_vec();
        if self.targets.is_empty() {
            let of_class =
                ["predicted", "class", "confidence", "aleatoric", "epistemic", "entropy", "mutual_information"];
            columns.extend(of_class.map(str::to_owned));
            columns.extend((0..self.class_names.len()).map(|class| format!("p{class}")));
        }
        for target in &self.targets {
            let suffix = if self.targets.len() == 1 { String::new() } else { format!(".{target}") };
            columns.extend(OF_A_TARGET.map(|column| format!("{column}{suffix}")));
        }
        columns.push("error".to_owned());
        let count = columns.len();
        let mut text = String::new();
        let mut push = |mut cells: Vec<String>, last: &str| {
            cells.resize(count - 1, String::new());
            cells.push(last.to_owned());
            let cells: Vec<String> = cells.iter().map(|cell| foreign_text::csv(cell)).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        };
        let error = columns.pop().expect("it was pushed above");
        push(columns, &error);
        for example in &self.examples {
            push(self.cells(example), "");
        }
        for failed in &self.failures {
            push(vec![failed.file.clone()], &failed.problem);
        }
        text
    }

    fn cells(&self, example: &PredictedExample) -> Vec<String> {
        let place = |place: Option<usize>| place.map_or_else(String::new, |place| place.to_string());
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let ExampleSource { file, row, line } = &example.source;
        let mut cells = vec![file.clone(), place(*row), place(*line)];
        match &example.prediction {
            Prediction::Class(class) => {
                cells.extend([class.predicted.to_string(), self.class_names[class.predicted].clone()]);
                let figures = [
                    Some(class.confidence()),
                    Some(class.aleatoric),
                    class.epistemic,
                    Some(class.entropy),
                    class.mutual_information,
                ];
                cells.extend(figures.map(number));
                cells.extend(class.probabilities.iter().map(ToString::to_string));
            }
            Prediction::Values(values) => cells.extend(values.iter().flat_map(|value| figures(value).map(number))),
        }
        cells
    }
}

/// What [`OF_A_TARGET`] names.
fn figures(value: &ValuePrediction) -> [Option<f64>; OF_A_TARGET.len()] {
    [
        Some(value.mean),
        Some(value.deviation()),
        Some(value.aleatoric.sqrt()),
        value.epistemic.map(f64::sqrt),
        Some(value.interval[0]),
        Some(value.interval[1]),
    ]
}

fn decimals(value: f64) -> String {
    format!("{value:.4}")
}

#[cfg(test)]
mod tests {
    use super::super::prediction::{ClassPrediction, UnpredictedFile};
    use super::*;

    fn class(file: &str, row: Option<usize>, line: Option<usize>) -> PredictedExample {
        let prediction = Prediction::Class(ClassPrediction {
            predicted: 1,
            probabilities: vec![0.25, 0.75],
            aleatoric: 0.375,
            epistemic: None,
            entropy: 0.5,
            mutual_information: None,
        });
        PredictedExample { source: ExampleSource { file: file.to_owned(), row, line }, prediction }
    }

    fn predictions(examples: Vec<PredictedExample>) -> FilePredictions {
        FilePredictions {
            samples: 1,
            class_names: vec!["=cmd".to_owned(), "a\u{1b}[31m\u{7}|`b`\n\u{202e}c".to_owned()],
            targets: Vec::new(),
            examples,
            changes: Vec::new(),
            failures: vec![UnpredictedFile {
                file: "x,y.png".to_owned(),
                problem: "no \"image\"".to_owned(),
                help: None,
            }],
        }
    }

    #[test]
    fn names_of_files_and_classes_cannot_speak_to_a_terminal() {
        let found = predictions(vec![class("f\u{1b}]0;x\u{7}\n.png", None, None)]);
        let table = found.table();
        assert_eq!(table.lines().count(), 2, "{table}");
        assert!(!table.contains(['\u{1b}', '\u{7}', '\u{202e}']) && table.contains("\\u{1b}[31m"), "{table}");
        // A program reads the names as they are.
        let csv = found.csv();
        let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
        let rows: Vec<::csv::StringRecord> = reader.records().map(|row| row.expect("is well formed")).collect();
        assert_eq!(&rows[0][0], "f\u{1b}]0;x\u{7}\n.png");
        assert_eq!(&rows[0][4], "a\u{1b}[31m\u{7}|`b`\n\u{202e}c");
        assert_eq!((&rows[1][0], &rows[1][1], &rows[1][12]), ("x,y.png", "", "no \"image\""));
    }

    #[test]
    fn examples_say_where_they_are() {
        let examples =
            vec![class("a.png", None, None), class("b.npy", Some(3), None), class("c.csv", Some(0), Some(2))];
        let found = predictions(examples);
        let called: Vec<String> =
            found.table().lines().map(|line| line.split("  ").next().unwrap().to_owned()).collect();
        assert_eq!(called, ["file", "a.png", "b.npy[3]", "c.csv:2"]);
        let csv = found.csv();
        let starts: Vec<&str> = csv.lines().map(|line| &line[..line.len().min(14)]).collect();
        assert_eq!(starts[0], "file,row,line,");
        assert!(
            csv.contains("\na.png,,,1,") && csv.contains("\nb.npy,3,,1,") && csv.contains("\nc.csv,0,2,1,"),
            "{csv}"
        );
    }

    #[test]
    fn real_targets_have_their_own_columns() {
        let value = |mean: f64| ValuePrediction {
            mean,
            aleatoric: 9.0,
            epistemic: Some(16.0),
            interval: [mean - 1.0, mean + 1.0],
        };
        let source = ExampleSource { file: "t.csv".to_owned(), row: Some(0), line: Some(2) };
        let mut found =
            predictions(vec![PredictedExample { source, prediction: Prediction::Values(vec![value(7.0)]) }]);
        (found.class_names, found.targets) = (Vec::new(), vec!["height".to_owned()]);
        assert!(found.csv().starts_with(
            "file,row,line,mean,std,aleatoric_std,epistemic_std,low_95,high_95,error\nt.csv,0,2,7,5,3,4,6,8,\n"
        ));
        assert!(found.table().contains("height") && found.table().contains("6.0 to 8.0"), "{}", found.table());
    }
}
