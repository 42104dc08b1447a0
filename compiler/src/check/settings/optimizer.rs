//! `optimizer = …` and `learning_rate = …`.

use super::choice::MONITOR_VALUES;
use super::entries::Value;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Call, Parameter, Signature};
use crate::check::bounds::Bounds;
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::ir::{LearningRate, Optimizer};
use crate::vocabulary::names;

const ADAM: Signature = Signature::optional(
    "adam",
    "Adam (Kingma & Ba 2015).",
    &[
        Parameter::new("lr", "Learning rate, positive.").default("1e-3"),
        Parameter::new("betas", "Decay of the first and second moment.").default("[0.9, 0.999]"),
        Parameter::new("eps", "Added to the root of the second moment.").default("1e-8"),
        Parameter::new(
            "weight_decay",
            "L2 penalty, in the gradient, on all but the learned noise; excludes `bayes` layers.",
        )
        .default("0"),
    ],
)
.positional(1);
const ADAMW: Signature = Signature::optional(
    "adamw",
    "AdamW (Loshchilov & Hutter 2019): the decay bypasses the moments.",
    &[
        Parameter::new("lr", "Learning rate, positive.").default("1e-3"),
        Parameter::new("betas", "Decay of the first and second moment.").default("[0.9, 0.999]"),
        Parameter::new("eps", "Added to the root of the second moment.").default("1e-8"),
        Parameter::new("weight_decay", "Decoupled decay of all but the learned noise; excludes `bayes` layers.")
            .default("0.01"),
    ],
)
.positional(1);
const SGD: Signature = Signature::optional(
    "sgd",
    "Stochastic gradient descent: v ← momentum·v + g, w ← w − lr·v.",
    &[
        Parameter::new("lr", "Learning rate, positive."),
        Parameter::new("momentum", "Share of the last step that is kept, below 1.").default("0"),
        Parameter::new("nesterov", "Whether to look ahead along the momentum.").default("false"),
        Parameter::new(
            "weight_decay",
            "L2 penalty, in the gradient, on all but the learned noise; excludes `bayes` layers.",
        )
        .default("0"),
    ],
)
.required(1)
.positional(1);
const STEP: Signature = Signature::optional(
    "step",
    "The learning rate is multiplied by a factor every so many epochs.",
    &[
        Parameter::new("every", "Epochs between two changes."),
        Parameter::new("factor", "What the rate is multiplied by.").default("0.1"),
    ],
)
.required(1);
const COSINE: Signature = Signature::optional(
    "cosine",
    "From the full rate to a share of it along half a cosine over all steps.",
    &[Parameter::new("final", "The share of the optimizer’s `lr` that is left at the end.").default("0")],
)
.positional(0);
const PLATEAU: Signature = Signature::optional(
    "plateau",
    "The rate is multiplied by a factor once a figure has stopped improving.",
    &[
        Parameter::new("monitor", "The figure that is watched.").default("validation.nll").values(MONITOR_VALUES),
        Parameter::new("factor", "What the rate is multiplied by.").default("0.1"),
        Parameter::new("patience", "Epochs without improvement that are let pass.").default("10"),
        Parameter::new(
            "minimum",
            "The smallest share of the optimizer’s `lr` ever reached; PyTorch’s `min_lr` is `minimum`·`lr`.",
        )
        .default("0"),
    ],
)
.positional(0);

/// Every optimizer.
pub(super) const OPTIMIZERS: &[Signature] = &[ADAM, ADAMW, SGD];
/// Every schedule.
pub(super) const SCHEDULES: &[Signature] =
    &[Signature::constant("constant", "The learning rate stays as it is."), STEP, COSINE, PLATEAU];

