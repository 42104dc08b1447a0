//! Binding the arguments of the language's own functions, such as `conv2d(…)` or `adam(…)`.

use super::Checker;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::suggest;
pub(crate) use crate::vocabulary::{Parameter, Signature};
use elbo_grammar::ast::{Argument, Expression, ExpressionKind, Name};
use elbo_grammar::{Span, habits};

/// The arguments of one call by parameter.
#[derive(Debug)]
pub(crate) struct Arguments<'e> {
    bound: Vec<(&'static str, &'e Expression)>,
}

impl<'e> Arguments<'e> {
    /// What was given for this parameter.
    pub fn get(&self, parameter: &str) -> Option<&'e Expression> {
        self.bound.iter().find(|(name, _)| *name == parameter).map(|(_, expression)| *expression)
    }
}

/// A name or a call, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'e> {
    /// What is named or called.
    pub function: &'e Name,
    /// The arguments; none for a bare name.
    pub arguments: &'e [Argument],
    /// The whole expression.
    pub span: Span,
}

/// Takes a name or a call apart.
pub(crate) fn call(expression: &Expression) -> Option<Call<'_>> {
    match &expression.kind {
        ExpressionKind::Path(path) => {
            path.as_name().map(|function| Call { function, arguments: &[], span: expression.span })
        }
        ExpressionKind::Call { function, arguments } => Some(Call { function, arguments, span: expression.span }),
        _ => None,
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

impl Checker<'_> {
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

    /// Binds the arguments of `call`; reports every one that does not fit, and every one that is missing.
    pub fn bind<'e>(&self, call: Call<'e>, source: SourceId, signature: &Signature) -> Option<Arguments<'e>> {
        let mut bound: Vec<(&'static str, &'e Expression)> = Vec::new();
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
            if let (true, Some(earlier)) = (rewritten, bound.iter_mut().find(|(name, _)| *name == parameter)) {
                earlier.1 = &argument.value;
            } else if bound.iter().any(|(name, _)| *name == parameter) {
                self.error(
                    Code::RepeatedArgument,
                    source,
                    argument.span,
                    format!("`{parameter}` is given twice"),
                    "given again here",
                );
                complete = false;
            } else {
                bound.push((parameter, &argument.value));
            }
        }
        if complete {
            for parameter in signature.parameters[..signature.required].iter().map(|parameter| parameter.name) {
                if !bound.iter().any(|(name, _)| *name == parameter) {
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
        complete.then_some(Arguments { bound })
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
