//! What reports say of classes.

use super::numbers::{epistemic_row, error, figure, with_error, with_error_or_none};
use super::section::Section;
use crate::report::comparison::{Estimate, Measure};
use crate::report::conclusions::Conclusion;
use crate::report::page::{PageInput, interval};
use crate::report::page::{classes, headline};
use crate::report::verdicts::{calibration_verdict, temperature_sentence};
use crate::uncertainty::{Evaluation, TemperatureScaling};
use maud::Markup;
use serde_json::Value;

pub(super) const KEY: &str = "test";

impl Section for Evaluation {
    fn key(&self) -> &'static str {
        KEY
    }

    fn json(&self) -> Value {
        serde_json::to_value(self).expect("scores have only string keys")
    }

    fn rows(&self) -> Vec<[String; 3]> {
        let errors = &self.standard_errors;
        let row = |name: &str, value: f64, detail: String| [name.to_owned(), figure(value), detail];
        vec![
            [
                "accuracy".to_owned(),
                format!("{:.2} %", 100.0 * self.accuracy),
                accuracy_error(self).unwrap_or_default(),
            ],
            row("negative log-likelihood", self.negative_log_likelihood, error(errors.negative_log_likelihood)),
            row("Brier score", self.brier, error(errors.brier)),
            row(
                "expected calibration error",
                self.expected_calibration_error,
                format!("{} bins", self.expected_calibration_error_bins),
            ),
            row("aleatoric uncertainty", self.aleatoric, error(errors.aleatoric)),
            epistemic_row(self.epistemic_unbiased, errors.epistemic_unbiased),
        ]
    }

    fn verdicts(&self, scaling: Option<&TemperatureScaling>) -> Vec<String> {
        let bins = self.reliability.first().map(Vec::as_slice).unwrap_or_default();
        let (verdict, reason) = calibration_verdict(self, bins);
        let mut verdicts = vec![format!("calibration: {verdict} {reason}")];
        verdicts.extend(scaling.map(|scaling| temperature_sentence(scaling, self)));
        verdicts
    }

    fn line(&self) -> String {
        format!("accuracy {:.2} %, nll {:.4}", 100.0 * self.accuracy, self.negative_log_likelihood)
    }

    fn heads(&self) -> [&'static str; 2] {
        ["accuracy", "ece"]
    }

    fn cells(&self) -> [String; 4] {
        let errors = &self.standard_errors;
        let accuracy = match (errors.accuracy, &self.intervals) {
            (Some(0.0), Some(intervals)) => {
                let [low, high] = intervals.accuracy.map(|end| 100.0 * end);
                format!("{:.2} % ({low:.2} to {high:.2})", 100.0 * self.accuracy)
            }
            (Some(error), _) => format!("{:.2} ± {:.2} %", 100.0 * self.accuracy, 100.0 * error),
            (None, _) => format!("{:.2} %", 100.0 * self.accuracy),
        };
        [
            accuracy,
            with_error(self.negative_log_likelihood, errors.negative_log_likelihood),
            format!("{:.4}", self.expected_calibration_error),
            with_error_or_none(self.epistemic_unbiased, errors.epistemic_unbiased),
        ]
    }

    fn estimates(&self) -> Vec<(Measure, Estimate)> {
        let figures = [
            (Measure::Accuracy, Some(self.accuracy), "accuracy"),
            (Measure::NegativeLogLikelihood, Some(self.negative_log_likelihood), "negative_log_likelihood"),
            (Measure::Brier, Some(self.brier), "brier"),
            (Measure::ExpectedCalibrationError, Some(self.expected_calibration_error), "expected_calibration_error"),
            (Measure::Aleatoric, Some(self.aleatoric), "aleatoric"),
            (Measure::Epistemic, self.epistemic_unbiased, "epistemic_unbiased"),
            (Measure::MutualInformation, self.mutual_information_corrected, "mutual_information_corrected"),
        ];
        let estimate = |(measure, value, key): (Measure, Option<f64>, &str)| {
            Some((measure, Estimate { value: value?, interval: interval(self.intervals.as_ref(), key) }))
        };
        figures.into_iter().filter_map(estimate).collect()
    }

    fn predicted(&self, input: &PageInput) -> String {
        format!("{} classes", input.report.run.data.classes.unwrap_or(input.class_names.len()))
    }

    fn conclusions(&self, input: &PageInput) -> Vec<Conclusion> {
        headline::of_classes(input, self)
    }

    fn scores(&self, input: &PageInput) -> Markup {
        classes::scores(input, self)
    }

    fn inputs(&self, input: &PageInput) -> Option<Markup> {
        (!input.pictured().is_empty()).then(|| classes::extremes(input, self))
    }
}

/// The standard error of the accuracy; where every input is right, or none is, it is 0 and tells nothing, so the interval.
fn accuracy_error(test: &Evaluation) -> Option<String> {
    let error = test.standard_errors.accuracy?;
    Some(match &test.intervals {
        Some(intervals) if error == 0.0 => {
            let [low, high] = intervals.accuracy.map(|end| 100.0 * end);
            format!("95 % interval {low:.2} % to {high:.2} %")
        }
        _ => format!("± {:.2} %", 100.0 * error),
    })
}
