//! `clip`, `early_stopping`, `select`, `checkpoint`: what guards a training and which weights it leaves.

use crate::bounds::Bounds;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Parameter, Signature, call};
use crate::check::environment::Environment;
use crate::check::rows::{Reading, Row, Table, signatures, words};
use crate::check::units::Quantity;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Checkpoint, Clip, EarlyStopping, Monitor, Select};
use crate::monitor_words::{MONITOR_VALUES, MONITORS, PATIENCE};
use elbo_grammar::ast::{Expression, ExpressionKind};

pub(super) const NONE: Signature = Signature::constant("none", "Nothing of the kind is done.");

/// Every way to clip gradients.
const CLIP_ROWS: [Row<Reading<Option<Clip>>>; 2] = [
    Row::new(
        Signature::optional(
            "norm",
            "All gradients together are scaled to at most this norm.",
            &[Parameter::number("maximum", "The largest Euclidean norm let through.", Bounds::Single)],
        )
        .required(1),
        |arguments| Some(Some(Clip::Norm { maximum: arguments.number("maximum")? })),
    ),
    Row::new(NONE, |_| Some(None)),
];
pub(super) const CLIP_VALUES: &[Signature] = &signatures(&CLIP_ROWS);
pub(super) const CLIPS: Table<Option<Clip>> =
    Table { wanted: "a way to clip gradients, such as `norm(1.0)`,", noun: "way to clip gradients", rows: &CLIP_ROWS };

/// Every way to stop early.
const STOP_ROWS: [Row<Reading<Option<EarlyStopping>>>; 2] = [
    Row::new(
        Signature::optional(
            "early_stopping",
            "Training ends once a figure has stopped improving.",
            &[
                Parameter::new("monitor", "The figure that is watched.")
                    .default("validation.nll")
                    .values(MONITOR_VALUES),
                PATIENCE,
            ],
        )
        .positional(0),
        |arguments| {
            let (monitor, patience) = (monitor(arguments), arguments.size("patience"));
            Some(Some(EarlyStopping { monitor: monitor?, patience: patience? }))
        },
    ),
    Row::new(NONE, |_| Some(None)),
];
pub(super) const STOP_VALUES: &[Signature] = &signatures(&STOP_ROWS);
pub(super) const STOPS: Table<Option<EarlyStopping>> =
    Table {
        wanted: "`early_stopping(monitor=…, patience=…)` or `none`", noun: "way to stop early", rows: &STOP_ROWS
    };

/// Every choice of weights.
const SELECTION_ROWS: [Row<Reading<Select>>; 2] = [
    Row::plain("last", "The weights after the last step.", |_| Some(Select::Last)),
    Row::new(
        Signature::optional(
            "best",
            "The weights after the epoch in which the figure was best.",
            &[Parameter::new("monitor", "The figure that is watched.").values(MONITOR_VALUES)],
        )
        .required(1),
        |arguments| Some(Select::Best { monitor: monitor(arguments)? }),
    ),
];
pub(super) const SELECTION_VALUES: &[Signature] = &signatures(&SELECTION_ROWS);
pub(super) const SELECTIONS: Table<Select> = Table {
    wanted: "a choice of the weights that are kept, `last` or `best(…)`,",
    noun: "choice of weights",
    rows: &SELECTION_ROWS,
};

/// What can be watched.
const MONITOR_ROWS: [Row<Monitor>; 3] = words(MONITOR_VALUES, MONITORS);

/// The `monitor` of a stop or a choice of weights.
fn monitor(arguments: &Arguments<'_, '_>) -> Option<Monitor> {
    arguments.read("monitor", |expression, environment| arguments.checker.monitor(expression, environment))
}

impl Checker<'_> {
    /// `checkpoint = 1epoch`, `500steps`, `5min`, or `none`.
    pub(super) fn checkpoint(&self, expression: &Expression, environment: &Environment) -> Option<Option<Checkpoint>> {
        if let Some(call) = call(expression).filter(|call| call.function.value == NONE.name) {
            return self.bind(call, environment, &NONE).map(|_| None);
        }
        Some(Some(match self.quantity(expression, environment, "`checkpoint`")? {
            Quantity::Epochs(epochs) => Checkpoint::Epochs(epochs),
            Quantity::Steps(steps) => Checkpoint::Steps(steps),
            Quantity::Seconds(seconds) => Checkpoint::Seconds(seconds),
        }))
    }

    /// A figure to watch, which is none of the test split.
    pub fn monitor(&self, expression: &Expression, environment: &Environment) -> Option<Monitor> {
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
        self.word(expression, environment, "`monitor`", &MONITOR_ROWS)
    }
}
