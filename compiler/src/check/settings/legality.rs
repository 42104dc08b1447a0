//! The rules that only a whole run can break: what its objective, its watchers and its data allow together.

use super::dataset::CheckedData;
use super::model_use::ModelUse;
use super::train::{CheckedTraining, Watcher};
use crate::check::Checker;
use crate::check::marks::{lacks_kl, no_closed_form};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Likelihood, Mark, Monitor, Network};
use crate::opened::OpenedData;
use crate::origin::LayerOrigin;
use crate::posteriors::{Asked, Part, family};

/// A run whose parts are each right by themselves.
pub(super) struct Whole<'r, 'a> {
    pub model: &'r ModelUse<'a, 'r>,
    pub network: &'r Network,
    pub training: &'r CheckedTraining,
    pub data: &'r CheckedData,
    /// Where each layer of the network was written.
    pub origins: &'r [LayerOrigin],
    /// What is known of the data, if they were opened.
    pub opened: Option<&'r OpenedData>,
}

impl<'r> Whole<'r, '_> {
    /// The layers with weights, and their marks.
    fn marks(&self) -> impl Iterator<Item = (&'r str, &'r Mark)> {
        self.network.layers.iter().filter_map(|layer| Some((layer.name.as_str(), layer.mark.as_ref()?)))
    }

    /// The names of the `bayes` layers.
    pub fn variational(&self) -> Vec<&'r str> {
        self.marks().filter(|(_, mark)| matches!(mark, Mark::Bayes { .. })).map(|(name, _)| name).collect()
    }
}

