//! `objective = …`: what is minimised.

use super::entries::Value;
use crate::check::Checker;
use crate::check::arguments::{Signature, call};
use crate::check::evaluate::Bounds;
use crate::ir::{Annealing, KlWeighting, Objective};

const MAP: Signature = Signature::optional("map", &["l2"]).positional(0);
const ELBO: Signature = Signature::optional("elbo", &["kl", "temperature", "anneal", "l2"]).positional(0);
const SOENDERBY: Signature = Signature::optional("soenderby", &["warmup"]).required(1);
const SCALE: Signature = Signature::optional("scale", &["beta"]).required(1);
const LINEAR: Signature = Signature::optional("linear", &["epochs"]).required(1);

/// The weight penalty of `map()`, as the literature on these networks has it.
const DEFAULT_MAP_L2: f64 = 5e-4;

impl Checker<'_> {
    pub(super) fn objective(&self, value: &Value<'_>) -> Option<Objective> {
        let environment = &value.environment;
        let source = environment.source;
        let call = self.expect_call(&value.expression, source, "an objective, such as `elbo(kl=exact)`,")?;
        match call.function.value.as_str() {
            "maximum_likelihood" => {
                self.constant(call, environment, "maximum_likelihood", Objective::MaximumLikelihood)
            }
            "map" => {
                let arguments = self.bind(call, source, &MAP)?;
                let l2 = self.or_default(&arguments, "l2", environment, Bounds::NotNegative, DEFAULT_MAP_L2)?;
                Some(Objective::Map { l2 })
            }
            "elbo" => {
                let arguments = self.bind(call, source, &ELBO)?;
                let kl = arguments.get("kl").map_or(Some(KlWeighting::Exact), |kl| self.kl_weighting(kl, environment));
                let temperature = self.or_default(&arguments, "temperature", environment, Bounds::NotNegative, 1.0);
                let anneal =
                    arguments.get("anneal").map_or(Some(Annealing::None), |anneal| self.annealing(anneal, environment));
                let l2 = self.or_default(&arguments, "l2", environment, Bounds::NotNegative, 0.0);
                Some(Objective::Elbo { kl: kl?, temperature: temperature?, anneal: anneal?, l2: l2? })
            }
            _ => {
                let choices = ["maximum_likelihood", "map", "elbo"];
                self.unknown_value(source, call.function, "objective", choices);
                None
            }
        }
    }

    fn kl_weighting(
        &self,
        expression: &elbo_grammar::ast::Expression,
        environment: &crate::check::environment::Environment,
    ) -> Option<KlWeighting> {
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

    fn annealing(
        &self,
        expression: &elbo_grammar::ast::Expression,
        environment: &crate::check::environment::Environment,
    ) -> Option<Annealing> {
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
