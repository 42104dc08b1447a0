//! Binding arguments to the parameters that a model or block declares.

use super::Checker;
use super::environment::{Environment, Given, GivenValue, KINDS, Value};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::suggest;
use elbo_grammar::Span;
use elbo_grammar::ast::{Expression, Parameter};
use std::collections::HashMap;

impl Checker<'_> {
    /// Binds arguments to declared parameters. `owner` is what is called, such as `` model `alexnet` ``.
    pub fn bind_parameters(
        &self,
        owner: &str,
        declared_in: SourceId,
        parameters: &[Parameter],
        arguments: &[Given<'_>],
        call: (SourceId, Span),
    ) -> Option<Environment> {
        let mut complete = true;
        let mut bound: Vec<Option<&Given<'_>>> = vec![None; parameters.len()];
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (index, parameter) in parameters.iter().enumerate() {
            places.entry(&parameter.name.value).or_insert(index);
        }
        for (position, argument) in arguments.iter().enumerate() {
            let index = match argument.name {
                None if position < parameters.len() => Some(position),
                None => None,
                Some(name) => places.get(name.value.as_str()).copied(),
            };
            match (index, argument.name) {
                (Some(index), _) if bound[index].is_none() => bound[index] = Some(argument),
                (Some(index), _) => {
                    let name = &parameters[index].name.value;
                    self.error(
                        Code::RepeatedArgument,
                        argument.source,
                        argument.span,
                        format!("`{name}` is given twice"),
                        "given again here",
                    );
                    complete = false;
                }
                (None, Some(name)) => {
                    let diagnostic = Diagnostic::new(
                        Code::UnknownArgument,
                        format!("{owner} has no parameter `{}`", name.value),
                        argument.source,
                        name.span,
                        "no such parameter",
                    );
                    let names = parameters.iter().map(|parameter| parameter.name.value.as_str());
                    self.report(suggest::propose_own(diagnostic, argument.source, name, "its parameters", names));
                    complete = false;
                }
                (None, None) => {
                    self.error(
                        Code::TooManyArguments,
                        argument.source,
                        argument.span,
                        format!("{owner} takes {} arguments, not {}", parameters.len(), arguments.len()),
                        "one too many",
                    );
                    complete = false;
                    break;
                }
            }
        }
        // A default may use the parameters before it.
        let mut bound_so_far = Environment::empty(declared_in);
        for (parameter, argument) in parameters.iter().zip(bound) {
            let value = match (argument, &parameter.default) {
                (Some(argument), _) => match &argument.value {
                    GivenValue::Expression(expression, environment) => {
                        self.parameter_value(parameter, declared_in, expression, environment)
                    }
                    GivenValue::Value(value) => Some(value.clone()),
                },
                (None, Some(default)) => self.parameter_value(parameter, declared_in, default, &bound_so_far),
                (None, None) => {
                    self.report(
                        Diagnostic::new(
                            Code::MissingArgument,
                            format!("{owner} needs a value for `{}`", parameter.name.value),
                            call.0,
                            call.1,
                            format!("`{}` is missing", parameter.name.value),
                        )
                        .label(declared_in, parameter.span, "declared here without a default"),
                    );
                    None
                }
            };
            match value {
                Some(value) => bound_so_far.add(&parameter.name.value, value),
                None => complete = false,
            }
        }
        complete.then_some(bound_so_far)
    }

    /// Reads `expression` as the type `parameter` declares.
    fn parameter_value(
        &self,
        parameter: &Parameter,
        declared_in: SourceId,
        expression: &Expression,
        environment: &Environment,
    ) -> Option<Value> {
        let what = format!("`{}`", parameter.name.value);
        match parameter.kind.value.as_str() {
            "int" => self.whole(expression, environment, &what, i64::MIN..=i64::MAX).map(Value::Whole),
            "float" => self.real(expression, environment, &what).map(Value::Number),
            "bool" => self.boolean(expression, environment, &what).map(Value::Boolean),
            "string" => self.text(expression, environment, &what).map(Value::Text),
            "activation" => self.activation(expression, environment).map(Value::Activation),
            "mark" => self.mark(expression, environment).map(Value::Mark),
            "prior" => self.prior(expression, environment).map(Value::Prior),
            "posterior" => self.posterior(expression, environment).map(Value::Posterior),
            _ => {
                self.unknown_value(declared_in, &parameter.kind, "type of a parameter", KINDS.iter().copied());
                None
            }
        }
    }

    /// Reports parameters of one declaration that share a name.
    pub fn check_parameter_names(&self, source: SourceId, parameters: &[Parameter]) {
        let mut known: HashMap<&str, &Parameter> = HashMap::new();
        for parameter in parameters {
            if let Some(first) = known.get(parameter.name.value.as_str()) {
                self.report(
                    Diagnostic::new(
                        Code::DuplicateName,
                        format!("the parameter `{}` is declared twice", parameter.name.value),
                        source,
                        parameter.name.span,
                        "declared again here",
                    )
                    .label(source, first.name.span, "first declared here"),
                );
            } else {
                known.insert(&parameter.name.value, parameter);
            }
        }
    }
}
