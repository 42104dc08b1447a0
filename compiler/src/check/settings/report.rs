//! `report`: what is computed once training has ended.

use super::entries::{Entries, Keys, Place, Value};
use super::legality::Whole;
use crate::check::Checker;
use crate::check::arguments::{Call, Signature};
use crate::check::environment::Environment;
use crate::check::marks::ESTIMATORS;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Metric, Output, Report};
use crate::suggest;
use crate::symbols::Declared;
use elbo_grammar::ast::Settings;

pub(super) const KEYS: Keys = Keys { all: &["samples", "estimator", "metrics", "ood"], required: &[] };

const DEFAULT_SAMPLES: usize = 25;
const DEFAULT_BINS: usize = 15;
pub(crate) const METRICS: [&str; 16] = [
    "accuracy",
    "nll",
    "brier",
    "ece",
    "adaptive_ece",
    "reliability",
    "risk_coverage",
    "aleatoric",
    "epistemic",
    "entropy",
    "mutual_information",
    "per_class",
    "confusion",
    "rmse",
    "mae",
    "coverage",
];

/// A checked report with the places that messages about it point at.
#[derive(Debug, Clone)]
pub(crate) struct CheckedReport {
    pub report: Report,
    /// The `samples` entry, if one is written.
    pub samples: Option<Place>,
    /// Whether the report names its metrics.
    pub names_metrics: bool,
    /// Where each metric stands.
    pub metrics: Vec<Place>,
    /// Where each out-of-distribution set stands.
    pub out_of_distribution: Vec<Place>,
}

impl CheckedReport {
    /// The first metric, if any is written, that needs several draws.
    pub fn epistemic(&self) -> Option<Place> {
        let metrics = self.report.metrics.iter().zip(&self.metrics);
        let mut spread = metrics.filter(|(metric, _)| matches!(metric, Metric::Epistemic | Metric::MutualInformation));
        spread.next().map(|(_, place)| *place)
    }
}

/// What a report holds that names no metrics.
pub(super) fn default_metrics(output: &Output) -> Vec<Metric> {
    match output {
        Output::Categorical { .. } => vec![
            Metric::Accuracy,
            Metric::NegativeLogLikelihood,
            Metric::Brier,
            Metric::ExpectedCalibrationError { bins: DEFAULT_BINS },
            Metric::Aleatoric,
            Metric::Epistemic,
        ],
        Output::Gaussian { .. } => vec![
            Metric::RootMeanSquaredError,
            Metric::NegativeLogLikelihood,
            Metric::Coverage,
            Metric::Aleatoric,
            Metric::Epistemic,
        ],
    }
}

impl<'a> Checker<'a> {
    /// Checks a report by itself.
    pub fn report_settings(&self, settings: Declared<'a, Settings>) -> Option<CheckedReport> {
        let entries = self.entries(settings, KEYS)?;
        self.report_of(&entries)
    }

    /// Checks a report's entries.
    pub fn report_of(&self, entries: &Entries<'a>) -> Option<CheckedReport> {
        let samples = match entries.get("samples") {
            Some(value) => self.count(&value.expression, &value.environment, "`samples`"),
            None => Some(DEFAULT_SAMPLES),
        };
        let estimator = match entries.get("estimator") {
            Some(value) => self.choice(&value.expression, &value.environment, "`estimator`", &ESTIMATORS).map(Some),
            None => Some(None),
        };
        // Those of a report that names none depend on the network.
        let (metrics, metric_places) = match entries.get("metrics") {
            Some(value) => self.metrics(value)?,
            None => (Vec::new(), Vec::new()),
        };
        let sets = entries.get("ood").map_or(Some(Vec::new()), |value| self.out_of_distribution(value))?;
        let (out_of_distribution, places) = sets.into_iter().unzip();
        Some(CheckedReport {
            report: Report { samples: samples?, estimator: estimator?, metrics, out_of_distribution },
            samples: entries.place("samples"),
            names_metrics: entries.get("metrics").is_some(),
            metrics: metric_places,
            out_of_distribution: places,
        })
    }

