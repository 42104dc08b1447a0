//! The values of a model's or block's parameters while its body is read.

use super::mark_choice::MarkChoice;
use crate::diagnostic::SourceId;
use crate::ir::{Activation, Posterior, Prior};
use elbo_grammar::ast::{Argument, Expression, Name};
use elbo_grammar::{Span, Spanned};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Whole(i64),
    Number(f64),
    Boolean(bool),
    Text(String),
    Activation(Activation),
    Mark(MarkChoice),
    Prior(Prior),
    Posterior(Posterior),
}

impl Value {
    /// What it is called in messages.
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Whole(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "`true` or `false`",
            Self::Text(_) => "a string",
            Self::Activation(_) => "an activation",
            Self::Mark(_) => "a mark",
            Self::Prior(_) => "a prior",
            Self::Posterior(_) => "a posterior",
        }
    }
}

/// The names an expression may use besides declarations, and the file it stands in.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub source: SourceId,
    values: Rc<BTreeMap<String, Value>>,
}

impl Environment {
    /// No parameters.
    pub fn empty(source: SourceId) -> Self {
        Self { source, values: Rc::default() }
    }

    /// Adds a parameter. Nothing is copied as long as nobody else has these values.
    pub fn add(&mut self, name: &str, value: Value) {
        Rc::make_mut(&mut self.values).insert(name.to_owned(), value);
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The names of the parameters that stand for activations.
    pub fn activations(&self) -> impl Iterator<Item = &str> {
        let activations = self.values.iter().filter(|(_, value)| matches!(value, Value::Activation(_)));
        activations.map(|(name, _)| name.as_str())
    }

    /// The parameters' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

/// The types that parameters may have.
pub(crate) const KINDS: &[&str] = &["int", "float", "bool", "string", "activation", "mark", "prior", "posterior"];

/// An argument with the environment its value is to be read in, as variants pass arguments on.
#[derive(Debug, Clone)]
pub(crate) struct Given<'e> {
    pub name: Option<&'e Name>,
    pub value: GivenValue<'e>,
    pub span: Span,
    pub source: SourceId,
}

/// What an argument is given as.
#[derive(Debug, Clone)]
pub(crate) enum GivenValue<'e> {
    Expression(&'e Expression, Environment),
    Value(Value),
}

/// The arguments of a reference, as they stand.
pub(crate) fn given<'e>(arguments: &'e [Argument], environment: &Environment) -> Vec<Given<'e>> {
    arguments
        .iter()
        .map(|argument| Given {
            name: argument.name.as_ref(),
            value: GivenValue::Expression(&argument.value, environment.clone()),
            span: argument.span,
            source: environment.source,
        })
        .collect()
}

/// A name with its place, for messages about what has no syntax node of its own.
pub(crate) fn name_at(text: &str, span: Span) -> Name {
    Spanned::new(text.to_owned(), span)
}