impl Checker<'_> {
    /// Whether the parts of a run may stand together.
    pub(super) fn check_legality(&self, whole: &Whole<'_, '_>) -> bool {
        let lawful = self.check_objective(whole);
        let estimable = self.check_drawn_priors(whole);
        let weighted = self.check_labels(whole) && self.check_class_weights(whole);
        let watched = self.check_watchers(whole) && self.check_watched_figures(whole);
        lawful && estimable && weighted && watched
    }

    /// Whether the objective and the optimizer treat every weight lawfully.
    fn check_objective(&self, whole: &Whole<'_, '_>) -> bool {
        let Whole { model, training, .. } = whole;
        let bayes = whole.variational();
        let asked = Asked {
            model: &model.name.value,
            objective: &training.training.objective,
            optimizer: &training.training.optimizer,
            bayes: &bayes,
            all_bayes: bayes.len() == whole.marks().count(),
        };
        for finding in family(training.training.inference).findings(&asked) {
            let (part, label) = finding.about;
            let (source, span) = match part {
                Part::Objective => training.objective,
                Part::Optimizer => training.optimizer,
            };
            let mut diagnostic = Diagnostic::new(finding.code, finding.message, source, span, label);
            diagnostic = diagnostic.label(model.source, model.span, finding.model);
            if let Some(note) = finding.note {
                diagnostic = diagnostic.note(note);
            }
            if let Some(help) = finding.help {
                diagnostic = diagnostic.help(help);
            }
            self.report(diagnostic);
            if finding.refuses {
                return false;
            }
        }
        true
    }

    /// Whether every layer whose prior has no closed KL draws the weights that its KL is estimated on. A layer's
    /// own estimator has been checked where it is written.
    fn check_drawn_priors(&self, whole: &Whole<'_, '_>) -> bool {
        let Whole { model, training, .. } = whole;
        let lacking = whole.marks().find_map(|(layer, mark)| match mark {
            Mark::Bayes { prior, estimator, .. } => lacks_kl(prior, *estimator).then_some((layer, prior)),
            Mark::Point { .. } | Mark::Dropout { .. } => None,
        });
        let Some((layer, prior)) = lacking else { return true };
        let help = "write `estimator = reparameterization`, which draws the weights";
        let diagnostic = match training.estimator_place {
            Some(place) => no_closed_form(prior, place).help(help),
            None => no_closed_form(prior, training.objective)
                .help(help)
                .note("without `estimator`, layers that name none are sampled by `local_reparameterization`"),
        };
        let label = format!("`{layer}` has {} for a prior", prior.family().called());
        self.report(diagnostic.label(model.source, model.span, label));
        false
    }

    /// Whether labels are smoothed or weighed only where there are labels.
    fn check_labels(&self, whole: &Whole<'_, '_>) -> bool {
        let Whole { training, network, model, .. } = whole;
        let Likelihood { label_smoothing, class_weights } = &training.training.likelihood;
        let argument = match (class_weights, *label_smoothing) {
            (Some(_), _) => "class_weights",
            (None, smoothing) if smoothing > 0.0 => "label_smoothing",
            _ => return true,
        };
        let kind = network.output.kind().facts();
        if kind.has_labels {
            return true;
        }
        let (source, span) = if argument == "class_weights" { training.class_weights } else { training.objective };
        self.report(
            Diagnostic::new(
                Code::LabelsOfNoClass,
                format!("`{argument}` is about classes, but `{}` predicts {}", model.name.value, kind.name),
                source,
                span,
                "no classes to weigh",
            )
            .label(model.source, model.span, format!("its output is `{}`", network.output.name()))
            .help(format!("remove `{argument}`")),
        );
        false
    }

    /// Whether every figure that is watched is one of the network's output.
    fn check_watched_figures(&self, whole: &Whole<'_, '_>) -> bool {
        let Whole { training, network, model, .. } = whole;
        let kind = network.output.kind();
        let unmeasured = |watcher: &&Watcher| !kind.measures(watcher.monitor);
        let Some(watcher) = training.watchers.iter().find(unmeasured) else { return true };
        let (source, span) = watcher.place;
        self.report(
            Diagnostic::new(
                Code::FigureOfOtherOutput,
                format!(
                    "`{}` watches the accuracy, but `{}` predicts {}",
                    watcher.name,
                    model.name.value,
                    kind.facts().name
                ),
                source,
                span,
                "never measured",
            )
            .label(model.source, model.span, format!("its output is `{}`", network.output.name()))
            .help("watch `validation.nll`"),
        );
        false
    }

    /// Whether there is a weight for each class.
    fn check_class_weights(&self, whole: &Whole<'_, '_>) -> bool {
        let Whole { training, data, .. } = whole;
        let Some(weights) = &training.training.likelihood.class_weights else { return true };
        let Some(classes) = data.data.target.classes() else { return true };
        let given = weights.len();
        if given == classes {
            return true;
        }
        let (source, span) = training.class_weights;
        self.report(
            Diagnostic::new(
                Code::DataMismatch,
                format!(
                    "`class_weights` holds {given} weights, but `{}` has {classes} classes",
                    data.data.source.name()
                ),
                source,
                span,
                format!("{given} weights"),
            )
            .label(data.source.0, data.source.1, format!("has {classes} classes"))
            .help("write one positive weight for each class, in the order of the labels"),
        );
        false
    }

    /// Whether everything that is watched is ever measured.
    fn check_watchers(&self, whole: &Whole<'_, '_>) -> bool {
        let Whole { training, data, .. } = whole;
        if data.data.split.validation > 0.0 {
            return true;
        }
        let mut watchers = training.watchers.iter().filter(|watcher| watcher.monitor != Monitor::TrainLoss);
        let Some(first) = watchers.next() else { return true };
        let (source, span) = data.split.unwrap_or(data.source);
        let mut diagnostic = Diagnostic::new(
            Code::MonitorWithoutValidation,
            format!("the validation split chooses nothing here, but `{}` watches it", first.name),
            source,
            span,
            "leaves 0 validation examples",
        );
        for watcher in std::iter::once(first).chain(watchers) {
            diagnostic = diagnostic.label(watcher.place.0, watcher.place.1, "never measured");
        }
        let keep = "fraction(train=0.9, validation=0.1)";
        self.report(diagnostic.help(match data.split {
            Some(_) => format!("keep some examples for validation, for example `{keep}`"),
            None => format!("keep some examples for validation, for example `split = {keep}`"),
        }));
        false
    }
}
