//! `output poisson`: a Poisson distribution for each target that is a count.

use super::family::{Observed, OutputFamily, Phrases, TargetValues, mixture_in_words};
use super::target_kind::TargetKind;
use crate::vocabulary::Signature;
use serde::{Deserialize, Serialize};

/// A Poisson distribution for each of several counts, given the network independent of each other: the last layer gives the
/// logarithms of their rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poisson {}

pub(super) const SIGNATURE: Signature = Signature::constant(
    "poisson",
    "Counts, whole numbers from 0 on, each with a Poisson distribution: the last layer gives the logarithms of their rates.",
);

impl OutputFamily for Poisson {
    fn signature(&self) -> Signature {
        SIGNATURE
    }

    fn kind(&self) -> TargetKind {
        TargetKind::RealNumbers
    }

    fn takes(&self) -> TargetValues {
        TargetValues::Counts
    }

    fn phrases(&self) -> Phrases {
        Phrases {
            needs: "a vector of log-rates",
            each: "count it predicts",
            several: None,
            predicts: "Poisson distributions of counts",
            reading: "poisson, the outputs are the logarithms of rates",
        }
    }

    fn in_full(&self) -> String {
        SIGNATURE.name.to_owned()
    }

    fn outputs(&self, targets: usize) -> Option<usize> {
        Some(targets)
    }

    fn likelihood_in_words(&self, observed: &Observed<'_>) -> String {
        let (names, _) = observed.real_targets();
        format!("poisson, e^z − y·z + ln y! summed over targets ({names}), z the logarithm of the rate")
    }

    fn outputs_in_latex(&self, outputs: usize) -> String {
        format!("log-rates of {outputs} counts")
    }

    /// The log-likelihood of counts y_j with log-rates z_j.
    fn likelihood_in_latex(&self, _observed: &Observed<'_>) -> String {
        "\\ell_n = \\sum_j \\Bigl[ y_{n,j} z_j - e^{z_j} - \\ln y_{n,j}! \\Bigr]".to_owned()
    }

    /// The law of total variance over draws of the network: a Poisson distribution's variance is its rate.
    fn uncertainty_in_latex(&self, samples: usize, _variational: bool) -> (String, Vec<String>) {
        let equations = vec![
            "\\bar{\\lambda}_j = \\frac{1}{T} \\sum_{t=1}^{T} \\lambda_{t,j}, \\qquad p(y_j \\mid x) = \\frac{1}{T} \
             \\sum_{t=1}^{T} \\operatorname{Poisson}\\bigl( \\lambda_{t,j} \\bigr), \\qquad \\lambda_{t,j} = e^{z_{t,j}}"
                .to_owned(),
            "\\operatorname{Var}(y_j \\mid x) = \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} \
             \\lambda_{t,j}}_{\\text{aleatoric}} + \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} (\\lambda_{t,j} - \
             \\bar{\\lambda}_j)^2}_{\\text{epistemic}}"
                .to_owned(),
        ];
        (mixture_in_words(samples), equations)
    }
}
