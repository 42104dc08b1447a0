//! `output categorical`: a score for each class.

use super::family::{Observed, OutputFamily, Phrases};
use super::target_kind::TargetKind;
use crate::signature::ReadArguments;
use crate::vocabulary::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Unnormalised scores of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Categorical {
    /// How scores become probabilities.
    pub link: ProbabilityLink,
}

/// How class scores z become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbabilityLink {
    /// eᶻ / Σ eᶻ
    Softmax,
    /// softplus(z) / Σ softplus(z)
    Softplus,
}

impl ProbabilityLink {
    /// Its name in specs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Softplus => "softplus",
        }
    }
}

pub(super) const SIGNATURE: Signature = Signature::optional(
    "categorical",
    "The last layer gives a score for each class.",
    &[Parameter::new("link", "How scores become probabilities.").default("softmax").values(&[
        Signature::constant(ProbabilityLink::Softmax.name(), "eᶻ / Σ eᶻ over the classes."),
        Signature::constant(ProbabilityLink::Softplus.name(), "softplus(z) / Σ softplus(z) over the classes."),
    ])],
)
.positional(0);

/// The output of these arguments.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<Categorical> {
    let word = arguments.word("link")?;
    let link = [ProbabilityLink::Softmax, ProbabilityLink::Softplus].into_iter().find(|link| link.name() == word)?;
    Some(Categorical { link })
}

impl OutputFamily for Categorical {
    fn signature(&self) -> Signature {
        SIGNATURE
    }

    fn kind(&self) -> TargetKind {
        TargetKind::Classes
    }

    fn phrases(&self) -> Phrases {
        Phrases {
            needs: "a vector of class scores",
            each: "class",
            several: None,
            predicts: "a distribution over classes",
            reading: match self.link {
                ProbabilityLink::Softmax => "categorical, by a softmax of the scores",
                ProbabilityLink::Softplus => "categorical, softplus(z) / Σ softplus(z) of the scores z",
            },
        }
    }

    fn in_full(&self) -> String {
        format!("categorical(link={})", self.link.name())
    }

    fn in_text(&self) -> String {
        match self.link {
            ProbabilityLink::Softmax => "categorical".to_owned(),
            ProbabilityLink::Softplus => self.in_full(),
        }
    }

    fn outputs(&self, classes: usize) -> Option<usize> {
        Some(classes)
    }

    fn likelihood_in_words(&self, observed: &Observed<'_>) -> String {
        let Observed { outputs: classes, likelihood, number, .. } = observed;
        let mut words = match self.link {
            ProbabilityLink::Softmax => "categorical, probabilities by a softmax".to_owned(),
            ProbabilityLink::Softplus => "categorical, probabilities softplus(z) / Σ softplus(z)".to_owned(),
        };
        let smoothing = likelihood.label_smoothing;
        if smoothing != 0.0 {
            words.push_str(&format!(
                "; labels smoothed: the target is {} for the label plus {} / {classes} for every class",
                number(1.0 - smoothing),
                number(smoothing)
            ));
        }
        if let Some(weights) = &likelihood.class_weights {
            let weights: Vec<String> = weights.iter().map(|weight| number(*weight)).collect();
            words.push_str(&format!("; classes weighed [{}], the mean divided by the weights", weights.join(", ")));
        }
        words
    }

    fn outputs_in_latex(&self, classes: usize) -> String {
        format!("scores of {classes} classes")
    }

    fn likelihood_in_latex(&self, observed: &Observed<'_>) -> String {
        let Observed { outputs: classes, likelihood, number, .. } = observed;
        let probability = match self.link {
            ProbabilityLink::Softmax => "\\frac{e^{z_c}}{\\sum_k e^{z_k}}",
            ProbabilityLink::Softplus => "\\frac{\\ln(1 + e^{z_c})}{\\sum_k \\ln(1 + e^{z_k})}",
        };
        let smoothing = likelihood.label_smoothing;
        let class_weight = if likelihood.class_weights.is_some() { "v_{y_n} " } else { "" };
        let log_likelihood = if smoothing == 0.0 {
            format!("{class_weight}\\ln p_{{y_n}}(x_n)")
        } else {
            let v = if likelihood.class_weights.is_some() { "v_c " } else { "" };
            format!(
                "\\sum_c {v}\\Bigl( {} \\, [c = y_n] + \\frac{{{}}}{{{classes}}} \\Bigr) \\ln p_c(x_n)",
                number(1.0 - smoothing),
                number(smoothing)
            )
        };
        let normalized = match &likelihood.class_weights {
            Some(weights) => {
                let values: Vec<String> = weights.iter().map(|weight| number(*weight)).collect();
                format!(", \\qquad v = ({}), \\quad B \\to \\textstyle\\sum_n v_{{y_n}}", values.join(", "))
            }
            None => String::new(),
        };
        format!("\\ell_n = {log_likelihood}, \\qquad p_c(x) = {probability}{normalized}")
    }

    fn uncertainty_in_latex(&self, samples: usize, variational: bool) -> (String, Vec<String>) {
        let (draws, drawn) = if variational {
            ("draws of the weights", "p\\bigl( x \\mid w_t \\bigr), \\quad w_t \\sim q(w)")
        } else {
            ("draws of the dropout masks", "p\\bigl( x \\mid z_t \\bigr)")
        };
        let equations = vec![
            format!("\\bar{{p}} = \\frac{{1}}{{T}} \\sum_{{t=1}}^{{T}} \\hat{{p}}_t, \\qquad \\hat{{p}}_t = {drawn}"),
            "\\operatorname{diag}(\\bar{p}) - \\bar{p} \\bar{p}^{\\top} = \
             \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} \\Bigl( \\operatorname{diag}(\\hat{p}_t) - \\hat{p}_t \
             \\hat{p}_t^{\\top} \\Bigr)}_{\\text{aleatoric}} + \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} (\\hat{p}_t - \
             \\bar{p})(\\hat{p}_t - \\bar{p})^{\\top}}_{\\text{epistemic}}"
                .to_owned(),
        ];
        let words = format!(
            "A prediction averages $T = {samples}$ {draws}. Its covariance is exactly the sum of two parts, reported by \
             their traces; the epistemic one is low by the factor $(T-1)/T$.\n"
        );
        (words, equations)
    }
}
