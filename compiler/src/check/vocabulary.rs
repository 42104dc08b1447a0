//! The words of the language with what they mean: keys, functions and their parameters.
//!
//! The checker binds arguments by these same tables, so that what an editor says of a word is what the compiler takes.

use super::{claims, distributions, environment, marks, network, settings};
use crate::layers;
use crate::outputs;
use crate::priors;
use crate::signature::{Parameter, Signature};
use elbo_grammar::ast::SettingsKind;

/// The keys of a block.
pub const fn keys(kind: SettingsKind) -> &'static [Parameter] {
    settings::keys(kind)
}

/// Every layer, in the order of the reference.
pub const LAYERS: &[Signature] = layers::SIGNATURES;

/// Every word before branches, `NAME { branch { … } … }`, beside the reserved `residual`.
pub const CONTAINERS: &[Signature] = layers::CONTAINER_SIGNATURES;

/// Whether layers of this name have weights, and so carry a mark.
pub fn carries_mark(name: &str) -> bool {
    network::has_weights(name)
}

/// Whether layers of this name learn something, so that they need a name.
pub fn needs_name(name: &str) -> bool {
    network::has_parameters(name)
}

/// The layers that are activations.
pub const ACTIVATIONS: &[Signature] = layers::ACTIVATION_SIGNATURES;

/// Every mark.
pub const MARKS: &[Signature] = marks::MARKS;

/// Every prior.
pub const PRIORS: &[Signature] = priors::SIGNATURES;

/// Every posterior.
pub const POSTERIORS: &[Signature] = distributions::POSTERIORS;

/// Every kind of input.
pub const INPUTS: &[Signature] = network::INPUTS;

/// Every kind of output.
pub const OUTPUTS: &[Signature] = outputs::OUTPUTS;

/// Every figure of a report.
pub const METRICS: &[Signature] = settings::METRICS;

/// What a claim may be `of`.
pub const ESTIMANDS: &[Signature] = claims::ESTIMANDS;

/// The types of the parameters of models and blocks.
pub const TYPES: &[&str] = environment::KINDS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::names;

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
    fn marks_are_those_that_the_grammar_reserves() {
        assert_eq!(names(MARKS).collect::<Vec<_>>(), elbo_grammar::reserved::MARKS);
    }
}