    /// Whether the report asks only for what the network's output has.
    pub(super) fn check_figures(&self, checked: &CheckedReport, whole: &Whole<'_, '_>) -> bool {
        let (model, mut legal) = (whole.model, true);
        let (of_output, predicts): (fn(Metric) -> bool, _) = match whole.network.output {
            Output::Categorical { .. } => (Metric::is_of_classes, "classes"),
            Output::Gaussian { .. } => (Metric::is_of_values, "real numbers"),
        };
        for (metric, (source, span)) in checked.report.metrics.iter().zip(&checked.metrics) {
            if of_output(*metric) {
                continue;
            }
            legal = false;
            let choices = METRICS.into_iter().filter(|name| plain_metric(name).is_some_and(of_output));
            self.report(
                Diagnostic::new(
                    Code::FigureOfOtherOutput,
                    format!("`{}` predicts {predicts}, which have no such figure", model.name.value),
                    *source,
                    *span,
                    "not of this output",
                )
                .label(model.source, model.span, format!("predicts {predicts}"))
                .help(format!("choose among {}", suggest::listing(choices))),
            );
        }
        if let (Output::Gaussian { .. }, Some((source, span))) =
            (&whole.network.output, checked.out_of_distribution.first())
        {
            legal = false;
            self.report(
                Diagnostic::new(
                    Code::UnsupportedDeclaration,
                    "this version of elbo tells other distributions by scores of classes, which `output gaussian` has not",
                    *source,
                    *span,
                    "not of this version",
                )
                .label(model.source, model.span, "predicts real numbers")
                .help("remove `ood`"),
            );
        }
        legal
    }

    fn metrics(&self, value: &Value<'_>) -> Option<(Vec<Metric>, Vec<Place>)> {
        let (mut metrics, mut places) = (Vec::new(), Vec::new());
        let mut complete = true;
        for item in self.items(&value.expression) {
            let environment = &value.environment;
            let metric = self
                .expect_call(item, environment.source, "a metric, such as `accuracy`,")
                .and_then(|call| self.metric(call, environment));
            match metric {
                Some(metric) => {
                    if !metrics.contains(&metric) {
                        metrics.push(metric);
                        places.push((environment.source, item.span));
                    }
                }
                None => complete = false,
            }
        }
        complete.then_some((metrics, places))
    }

    fn metric(&self, call: Call<'_>, environment: &Environment) -> Option<Metric> {
        let binned = |name| {
            let arguments = self.bind(call, environment.source, &Signature::optional(name, &["bins"]))?;
            match arguments.get("bins") {
                // A table of bins is held in memory.
                Some(bins) => self.whole(bins, environment, "`bins`", 1..=100_000).map(|bins| bins as usize),
                None => Some(DEFAULT_BINS),
            }
        };
        match call.function.value.as_str() {
            "ece" => binned("ece").map(|bins| Metric::ExpectedCalibrationError { bins }),
            "adaptive_ece" => binned("adaptive_ece").map(|bins| Metric::AdaptiveCalibrationError { bins }),
            "reliability" => binned("reliability").map(|bins| Metric::Reliability { bins }),
            name => {
                if let Some((known, metric)) = METRICS.iter().find(|known| **known == name).zip(plain_metric(name)) {
                    return self.constant(call, environment, known, metric);
                }
                self.unknown_value(environment.source, call.function, "metric", METRICS);
                None
            }
        }
    }
}

/// The metric of this name; one with bins by those it has where a spec names none.
fn plain_metric(name: &str) -> Option<Metric> {
    Some(match name {
        "accuracy" => Metric::Accuracy,
        "nll" => Metric::NegativeLogLikelihood,
        "brier" => Metric::Brier,
        "ece" => Metric::ExpectedCalibrationError { bins: DEFAULT_BINS },
        "adaptive_ece" => Metric::AdaptiveCalibrationError { bins: DEFAULT_BINS },
        "reliability" => Metric::Reliability { bins: DEFAULT_BINS },
        "risk_coverage" => Metric::RiskCoverage,
        "aleatoric" => Metric::Aleatoric,
        "epistemic" => Metric::Epistemic,
        "entropy" => Metric::Entropy,
        "mutual_information" => Metric::MutualInformation,
        "per_class" => Metric::PerClass,
        "confusion" => Metric::Confusion,
        "rmse" => Metric::RootMeanSquaredError,
        "mae" => Metric::MeanAbsoluteError,
        "coverage" => Metric::Coverage,
        _ => return None,
    })
}
