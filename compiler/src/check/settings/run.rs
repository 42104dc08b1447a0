//! `run`: a model, data and a training regime put together, and the rules that only the whole can break.

use super::dataset::{self, CheckedData};
use super::entries::{Entries, Keys, Value};
use super::report::{self, CheckedReport};
use super::train::{self, CheckedTraining};
use crate::check::Checker;
use crate::check::arguments::{Call, Signature};
use crate::check::environment::{Given, given};
use crate::check::network::Lowered;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{LearningRate, Mark, Monitor, Network, Objective, Operation, Optimizer, Run, VERSION};
use crate::origin::LayerOrigin;
use crate::symbols::Declared;
use elbo_grammar::Span;
use elbo_grammar::ast::{Model, Name, Settings, SettingsKind};

const KEYS: Keys = Keys { all: &["model", "data", "train", "report"], required: &["model", "data", "train"] };

/// A run that passed every check.
#[derive(Debug, Clone)]
pub(crate) struct CheckedRun {
    pub run: Run,
    /// Where each of its layers was written.
    pub layers: Vec<LayerOrigin>,
    /// The name of its model.
    pub model: String,
    /// The folder of the file whose dataset names a `root`.
    pub data_source: SourceId,
}

/// How a run refers to its model.
pub(crate) struct ModelUse<'a, 'v> {
    pub model: Declared<'a, Model>,
    pub name: &'v Name,
    pub arguments: Vec<Given<'v>>,
    written: Call<'v>,
    pub source: SourceId,
    pub span: Span,
}

impl ModelUse<'_, '_> {
    /// The place and text of the edit that sets `parameter` to `value` and leaves the other arguments as
    /// they are written.
    pub fn with_argument(&self, parameter: &str, value: usize) -> (Span, String) {
        self.written.with_argument(parameter, &value.to_string())
    }
}

impl<'a> Checker<'a> {
    /// Checks a run and everything it refers to.
    pub fn run(&self, settings: Declared<'a, Settings>, overridden: bool) -> Option<CheckedRun> {
        let mut entries = self.entries(settings, KEYS)?;
        if overridden {
            for key in KEYS.all {
                self.override_reference(&mut entries, key);
            }
        }
        let training = self.referred(&entries, "train", SettingsKind::Train).and_then(|settings| {
            let mut entries = self.entries(settings, train::KEYS)?;
            (!overridden || self.apply_overrides(&mut entries, "train", train::KEYS)).then_some(())?;
            self.training_of(&entries)
        });
        let data = self.referred(&entries, "data", SettingsKind::Dataset).and_then(|settings| {
            let mut entries = self.entries(settings, dataset::KEYS)?;
            (!overridden || self.apply_overrides(&mut entries, "data", dataset::KEYS)).then_some(())?;
            let source = entries.get("source").map(|value| value.environment.source);
            self.dataset_of(&entries).zip(source)
        });
        let report = match entries.get("report") {
            None => {
                let mut entries = Entries::none();
                (!overridden || self.apply_overrides(&mut entries, "report", report::KEYS))
                    .then(|| self.report_of(&entries))
                    .flatten()
            }
            Some(_) => self.referred(&entries, "report", SettingsKind::Report).and_then(|settings| {
                let mut entries = self.entries(settings, report::KEYS)?;
                (!overridden || self.apply_overrides(&mut entries, "report", report::KEYS)).then_some(())?;
                self.report_of(&entries)
            }),
        };
        let model = self.model_use(entries.get("model")?)?;
        let estimator = training
            .as_ref()
            .map(|training| training.estimator)
            .unwrap_or(crate::ir::Estimator::LocalReparameterization);
        let lowered = self
            .expand_model(model.model, &model.arguments, (model.source, model.span))
            .and_then(|draft| self.lower(&draft, estimator));
        let (training, (data, data_source), report, lowered) = (training?, data?, report?, lowered?);
        let fits = self.check_fit(&model, &lowered, &data);
        let legal = self.check_objective(&model, &lowered.network, &training);
        let watched = self.check_monitor(&training, &data);
        if !(fits && legal && watched) {
            return None;
        }
        let report = self.settle_report(report, &lowered, &model);
        let run = Run {
            version: VERSION,
            network: lowered.network,
            data: data.data,
            training: training.training.clone(),
            report,
        };
        self.check_divergence(&run, &lowered.origins, &training);
        Some(CheckedRun { run, layers: lowered.origins, model: model.name.value.clone(), data_source })
    }

    /// The declaration that a key of the run names.
    fn referred(&self, entries: &Entries<'a>, key: &str, kind: SettingsKind) -> Option<Declared<'a, Settings>> {
        let value = entries.get(key)?;
        let source = value.environment.source;
        let call = self.expect_call(&value.expression, source, &format!("the name of a {}", kind.keyword()))?;
        self.bind(call, source, &Signature::optional(kind.keyword(), &[]))?;
        let found = self.symbols.find_settings(kind, &call.function.value);
        if found.is_none() {
            let names: Vec<&str> = self.symbols.settings(kind).map(|(name, _)| name).collect();
            self.unknown_name(source, call.function, kind.keyword(), names);
        }
        found
    }

    fn model_use<'v>(&self, value: &'v Value<'a>) -> Option<ModelUse<'a, 'v>> {
        let source = value.environment.source;
        let call = self.expect_call(&value.expression, source, "the name of a model")?;
        let Call { function, arguments, span } = call;
        match self.symbols.models.get(function.value.as_str()) {
            Some(model) => Some(ModelUse {
                model: *model,
                name: function,
                arguments: given(arguments, &value.environment),
                written: call,
                source,
                span,
            }),
            None => {
                self.unknown_name(source, function, "model", self.symbols.models.keys().copied());
                None
            }
        }
    }

