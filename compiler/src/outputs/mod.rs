//! What the numbers of a network's last layer mean: a file for each family of outputs, and the table of them all.
//!
//! A family says how its line of a spec is read, how many numbers it wants, what it learns beside the layers, and how it is
//! told in words and equations. What holds for all families that predict the same kind of thing is in [`TargetKind`].

mod categorical;
mod family;
mod gaussian;
mod target_kind;

pub use categorical::{Categorical, ProbabilityLink};
pub use family::{LearnedVector, Misfit, Observed, OutputFamily, Phrases};
pub use gaussian::{Gaussian, LOG_VARIANCE, NoiseModel};
pub use target_kind::{KindFacts, TargetKind};

use crate::ir::Target;
use crate::vocabulary::Signature;
use serde::{Deserialize, Serialize};

/// How the last layer's output is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Unnormalised scores of classes.
    Categorical(Categorical),
    /// A normal distribution for each of several real targets, given the network independent of each other.
    Gaussian(Gaussian),
}

/// Every family, in the order of the reference.
pub(crate) const FAMILIES: &[Declared] = &[
    Declared { signature: categorical::SIGNATURE, read: |words| categorical::read(words).map(Output::Categorical) },
    Declared { signature: gaussian::SIGNATURE, read: |words| gaussian::read(words).map(Output::Gaussian) },
];

/// How a family is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared {
    /// Its name and parameters.
    pub signature: Signature,
    /// The output of these words, one for each parameter in its order; `None` of others than the signature has.
    pub read: fn(&[&str]) -> Option<Output>,
}

impl Output {
    /// The family it is of.
    pub fn family(&self) -> &dyn OutputFamily {
        match self {
            Self::Categorical(family) => family,
            Self::Gaussian(family) => family,
        }
    }

    /// What it predicts.
    pub fn kind(&self) -> TargetKind {
        self.family().kind()
    }

    /// Its name in specs and reports.
    pub fn name(&self) -> &'static str {
        self.family().signature().name
    }

    /// How many numbers a network with this output must give; `None` where output and target are of different kinds, or
    /// more than can be counted.
    pub fn outputs_for(&self, target: &Target) -> Option<usize> {
        let count = match target {
            Target::Classes { count, .. } => *count,
            Target::Values { names, .. } => names.len(),
        };
        (self.kind() == TargetKind::of(target)).then(|| self.family().outputs(count)).flatten()
    }
}

/// The signatures of all families.
pub(crate) const OUTPUTS: &[Signature] = &signatures();

const fn signatures() -> [Signature; FAMILIES.len()] {
    let mut all = [FAMILIES[0].signature; FAMILIES.len()];
    let mut at = 1;
    while at < all.len() {
        all[at] = FAMILIES[at].signature;
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{DefaultValue, names};

    #[test]
    fn every_word_of_a_family_is_read_and_written() {
        for family in FAMILIES {
            let mut choices: Vec<Vec<&str>> = vec![Vec::new()];
            for parameter in family.signature.parameters {
                assert!(
                    names(parameter.values).any(|word| parameter.default == Some(DefaultValue::Written(word))),
                    "{}",
                    parameter.name
                );
                let longer = |words: &Vec<&'static str>| {
                    names(parameter.values).map(|word| [words.as_slice(), &[word]].concat()).collect::<Vec<_>>()
                };
                choices = choices.iter().flat_map(longer).collect();
            }
            for words in choices {
                let output = (family.read)(&words).expect("the signature has these words");
                assert_eq!(output.name(), family.signature.name);
                let arguments: Vec<String> = family
                    .signature
                    .parameters
                    .iter()
                    .zip(&words)
                    .map(|(of, word)| format!("{}={word}", of.name))
                    .collect();
                assert_eq!(output.family().in_full(), format!("{}({})", output.name(), arguments.join(", ")));
                assert!(output.family().in_full().starts_with(&output.family().in_text().replace(')', "")));
            }
            assert!((family.read)(&["no such word"]).is_none());
        }
    }

    #[test]
    fn outputs_and_targets_are_each_others_inverse() {
        for family in FAMILIES {
            let words: Vec<String> = (family.signature.parameters.iter())
                .filter_map(|parameter| parameter.default.map(|default| default.to_string()))
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let output = (family.read)(&words).expect("defaults are words");
            for targets in [1, 2, 7] {
                let outputs = output.family().outputs(targets).expect("few enough");
                assert_eq!((output.family().targets(outputs), output.family().misfit(outputs)), (targets, None));
            }
            let names = vec!["a".to_owned(), "b".to_owned()];
            for target in [Target::of_classes(2), Target::Values { names, normalize: false }] {
                let fits = TargetKind::of(&target) == output.kind();
                assert_eq!(output.outputs_for(&target), fits.then(|| output.family().outputs(2)).flatten());
            }
        }
    }
}
