//! What a family of outputs says of itself.

use super::target_kind::TargetKind;
use crate::ir::{Likelihood, Target};
use crate::vocabulary::Signature;

/// A family of outputs.
pub trait OutputFamily {
    /// Its name and parameters.
    fn signature(&self) -> Signature;

    /// What it predicts.
    fn kind(&self) -> TargetKind;

    /// Which of the values that targets of its kind may have it takes.
    fn takes(&self) -> TargetValues {
        TargetValues::All
    }

    /// What it is called in messages and tables.
    fn phrases(&self) -> Phrases;

    /// As a spec writes it, with every argument.
    fn in_full(&self) -> String;

    /// As the IR's text has it.
    fn in_text(&self) -> String {
        self.in_full()
    }

    /// Numbers that the network gives for so many classes or targets; `None` if they are more than can be counted.
    fn outputs(&self, targets: usize) -> Option<usize>;

    /// Classes or targets of a network that gives so many numbers.
    fn targets(&self, outputs: usize) -> usize {
        outputs
    }

    /// What is wrong with so many numbers, whatever the data are.
    fn misfit(&self, _outputs: usize) -> Option<Misfit> {
        None
    }

    /// What is learned beside the layers of a network that gives so many numbers.
    fn learned(&self, _outputs: usize) -> Option<LearnedVector> {
        None
    }

    /// The likelihood in words, for the objective.
    fn likelihood_in_words(&self, observed: &Observed<'_>) -> String;

    /// What the numbers are, inside `\text{…}`.
    fn outputs_in_latex(&self, outputs: usize) -> String;

    /// ℓ_n, the log-likelihood of one example, as an equation.
    fn likelihood_in_latex(&self, observed: &Observed<'_>) -> String;

    /// The split of the predictive (co)variance of `samples` draws of the weights, or of dropout masks where nothing is
    /// `variational`: a sentence, and the equations it speaks of.
    fn uncertainty_in_latex(&self, samples: usize, variational: bool) -> (String, Vec<String>);
}

/// Which values of targets a family takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetValues {
    /// All that targets of its kind may have.
    All,
    /// Counts: whole numbers from 0 on, in their own units.
    Counts,
}

impl TargetValues {
    /// Whether it has this value.
    pub fn contains(self, value: f64) -> bool {
        match self {
            Self::All => true,
            Self::Counts => value >= 0.0 && value.fract() == 0.0,
        }
    }
}

/// What a family is called in messages and tables.
#[derive(Debug, Clone, Copy)]
pub struct Phrases {
    /// What it needs of the last layer: `a vector of class scores`.
    pub needs: &'static str,
    /// What each of these numbers is for: `class`.
    pub each: &'static str,
    /// Why it takes several numbers for each target, where it does: `heteroscedastic noise needs two`.
    pub several: Option<&'static str>,
    /// What it predicts: `a distribution over classes`.
    pub predicts: &'static str,
    /// How the last layer is read, for the table of layers.
    pub reading: &'static str,
}

/// What is wrong with how many numbers the last layer gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// What there must be: `heteroscedastic noise needs two outputs a target`.
    pub needs: &'static str,
    /// What the output wants, beside its line.
    pub label: &'static str,
    /// What to do.
    pub help: String,
}

/// A vector that is learned beside the layers. It starts at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LearnedVector {
    /// Its public name.
    pub name: &'static str,
    /// How many numbers it has.
    pub length: usize,
    /// What it and its gradient are called where they stop being finite.
    pub called: [&'static str; 2],
}

/// How the predictive variance of real targets splits, for [`OutputFamily::uncertainty_in_latex`].
pub(super) fn mixture_in_words(samples: usize) -> String {
    format!(
        "A prediction is the mixture of $T = {samples}$ draws of the network. Its variance is exactly the sum of two \
         parts, reported for each target; the epistemic one is low by the factor $(T-1)/T$.\n"
    )
}

/// What a likelihood is told of.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'r> {
    /// Numbers that the network gives of an example.
    pub outputs: usize,
    /// What is predicted.
    pub target: &'r Target,
    /// How labels are weighed.
    pub likelihood: &'r Likelihood,
    /// How numbers are written.
    pub number: fn(f64) -> String,
}

impl Observed<'_> {
    /// What real targets are called, and what is to be said of their units.
    pub(super) fn real_targets(&self) -> (String, &'static str) {
        match self.target {
            Target::Values { names, normalize: true } => {
                (names.join(", "), "; y less its mean, over its standard deviation")
            }
            Target::Values { names, normalize: false } => (names.join(", "), ""),
            Target::Classes { .. } => (String::new(), ""),
        }
    }
}
