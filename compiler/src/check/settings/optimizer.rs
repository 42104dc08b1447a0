//! `optimizer = …` and `learning_rate = …`.

use super::choice::{MONITOR_VALUES, PATIENCE, monitor};
use crate::bounds::Bounds;
use crate::check::arguments::{Arguments, Parameter, Signature};
use crate::check::rows::{Reading, Row, Table, signatures};
use crate::codes::Code;
use crate::ir::{LearningRate, Optimizer};

const BETAS: Parameter = Parameter::new("betas", "Decay of the first and second moment.").default("[0.9, 0.999]");
const EPS: Parameter =
    Parameter::number("eps", "Added to the root of the second moment.", Bounds::Positive).default("1e-8");
const ADAPTIVE_RATE: Parameter = Parameter::number("lr", "Learning rate, positive.", Bounds::Positive).default("1e-3");
/// A penalty as a part of the gradient.
const PENALTY: Parameter = Parameter::number(
    "weight_decay",
    "L2 penalty, in the gradient, on all but the learned noise; excludes `bayes` layers.",
    Bounds::NotNegative,
)
.default("0");

const ADAM: Row<Reading<Optimizer>> = Row::new(
    Signature::optional("adam", "Adam (Kingma & Ba 2015).", &[ADAPTIVE_RATE, BETAS, EPS, PENALTY]).positional(1),
    |arguments| {
        let (learning_rate, betas, epsilon, weight_decay) = adaptive(arguments)?;
        Some(Optimizer::Adam { learning_rate, betas, epsilon, weight_decay })
    },
);
const ADAMW: Row<Reading<Optimizer>> = Row::new(
    Signature::optional(
        "adamw",
        "AdamW (Loshchilov & Hutter 2019): the decay bypasses the moments.",
        &[
            ADAPTIVE_RATE,
            BETAS,
            EPS,
            Parameter::number(
                "weight_decay",
                "Decoupled decay of all but the learned noise; excludes `bayes` layers.",
                Bounds::NotNegative,
            )
            .default("0.01"),
        ],
    )
    .positional(1),
    |arguments| {
        let (learning_rate, betas, epsilon, weight_decay) = adaptive(arguments)?;
        Some(Optimizer::AdamW { learning_rate, betas, epsilon, weight_decay })
    },
);
const SGD: Row<Reading<Optimizer>> = Row::new(
    Signature::optional(
        "sgd",
        "Stochastic gradient descent: v ← momentum·v + g, w ← w − lr·v.",
        &[
            Parameter::number("lr", "Learning rate, positive.", Bounds::Positive),
            Parameter::number("momentum", "Share of the last step that is kept, below 1.", Bounds::BelowOne)
                .default("0"),
            Parameter::flag("nesterov", "Whether to look ahead along the momentum.").default("false"),
            PENALTY,
        ],
    )
    .required(1)
    .positional(1),
    sgd,
);
const OPTIMIZER_ROWS: [Row<Reading<Optimizer>>; 3] = [ADAM, ADAMW, SGD];
pub(super) const OPTIMIZER_VALUES: &[Signature] = &signatures(&OPTIMIZER_ROWS);
/// Every optimizer.
pub(super) const OPTIMIZERS: Table<Optimizer> =
    Table { wanted: "an optimizer, such as `adam(lr=1e-3)`,", noun: "optimizer", rows: &OPTIMIZER_ROWS };

