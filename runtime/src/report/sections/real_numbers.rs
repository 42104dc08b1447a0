//! What reports say of real targets.

use super::numbers::{epistemic_row, error, figure, with_error, with_error_or_none};
use super::section::Section;
use crate::report::comparison::{Estimate, Measure};
use crate::report::conclusions::Conclusion;
use crate::report::figure::{Figure, coverage_figure};
use crate::report::page::{PageInput, real_numbers};
use crate::report::verdicts::interval_verdict;
use crate::uncertainty::{RegressionEvaluation, TemperatureScaling};
use maud::Markup;
use serde_json::Value;

pub(super) const KEY: &str = "regression";

impl Section for RegressionEvaluation {
    fn key(&self) -> &'static str {
        KEY
    }

    fn json(&self) -> Value {
        serde_json::to_value(self).expect("scores have only string keys")
    }

    fn rows(&self) -> Vec<[String; 3]> {
        let errors = &self.standard_errors;
        let row = |name: &str, value: f64, detail: String| [name.to_owned(), figure(value), detail];
        let optional = |name: &str, value: Option<f64>, of: Option<f64>| value.map(|value| row(name, value, error(of)));
        let mut rows: Vec<[String; 3]> = [
            optional("root mean squared error", self.root_mean_squared_error, errors.root_mean_squared_error),
            optional("mean absolute error", self.mean_absolute_error, errors.mean_absolute_error),
            optional(
                "ranked probability score",
                self.continuous_ranked_probability_score,
                errors.continuous_ranked_probability_score,
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        rows.extend(self.by_target.iter().map(|target| {
            let detail = format!("of {}", target.name);
            row("root mean squared error", target.root_mean_squared_error, detail)
        }));
        rows.push(row("negative log-likelihood", self.negative_log_likelihood, error(errors.negative_log_likelihood)));
        rows.extend(self.coverage.iter().map(|level| {
            [
                format!("in the {:.0} % interval", 100.0 * level.level),
                format!("{:.2} %", 100.0 * level.coverage),
                level.mean_width.map_or_else(String::new, |width| format!("mean width {width:.4}")),
            ]
        }));
        if let Some(aleatoric) = self.aleatoric {
            let spread =
                errors.aleatoric.map_or_else(|| "the same for every input".to_owned(), |value| error(Some(value)));
            rows.push(row("aleatoric uncertainty", aleatoric, spread));
            rows.push(epistemic_row(self.epistemic_unbiased, errors.epistemic_unbiased));
        }
        rows
    }

    fn verdicts(&self, _scaling: Option<&TemperatureScaling>) -> Vec<String> {
        let (verdict, reason) = interval_verdict(self);
        vec![format!("intervals: {verdict} {reason}")]
    }

    fn line(&self) -> String {
        let error = self.root_mean_squared_error.map_or_else(String::new, |error| format!("rmse {error:.4}, "));
        format!("{error}nll {:.4}", self.negative_log_likelihood)
    }

    fn heads(&self) -> [&'static str; 2] {
        ["rmse", "in 95 %"]
    }

    fn cells(&self) -> [String; 4] {
        let errors = &self.standard_errors;
        let error = self.root_mean_squared_error;
        [
            error.map_or_else(String::new, |value| with_error(value, errors.root_mean_squared_error)),
            with_error(self.negative_log_likelihood, errors.negative_log_likelihood),
            self.coverage.last().map_or_else(String::new, |level| format!("{:.2} %", 100.0 * level.coverage)),
            with_error_or_none(self.epistemic_unbiased, errors.epistemic_unbiased),
        ]
    }

    fn estimates(&self) -> Vec<(Measure, Estimate)> {
        let intervals = self.intervals.as_ref();
        let figures = [
            (
                Measure::RootMeanSquaredError,
                self.root_mean_squared_error,
                intervals.and_then(|all| all.root_mean_squared_error),
            ),
            (Measure::MeanAbsoluteError, self.mean_absolute_error, intervals.and_then(|all| all.mean_absolute_error)),
            (
                Measure::NegativeLogLikelihood,
                Some(self.negative_log_likelihood),
                intervals.map(|all| all.negative_log_likelihood),
            ),
            (Measure::Aleatoric, self.aleatoric, intervals.and_then(|all| all.aleatoric)),
            (Measure::Epistemic, self.epistemic_unbiased, intervals.and_then(|all| all.epistemic_unbiased)),
        ];
        figures
            .into_iter()
            .filter_map(|(measure, value, interval)| Some((measure, Estimate { value: value?, interval })))
            .collect()
    }

    fn scalars(&self) -> Vec<(String, f64)> {
        let of = |level: &crate::uncertainty::IntervalCoverage| {
            (format!("coverage_of_{}_percent_intervals", (100.0 * level.level).round()), level.coverage)
        };
        self.coverage.iter().map(of).collect()
    }

    fn predicted(&self, _input: &PageInput) -> String {
        format!("real targets {}", self.targets.join(", "))
    }

    fn conclusions(&self, input: &PageInput) -> Vec<Conclusion> {
        real_numbers::conclusions(input, self)
    }

    fn scores(&self, _input: &PageInput) -> Markup {
        real_numbers::scores(self)
    }

    /// How often targets lie in the intervals that should hold them.
    fn fit(&self) -> Vec<Figure> {
        vec![coverage_figure(&self.coverage)]
    }

    fn inputs(&self, _input: &PageInput) -> Option<Markup> {
        Some(real_numbers::extremes(self))
    }
}
