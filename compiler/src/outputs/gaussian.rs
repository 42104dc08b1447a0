//! `output gaussian(noise=…)`: a normal distribution for each real target.

use super::family::{LearnedVector, Misfit, Observed, OutputFamily, Phrases, mixture_in_words};
use super::noise_model::NoiseModel;
use super::target_kind::TargetKind;
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
        self.noise.misfit(outputs, "a mean and a log-variance for each target")
    }

    fn learned(&self, outputs: usize) -> Option<LearnedVector> {
        self.noise.learned(outputs, LOG_VARIANCE, ["the log-variance", "the gradient of the log-variance"])
    }

    fn likelihood_in_words(&self, observed: &Observed<'_>) -> String {
        let (names, units) = observed.real_targets();
        let variance = self.noise.in_words();
        format!("gaussian, ½[ln 2π + s + (y − μ)²e^(−s)] summed over targets ({names}), {variance}{units}")
    }

    fn outputs_in_latex(&self, outputs: usize) -> String {
        self.noise.outputs_in_latex(outputs, "log-variances")
    }

    /// The log-likelihood of real targets y_j with means μ_j and log-variances s_j.
    fn likelihood_in_latex(&self, _observed: &Observed<'_>) -> String {
        let parameters = self.noise.parameters_in_latex();
        format!(
            "\\ell_n = -\\tfrac{{1}}{{2}} \\sum_j \\Bigl[ \\ln 2\\pi + s_j + (y_{{n,j}} - \\mu_j)^2 e^{{-s_j}} \\Bigr], \
             \\qquad {parameters}"
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
        (mixture_in_words(samples), equations)
    }
}
