//! `report`: what is computed once training has ended.

use super::entries::{Entries, Keys, Place, Value};
use crate::check::Checker;
use crate::check::arguments::{Call, Signature};
use crate::check::environment::Environment;
use crate::check::marks::ESTIMATORS;
use crate::ir::{Metric, Report};
use crate::symbols::Declared;
use elbo_grammar::ast::Settings;

pub(super) const KEYS: Keys = Keys { all: &["samples", "estimator", "metrics", "ood"], required: &[] };

const DEFAULT_SAMPLES: usize = 25;
const DEFAULT_BINS: usize = 15;
pub(crate) const METRICS: [&str; 13] = [
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
];

/// A checked report with the places that messages about it point at.
#[derive(Debug, Clone)]
pub(crate) struct CheckedReport {
    pub report: Report,
    /// The `samples` entry, if one is written.
    pub samples: Option<Place>,
    /// The first metric, if any is written, that needs several draws.
    pub epistemic: Option<Place>,
    /// Where each out-of-distribution set stands.
    pub out_of_distribution: Vec<Place>,
}

fn default_metrics() -> Vec<Metric> {
    vec![
        Metric::Accuracy,
        Metric::NegativeLogLikelihood,
        Metric::Brier,
        Metric::ExpectedCalibrationError { bins: DEFAULT_BINS },
        Metric::Aleatoric,
        Metric::Epistemic,
    ]
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
        let (metrics, epistemic) = match entries.get("metrics") {
            Some(value) => self.metrics(value)?,
            None => (default_metrics(), None),
        };
        let sets = entries.get("ood").map_or(Some(Vec::new()), |value| self.out_of_distribution(value))?;
        let (out_of_distribution, places) = sets.into_iter().unzip();
        Some(CheckedReport {
            report: Report { samples: samples?, estimator: estimator?, metrics, out_of_distribution },
            samples: entries.place("samples"),
            epistemic,
            out_of_distribution: places,
        })
    }

    fn metrics(&self, value: &Value<'_>) -> Option<(Vec<Metric>, Option<Place>)> {
        let mut metrics = Vec::new();
        let mut epistemic = None;
        let mut complete = true;
        for item in self.items(&value.expression) {
            let environment = &value.environment;
            let metric = self
                .expect_call(item, environment.source, "a metric, such as `accuracy`,")
                .and_then(|call| self.metric(call, environment));
            match metric {
                Some(metric) => {
                    if matches!(metric, Metric::Epistemic | Metric::MutualInformation) && epistemic.is_none() {
                        epistemic = Some((environment.source, item.span));
                    }
                    if !metrics.contains(&metric) {
                        metrics.push(metric);
                    }
                }
                None => complete = false,
            }
        }
        complete.then_some((metrics, epistemic))
    }

    fn metric(&self, call: Call<'_>, environment: &Environment) -> Option<Metric> {
        let plain = |name, metric| self.constant(call, environment, name, metric);
        let binned = |name| {
            let arguments = self.bind(call, environment.source, &Signature::optional(name, &["bins"]))?;
            match arguments.get("bins") {
                // A table of bins is held in memory.
                Some(bins) => self.whole(bins, environment, "`bins`", 1..=100_000).map(|bins| bins as usize),
                None => Some(DEFAULT_BINS),
            }
        };
        match call.function.value.as_str() {
            "accuracy" => plain("accuracy", Metric::Accuracy),
            "nll" => plain("nll", Metric::NegativeLogLikelihood),
            "brier" => plain("brier", Metric::Brier),
            "ece" => binned("ece").map(|bins| Metric::ExpectedCalibrationError { bins }),
            "adaptive_ece" => binned("adaptive_ece").map(|bins| Metric::AdaptiveCalibrationError { bins }),
            "reliability" => binned("reliability").map(|bins| Metric::Reliability { bins }),
            "risk_coverage" => plain("risk_coverage", Metric::RiskCoverage),
            "aleatoric" => plain("aleatoric", Metric::Aleatoric),
            "epistemic" => plain("epistemic", Metric::Epistemic),
            "entropy" => plain("entropy", Metric::Entropy),
            "mutual_information" => plain("mutual_information", Metric::MutualInformation),
            "per_class" => plain("per_class", Metric::PerClass),
            "confusion" => plain("confusion", Metric::Confusion),
            _ => {
                self.unknown_value(environment.source, call.function, "metric", METRICS);
                None
            }
        }
    }
}
