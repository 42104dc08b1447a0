//! Binding the arguments of the language's own functions, such as `conv2d(…)` or `adam(…)`.

use super::Checker;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::suggest;
pub(crate) use crate::vocabulary::{Parameter, Signature};
use elbo_grammar::Span;
use elbo_grammar::ast::{Argument, Expression, ExpressionKind, Name};

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

impl Call<'_> {
    /// The place and text of the edit that sets an argument to `value` and leaves the others as they are written.
    pub fn with_argument(self, parameter: &str, value: &str) -> (Span, String) {
        let named = |argument: &&Argument| argument.name.as_ref().is_some_and(|name| name.value == parameter);
        match (self.arguments.iter().find(named), self.arguments.last()) {
            (Some(old), _) => (old.value.span, value.to_owned()),
            (None, Some(last)) => (Span::new(last.span.end, last.span.end), format!(", {parameter}={value}")),
            (None, None) => (self.span, format!("{}({parameter}={value})", self.function.value)),
        }
    }
}

impl Checker<'_> {
    /// Takes a name or a call apart, or reports that something else stands there.
    pub fn expect_call<'e>(&self, expression: &'e Expression, source: SourceId, what: &str) -> Option<Call<'e>> {
        let call = call(expression);
        if call.is_none() {
            self.error(
                Code::WrongType,
                source,
                expression.span,
                format!("{what} is wanted here"),
                format!("not {what}"),
            );
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
                        self.report(suggest::propose(diagnostic, source, name, "its arguments", candidates));
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
    let given =
        |parameter: &str| all.iter().any(|other| other.name.as_ref().is_some_and(|name| name.value == parameter));
    // What must be given and is not is what a number in its place is meant for.
    let required = &names[signature.positional.min(signature.required)..signature.required];
    match (required.iter().find(|parameter| !given(parameter)), named.first()) {
        (Some(missing), _) => diagnostic.help(format!("write its name, `{missing}=…`")).edit(
            source,
            Span::new(argument.span.start, argument.span.start),
            format!("{missing}="),
        ),
        (None, Some(first)) => diagnostic.help(format!("write the name, for example `{first}=…`")),
        (None, None) => diagnostic,
    }
}