    /// Whether the objective and the optimizer treat every weight lawfully.
    fn check_objective(&self, model: &ModelUse<'a, '_>, network: &Network, training: &CheckedTraining) -> bool {
        let marks: Vec<(&str, &Mark)> =
            network.layers.iter().filter_map(|layer| Some((layer.name.as_str(), layer.mark.as_ref()?))).collect();
        let variational: Vec<&str> =
            marks.iter().filter(|(_, mark)| matches!(mark, Mark::Bayes { .. })).map(|(name, _)| *name).collect();
        let all_variational = variational.len() == marks.len();
        let (source, span) = training.objective;
        match (&training.training.objective, variational.as_slice()) {
            (Objective::MaximumLikelihood | Objective::Map { .. }, [first, ..]) => {
                let objective = match training.training.objective {
                    Objective::Map { .. } => "map",
                    _ => "maximum_likelihood",
                };
                let mut diagnostic = Diagnostic::new(
                    Code::BayesWithoutKl,
                    format!("the `bayes` layers of `{}` would train without their KL", model.name.value),
                    source,
                    span,
                    format!("`{objective}` has no KL term"),
                )
                .label(model.source, model.span, bayes_layers(first, variational.len()))
                .help("write `objective = elbo(kl=exact)`");
                // For networks without `bayes` layers that train under it, too, this means the same as before.
                if training.training.objective == Objective::MaximumLikelihood {
                    diagnostic = diagnostic.edit(source, span, "elbo(kl=exact)");
                }
                self.report(diagnostic);
                return false;
            }
            (Objective::Elbo { l2, .. }, [_, ..]) if *l2 > 0.0 && all_variational => {
                let (place, zero) = &training.without_l2;
                self.report(
                    Diagnostic::new(
                        Code::PenaltyOnKl,
                        "`l2` would penalise weights that already pay a KL",
                        source,
                        span,
                        format!("l2 = {l2}"),
                    )
                    .label(model.source, model.span, "every layer with weights is `bayes`")
                    .note("`l2` acts on `point` layers only, and there are none")
                    .help("write `l2=0`; a narrower prior pulls weights to zero")
                    .edit(source, *place, zero),
                );
                return false;
            }
            (Objective::Elbo { .. }, []) => {
                self.report(
                    Diagnostic::new(
                        Code::NoKl,
                        format!(
                            "`{}` has no `bayes` layer, so this `elbo` is its maximum likelihood",
                            model.name.value
                        ),
                        source,
                        span,
                        "the KL is 0",
                    )
                    .label(model.source, model.span, "no variational weights"),
                );
            }
            _ => {}
        }
        let decay = match training.training.optimizer {
            Optimizer::Adam { weight_decay, .. }
            | Optimizer::AdamW { weight_decay, .. }
            | Optimizer::Sgd { weight_decay, .. } => weight_decay,
        };
        if let (true, [first, ..]) = (decay > 0.0, variational.as_slice()) {
            let (source, span) = training.optimizer;
            let (place, zero) = &training.without_weight_decay;
            self.report(
                Diagnostic::new(
                    Code::PenaltyOnKl,
                    "weight decay would penalise weights that already pay a KL",
                    source,
                    span,
                    format!("weight_decay = {decay}"),
                )
                .label(model.source, model.span, bayes_layers(first, variational.len()))
                .help("write `weight_decay=0`; in a mixed model `elbo(l2=…)` reaches the `point` layers alone")
                .edit(source, *place, zero),
            );
            return false;
        }
        true
    }

    /// Whether what the learning rate watches is ever measured.
    fn check_monitor(&self, training: &CheckedTraining, data: &CheckedData) -> bool {
        let LearningRate::Plateau { monitor, .. } = training.training.learning_rate else { return true };
        if monitor == Monitor::TrainLoss || data.data.split.validation > 0.0 {
            return true;
        }
        let (source, span) = training.learning_rate.unwrap_or(training.objective);
        let (data_source, data_span) = data.split.unwrap_or(data.place);
        self.report(
            Diagnostic::new(
                Code::MonitorWithoutValidation,
                "`plateau` watches the validation split, and there is none",
                source,
                span,
                "never measured",
            )
            .label(data_source, data_span, "leaves 0 validation examples")
            .help("keep some examples for validation, for example `split = fraction(train=0.9, validation=0.1)`"),
        );
        false
    }

    /// The report for this network: one draw where nothing is random, and warnings for what that leaves empty.
    fn settle_report(&self, checked: CheckedReport, lowered: &Lowered, model: &ModelUse<'a, '_>) -> crate::ir::Report {
        let mut report = checked.report;
        let random = is_random_at_prediction(&lowered.network);
        if let Some((source, span)) = checked.epistemic {
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

/// Whether two draws of a prediction can differ.
fn is_random_at_prediction(network: &Network) -> bool {
    network.layers.iter().any(|layer| {
        let masked = matches!(
            layer.operation,
            Operation::Dropout { at_prediction: true, probability, .. } if probability > 0.0
        );
        masked || matches!(layer.mark, Some(Mark::Bayes { .. }))
    })
}

fn bayes_layers(first: &str, count: usize) -> String {
    match count {
        1 => format!("`{first}` is a `bayes` layer"),
        _ => format!("{count} `bayes` layers, `{first}` the first"),
    }
}
