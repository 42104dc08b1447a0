//! Where the noise of real targets comes from.

use super::family::{LearnedVector, Misfit};
use crate::signature::ReadArguments;
use serde::{Deserialize, Serialize};

/// Where the spread of a target about its mean comes from; networks and losses have s, the logarithm of its square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseModel {
    /// One for each target, the same for every input: a parameter, which starts at 0. The outputs are
    /// the means.
    Learned,
    /// One for each target and input: the outputs are all means, then all s.
    Heteroscedastic,
}

impl NoiseModel {
    /// Numbers that a network gives for so many targets.
    pub const fn outputs(self, targets: usize) -> Option<usize> {
        match self {
            Self::Learned => Some(targets),
            Self::Heteroscedastic => targets.checked_mul(2),
        }
    }

    /// Targets of a network that gives so many numbers; an odd number of them is none of a heteroscedastic one.
    pub const fn targets(self, outputs: usize) -> usize {
        match self {
            Self::Learned => outputs,
            Self::Heteroscedastic => outputs / 2,
        }
    }

    /// That of the argument `noise`.
    pub(super) fn read(arguments: &dyn ReadArguments) -> Option<Self> {
        let word = arguments.word("noise")?;
        [Self::Learned, Self::Heteroscedastic].into_iter().find(|noise| noise.name() == word)
    }

    /// Its name in specs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::Heteroscedastic => "heteroscedastic",
        }
    }

    /// What is wrong with so many outputs; `label` says what each target takes.
    pub(super) fn misfit(self, outputs: usize, label: &'static str) -> Option<Misfit> {
        let targets = self.targets(outputs);
        (self.outputs(targets) != Some(outputs)).then(|| Misfit {
            needs: "heteroscedastic noise needs two outputs a target",
            label,
            help: format!("give it {} outputs for {outputs} targets, or write `noise=learned`", 2 * outputs),
        })
    }

    /// What is learned beside the layers, if anything is.
    pub(super) fn learned(
        self,
        targets: usize,
        name: &'static str,
        called: [&'static str; 2],
    ) -> Option<LearnedVector> {
        match self {
            Self::Learned => Some(LearnedVector { name, length: targets, called }),
            Self::Heteroscedastic => None,
        }
    }

    /// Where s comes from, in words.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Learned => "s a parameter of each target, the same for every input",
            Self::Heteroscedastic => "s an output of the network for each target and input",
        }
    }

    /// What the outputs are beside means, which are `second` of each target.
    pub(super) fn outputs_in_latex(self, outputs: usize, second: &str) -> String {
        match self {
            Self::Learned => format!("means of {outputs} targets"),
            Self::Heteroscedastic => format!("means, then {second} of {} targets", self.targets(outputs)),
        }
    }

    /// Where μ and s come from, as equations that follow a likelihood.
    pub(super) const fn parameters_in_latex(self) -> &'static str {
        match self {
            Self::Learned => "\\mu = z, \\qquad s_j \\text{ a parameter}",
            Self::Heteroscedastic => "(\\mu, s) = z",
        }
    }
}
