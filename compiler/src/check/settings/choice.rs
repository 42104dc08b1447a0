//! `clip`, `early_stopping`, `select`, `checkpoint`: what guards a training and which weights it leaves.

use super::entries::Value;
use crate::check::Checker;
use crate::check::arguments::{Parameter, Signature, call};
use crate::check::bounds::Bounds;
use crate::check::environment::Environment;
use crate::check::units::Quantity;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Checkpoint, Clip, EarlyStopping, Monitor, Select};
use crate::vocabulary::names;
use elbo_grammar::ast::{Expression, ExpressionKind};

const NORM: Signature = Signature::optional(
    "norm",
    "All gradients together are scaled to at most this norm.",
    &[Parameter::new("maximum", "The largest Euclidean norm let through.")],
)
.required(1);
const EARLY_STOPPING: Signature = Signature::optional(
    "early_stopping",
    "Training ends once a figure has stopped improving.",
    &[
        Parameter::new("monitor", "The figure that is watched.").default("validation.nll").values(MONITOR_VALUES),
        Parameter::new("patience", "Epochs without improvement that are let pass.").default("10"),
    ],
)
.positional(0);
const BEST: Signature = Signature::optional(
    "best",
    "The weights after the epoch in which the figure was best.",
    &[Parameter::new("monitor", "The figure that is watched.").values(MONITOR_VALUES)],
)
.required(1);

/// Every way to clip gradients.
pub(super) const CLIPS: &[Signature] = &[NORM, NONE];
/// Every way to stop early.
pub(super) const STOPS: &[Signature] = &[EARLY_STOPPING, NONE];
/// Every choice of weights.
pub(super) const SELECTIONS: &[Signature] = &[Signature::constant("last", "The weights after the last step."), BEST];
pub(super) const NONE: Signature = Signature::constant("none", "Nothing of the kind is done.");

/// What can be watched, as specs write it.
const MONITORS: [(&str, Monitor); 3] = [
    ("validation.nll", Monitor::ValidationNegativeLogLikelihood),
    ("validation.accuracy", Monitor::ValidationAccuracy),
    ("train.loss", Monitor::TrainLoss),
];
/// The same with what they mean.
pub(super) const MONITOR_VALUES: &[Signature] = &[
    Signature::constant(MONITORS[0].0, "Mean negative log-likelihood of the validation split; smaller is better."),
    Signature::constant(MONITORS[1].0, "Accuracy on the validation split; larger is better."),
    Signature::constant(MONITORS[2].0, "Mean loss of the epoch's steps; smaller is better."),
];

impl Checker<'_> {
    /// `clip = norm(1.0)` or `none`.
    pub(super) fn clip(&self, value: &Value<'_>) -> Option<Option<Clip>> {
        let environment = &value.environment;
        let source = environment.source;
        let call = self.expect_call(&value.expression, source, "a way to clip gradients, such as `norm(1.0)`,")?;
        match call.function.value.as_str() {
            "none" => self.constant(call, environment, "none", None),
            "norm" => {
                let arguments = self.bind(call, source, &NORM)?;
                let maximum = self.bounded(arguments.get("maximum")?, environment, "`maximum`", Bounds::Positive)?;
                Some(Some(Clip::Norm { maximum }))
            }
            _ => {
                self.unknown_value(source, call.function, "way to clip gradients", names(CLIPS));
                None
            }
        }
    }

    /// `early_stopping(monitor=validation.nll, patience=10)`, or `early_stopping = none`.
    pub(super) fn early_stopping(&self, value: &Value<'_>) -> Option<Option<EarlyStopping>> {
        let environment = &value.environment;
        let source = environment.source;
        let what = "`early_stopping(monitor=…, patience=…)` or `none`";
        let call = self.expect_call(&value.expression, source, what)?;
        match call.function.value.as_str() {
            "none" => self.constant(call, environment, "none", None),
            "early_stopping" => {
                let arguments = self.bind(call, source, &EARLY_STOPPING)?;
                let monitor = self.monitor_or_default(arguments.get("monitor"), environment);
                let patience = match arguments.get("patience") {
                    Some(patience) => self.size(patience, environment, "`patience`", 0),
                    None => Some(10),
                };
                Some(Some(EarlyStopping { monitor: monitor?, patience: patience? }))
            }
            _ => {
                self.unknown_value(source, call.function, "way to stop early", names(STOPS));
                None
            }
        }
    }

    /// `select = last` or `best(validation.nll)`.
    pub(super) fn select(&self, value: &Value<'_>) -> Option<Select> {
        let environment = &value.environment;
        let source = environment.source;
        let call =
            self.expect_call(&value.expression, source, "a choice of the weights that are kept, `last` or `best(…)`,")?;
        match call.function.value.as_str() {
            "last" => self.constant(call, environment, "last", Select::Last),
            "best" => {
                let arguments = self.bind(call, source, &BEST)?;
                let monitor = self.monitor(arguments.get("monitor")?, environment)?;
                Some(Select::Best { monitor })
            }
            _ => {
                self.unknown_value(source, call.function, "choice of weights", names(SELECTIONS));
                None
            }
        }
    }

    /// `checkpoint = 1epoch`, `500steps`, `5min`, or `none`.
    pub(super) fn checkpoint(&self, value: &Value<'_>) -> Option<Option<Checkpoint>> {
        let environment = &value.environment;
        if let Some(call) = call(&value.expression)
            && call.function.value == "none"
        {
            return self.constant(call, environment, "none", None);
        }
        Some(Some(match self.quantity(&value.expression, environment, "`checkpoint`")? {
            Quantity::Epochs(epochs) => Checkpoint::Epochs(epochs),
            Quantity::Steps(steps) => Checkpoint::Steps(steps),
            Quantity::Seconds(seconds) => Checkpoint::Seconds(seconds),
        }))
    }

    /// What a schedule or a stop watches; the negative log-likelihood of the validation split by default.
    pub(super) fn monitor_or_default(
        &self,
        expression: Option<&Expression>,
        environment: &Environment,
    ) -> Option<Monitor> {
        match expression {
            Some(monitor) => self.monitor(monitor, environment),
            None => Some(Monitor::ValidationNegativeLogLikelihood),
        }
    }

    fn monitor(&self, expression: &Expression, environment: &Environment) -> Option<Monitor> {
        if let ExpressionKind::Path(path) = &expression.kind
            && path.segments[0].name.value == "test"
        {
            let figure = path.segments.last().map_or("", |segment| segment.name.value.as_str());
            let watched = if figure == "accuracy" { "validation.accuracy" } else { "validation.nll" };
            self.report(
                Diagnostic::new(
                    Code::TestUsedForChoice,
                    "the test split would steer the training that it is there to judge",
                    environment.source,
                    expression.span,
                    "measured on the test split",
                )
                .help(format!("watch `{watched}` instead")),
            );
            return None;
        }
        self.choice(expression, environment, "`monitor`", &MONITORS)
    }
}