impl Checker<'_> {
    pub(super) fn optimizer(&self, value: &Value<'_>) -> Option<Optimizer> {
        let environment = &value.environment;
        let source = environment.source;
        let call = self.expect_call(&value.expression, source, "an optimizer, such as `adam(lr=1e-3)`,")?;
        match call.function.value.as_str() {
            "adam" => {
                let arguments = self.bind(call, source, &ADAM)?;
                let (learning_rate, betas, epsilon, weight_decay) = self.adaptive(&arguments, environment, 0.0)?;
                Some(Optimizer::Adam { learning_rate, betas, epsilon, weight_decay })
            }
            "adamw" => {
                let arguments = self.bind(call, source, &ADAMW)?;
                let (learning_rate, betas, epsilon, weight_decay) = self.adaptive(&arguments, environment, 0.01)?;
                Some(Optimizer::AdamW { learning_rate, betas, epsilon, weight_decay })
            }
            "sgd" => self.sgd(call, environment),
            _ => {
                self.unknown_value(source, call.function, "optimizer", names(OPTIMIZERS));
                None
            }
        }
    }

    fn adaptive(
        &self,
        arguments: &Arguments<'_>,
        environment: &Environment,
        default_decay: f64,
    ) -> Option<(f64, [f64; 2], f64, f64)> {
        let learning_rate = self.or_default(arguments, "lr", environment, Bounds::Positive, 1e-3);
        let betas = match arguments.get("betas") {
            None => Some([0.9, 0.999]),
            Some(expression) => match self.items(expression) {
                [first, second] => {
                    let first = self.bounded(first, environment, "the first of `betas`", Bounds::BelowOne);
                    let second = self.bounded(second, environment, "the second of `betas`", Bounds::BelowOne);
                    first.zip(second).map(|(first, second)| [first, second])
                }
                _ => {
                    let message = "`betas` takes two numbers, such as `[0.9, 0.999]`";
                    self.error(Code::WrongType, environment.source, expression.span, message, "not two numbers");
                    None
                }
            },
        };
        let epsilon = self.or_default(arguments, "eps", environment, Bounds::Positive, 1e-8);
        let weight_decay = self.or_default(arguments, "weight_decay", environment, Bounds::NotNegative, default_decay);
        Some((learning_rate?, betas?, epsilon?, weight_decay?))
    }

    fn sgd(&self, call: Call<'_>, environment: &Environment) -> Option<Optimizer> {
        let arguments = self.bind(call, environment.source, &SGD)?;
        let learning_rate = self.bounded(arguments.get("lr")?, environment, "`lr`", Bounds::Positive);
        let momentum = self.or_default(&arguments, "momentum", environment, Bounds::BelowOne, 0.0);
        let nesterov = match arguments.get("nesterov") {
            Some(nesterov) => self.boolean(nesterov, environment, "`nesterov`"),
            None => Some(false),
        };
        let weight_decay = self.or_default(&arguments, "weight_decay", environment, Bounds::NotNegative, 0.0);
        let (momentum, nesterov) = (momentum?, nesterov?);
        if let (true, true, Some(place)) = (nesterov, momentum == 0.0, arguments.get("nesterov")) {
            let message = "`nesterov` looks ahead along the momentum, and there is none";
            self.error(Code::OutOfRange, environment.source, place.span, message, "needs `momentum`");
            return None;
        }
        Some(Optimizer::Sgd { learning_rate: learning_rate?, momentum, nesterov, weight_decay: weight_decay? })
    }

    pub(super) fn learning_rate(&self, value: &Value<'_>) -> Option<LearningRate> {
        let environment = &value.environment;
        let source = environment.source;
        let call = self.expect_call(&value.expression, source, "a schedule, such as `cosine()`,")?;
        match call.function.value.as_str() {
            "constant" => self.constant(call, environment, "constant", LearningRate::Constant),
            "step" => {
                let arguments = self.bind(call, source, &STEP)?;
                let every = self.size(arguments.get("every")?, environment, "`every`", 1);
                let factor = self.or_default(&arguments, "factor", environment, Bounds::Positive, 0.1);
                Some(LearningRate::Step { every: every?, factor: factor? })
            }
            "cosine" => {
                let arguments = self.bind(call, source, &COSINE)?;
                let final_factor = self.or_default(&arguments, "final", environment, Bounds::Share, 0.0)?;
                Some(LearningRate::Cosine { final_factor })
            }
            "plateau" => {
                let arguments = self.bind(call, source, &PLATEAU)?;
                let monitor = self.monitor_or_default(arguments.get("monitor"), environment);
                let factor = self.or_default(&arguments, "factor", environment, Bounds::BelowOne, 0.1);
                let patience = match arguments.get("patience") {
                    Some(patience) => self.size(patience, environment, "`patience`", 0),
                    None => Some(10),
                };
                let minimum = self.or_default(&arguments, "minimum", environment, Bounds::Share, 0.0);
                Some(LearningRate::Plateau {
                    monitor: monitor?,
                    factor: factor?,
                    patience: patience?,
                    minimum: minimum?,
                })
            }
            _ => {
                self.unknown_value(source, call.function, "schedule", names(SCHEDULES));
                None
            }
        }
    }
}
