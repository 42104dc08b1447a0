//! The words of the language with what they mean: keys, functions and their parameters.
//!
//! The checker binds arguments by these same tables, so that what an editor says of a word is what the compiler takes.

use crate::check::vocabulary;
use elbo_grammar::ast::SettingsKind;

/// A function of the language, such as `conv2d(…)`, or a word that stands alone, such as `exact`.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// What it means, in a sentence or two of Markdown.
    pub documentation: &'static str,
    /// All parameters; the first `positional` may be given without a name.
    pub parameters: &'static [Parameter],
    /// How many may be given by position.
    pub positional: usize,
    /// How many, from the front, must be given.
    pub required: usize,
}

impl Signature {
    /// A function whose parameters all have defaults and may all be given by position.
    pub const fn optional(name: &'static str, documentation: &'static str, parameters: &'static [Parameter]) -> Self {
        Self { name, documentation, parameters, positional: parameters.len(), required: 0 }
    }

    /// A function without parameters.
    pub const fn constant(name: &'static str, documentation: &'static str) -> Self {
        Self::optional(name, documentation, &[])
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

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// A parameter of a function, or a key of a block.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it means and counts in, in a sentence or two of Markdown.
    pub documentation: &'static str,
    /// What holds where it is not given, as a spec would write it; `None` where it must be given, or nothing holds.
    pub default: Option<&'static str>,
    /// The functions that may stand there; none where something else may.
    pub values: &'static [Signature],
    /// The kind of declaration whose name may stand there: `prior`, `model`, ….
    pub refers_to: Option<&'static str>,
}

impl Parameter {
    /// A parameter without a default.
    pub const fn new(name: &'static str, documentation: &'static str) -> Self {
        Self { name, documentation, default: None, values: &[], refers_to: None }
    }

    /// The same with a default.
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The same, for these functions.
    pub const fn values(mut self, values: &'static [Signature]) -> Self {
        self.values = values;
        self
    }

    /// The same, for names of this kind of declaration.
    pub const fn refers_to(mut self, kind: &'static str) -> Self {
        self.refers_to = Some(kind);
        self
    }
}

/// The names of functions, in their order.
pub(crate) fn names(signatures: &[Signature]) -> impl Iterator<Item = &str> {
    signatures.iter().map(|signature| signature.name)
}

/// The keys of a block.
pub const fn keys(kind: SettingsKind) -> &'static [Parameter] {
    vocabulary::keys(kind)
}

/// Every layer, in the order of the reference.
pub const LAYERS: &[Signature] = vocabulary::LAYERS;

/// Whether layers of this name have weights, and so carry a mark.
pub fn carries_mark(name: &str) -> bool {
    vocabulary::has_weights(name)
}

/// The layers that are activations.
pub const ACTIVATIONS: &[Signature] = vocabulary::ACTIVATIONS;

/// Every mark.
pub const MARKS: &[Signature] = vocabulary::MARKS;

/// Every prior.
pub const PRIORS: &[Signature] = vocabulary::PRIORS;

/// Every posterior.
pub const POSTERIORS: &[Signature] = vocabulary::POSTERIORS;

/// Every kind of input.
pub const INPUTS: &[Signature] = vocabulary::INPUTS;

/// Every kind of output.
pub const OUTPUTS: &[Signature] = vocabulary::OUTPUTS;

/// Every figure of a report.
pub const METRICS: &[Signature] = vocabulary::METRICS;

/// What a claim may be `of`.
pub const ESTIMANDS: &[Signature] = vocabulary::ESTIMANDS;

/// The types of the parameters of models and blocks.
pub const TYPES: &[&str] = vocabulary::TYPES;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(signature: &Signature) {
        assert!(signature.documentation.len() > 5, "`{}` has no documentation", signature.name);
        for parameter in signature.parameters {
            check_parameter(parameter);
        }
    }

    fn check_parameter(parameter: &Parameter) {
        assert!(parameter.documentation.len() > 5, "`{}` has no documentation", parameter.name);
        parameter.values.iter().for_each(check);
    }

    #[test]
    fn every_word_is_documented() {
        for table in [LAYERS, MARKS, PRIORS, POSTERIORS, INPUTS, OUTPUTS, METRICS, ESTIMANDS] {
            assert!(!table.is_empty());
            table.iter().for_each(check);
        }
        use SettingsKind::{Dataset, Report, Run, Sweep, Train};
        for kind in [Dataset, Train, Report, Run, Sweep] {
            assert!(!keys(kind).is_empty());
            keys(kind).iter().for_each(check_parameter);
        }
    }

    #[test]
    fn layers_are_those_that_the_grammar_reserves() {
        assert_eq!(names(LAYERS).collect::<Vec<_>>(), elbo_grammar::reserved::LAYERS);
        assert_eq!(names(MARKS).collect::<Vec<_>>(), elbo_grammar::reserved::MARKS);
    }
}
