//! `report`: what is computed once training has ended.

use super::entries::{Entries, Keys, Place, Value};
use super::legality::Whole;
use super::out_of_distribution::SETS;
use crate::check::Checker;
use crate::check::arguments::{Call, Parameter, Signature};
use crate::check::environment::Environment;
use crate::check::marks::{ESTIMATOR_VALUES, ESTIMATORS};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Metric, Output, Report};
use crate::limits::{MOST_BINS, MOST_DRAWN_NUMBERS};
use crate::suggest;
use crate::symbols::Declared;
use crate::vocabulary::names;
use elbo_grammar::ast::Settings;

pub(super) const KEYS: Keys = Keys {
    all: &[
        Parameter::new("samples", "Draws of the network at prediction.").default("25"),
        Parameter::new("estimator", "How `bayes` layers are sampled at prediction.")
            .default("the training’s")
            .values(ESTIMATOR_VALUES),
        Parameter::new("metrics", "Which figures.")
            .default("[accuracy, nll, brier, ece(bins=15), aleatoric, epistemic]")
            .values(METRICS),
        Parameter::new("ood", "Images of other distributions, which are to be told from the test split.")
            .default("[]")
            .values(SETS)
            .refers_to("dataset"),
    ],
    required: &[],
};

const DEFAULT_SAMPLES: usize = 25;
const DEFAULT_BINS: usize = 15;
const BINS: Parameter = Parameter::new("bins", "How many bins.").default("15");
/// Every metric.
pub(crate) const METRICS: &[Signature] = &[
    Signature::constant("accuracy", "Share of inputs whose most probable class is the right one."),
    Signature::constant("nll", "Mean −ln of the probability of what is true."),
    Signature::constant("brier", "Mean squared distance of the probabilities from the truth."),
    Signature::optional("ece", "Expected calibration error over bins of equal width.", &[BINS]),
    Signature::optional("adaptive_ece", "Expected calibration error over bins of equal count.", &[BINS]),
    Signature::optional("reliability", "The bins behind the calibration error, as a table.", &[BINS]),
    Signature::constant("risk_coverage", "Risk against coverage with its area."),
    Signature::constant(
        "aleatoric",
        "Mean variance within the draws of the network, as its approximate posterior splits it.",
    ),
    Signature::constant(
        "epistemic",
        "Variance between the draws of the network, as its approximate posterior splits it; needs several draws.",
    ),
    Signature::constant("entropy", "Mean entropy of the predictions, in nats."),
    Signature::constant("mutual_information", "Mean entropy less the mean entropy of the draws, in nats."),
    Signature::constant("per_class", "Precision, recall and uncertainty by class."),
    Signature::constant("confusion", "Counts of true against predicted class."),
    Signature::constant("rmse", "Root mean squared error of real targets, in their own units."),
    Signature::constant("mae", "Mean absolute error of real targets, in their own units."),
    Signature::constant("coverage", "Share of real targets in central 50, 90 and 95 % intervals."),
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
            Some(value) => self.draws(&value.expression, &value.environment, "`samples`"),
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
            let choices = names(METRICS).filter(|name| plain_metric(name).is_some_and(of_output));
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
        legal &= self.check_kept_draws(checked, whole);
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

    /// Whether all draws of an input with real targets can be kept at once, as its quantiles need them.
    fn check_kept_draws(&self, checked: &CheckedReport, whole: &Whole<'_, '_>) -> bool {
        if !matches!(whole.network.output, Output::Gaussian { .. }) {
            return true;
        }
        let outputs = whole.network.outputs().max(1);
        let most = (MOST_DRAWN_NUMBERS / outputs).max(1);
        let training = whole.training;
        let asked = [
            ("samples", checked.report.samples, checked.samples),
            ("validation_samples", training.training.validation_samples, training.validation_samples),
        ];
        let mut legal = true;
        for (key, count, place) in asked {
            let Some((source, span)) = place.filter(|_| count > most) else { continue };
            legal = false;
            let message = format!("`{key}` must be at most {most} for a network with {outputs} outputs, not {count}");
            self.report(
                Diagnostic::new(Code::OutOfRange, message, source, span, format!("must be at most {most}"))
                    .note("all draws of an input with real targets are kept at once, for its quantiles"),
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
            let arguments = self.bind(call, environment.source, &Signature::optional(name, "", &[BINS]))?;
            match arguments.get("bins") {
                // A table of bins is held in memory.
                Some(bins) => self.whole(bins, environment, "`bins`", 1..=MOST_BINS as i64).map(|bins| bins as usize),
                None => Some(DEFAULT_BINS),
            }
        };
        match call.function.value.as_str() {
            "ece" => binned("ece").map(|bins| Metric::ExpectedCalibrationError { bins }),
            "adaptive_ece" => binned("adaptive_ece").map(|bins| Metric::AdaptiveCalibrationError { bins }),
            "reliability" => binned("reliability").map(|bins| Metric::Reliability { bins }),
            name => {
                if let Some((known, metric)) = names(METRICS).find(|known| *known == name).zip(plain_metric(name)) {
                    return self.constant(call, environment, known, metric);
                }
                self.unknown_value(environment.source, call.function, "metric", names(METRICS));
                None
            }
        }
    }
}

/// The metric of this name; one with bins by those it has where a spec names none.
pub(crate) fn plain_metric(name: &str) -> Option<Metric> {
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