const STEP: Row<Reading<LearningRate>> = Row::new(
    Signature::optional(
        "step",
        "The learning rate is multiplied by a factor every so many epochs.",
        &[
            Parameter::size("every", "Epochs between two changes.", 1),
            Parameter::number("factor", "What the rate is multiplied by.", Bounds::Positive).default("0.1"),
        ],
    )
    .required(1),
    |arguments| {
        let (every, factor) = (arguments.size("every"), arguments.number("factor"));
        Some(LearningRate::Step { every: every?, factor: factor? })
    },
);
const COSINE: Row<Reading<LearningRate>> = Row::new(
    Signature::optional(
        "cosine",
        "From the full rate to a share of it along half a cosine over all steps.",
        &[Parameter::number("final", "The share of the optimizer’s `lr` that is left at the end.", Bounds::Share)
            .default("0")],
    )
    .positional(0),
    |arguments| Some(LearningRate::Cosine { final_factor: arguments.number("final")? }),
);
const PLATEAU: Row<Reading<LearningRate>> = Row::new(
    Signature::optional(
        "plateau",
        "The rate is multiplied by a factor once a figure has stopped improving.",
        &[
            Parameter::new("monitor", "The figure that is watched.").default("validation.nll").values(MONITOR_VALUES),
            Parameter::number("factor", "What the rate is multiplied by.", Bounds::BelowOne).default("0.1"),
            PATIENCE,
            Parameter::number(
                "minimum",
                "The smallest share of the optimizer’s `lr` ever reached; PyTorch’s `min_lr` is `minimum`·`lr`.",
                Bounds::Share,
            )
            .default("0"),
        ],
    )
    .positional(0),
    |arguments| {
        let (monitor, factor) = (monitor(arguments), arguments.number("factor"));
        let (patience, minimum) = (arguments.size("patience"), arguments.number("minimum"));
        Some(LearningRate::Plateau { monitor: monitor?, factor: factor?, patience: patience?, minimum: minimum? })
    },
);
const SCHEDULE_ROWS: [Row<Reading<LearningRate>>; 4] = [
    Row::plain("constant", "The learning rate stays as it is.", |_| Some(LearningRate::Constant)),
    STEP,
    COSINE,
    PLATEAU,
];
pub(super) const SCHEDULE_VALUES: &[Signature] = &signatures(&SCHEDULE_ROWS);
/// Every schedule.
pub(super) const SCHEDULES: Table<LearningRate> =
    Table { wanted: "a schedule, such as `cosine()`,", noun: "schedule", rows: &SCHEDULE_ROWS };

/// Rate, decays, ε and weight decay of an optimizer with moments.
fn adaptive(arguments: &Arguments<'_, '_>) -> Option<(f64, [f64; 2], f64, f64)> {
    let checker = arguments.checker;
    let learning_rate = arguments.number("lr");
    let betas = arguments.read("betas", |expression, environment| match checker.items(expression) {
        [first, second] => {
            let first = checker.bounded(first, environment, "the first of `betas`", Bounds::BelowOne);
            let second = checker.bounded(second, environment, "the second of `betas`", Bounds::BelowOne);
            first.zip(second).map(|(first, second)| [first, second])
        }
        _ => {
            let message = "`betas` takes two numbers, such as `[0.9, 0.999]`";
            checker.error(Code::WrongType, environment.source, expression.span, message, "not two numbers");
            None
        }
    });
    let (epsilon, weight_decay) = (arguments.number("eps"), arguments.number("weight_decay"));
    Some((learning_rate?, betas?, epsilon?, weight_decay?))
}

fn sgd(arguments: &Arguments<'_, '_>) -> Option<Optimizer> {
    let (learning_rate, momentum) = (arguments.number("lr"), arguments.number("momentum"));
    let (nesterov, weight_decay) = (arguments.flag("nesterov"), arguments.number("weight_decay"));
    let (momentum, nesterov) = (momentum?, nesterov?);
    if let (true, true, Some(place)) = (nesterov, momentum == 0.0, arguments.get("nesterov")) {
        let message = "`nesterov` looks ahead along the momentum, and there is none";
        arguments.checker.error(Code::OutOfRange, arguments.place.0, place.span, message, "needs `momentum`");
        return None;
    }
    Some(Optimizer::Sgd { learning_rate: learning_rate?, momentum, nesterov, weight_decay: weight_decay? })
}
