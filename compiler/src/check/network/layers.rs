//! The layers of a spec: from a call to what it computes.

use crate::bounds::Bounds;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Call};
use crate::check::environment::{Environment, Value};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Activation, Elementwise, Operation};
use crate::layers::kind::Learns;
use crate::layers::{ACTIVATION_SIGNATURES, activation, find};
use crate::monitor::Monitor;
use crate::signature::{ReadArguments, Signature, names};
use elbo_grammar::ast::{Expression, ExpressionKind};

/// What a layer of this name learns; nothing, if there is none.
pub(crate) fn learns(name: &str) -> Learns {
    find(name).map_or(Learns::Nothing, |(_, learns)| learns)
}

/// Whether layers of this name have weights, and so carry a mark.
pub(crate) fn has_weights(name: &str) -> bool {
    matches!(learns(name), Learns::Weights(_))
}

/// Whether layers of this name have parameters, and so need a name.
pub(crate) fn has_parameters(name: &str) -> bool {
    learns(name) != Learns::Nothing
}

/// Whether layers of this name are normalisations, which carry no mark, but start from the file that a mark names.
pub(crate) fn is_normalization(name: &str) -> bool {
    learns(name) == Learns::Scale
}

impl Checker<'_> {
    /// What a layer computes, and the name of its kind.
    pub(super) fn operation(&self, call: Call<'_>, environment: &Environment) -> Option<(&'static str, Operation)> {
        let name = call.function.value.as_str();
        if let Some(Value::Activation(function)) = environment.get(name) {
            self.bind(call, environment, &Signature::constant("an activation given as a parameter", ""))?;
            return Some((function.name(), Operation::Activation(Elementwise { function: *function })));
        }
        let (signature, _) = find(name)?;
        let operation = Operation::read(name, &self.bind(call, environment, signature)?)?;
        Some((signature.name, operation))
    }

    /// An activation: a name, a call such as `elu(alpha=0.5)`, or a parameter of that type.
    pub fn activation(&self, expression: &Expression, environment: &Environment) -> Option<Activation> {
        if let Some(Value::Activation(activation)) = self.parameter(expression, environment) {
            return Some(*activation);
        }
        let call = self.expect_call(expression, environment.source, "an activation, such as `relu`,")?;
        let Some(known) = activation::FORMS.iter().find(|known| known.signature.name == call.function.value) else {
            self.unknown_value(environment.source, call.function, "activation", names(ACTIVATION_SIGNATURES));
            return None;
        };
        (known.read)(&self.bind(call, environment, &known.signature)?).map(|known| known.function)
    }
}

impl ReadArguments for Arguments<'_, '_> {
    fn number(&self, name: &str) -> Option<f64> {
        (**self).number(name)
    }

    fn size(&self, name: &str) -> Option<usize> {
        (**self).size(name)
    }

    fn pair(&self, name: &str) -> Option<[usize; 2]> {
        (**self).pair(name)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        (**self).flag(name)
    }

    fn two_numbers(&self, name: &str, bounds: Bounds, example: &str) -> Option<[f64; 2]> {
        self.read(name, |expression, environment| {
            let number = |number, place: &str| {
                self.checker.bounded(number, environment, &format!("the {place} of `{name}`"), bounds)
            };
            match self.checker.items(expression) {
                [first, second] => {
                    let (first, second) = (number(first, "first"), number(second, "second"));
                    Some([first?, second?])
                }
                _ => {
                    let message = format!("`{name}` takes two numbers, such as `{example}`");
                    let place = (environment.source, expression.span);
                    self.checker.error(Code::WrongType, place.0, place.1, message, "not two numbers");
                    None
                }
            }
        })
    }

    fn monitor(&self, name: &str) -> Option<Monitor> {
        self.read(name, |expression, environment| self.checker.monitor(expression, environment))
    }

    fn is_word(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|given| {
            matches!(&given.kind, ExpressionKind::Path(path) if path.as_name().is_some_and(|name| name.value == word))
        })
    }

    fn word(&self, name: &str) -> Option<&'static str> {
        (**self).one_of(name)
    }

    fn is_given(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn refuse(&self, name: &str, message: String, label: &str) {
        let (source, span) = self.place_of(name);
        self.checker.error(Code::OutOfRange, source, span, message, label);
    }

    fn refuse_with_help(&self, name: &str, message: String, label: &str, help: &str) {
        let (source, span) = self.place_of(name);
        self.checker.report(Diagnostic::new(Code::OutOfRange, message, source, span, label).help(help));
    }

    fn missing(&self, name: &str, note: &str) {
        let (source, span) = self.place;
        let message = format!("`{}` needs `{name}`", self.function);
        let label = format!("`{name}` is missing");
        self.checker.report(Diagnostic::new(Code::MissingArgument, message, source, span, label).note(note));
    }
}
