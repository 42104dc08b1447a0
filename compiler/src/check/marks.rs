//! Marks: how a layer's weights are treated.

use super::Checker;
use super::arguments::Signature;
use super::distributions::{default_posterior, default_prior};
use super::environment::{Environment, Value};
use super::evaluate::Bounds;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{DropoutPlacement, DropoutUnit, Estimator, Initialization, Mark, Posterior, Prior};
use crate::suggest;
use elbo_grammar::ast::Expression;

const POINT: Signature = Signature::optional("point", &["init"]);
const BAYES: Signature = Signature::optional("bayes", &["prior", "posterior", "estimator"]).positional(0);
const DROPOUT: Signature = Signature::optional("dropout", &["p", "on", "unit", "at_prediction", "init"]).positional(1);
const MARKS: [&str; 3] = [POINT.name, BAYES.name, DROPOUT.name];

/// The names of the estimators this version runs.
pub(crate) const ESTIMATORS: [(&str, Estimator); 2] = [
    ("local_reparameterization", Estimator::LocalReparameterization),
    ("reparameterization", Estimator::Reparameterization),
];

/// A mark as it was chosen: like [`Mark`], with what a run may still decide left open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MarkChoice {
    Point {
        initialization: Initialization,
    },
    Bayes {
        prior: Prior,
        posterior: Posterior,
        estimator: Option<Estimator>,
    },
    Dropout {
        probability: f64,
        on: DropoutPlacement,
        unit: DropoutUnit,
        at_prediction: bool,
        initialization: Initialization,
    },
}

impl MarkChoice {
    /// The mark with the run's own estimator where the layer names none.
    pub fn settle(&self, estimator: Estimator) -> Mark {
        match self.clone() {
            Self::Point { initialization } => Mark::Point { initialization },
            Self::Bayes { prior, posterior, estimator: own } => {
                Mark::Bayes { prior, posterior, estimator: own.unwrap_or(estimator) }
            }
            Self::Dropout { probability, on, unit, at_prediction, initialization } => {
                Mark::Dropout { probability, on, unit, at_prediction, initialization }
            }
        }
    }
}

impl Checker<'_> {
    /// A mark: a name, a call, or a parameter of type `mark`.
    pub fn mark(&self, expression: &Expression, environment: &Environment) -> Option<MarkChoice> {
        if let Some(Value::Mark(mark)) = self.parameter(expression, environment) {
            return Some(mark.clone());
        }
        let source = environment.source;
        let call = self.expect_call(expression, source, "a mark, `point`, `bayes` or `dropout`,")?;
        match call.function.value.as_str() {
            "point" => {
                let arguments = self.bind(call, source, &POINT)?;
                let initialization = self.initialization_or_default(arguments.get("init"), environment)?;
                Some(MarkChoice::Point { initialization })
            }
            "bayes" => {
                let arguments = self.bind(call, source, &BAYES)?;
                let prior = arguments
                    .get("prior")
                    .map_or_else(|| Some(default_prior()), |expression| self.prior(expression, environment));
                let posterior = arguments
                    .get("posterior")
                    .map_or_else(|| Some(default_posterior()), |expression| self.posterior(expression, environment));
                let estimator = arguments.get("estimator").map_or(Some(None), |expression| {
                    self.choice(expression, environment, "`estimator`", &ESTIMATORS).map(Some)
                });
                Some(MarkChoice::Bayes { prior: prior?, posterior: posterior?, estimator: estimator? })
            }
            "dropout" => {
                let arguments = self.bind(call, source, &DROPOUT)?;
                let probability = self.or_default(&arguments, "p", environment, Bounds::BelowOne, 0.5);
                let on = arguments.get("on").map_or(Some(DropoutPlacement::Input), |expression| {
                    let choices = [("input", DropoutPlacement::Input), ("output", DropoutPlacement::Output)];
                    self.choice(expression, environment, "`on`", &choices)
                });
                let unit = arguments.get("unit").map_or(Some(DropoutUnit::Element), |expression| {
                    let choices = [("element", DropoutUnit::Element), ("channel", DropoutUnit::Channel)];
                    self.choice(expression, environment, "`unit`", &choices)
                });
                let at_prediction = arguments
                    .get("at_prediction")
                    .map_or(Some(true), |expression| self.boolean(expression, environment, "`at_prediction`"));
                let initialization = self.initialization_or_default(arguments.get("init"), environment);
                Some(MarkChoice::Dropout {
                    probability: probability?,
                    on: on?,
                    unit: unit?,
                    at_prediction: at_prediction?,
                    initialization: initialization?,
                })
            }
            _ => {
                let diagnostic = Diagnostic::new(
                    Code::UnknownMark,
                    format!("there is no mark `{}`", call.function.value),
                    source,
                    call.function.span,
                    "no such mark",
                );
                self.report(suggest::propose(diagnostic, source, call.function, "the marks are", MARKS));
                None
            }
        }
    }

    fn initialization_or_default(
        &self,
        expression: Option<&Expression>,
        environment: &Environment,
    ) -> Option<Initialization> {
        expression.map_or(Some(Initialization::Default), |expression| self.initialization(expression, environment))
    }
}
