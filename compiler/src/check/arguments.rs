//! Binding the arguments of the language's own functions, such as `conv2d(…)` or `adam(…)`.

use super::Checker;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::suggest;
use elbo_grammar::Span;
use elbo_grammar::ast::{Argument, Expression, ExpressionKind, Name};

/// What a function takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature {
    /// Its name.
    pub name: &'static str,
    /// All parameters; the first `positional` may be given without a name.
    pub parameters: &'static [&'static str],
    /// How many may be given by position.
    pub positional: usize,
    /// How many, from the front, must be given.
    pub required: usize,
}

impl Signature {
    /// A function whose parameters all have defaults and may all be given by position.
    pub const fn optional(name: &'static str, parameters: &'static [&'static str]) -> Self {
        Self { name, parameters, positional: parameters.len(), required: 0 }
    }

    /// The same, but the first `required` must be given.
    pub const fn required(mut self, required: usize) -> Self {
        self.required = required;
        self
    }

    /// The same, but only the first `positional` may be given by position.
    pub const fn positional(mut self, positional: usize) -> Self {
        self.positional = positional;
        self
    }
}

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
                None if position < signature.positional => signature.parameters[position],
                None => {
                    self.report(self.surplus(signature, source, argument));
                    return None;
                }
                Some(name) => match signature.parameters.iter().find(|parameter| **parameter == name.value) {
                    Some(parameter) => parameter,
                    None => {
                        let diagnostic = Diagnostic::new(
                            Code::UnknownArgument,
                            format!("`{}` has no argument `{}`", signature.name, name.value),
                            source,
                            name.span,
                            "no such argument",
                        );
                        let candidates = signature.parameters.iter().copied();
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
            for parameter in &signature.parameters[..signature.required] {
                if !bound.iter().any(|(name, _)| name == parameter) {
                    self.report(
                        Diagnostic::new(
                            Code::MissingArgument,
                            format!("`{}` needs `{parameter}`", signature.name),
                            source,
                            call.span,
                            format!("`{parameter}` is missing"),
                        )
                        .note(format!("its arguments: {}", suggest::listing(signature.parameters.iter().copied()))),
                    );
                    complete = false;
                }
            }
        }
        complete.then_some(Arguments { bound })
    }

    fn surplus(&self, signature: &Signature, source: SourceId, argument: &Argument) -> Diagnostic {
        let named = &signature.parameters[signature.positional..];
        let message = match (signature.parameters.len(), signature.positional) {
            (0, _) => format!("`{}` takes no arguments", signature.name),
            (_, 0) => format!("the arguments of `{}` are given by name", signature.name),
            (_, 1) => format!("`{}` takes one argument without a name", signature.name),
            (_, positional) => format!("`{}` takes {positional} arguments without a name", signature.name),
        };
        let diagnostic = Diagnostic::new(Code::TooManyArguments, message, source, argument.span, "one too many");
        if named.is_empty() {
            diagnostic
        } else {
            diagnostic.help(format!("write the name, for example `{}=…`", named[0]))
        }
    }
}
