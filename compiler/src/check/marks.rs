//! Marks: how a layer's weights are treated.

use super::Checker;
use super::arguments::{Parameter, Signature};
use super::bounds::Bounds;
use super::distributions::{
    INITIALIZATIONS, POSTERIORS, PRIORS, default_posterior, default_prior, starting_std, std_of,
};
use super::environment::{Environment, Value};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{DropoutPlacement, DropoutUnit, Estimator, Initialization, Mark, Posterior, Prior};
use crate::suggest;
use crate::vocabulary::names;
use elbo_grammar::ast::Expression;
use elbo_grammar::{Span, habits};

const POINT: Signature = Signature::optional(
    "point",
    "One value a weight.",
    &[Parameter::new("init", "How weights start; by default uniform in ±1/√fan_in.").values(INITIALIZATIONS)],
);
const BAYES: Signature = Signature::optional(
    "bayes",
    "A Gaussian a weight, of mean μ and σ = softplus(ρ), which the `elbo` objective fits.",
    &[
        Parameter::new(
            "prior",
            "Distribution of a weight before any data: one of the functions, or the name of a `prior`.",
        )
        .default("normal(mean=0, std=0.1)")
        .values(PRIORS)
        .refers_to("prior"),
        Parameter::new("posterior", "Where the Gaussians start: `gaussian(…)`, or the name of a `posterior`.")
            .default("gaussian(mean=lecun_normal(), rho=-5)")
            .values(POSTERIORS)
            .refers_to("posterior"),
        Parameter::new("estimator", "How the layer is sampled in training.")
            .default("the train block's")
            .values(ESTIMATOR_VALUES),
    ],
)
.positional(0);
const DROPOUT: Signature = Signature::optional(
    "dropout",
    "One value a weight, and a random mask on what goes in or comes out, at prediction, too.",
    &[
        Parameter::new("p", "Probability of dropping a unit.").default("0.5"),
        Parameter::new("on", "What is masked.").default("input").values(&[
            Signature::constant("input", "The layer's input."),
            Signature::constant("output", "The output, after the activation that directly follows."),
        ]),
        Parameter::new("unit", "What is dropped together.").default("element").values(&[
            Signature::constant("element", "Each number by itself."),
            Signature::constant("channel", "Whole channels."),
        ]),
        Parameter::new("at_prediction", "Whether masks are drawn at prediction, too.").default("true"),
        Parameter::new("init", "How weights start; by default uniform in ±1/√fan_in.").values(INITIALIZATIONS),
    ],
)
.positional(1);
/// Every mark.
pub(crate) const MARKS: &[Signature] = &[POINT, BAYES, DROPOUT];

/// The names of the estimators this version runs.
pub(crate) const ESTIMATORS: [(&str, Estimator); 3] = [
    ("local_reparameterization", Estimator::LocalReparameterization),
    ("reparameterization", Estimator::Reparameterization),
    ("flipout", Estimator::Flipout),
];
/// The same with what they mean.
pub(crate) const ESTIMATOR_VALUES: &[Signature] = &[
    Signature::constant(ESTIMATORS[0].0, "Noise on the pre-activations, from their mean and variance."),
    Signature::constant(ESTIMATORS[1].0, "One draw of the weights for the whole batch."),
    Signature::constant(
        ESTIMATORS[2].0,
        "One draw of the weights for the batch, decorrelated by random signs for each example.",
    ),
];

/// Whether the KL of this prior needs a draw of the weights that `estimator` does not make.
pub(crate) fn lacks_kl(prior: &Prior, estimator: Estimator) -> bool {
    matches!(prior, Prior::ScaleMixture { .. }) && estimator == Estimator::LocalReparameterization
}

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

/// The finding that a mixture's KL cannot be computed where no weights are drawn.
pub(crate) fn no_closed_form(source: SourceId, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::NoClosedForm,
        "the KL of a scale mixture has no closed form, and `local_reparameterization` draws no weights to estimate it on",
        source,
        span,
        "draws pre-activations, not weights",
    )
}

/// A number to three significant digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    if rounded.abs() < 1e-3 { format!("{rounded:e}") } else { rounded.to_string() }
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
                let (prior, posterior, estimator) = (prior?, posterior?, estimator?);
                if let (Some(own), Some(place)) = (estimator, arguments.get("estimator"))
                    && lacks_kl(&prior, own)
                {
                    self.report(
                        no_closed_form(source, place.span)
                            .help("write `estimator = reparameterization`, which draws the weights"),
                    );
                    return None;
                }
                self.check_prior_width(&prior, &posterior, (source, call.span));
                Some(MarkChoice::Bayes { prior, posterior, estimator })
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
                let proposed = suggest::propose(diagnostic, source, call.function, "the marks are", names(MARKS));
                self.report(suggest::explained(proposed, habits::value("mark", &call.function.value)));
                None
            }
        }
    }

    /// Warns of a prior that pulls every weight's standard deviation down from the first step on.
    fn check_prior_width(&self, prior: &Prior, posterior: &Posterior, (source, span): (SourceId, Span)) {
        let (wanted, start) = (std_of(prior), starting_std(posterior));
        // A start written as `std=` comes back from its ρ with the last digits changed.
        if wanted >= start * (1.0 - 1e-6) {
            return;
        }
        let (wanted, start) = (short(wanted), short(start));
        self.report(
            Diagnostic::new(
                Code::PriorNarrowerThanPosterior,
                format!(
                    "the prior's standard deviation, {wanted}, is below the {start} that the posterior starts with"
                ),
                source,
                span,
                "the KL first has to shrink every weight",
            )
            .help(format!("start narrower, `posterior=gaussian(std={wanted})`, or widen the prior")),
        );
    }

    fn initialization_or_default(
        &self,
        expression: Option<&Expression>,
        environment: &Environment,
    ) -> Option<Initialization> {
        expression.map_or(Some(Initialization::Default), |expression| self.initialization(expression, environment))
    }
}
