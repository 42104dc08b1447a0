//! What is lawful in a run and most likely not what was meant.

use super::checked_report::CheckedReport;
use super::legality::Whole;
use super::train::Watcher;
use crate::analysis::{ExampleCounts, count, is_random_at_prediction, is_random_in_training, masks_at_prediction};
use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Annealing, Augmentation, DataSource, KlWeighting, Metric, Objective, Report};
use crate::posteriors::bayes_layers;

/// Fewer draws than this leave epistemic figures visibly low.
const FEW_DRAWS: usize = 10;

impl Checker<'_> {
    /// Warns of what the parts of a lawful run make of each other.
    pub(super) fn advise(&self, whole: &Whole<'_, '_>) {
        self.advise_on_kl(whole);
        self.advise_on_batch(whole);
        self.advise_on_network(whole);
        self.advise_on_mirrors(whole);
        self.advise_on_cautions(whole);
        self.advise_on_samples(whole);
        for watcher in &whole.training.watchers {
            self.advise_on_patience(watcher, whole.training.training.epochs);
        }
    }

    /// A KL that never counts, or never in full.
    fn advise_on_kl(&self, whole: &Whole<'_, '_>) {
        let variational = whole.variational();
        let (Some(_), Objective::Elbo { kl, temperature, anneal, .. }) =
            (variational.first(), &whole.training.training.objective)
        else {
            return;
        };
        let (training, model) = (whole.training, whole.model);
        let epochs = training.training.epochs;
        let nothing = match kl {
            _ if *temperature == 0.0 => Some((training.temperature, "a temperature of 0")),
            KlWeighting::Scale { beta: 0.0 } => Some((training.kl, "`scale(0)`")),
            _ => None,
        };
        if let Some(((source, span), cause)) = nothing {
            self.report(
                Diagnostic::new(
                    Code::KlNeverCounts,
                    format!(
                        "{cause} leaves the KL out: the standard deviations shrink until the network is a `point` one"
                    ),
                    source,
                    span,
                    "the KL has no weight",
                )
                .label(model.source, model.span, bayes_layers(&variational))
                .help("give the KL some weight, for example `temperature=0.01`, or mark the layers `point`"),
            );
            return;
        }
        let slow = match (anneal, kl) {
            (Annealing::Linear { epochs: needed }, _) if *needed > epochs => {
                Some((training.anneal, *needed, format!("anneal=linear(epochs={epochs})")))
            }
            (_, KlWeighting::Soenderby { warmup }) if *warmup > epochs => {
                Some((training.kl, *warmup, format!("kl=soenderby(warmup={epochs})")))
            }
            _ => None,
        };
        if let Some(((source, span), needed, shorter)) = slow {
            let share = 100.0 * epochs as f64 / needed as f64;
            self.report(
                Diagnostic::new(
                    Code::UnfinishedAnnealing,
                    format!("the KL needs {needed} epochs to reach its full weight, and training has {epochs}"),
                    source,
                    span,
                    format!("ends at {} % of its weight", round(share)),
                )
                .help(format!("train longer, or write `{shorter}`")),
            );
        }
    }

    /// A batch larger than the data.
    fn advise_on_batch(&self, whole: &Whole<'_, '_>) {
        let (training, data) = (whole.training, whole.data);
        let Some(ExampleCounts { training: train, .. }) = ExampleCounts::known(&data.data, whole.opened) else {
            return;
        };
        let batch = training.training.batch;
        if batch > train {
            let (source, span) = training.batch;
            let diagnostic = Diagnostic::new(
                Code::BatchBeyondData,
                format!("a batch of {batch} is more than the {train} training examples, so an epoch is a single step"),
                source,
                span,
                format!("at most {train} are there"),
            )
            .label(data.source.0, data.source.1, "where they come from");
            self.report(match train {
                0 | 1 => diagnostic,
                _ => diagnostic.help(format!("write a batch below {train}, so that an epoch has several steps")),
            });
        }
    }

    /// A network in which there is nothing to train.
    fn advise_on_network(&self, whole: &Whole<'_, '_>) {
        if count(whole.network).parameters > 0 {
            return;
        }
        let (model, (source, span)) = (whole.model, whole.training.objective);
        self.report(
            Diagnostic::new(
                Code::NothingToTrain,
                format!("`{}` has no weights, so training changes nothing", model.name.value),
                model.source,
                model.span,
                "no layer has a parameter",
            )
            .label(source, span, "has nothing to fit")
            .help("add a layer with weights, for example `head: linear(10)`"),
        );
    }

    /// Signs that are mirrored: most are others then, or none.
    fn advise_on_mirrors(&self, whole: &Whole<'_, '_>) {
        let data = whole.data;
        let Some(signs) = data.data.source.set().and_then(DataSource::signs) else { return };
        let mirrored = data.data.augment.iter().any(|augmentation| match augmentation {
            Augmentation::FlipHorizontal { probability } => *probability > 0.0,
            Augmentation::Crop { .. } => false,
        });
        if let (true, Some((source, span))) = (mirrored, data.augment) {
            self.report(
                Diagnostic::new(
                    Code::MirroredSigns,
                    format!("`flip_horizontal` mirrors {signs}, which have a left and a right"),
                    source,
                    span,
                    "no test image is mirrored",
                )
                .label(data.source.0, data.source.1, format!("holds {signs}"))
                .help("leave `flip_horizontal` out; `crop` moves images and keeps what they show"),
            );
        }
    }

    /// Samples that are all the same.
    fn advise_on_samples(&self, whole: &Whole<'_, '_>) {
        let (training, model) = (whole.training, whole.model);
        let repeated = [
            (training.samples, training.training.samples, is_random_in_training(whole.network), "step"),
            (
                training.validation_samples,
                training.training.validation_samples,
                is_random_at_prediction(whole.network),
                "validation",
            ),
        ];
        for (place, samples, random, when) in repeated {
            if let (Some((source, span)), true, false) = (place, samples > 1, random) {
                self.report(
                    Diagnostic::new(
                        Code::RepeatedSamples,
                        format!(
                            "all {samples} samples of a {when} are the same, as nothing is random in `{}`",
                            model.name.value
                        ),
                        source,
                        span,
                        "costs time and changes nothing",
                    )
                    .label(model.source, model.span, "no random weights or masks"),
                );
            }
        }
    }

    /// A patience that cannot run out.
    fn advise_on_patience(&self, watcher: &Watcher, epochs: usize) {
        let Some(patience) = watcher.patience.filter(|patience| *patience >= epochs) else { return };
        let (source, span) = watcher.patience_place;
        self.report(Diagnostic::new(
            Code::PatienceBeyondEpochs,
            format!("`{}` lets {patience} epochs pass, and training has {epochs}, so it never acts", watcher.name),
            source,
            span,
            "never runs out",
        ));
    }

    /// Draws that are too few for what the report is to say.
    fn advise_on_draws(&self, checked: &CheckedReport, whole: &Whole<'_, '_>) {
        let Some((source, span)) = checked.samples else { return };
        let samples = checked.report.samples;
        let masked = masks_at_prediction(whole.network);
        if samples == 1 && masked && checked.epistemic().is_none() {
            self.report(
                Diagnostic::new(
                    Code::SingleMask,
                    "every input is scored with a single random mask, which is neither the network nor its average",
                    source,
                    span,
                    "one draw of the masks",
                )
                .label(whole.model.source, whole.model.span, "draws dropout masks at prediction")
                .help("raise `samples`, for example to 25, or mark the layers `dropout(at_prediction=false)`"),
            );
        }
        let spread = |metric: &Metric| matches!(metric, Metric::Epistemic | Metric::MutualInformation);
        let asked = checked.report.metrics.iter().any(spread);
        if (2..FEW_DRAWS).contains(&samples) && asked && is_random_at_prediction(whole.network) {
            self.report(
                Diagnostic::new(
                    Code::FewDraws,
                    format!("an epistemic metric from {samples} draws is imprecise"),
                    source,
                    span,
                    format!("{samples} draws"),
                )
                .note(
                    "the spread of T draws about their own mean is (T − 1)/T of the spread there is; reports correct that, but \
                     not how far other draws would be",
                )
                .help("raise `samples`, for example to 25"),
            );
        }
    }

    /// The report for this network: one draw where nothing is random, and warnings for what that leaves empty.
    pub(super) fn settle_report(&self, checked: CheckedReport, whole: &Whole<'_, '_>) -> Report {
        let model = whole.model;
        let random = is_random_at_prediction(whole.network);
        let mut checked = checked;
        let epistemic = checked.epistemic();
        if !checked.names_metrics {
            checked.report.metrics = whole.network.output.kind().facts().default_metrics.to_vec();
        }
        self.advise_on_draws(&checked, whole);
        let mut report = checked.report;
        if let Some((source, span)) = epistemic {
            if !random {
                self.report(
                    Diagnostic::new(
                        Code::NothingRandom,
                        "an epistemic figure needs random weights or masks at prediction; its value will be null",
                        source,
                        span,
                        "will be null",
                    )
                    .label(
                        model.source,
                        model.span,
                        "nothing in this network is random at prediction",
                    ),
                );
            } else if report.samples == 1 {
                let mut diagnostic = Diagnostic::new(
                    Code::SingleSampleEpistemic,
                    "an epistemic figure compares draws, and a single one is made; its value will be null",
                    source,
                    span,
                    "will be null",
                )
                .help("raise `samples`, for example to 25");
                if let Some((source, span)) = checked.samples {
                    diagnostic = diagnostic.label(source, span, "a single draw");
                }
                self.report(diagnostic);
            }
        }
        if !random {
            report.samples = 1;
            report.estimator = None;
        }
        report
    }
}

/// A figure with at most two digits behind the point.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
