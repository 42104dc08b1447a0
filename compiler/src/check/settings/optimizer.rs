//! `optimizer = …` and `learning_rate = …`.

use super::entries::Value;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Call, Signature};
use crate::check::environment::Environment;
use crate::check::evaluate::Bounds;
use crate::codes::Code;
use crate::ir::{LearningRate, Optimizer};

const ADAM: Signature = Signature::optional("adam", &["lr", "betas", "eps", "weight_decay"]).positional(1);
const ADAMW: Signature = Signature::optional("adamw", &["lr", "betas", "eps", "weight_decay"]).positional(1);
const SGD: Signature =
    Signature::optional("sgd", &["lr", "momentum", "nesterov", "weight_decay"]).required(1).positional(1);
const STEP: Signature = Signature::optional("step", &["every", "factor"]).required(1);
const COSINE: Signature = Signature::optional("cosine", &["final"]).positional(0);
const PLATEAU: Signature = Signature::optional("plateau", &["monitor", "factor", "patience", "minimum"]).positional(0);

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
                self.unknown_value(source, call.function, "optimizer", ["adam", "adamw", "sgd"]);
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
                let choices = ["constant", "step", "cosine", "plateau"];
                self.unknown_value(source, call.function, "schedule", choices);
                None
            }
        }
    }
}
