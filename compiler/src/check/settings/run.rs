//! `run`: a model, data and a training regime put together. The rules that only the whole can break stand in
//! `legality.rs`, what is lawful and most likely not meant in `advice.rs`.

use super::entries::{Entries, Keys, Value};
use super::legality::Whole;
use super::model_use::ModelUse;
use super::{dataset, report, train};
use crate::check::Checker;
use crate::check::arguments::{Call, Parameter, Signature};
use crate::check::environment::given;
use crate::check::network::Lowered;
use crate::diagnostic::SourceId;
use crate::ir::{Estimator, Run, VERSION};
use crate::origin::LayerOrigin;
use crate::symbols::Declared;
use elbo_grammar::ast::{Settings, SettingsKind};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub(super) const KEYS: Keys = Keys {
    all: &[
        Parameter::new("model", "The network: a `model`, with arguments if it takes any.").refers_to("model"),
        Parameter::new("data", "What it is trained and scored on: a `dataset`.").refers_to("dataset"),
        Parameter::new("train", "How it is trained: a `train` block.").refers_to("train"),
        Parameter::new("report", "What is computed afterwards: a `report`.")
            .default_in_words("accuracy, nll, brier, ece, aleatoric and epistemic from 25 samples")
            .refers_to("report"),
    ],
    required: &["model", "data", "train"],
};

/// A run that passed every check.
#[derive(Debug, Clone)]
pub(crate) struct CheckedRun {
    pub run: Run,
    /// Where each of its layers was written.
    pub layers: Vec<LayerOrigin>,
    /// The name of its model.
    pub model: String,
    /// The name of its dataset.
    pub data: String,
    /// The folder of the file whose dataset names a `root`.
    pub data_source: SourceId,
}

/// Networks that members of one sweep share, by the values they vary and the estimator.
pub(super) type Networks = RefCell<HashMap<(Vec<usize>, Estimator), Option<Rc<Shared>>>>;

/// A lowered network, and which overrides found what they address while it was lowered.
#[derive(Debug)]
pub(super) struct Shared {
    lowered: Lowered,
    used: Vec<bool>,
}

impl<'a> Checker<'a> {
    /// Checks a run and everything it refers to under the overrides that hold.
    pub fn run(&self, settings: Declared<'a, Settings>) -> Option<CheckedRun> {
        self.run_sharing(settings, None)
    }

    /// The same, taking the network from those known if one was lowered for these values.
    pub(super) fn run_sharing(
        &self,
        settings: Declared<'a, Settings>,
        known: Option<(&Networks, &[usize])>,
    ) -> Option<CheckedRun> {
        let mut entries = self.entries(settings, KEYS)?;
        for key in KEYS.all {
            self.override_reference(&mut entries, key.name);
        }
        let training = self.referred(&entries, "train", SettingsKind::Train).and_then(|settings| {
            let mut entries = self.entries(settings, train::KEYS)?;
            self.apply_overrides(&mut entries, "train", train::KEYS).then_some(())?;
            self.training_of(&entries)
        });
        let mut dataset_name = String::new();
        let data = self.referred(&entries, "data", SettingsKind::Dataset).and_then(|settings| {
            dataset_name.clone_from(&settings.node.name.value);
            let mut entries = self.entries(settings, dataset::KEYS)?;
            self.apply_overrides(&mut entries, "data", dataset::KEYS).then_some(())?;
            let source = entries.get("source").map(|value| value.environment.source);
            self.dataset_of(&entries).zip(source)
        });
        let report = match entries.get("report") {
            None => {
                let mut entries = Entries::none();
                self.apply_overrides(&mut entries, "report", report::KEYS).then(|| self.report_of(&entries)).flatten()
            }
            Some(_) => self.referred(&entries, "report", SettingsKind::Report).and_then(|settings| {
                let mut entries = self.entries(settings, report::KEYS)?;
                self.apply_overrides(&mut entries, "report", report::KEYS).then_some(())?;
                self.report_of(&entries)
            }),
        };
        let model = self.model_use(entries.get("model")?)?;
        let estimator = training.as_ref().map_or(Estimator::LocalReparameterization, |training| training.estimator);
        let shared = self.network(&model, estimator, known);
        let (training, (data, data_source), report, shared) = (training?, data?, report?, shared?);
        let lowered = &shared.lowered;
        let fits = self.check_fit(&model, lowered, &data);
        // What an override names lies nowhere that a file says.
        let named_in = Some(data_source).filter(|source| source.0 < self.files);
        let opened = self.opened.find(&data.data, training.training.seed, named_in);
        let whole = Whole {
            model: &model,
            network: &lowered.network,
            training: &training,
            data: &data,
            origins: &lowered.origins,
            opened,
        };
        let legal = self.check_legality(&whole);
        // Whether sets of another distribution pass into the network matters only where they can be scored.
        let told = self.check_figures(&report, &whole)
            && self.check_out_of_distribution(&report, &data, lowered.network.input);
        let trainable = self.check_training_split(&data);
        if !(trainable && fits && legal && told) {
            return None;
        }
        self.advise(&whole);
        let report = self.settle_report(report, &whole);
        let Lowered { network, origins, .. } = match Rc::try_unwrap(shared) {
            Ok(own) => own.lowered,
            Err(shared) => shared.lowered.clone(),
        };
        let objective = training.objective;
        let run = Run { version: VERSION, network, data: data.data, training: training.training, report };
        self.check_divergence(&run, &origins, objective, opened);
        self.check_sampling(&run, &origins, model.name.value.as_str());
        let (model, data) = (model.name.value.clone(), dataset_name);
        Some(CheckedRun { run, layers: origins, model, data, data_source })
    }

    /// The run's network, lowered once for all members of a sweep that share it.
    fn network(
        &self,
        model: &ModelUse<'a, '_>,
        estimator: Estimator,
        known: Option<(&Networks, &[usize])>,
    ) -> Option<Rc<Shared>> {
        let lower = || {
            let draft = self.expand_model(model.model, &model.arguments, (model.source, model.span))?;
            let lowered = self.lower(&draft, estimator)?;
            let overrides = self.overrides();
            overrides.settle_distributions(&lowered.network);
            Some(Rc::new(Shared { lowered, used: overrides.used() }))
        };
        let Some((networks, values)) = known else { return lower() };
        let key = (values.to_vec(), estimator);
        if let Some(found) = networks.borrow().get(&key) {
            let found = found.clone()?;
            self.overrides().mark_used(&found.used);
            return Some(found);
        }
        let lowered = lower();
        networks.borrow_mut().insert(key, lowered.clone());
        lowered
    }

    /// The declaration that a key of the run names.
    fn referred(&self, entries: &Entries<'a>, key: &str, kind: SettingsKind) -> Option<Declared<'a, Settings>> {
        let value = entries.get(key)?;
        let source = value.environment.source;
        let call = self.expect_call(&value.expression, source, &format!("the name of a {}", kind.keyword()))?;
        self.bind(call, &value.environment, &Signature::constant(kind.keyword(), ""))?;
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
                source,
                span,
            }),
            None => {
                self.unknown_name(source, function, "model", self.symbols.models.keys().copied());
                None
            }
        }
    }
}
