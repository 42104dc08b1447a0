//! `output gaussian(noise=…)`: a normal distribution for each real target.

use super::family::{LearnedVector, Misfit, Observed, OutputFamily, Phrases};
use super::target_kind::TargetKind;
use crate::ir::Target;
use crate::signature::ReadArguments;
use crate::vocabulary::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// The public name of the parameter of [`NoiseModel::Learned`].
pub const LOG_VARIANCE: &str = "output.log_variance";

/// A normal distribution for each of several real targets, given the network independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gaussian {
    /// Where its variances come from.
    pub noise: NoiseModel,
}

/// Where the variance σ² of a target about its mean comes from; networks and losses have its logarithm s = ln σ².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseModel {
    /// One for each target, the same for every input: the parameter [`LOG_VARIANCE`], which starts at 0. The outputs are
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
}

pub(super) const SIGNATURE: Signature = Signature::optional(
    "gaussian",
    "Real targets, each with a normal distribution.",
    &[Parameter::new("noise", "Where the variances come from.").default("learned").values(&[
        Signature::constant(
            NoiseModel::Learned.name(),
            "One variance a target, a parameter; the last layer gives the means.",
        ),
        Signature::constant(
            NoiseModel::Heteroscedastic.name(),
            "One variance a target and input: the last layer gives all means, then all log-variances.",
        ),
    ])],
);

/// The output of these arguments.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<Gaussian> {
    Some(Gaussian { noise: NoiseModel::read(arguments)? })
}

impl OutputFamily for Gaussian {
    fn signature(&self) -> Signature {
        SIGNATURE
    }

    fn kind(&self) -> TargetKind {
        TargetKind::RealNumbers
    }

    fn phrases(&self) -> Phrases {
        let (several, reading) = match self.noise {
            NoiseModel::Learned => (None, "gaussian, the outputs are means; one learned log-variance a target"),
            NoiseModel::Heteroscedastic => {
                (Some("heteroscedastic noise needs two"), "gaussian, means first, then log-variances")
            }
        };
        Phrases {
            needs: "a vector of numbers",
            each: "number it predicts",
            several,
            predicts: "normal distributions of real numbers",
            reading,
        }
    }

    fn in_full(&self) -> String {
        format!("gaussian(noise={})", self.noise.name())
    }

    fn outputs(&self, targets: usize) -> Option<usize> {
        self.noise.outputs(targets)
    }

    fn targets(&self, outputs: usize) -> usize {
        self.noise.targets(outputs)
    }

    fn misfit(&self, outputs: usize) -> Option<Misfit> {
        if self.noise.outputs(self.noise.targets(outputs)) == Some(outputs) {
            return None;
        }
        Some(Misfit {
            needs: "heteroscedastic noise needs two outputs a target",
            label: "a mean and a log-variance for each target",
            help: format!("give it {} outputs for {outputs} targets, or write `noise=learned`", 2 * outputs),
        })
    }

    fn learned(&self, outputs: usize) -> Option<LearnedVector> {
        match self.noise {
            NoiseModel::Learned => Some(LearnedVector {
                name: LOG_VARIANCE,
                length: outputs,
                called: ["the log-variance", "the gradient of the log-variance"],
            }),
            NoiseModel::Heteroscedastic => None,
        }
    }

    fn likelihood_in_words(&self, observed: &Observed<'_>) -> String {
        let variance = match self.noise {
            NoiseModel::Learned => "s a parameter of each target, the same for every input",
            NoiseModel::Heteroscedastic => "s an output of the network for each target and input",
        };
        let (names, units) = match observed.target {
            Target::Values { names, normalize: true } => {
                (names.join(", "), "; y less its mean, over its standard deviation")
            }
            Target::Values { names, normalize: false } => (names.join(", "), ""),
            Target::Classes { .. } => (String::new(), ""),
        };
        format!("gaussian, ½[ln 2π + s + (y − μ)²e^(−s)] summed over targets ({names}), {variance}{units}")
    }

    fn outputs_in_latex(&self, outputs: usize) -> String {
        match self.noise {
            NoiseModel::Learned => format!("means of {outputs} targets"),
            NoiseModel::Heteroscedastic => {
                format!("means, then log-variances of {} targets", self.noise.targets(outputs))
            }
        }
    }

    /// The log-likelihood of real targets y_j with means μ_j and log-variances s_j.
    fn likelihood_in_latex(&self, _observed: &Observed<'_>) -> String {
        let (mean, log_variance) = match self.noise {
            NoiseModel::Learned => ("\\mu = z, \\qquad ", "s_j \\text{ a parameter}"),
            NoiseModel::Heteroscedastic => ("", "(\\mu, s) = z"),
        };
        format!(
            "\\ell_n = -\\tfrac{{1}}{{2}} \\sum_j \\Bigl[ \\ln 2\\pi + s_j + (y_{{n,j}} - \\mu_j)^2 e^{{-s_j}} \\Bigr], \
             \\qquad {mean}{log_variance}"
        )
    }

    /// The law of total variance over draws of the network.
    fn uncertainty_in_latex(&self, samples: usize, _variational: bool) -> (String, Vec<String>) {
        let equations = vec![
            "\\bar{\\mu}_j = \\frac{1}{T} \\sum_{t=1}^{T} \\mu_{t,j}, \\qquad p(y_j \\mid x) = \\frac{1}{T} \
             \\sum_{t=1}^{T} \\mathcal{N}\\bigl( \\mu_{t,j}, \\sigma_{t,j}^2 \\bigr), \\qquad \\sigma_{t,j}^2 = \
             e^{s_{t,j}}"
                .to_owned(),
            "\\operatorname{Var}(y_j \\mid x) = \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} \
             \\sigma_{t,j}^2}_{\\text{aleatoric}} + \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} (\\mu_{t,j} - \
             \\bar{\\mu}_j)^2}_{\\text{epistemic}}"
                .to_owned(),
        ];
        let words = format!(
            "A prediction is the mixture of $T = {samples}$ draws of the network. Its variance is exactly the sum of two \
             parts, reported for each target; the epistemic one is low by the factor $(T-1)/T$.\n"
        );
        (words, equations)
    }
}
