//! Binding the arguments of the language's own functions, such as `conv2d(…)` or `adam(…)`.

use super::Checker;
pub(crate) use super::call::{Call, call};
use super::environment::Environment;
use super::values::{Values, Written};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
pub(crate) use crate::signature::{Parameter, Signature};
use crate::suggest;
use elbo_grammar::ast::{Argument, Expression, ExpressionKind};
use elbo_grammar::{Span, habits};
use std::ops::Deref;

/// The arguments of one call, with where it stands.
pub(crate) struct Arguments<'e, 'a> {
    values: Values<'e, 'a>,
    /// What is called.
    pub function: &'static str,
    /// The file, and the whole call.
    pub place: (SourceId, Span),
}

impl Arguments<'_, '_> {
    /// Where the value of a parameter stands, else the whole call.
    pub fn place_of(&self, parameter: &str) -> (SourceId, Span) {
        let (source, span) = self.place;
        (source, self.get(parameter).map_or(span, |given| given.span))
    }
}

impl<'e, 'a> Deref for Arguments<'e, 'a> {
    type Target = Values<'e, 'a>;

    fn deref(&self) -> &Values<'e, 'a> {
        &self.values
    }
}

/// What stands in the place of a name or a call, in one word.
fn written_as(expression: &Expression) -> &'static str {
    match &expression.kind {
        ExpressionKind::Text(_) => "string",
        ExpressionKind::Boolean(_) => "boolean",
        ExpressionKind::List(_) => "list",
        ExpressionKind::Number(_) | ExpressionKind::Negate(_) | ExpressionKind::Binary { .. } => "number",
        ExpressionKind::Path(_) => "path",
        ExpressionKind::Call { .. } => "call",
    }
}

impl<'a> Checker<'a> {
    /// Takes a name or a call apart, or reports that something else stands there; `what` is a noun, perhaps followed by
    /// examples between commas.
    pub fn expect_call<'e>(&self, expression: &'e Expression, source: SourceId, what: &str) -> Option<Call<'e>> {
        let call = call(expression);
        if call.is_none() {
            // The example, and the comma that closes it, belong to the sentence alone.
            let kind = what.split(", such as ").next().unwrap_or(what).trim_end_matches(',');
            let diagnostic = Diagnostic::new(
                Code::WrongType,
                format!("{what} is wanted here"),
                source,
                expression.span,
                format!("not {kind}"),
            );
            let bare = kind.trim_start_matches("an ").trim_start_matches("a ");
            self.report(match habits::instead(bare, written_as(expression)) {
                Some(habit) => diagnostic.help(habit.help()),
                None => diagnostic,
            });
        }
        call
    }

    /// The arguments of a call that gives none.
    pub fn bare(&self, signature: &Signature) -> Arguments<'_, 'a> {
        let place = (SourceId(0), Span::new(0, 0));
        Arguments { values: Values::new(self, signature.parameters, Vec::new()), function: signature.name, place }
    }

    /// Binds the arguments of `call`; reports every one that does not fit, and every one that is missing.
    pub fn bind<'e>(
        &'e self,
        call: Call<'e>,
        environment: &'e Environment,
        signature: &Signature,
    ) -> Option<Arguments<'e, 'a>> {
        let source = environment.source;
        let mut bound: Vec<Written<'e>> = Vec::new();
        let mut complete = true;
        for (position, argument) in call.arguments.iter().enumerate() {
            let parameter = match &argument.name {
                None if position < signature.positional => signature.parameters[position].name,
                None => {
                    self.report(surplus(signature, source, argument, call.arguments));
                    return None;
                }
                Some(name) => match signature.parameter(&name.value) {
                    Some(parameter) => parameter.name,
                    None => {
                        let diagnostic = Diagnostic::new(
                            Code::UnknownArgument,
                            format!("`{}` has no argument `{}`", signature.name, name.value),
                            source,
                            name.span,
                            "no such argument",
                        );
                        let candidates = signature.parameters.iter().map(|parameter| parameter.name);
                        self.report(match habits::argument(habit_name(signature), &name.value) {
                            Some(habit) => diagnostic.help(habit.help()),
                            None => suggest::propose(diagnostic, source, name, "its arguments", candidates),
                        });
                        complete = false;
                        continue;
                    }
                },
            };
            // Every part of a call that an override has rewritten stands at one place: its argument, the last,
            // takes the place of one given by position.
            let rewritten = argument.span == call.span;
            if let (true, Some(earlier)) = (rewritten, bound.iter_mut().find(|known| known.parameter == parameter)) {
                earlier.expression = &argument.value;
            } else if bound.iter().any(|known| known.parameter == parameter) {
                self.error(
                    Code::RepeatedArgument,
                    source,
                    argument.span,
                    format!("`{parameter}` is given twice"),
                    "given again here",
                );
                complete = false;
            } else {
                bound.push(Written { parameter, expression: &argument.value, environment });
            }
        }
        if complete {
            for parameter in signature.parameters[..signature.required].iter().map(|parameter| parameter.name) {
                if !bound.iter().any(|known| known.parameter == parameter) {
                    self.report(
                        Diagnostic::new(
                            Code::MissingArgument,
                            format!("`{}` needs `{parameter}`", signature.name),
                            source,
                            call.span,
                            format!("`{parameter}` is missing"),
                        )
                        .note(format!(
                            "its arguments: {}",
                            suggest::listing(signature.parameters.iter().map(|parameter| parameter.name))
                        )),
                    );
                    complete = false;
                }
            }
        }
        complete.then(|| Arguments {
            values: Values::new(self, signature.parameters, bound),
            function: signature.name,
            place: (source, call.span),
        })
    }
}

/// What the table of habits calls a function; some names stand for two.
fn habit_name(signature: &Signature) -> &'static str {
    match (signature.name, signature.parameters.first().map(|parameter| parameter.name)) {
        ("gaussian", Some("noise")) => "output.gaussian",
        ("linear", Some("epochs")) => "anneal.linear",
        ("fraction", Some("share")) => "subset.fraction",
        (name, _) => name,
    }
}

/// An argument without a name where one is needed, or where none is taken.
fn surplus(signature: &Signature, source: SourceId, argument: &Argument, all: &[Argument]) -> Diagnostic {
    let names: Vec<&str> = signature.parameters.iter().map(|parameter| parameter.name).collect();
    let named = &names[signature.positional..];
    let message = match (signature.parameters.len(), signature.positional) {
        (0, _) => format!("`{}` takes no arguments", signature.name),
        (_, 0) => format!("the arguments of `{}` are given by name", signature.name),
        (_, 1) => format!("`{}` takes one argument without a name", signature.name),
        (_, positional) => format!("`{}` takes {positional} arguments without a name", signature.name),
    };
    let diagnostic = Diagnostic::new(Code::TooManyArguments, message, source, argument.span, "one too many");
    if let Some(habit) = habits::surplus(habit_name(signature)) {
        return diagnostic.help(habit.help());
    }
    let given =
        |parameter: &str| all.iter().any(|other| other.name.as_ref().is_some_and(|name| name.value == parameter));
    // What must be given and is not is what a number in its place is meant for.
    let required = &names[signature.positional.min(signature.required)..signature.required];
    match (required.iter().find(|parameter| !given(parameter)), named.first()) {
        (Some(missing), _) => diagnostic.help(format!("write the name it is meant for, perhaps `{missing}=…`")),
        (None, Some(first)) => diagnostic.help(format!("write the name, for example `{first}=…`")),
        (None, None) => diagnostic,
    }
}
