//! `report`: what is computed once training has ended.

use super::checked_report::CheckedReport;
use super::entries::{Entries, Keys, Place};
use super::legality::Whole;
use super::out_of_distribution::SETS;
use crate::check::Checker;
use crate::check::arguments::{Parameter, Signature};
use crate::check::environment::Environment;
use crate::check::marks::ESTIMATORS;
use crate::check::rows::{Reading, Row, Table, signatures};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Metric, Report};
use crate::limits::{MOST_BINS, MOST_DRAWN_NUMBERS};
use crate::posteriors::variational::ESTIMATOR_VALUES;
use crate::signature::names;
use crate::suggest;
use crate::symbols::Declared;
use elbo_grammar::ast::{Expression, Settings};

pub(super) const KEYS: Keys = Keys {
    all: &[
        Parameter::draws("samples", "Draws of the network at prediction.").default("25"),
        Parameter::new("estimator", "How `bayes` layers are sampled at prediction.")
            .default_in_words("the training’s")
            .values(ESTIMATOR_VALUES),
        Parameter::new("metrics", "Which figures.")
            .default_in_words("[accuracy, nll, brier, ece(bins=15), aleatoric, epistemic]")
            .values(METRICS),
        Parameter::new("ood", "Images of other distributions, which are to be told from the test split.")
            .default("[]")
            .values(SETS)
            .refers_to("dataset"),
    ],
    required: &[],
};

// A table of bins is held in memory.
const BINS: Parameter = Parameter::whole("bins", "How many bins.", 1, MOST_BINS as i64).default("15");
const METRIC_ROWS: [Row<Reading<Metric>>; 16] = [
    Row::plain("accuracy", "Share of inputs whose most probable class is the right one.", |_| Some(Metric::Accuracy)),
    Row::plain("nll", "Mean −ln of the probability of what is true.", |_| Some(Metric::NegativeLogLikelihood)),
    Row::plain("brier", "Mean squared distance of the probabilities from the truth.", |_| Some(Metric::Brier)),
    Row::new(
        Signature::optional("ece", "Expected calibration error over bins of equal width.", &[BINS]),
        |arguments| Some(Metric::ExpectedCalibrationError { bins: arguments.size("bins")? }),
    ),
    Row::new(
        Signature::optional("adaptive_ece", "Expected calibration error over bins of equal count.", &[BINS]),
        |arguments| Some(Metric::AdaptiveCalibrationError { bins: arguments.size("bins")? }),
    ),
    Row::new(
        Signature::optional("reliability", "The bins behind the calibration error, as a table.", &[BINS]),
        |arguments| Some(Metric::Reliability { bins: arguments.size("bins")? }),
    ),
    Row::plain("risk_coverage", "Risk against coverage with its area.", |_| Some(Metric::RiskCoverage)),
    Row::plain(
        "aleatoric",
        "Mean variance within the draws of the network, as its approximate posterior splits it.",
        |_| Some(Metric::Aleatoric),
    ),
    Row::plain(
        "epistemic",
        "Variance between the draws of the network, as its approximate posterior splits it; needs several draws.",
        |_| Some(Metric::Epistemic),
    ),
    Row::plain("entropy", "Mean entropy of the predictions, in nats.", |_| Some(Metric::Entropy)),
    Row::plain("mutual_information", "Mean entropy less the mean entropy of the draws, in nats.", |_| {
        Some(Metric::MutualInformation)
    }),
    Row::plain("per_class", "Precision, recall and uncertainty by class.", |_| Some(Metric::PerClass)),
    Row::plain("confusion", "Counts of true against predicted class.", |_| Some(Metric::Confusion)),
    Row::plain("rmse", "Root mean squared error of real targets, in their own units.", |_| {
        Some(Metric::RootMeanSquaredError)
    }),
    Row::plain("mae", "Mean absolute error of real targets, in their own units.", |_| Some(Metric::MeanAbsoluteError)),
    Row::plain("coverage", "Share of real targets in central 50, 90 and 95 % intervals.", |_| Some(Metric::Coverage)),
];
/// Every metric.
pub(crate) const METRICS: &[Signature] = &signatures(&METRIC_ROWS);
const METRIC_TABLE: Table<Metric> =
    Table { wanted: "a metric, such as `accuracy`,", noun: "metric", rows: &METRIC_ROWS };

impl<'a> Checker<'a> {
    /// Checks a report by itself.
    pub fn report_settings(&self, settings: Declared<'a, Settings>) -> Option<CheckedReport> {
        let entries = self.entries(settings, KEYS)?;
        self.report_of(&entries)
    }

    /// Checks a report's entries.
    pub fn report_of(&self, entries: &Entries<'a>) -> Option<CheckedReport> {
        let keys = entries.read(self, KEYS);
        let samples = keys.size("samples");
        let estimator = keys.optional("estimator", |keys, name| keys.word(name, &ESTIMATORS));
        // Those of a report that names none depend on the network.
        let metrics =
            keys.optional("metrics", |keys, name| keys.read(name, |list, environment| self.metrics(list, environment)));
        let (metrics, metric_places) = metrics?.unwrap_or_default();
        let sets = keys.read("ood", |list, environment| self.out_of_distribution(list, environment))?;
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
        let output = &whole.network.output;
        let (kind, predicts) = (output.kind(), output.kind().facts().name);
        for (metric, (source, span)) in checked.report.metrics.iter().zip(&checked.metrics) {
            if kind.reports(*metric) {
                continue;
            }
            legal = false;
            let has = |name: &&str| self.plain_metric(name).is_some_and(|metric| kind.reports(metric));
            let choices = names(METRICS).filter(has);
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
        if let (false, Some((source, span))) = (kind.facts().has_labels, checked.out_of_distribution.first()) {
            legal = false;
            self.report(
                Diagnostic::new(
                    Code::UnsupportedDeclaration,
                    format!(
                        "this version of elbo tells other distributions by scores of classes, which `output {}` has not",
                        output.name()
                    ),
                    *source,
                    *span,
                    "not of this version",
                )
                .label(model.source, model.span, format!("predicts {predicts}"))
                .help("remove `ood`"),
            );
        }
        legal
    }

    /// Whether all draws of an input with real targets can be kept at once, as its quantiles need them.
    fn check_kept_draws(&self, checked: &CheckedReport, whole: &Whole<'_, '_>) -> bool {
        if !whole.network.output.kind().facts().keeps_draws {
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

    fn metrics(&self, list: &Expression, environment: &Environment) -> Option<(Vec<Metric>, Vec<Place>)> {
        let (mut metrics, mut places) = (Vec::new(), Vec::new());
        let mut complete = true;
        for item in self.items(list) {
            match self.chosen(item, environment, &METRIC_TABLE) {
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

    /// The metric of this name, by the bins it has where a spec names none.
    pub fn plain_metric(&self, name: &str) -> Option<Metric> {
        let row = METRIC_TABLE.row(name)?;
        (row.meaning)(&self.bare(&row.signature))
    }
}
