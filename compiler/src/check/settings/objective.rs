//! `objective = …`: what is minimised.

use super::entries::Value;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Parameter, Signature, call};
use crate::check::bounds::Bounds;
use crate::check::environment::Environment;
use crate::ir::{Annealing, KlWeighting, Likelihood, Objective};
use crate::vocabulary::names;
use elbo_grammar::ast::Expression;

const MAXIMUM_LIKELIHOOD: Signature = Signature::optional(
    "maximum_likelihood",
    "Mean negative log-likelihood, in nats per example.",
    &[
        Parameter::new("label_smoothing", "Share of each label spread over all classes, below 1.").default("0"),
        Parameter::new("class_weights", "One positive weight a class."),
    ],
)
.positional(0);
const MAP: Signature = Signature::optional(
    "map",
    "Mean negative log-likelihood + (l2/2)·‖w‖² over the weights.",
    &[
        Parameter::new("l2", "Strength of the penalty.").default("5e-4"),
        Parameter::new("label_smoothing", "Share of each label spread over all classes, below 1.").default("0"),
        Parameter::new("class_weights", "One positive weight a class."),
    ],
)
.positional(0);
const ELBO: Signature = Signature::optional(
    "elbo",
    "Mean negative log-likelihood + w·KL(q‖p) of the `bayes` layers: the evidence lower bound, with its sign turned.",
    &[
        Parameter::new("kl", "How w depends on the step; N counts the training examples.")
            .default("exact")
            .values(KL_WEIGHTINGS),
        Parameter::new("temperature", "τ: 1 is Bayes, below 1 the posterior is tempered.").default("1"),
        Parameter::new("anneal", "A factor on w that grows over the first epochs.").default("none").values(ANNEALINGS),
        Parameter::new("l2", "Strength of a penalty on `point` weights alone.").default("0"),
        Parameter::new("label_smoothing", "Share of each label spread over all classes, below 1.").default("0"),
        Parameter::new("class_weights", "One positive weight a class."),
    ],
)
.positional(0);
const SOENDERBY: Signature = Signature::optional(
    "soenderby",
    "w = τ·a·min(epoch/warmup, 1)/N",
    &[Parameter::new("warmup", "Epochs until the full weight.")],
)
.required(1);
const SCALE: Signature =
    Signature::optional("scale", "w = β·τ·a/N", &[Parameter::new("beta", "β, the factor on the weight.")]).required(1);
const LINEAR: Signature = Signature::optional(
    "linear",
    "a = min(epoch/epochs, 1)",
    &[Parameter::new("epochs", "Epochs until the full weight.")],
)
.required(1);

/// Every objective.
pub(super) const OBJECTIVES: &[Signature] = &[MAXIMUM_LIKELIHOOD, MAP, ELBO];
/// Every weighting of the KL.
const KL_WEIGHTINGS: &[Signature] = &[
    Signature::constant("exact", "w = τ·a/N, as the evidence lower bound has it."),
    Signature::constant("blundell", "w = τ·a·(M/N)·2^−(i+1)/(1 − 2^−M) for batch i of M."),
    SOENDERBY,
    SCALE,
];
/// Every way to anneal.
const ANNEALINGS: &[Signature] = &[Signature::constant("none", "The full KL from the first step on."), LINEAR];

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
                self.unknown_value(source, call.function, "objective", names(OBJECTIVES));
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
                self.unknown_value(source, call.function, "weighting of the KL", names(KL_WEIGHTINGS));
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
                self.unknown_value(environment.source, call.function, "way to anneal", names(ANNEALINGS));
                None
            }
        }
    }
}
