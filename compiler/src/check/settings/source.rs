//! `source = …`: where examples come from. Nothing is read here, so what files hold is declared in the spec, and
//! checked when they are opened. Each source says itself how its arguments are read: `data_sources/`.

use super::transform::elements;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Call};
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::data_sources::{Declared, DeclaredSource, ReadSource, SOURCES};
use crate::diagnostic::Diagnostic;
use crate::ir::{Shape, Source, Target};
use crate::limits::MOST_NUMBERS_OF_AN_IMAGE;
use elbo_grammar::ast::{Expression, ExpressionKind};

/// The most classes there can be: labels are kept in 16 bits.
const MOST_CLASSES: i64 = 1 << 16;

/// The source of this name.
pub(super) fn find(name: &str) -> Option<&'static Declared<Source>> {
    const ALL: &[Declared<Source>] = &SOURCES;
    ALL.iter().find(|source| source.signature.name == name)
}

impl Checker<'_> {
    /// A source and what the spec says of its content.
    pub(super) fn source(&self, expression: &Expression, environment: &Environment) -> Option<DeclaredSource<Source>> {
        let call = self.expect_call(expression, environment.source, "a source, such as `mnist()`,")?;
        self.called_source(call, environment)
    }

    /// The same of a call.
    pub(super) fn called_source(&self, call: Call<'_>, environment: &Environment) -> Option<DeclaredSource<Source>> {
        let Some(source) = find(&call.function.value) else {
            let known = SOURCES.map(|source| source.signature.name);
            self.unknown_value(environment.source, call.function, "data source", known);
            return None;
        };
        (source.read)(&self.bind(call, environment, &source.signature)?)
    }

    /// Names of columns, each another and at least one.
    fn columns(&self, list: &Expression, environment: &Environment, what: &str) -> Option<Vec<String>> {
        let item = |item| self.text(item, environment, &format!("a column of {what}"));
        let columns: Vec<Option<String>> = self.items(list).iter().map(item).collect();
        let columns: Vec<String> = columns.into_iter().collect::<Option<_>>()?;
        if columns.is_empty() {
            let message = format!("{what} needs at least one column");
            self.error(Code::OutOfRange, environment.source, list.span, message, "names none");
            return None;
        }
        self.distinct(&columns, list, environment, what).then_some(columns)
    }

    /// Whether all names differ.
    fn distinct(&self, names: &[String], list: &Expression, environment: &Environment, what: &str) -> bool {
        let mut seen = std::collections::BTreeSet::new();
        let Some(again) = names.iter().find(|name| !seen.insert(name.as_str())) else { return true };
        let message = format!("{what} names `{again}` twice");
        self.error(Code::RepeatedArgument, environment.source, list.span, message, "named twice");
        false
    }

    /// `classes=10`, or the names of classes.
    fn class_list(&self, given: &Expression, environment: &Environment) -> Option<Target> {
        let ExpressionKind::List(items) = &given.kind else {
            let count = self.whole(given, environment, "`classes`", 2..=MOST_CLASSES)?;
            return Some(Target::of_classes(count as usize));
        };
        let names: Vec<Option<String>> =
            items.iter().map(|item| self.text(item, environment, "the name of a class")).collect();
        let names: Vec<String> = names.into_iter().collect::<Option<_>>()?;
        if names.len() < 2 || names.len() as i64 > MOST_CLASSES {
            let message = format!("there are 2 to {MOST_CLASSES} classes, and `classes` names {}", names.len());
            self.error(Code::OutOfRange, environment.source, given.span, message, "not a number of classes");
            return None;
        }
        self.distinct(&names, given, environment, "`classes`").then_some(())?;
        Some(Target::Classes { count: names.len(), names })
    }

    /// `shape=4`, `[4]`, `[channels, length]` or `[channels, rows, columns]`.
    fn declared_shape(&self, given: &Expression, environment: &Environment) -> Option<Shape> {
        let sizes: Vec<Option<usize>> =
            self.items(given).iter().map(|size| self.size(size, environment, "a size of `shape`", 1)).collect();
        let sizes: Vec<usize> = sizes.into_iter().collect::<Option<_>>()?;
        let shape = match sizes[..] {
            [features] => Shape::Vector { features },
            [channels, length] => Shape::Sequence { channels, length },
            [channels, height, width] => Shape::Image { channels, height, width },
            _ => {
                let message = format!("`shape` takes one to three sizes, not {}", sizes.len());
                let label = "not `[features]`, `[channels, length]` or `[channels, rows, columns]`";
                self.error(Code::WrongType, environment.source, given.span, message, label);
                return None;
            }
        };
        // One example is held in memory several times.
        if elements(shape).is_none_or(|elements| elements > MOST_NUMBERS_OF_AN_IMAGE) {
            let message = format!("examples of {shape} are too large to hold");
            self.error(Code::TooLarge, environment.source, given.span, message, "too large");
            return None;
        }
        Some(shape)
    }
}

impl ReadSource for Arguments<'_, '_> {
    fn function(&self) -> &'static str {
        self.function
    }

    fn text(&self, name: &str) -> Option<String> {
        (**self).text(name)
    }

    fn whole(&self, name: &str) -> Option<i64> {
        (**self).whole(name)
    }

    fn columns(&self, name: &str) -> Option<Vec<String>> {
        let what = format!("`{name}`");
        self.read(name, |list, environment| self.checker.columns(list, environment, &what))
    }

    fn classes(&self, name: &str) -> Option<Target> {
        self.read(name, |given, environment| self.checker.class_list(given, environment))
    }

    fn shape(&self, name: &str) -> Option<Shape> {
        self.read(name, |given, environment| self.checker.declared_shape(given, environment))
    }

    fn at_most_one(&self, first: &str, second: &str) -> bool {
        let (Some(_), Some(other)) = (self.get(first), self.get(second)) else { return true };
        let message = format!("`{}` takes `{first}` or `{second}`, not both", self.function);
        self.checker.error(Code::TooManyArguments, self.place.0, other.span, message, "one of them is too many");
        false
    }

    fn differs(&self, parameter: &str, test: &str, training: &str) -> bool {
        let Some(given) = self.get(parameter) else { return true };
        self.checker.differs_from_training(test, training, (self.place.0, given.span), parameter)
    }

    fn lacks(&self, what: &str, help: &str) {
        let (source, span) = self.place;
        let message = format!("`{}` needs {what}", self.function);
        let diagnostic = Diagnostic::new(Code::MissingArgument, message, source, span, format!("{what} is missing"));
        self.checker.report(diagnostic.help(help));
    }

    fn repeats(&self, message: String, label: &str) {
        let (source, span) = self.place;
        self.checker.error(Code::RepeatedArgument, source, span, message, label);
    }
}
