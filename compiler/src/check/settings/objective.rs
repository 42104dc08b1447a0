//! `objective = …`: what is minimised.

use super::entries::Value;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Signature, call};
use crate::check::environment::Environment;
use crate::check::evaluate::Bounds;
use crate::ir::{Annealing, KlWeighting, Likelihood, Objective};
use elbo_grammar::ast::Expression;

const MAXIMUM_LIKELIHOOD: Signature =
    Signature::optional("maximum_likelihood", &["label_smoothing", "class_weights"]).positional(0);
const MAP: Signature = Signature::optional("map", &["l2", "label_smoothing", "class_weights"]).positional(0);
const ELBO: Signature =
    Signature::optional("elbo", &["kl", "temperature", "anneal", "l2", "label_smoothing", "class_weights"])
        .positional(0);
const SOENDERBY: Signature = Signature::optional("soenderby", &["warmup"]).required(1);
const SCALE: Signature = Signature::optional("scale", &["beta"]).required(1);
const LINEAR: Signature = Signature::optional("linear", &["epochs"]).required(1);

/// The weight penalty of `map()`, as the literature on these networks has it.
const DEFAULT_MAP_L2: f64 = 5e-4;

impl Checker<'_> {
    /// What is minimised, and how it weighs labels.
    pub(super) fn objective(&self, value: &Value<'_>) -> Option<(Objective, Likelihood)> {
        let environment = &value.environment;
        let source = environment.source;
        let call = self.expect_call(&value.expression, source, "an objective, such as `elbo(kl=exact)`,")?;
        match call.function.value.as_str() {
            "maximum_likelihood" => {
                let arguments = self.bind(call, source, &MAXIMUM_LIKELIHOOD)?;
                Some((Objective::MaximumLikelihood, self.likelihood(&arguments, environment)?))
            }
            "map" => {
                let arguments = self.bind(call, source, &MAP)?;
                let l2 = self.or_default(&arguments, "l2", environment, Bounds::NotNegative, DEFAULT_MAP_L2);
                let likelihood = self.likelihood(&arguments, environment);
                Some((Objective::Map { l2: l2? }, likelihood?))
            }
            "elbo" => {
                let arguments = self.bind(call, source, &ELBO)?;
                let kl = arguments.get("kl").map_or(Some(KlWeighting::Exact), |kl| self.kl_weighting(kl, environment));
                let temperature = self.or_default(&arguments, "temperature", environment, Bounds::NotNegative, 1.0);
                let anneal =
                    arguments.get("anneal").map_or(Some(Annealing::None), |anneal| self.annealing(anneal, environment));
                let l2 = self.or_default(&arguments, "l2", environment, Bounds::NotNegative, 0.0);
                let likelihood = self.likelihood(&arguments, environment);
                let objective = Objective::Elbo { kl: kl?, temperature: temperature?, anneal: anneal?, l2: l2? };
                Some((objective, likelihood?))
            }
            _ => {
                let choices = ["maximum_likelihood", "map", "elbo"];
                self.unknown_value(source, call.function, "objective", choices);
                None
            }
        }
    }

    fn likelihood(&self, arguments: &Arguments<'_>, environment: &Environment) -> Option<Likelihood> {
        let label_smoothing = self.or_default(arguments, "label_smoothing", environment, Bounds::BelowOne, 0.0);
        let class_weights = match arguments.get("class_weights") {
            None => Some(None),
            Some(list) => {
                let weights: Vec<Option<f64>> = self
                    .items(list)
                    .iter()
                    .map(|weight| self.bounded(weight, environment, "a class weight", Bounds::Positive))
                    .collect();
                weights.into_iter().collect::<Option<Vec<f64>>>().map(Some)
            }
        };
        Some(Likelihood { label_smoothing: label_smoothing?, class_weights: class_weights? })
    }

    fn kl_weighting(&self, expression: &Expression, environment: &Environment) -> Option<KlWeighting> {
        let source = environment.source;
        let call = self.expect_call(expression, source, "a weighting of the KL, such as `exact`,")?;
        match call.function.value.as_str() {
            "exact" => self.constant(call, environment, "exact", KlWeighting::Exact),
            "blundell" => self.constant(call, environment, "blundell", KlWeighting::Blundell),
            "soenderby" => {
                let arguments = self.bind(call, source, &SOENDERBY)?;
                let warmup = self.size(arguments.get("warmup")?, environment, "`warmup`", 1)?;
                Some(KlWeighting::Soenderby { warmup })
            }
            "scale" => {
                let arguments = self.bind(call, source, &SCALE)?;
                let beta = self.bounded(arguments.get("beta")?, environment, "`beta`", Bounds::NotNegative)?;
                Some(KlWeighting::Scale { beta })
            }
            _ => {
                let choices = ["exact", "blundell", "soenderby", "scale"];
                self.unknown_value(source, call.function, "weighting of the KL", choices);
                None
            }
        }
    }

    fn annealing(&self, expression: &Expression, environment: &Environment) -> Option<Annealing> {
        let call = call(expression).or_else(|| {
            self.wrong_type(expression, environment, "`anneal`", "`none` or `linear(epochs=…)`");
            None
        })?;
        match call.function.value.as_str() {
            "none" => self.constant(call, environment, "none", Annealing::None),
            "linear" => {
                let arguments = self.bind(call, environment.source, &LINEAR)?;
                let epochs = self.size(arguments.get("epochs")?, environment, "`epochs`", 1)?;
                Some(Annealing::Linear { epochs })
            }
            _ => {
                self.unknown_value(environment.source, call.function, "way to anneal", ["none", "linear"]);
                None
            }
        }
    }
}
