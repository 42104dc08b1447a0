//! The values of parameters and keys: what a spec writes, else the documented default, read as the parameter says.

use super::Checker;
use super::environment::Environment;
use crate::signature::{DefaultValue, Kind, Parameter};
use elbo_grammar::ast::Expression;

/// What is given for one parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'e> {
    pub parameter: &'static str,
    pub expression: &'e Expression,
    /// What its names stand for.
    pub environment: &'e Environment,
}

/// The values of a call's parameters, or of a block's keys.
pub(crate) struct Values<'e, 'a> {
    pub checker: &'e Checker<'a>,
    parameters: &'static [Parameter],
    written: Vec<Written<'e>>,
}

impl<'e, 'a> Values<'e, 'a> {
    /// Values of `parameters` where these are `written`.
    pub fn new(checker: &'e Checker<'a>, parameters: &'static [Parameter], written: Vec<Written<'e>>) -> Self {
        Self { checker, parameters, written }
    }

    /// What is written for this parameter.
    pub fn get(&self, name: &str) -> Option<&'e Expression> {
        self.written(name).map(|written| written.expression)
    }

    fn written(&self, name: &str) -> Option<Written<'e>> {
        self.written.iter().find(|written| written.parameter == name).copied()
    }

    /// Reads what is written for a parameter, else its default. `None` where `read` reports an error, and where nothing
    /// is written and there is no default.
    pub fn read<T>(&self, name: &str, read: impl FnOnce(&Expression, &Environment) -> Option<T>) -> Option<T> {
        if let Some(Written { expression, environment, .. }) = self.written(name) {
            return read(expression, environment);
        }
        match self.parameter(name).default? {
            DefaultValue::Written(text) => {
                let defaults = &self.checker.defaults;
                read(&defaults.parsed(text), &defaults.environment)
            }
            // Whoever asks for this value asks for the other one, too, which reports what is wrong with it.
            DefaultValue::SameAs(other) => self.checker.silently(|| self.read(other, read)),
            DefaultValue::InWords(_) => None,
        }
    }

    /// The value of a parameter that may be missing; `read` is one of the functions below, such as [`Values::text`].
    #[expect(clippy::option_option, reason = "the outer `None` is an error that has been reported")]
    pub fn optional<T>(&self, name: &str, read: impl FnOnce(&Self, &str) -> Option<T>) -> Option<Option<T>> {
        match self.get(name) {
            Some(_) => read(self, name).map(Some),
            None => Some(None),
        }
    }

    /// A number within the parameter's bounds.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.number_called(name, &format!("`{name}`"))
    }

    /// The same, where messages call it `what`.
    pub fn number_called(&self, name: &str, what: &str) -> Option<f64> {
        let Kind::Number(bounds) = self.parameter(name).kind else { self.of_another_kind(name) };
        self.read(name, |expression, environment| self.checker.bounded(expression, environment, what, bounds))
    }

    /// A whole number within the parameter's range.
    pub fn whole(&self, name: &str) -> Option<i64> {
        let Kind::Whole { least, most } = self.parameter(name).kind else { self.of_another_kind(name) };
        let what = format!("`{name}`");
        self.read(name, |expression, environment| self.checker.whole(expression, environment, &what, least..=most))
    }

    /// The same, for parameters that cannot be negative.
    pub fn size(&self, name: &str) -> Option<usize> {
        self.whole(name).map(|value| value as usize)
    }

    /// A size for each axis, `[vertical, horizontal]`.
    pub fn pair(&self, name: &str) -> Option<[usize; 2]> {
        let Kind::Pair { least } = self.parameter(name).kind else { self.of_another_kind(name) };
        let what = format!("`{name}`");
        self.read(name, |expression, environment| self.checker.size_pair(expression, environment, &what, least))
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let Kind::Flag = self.parameter(name).kind else { self.of_another_kind(name) };
        let what = format!("`{name}`");
        self.read(name, |expression, environment| self.checker.boolean(expression, environment, &what))
    }

    /// One of the words of the parameter's table.
    pub fn one_of(&self, name: &str) -> Option<&'static str> {
        let words: Vec<(&str, &'static str)> =
            self.parameter(name).values.iter().map(|word| (word.name, word.name)).collect();
        let what = format!("`{name}`");
        self.read(name, |expression, environment| self.checker.choice(expression, environment, &what, &words))
    }

    /// A string.
    pub fn text(&self, name: &str) -> Option<String> {
        let Kind::Text = self.parameter(name).kind else { self.of_another_kind(name) };
        let what = format!("`{name}`");
        self.read(name, |expression, environment| self.checker.text(expression, environment, &what))
    }

    fn parameter(&self, name: &str) -> &'static Parameter {
        let found = self.parameters.iter().find(|parameter| parameter.name == name);
        found.unwrap_or_else(|| unreachable!("there is no parameter `{name}`"))
    }

    fn of_another_kind(&self, name: &str) -> ! {
        unreachable!("`{name}` is declared as {:?}", self.parameter(name).kind)
    }
}
