//! `output student_t(df=…, noise=…)`: a Student-t distribution for each real target.

use super::family::{LearnedVector, Misfit, Observed, OutputFamily, Phrases, mixture_in_words};
use super::noise_model::NoiseModel;
use super::target_kind::TargetKind;
use crate::bounds::Bounds;
use crate::layers::equation::floating;
use crate::numbers::number;
use crate::signature::ReadArguments;
use crate::vocabulary::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// The public name of what [`NoiseModel::Learned`] learns: s = ln τ² of each target, where τ is its scale.
const LOG_SQUARED_SCALE: &str = "output.log_squared_scale";

/// With more degrees of freedom than these it is a normal distribution in all digits that training sees.
const MOST_DEGREES: f64 = 1e6;

/// A Student-t distribution for each of several real targets, given the network independent of each other: y = μ + τ·t_ν
/// with variance τ²·ν/(ν − 2). Targets far out cost less than under a normal distribution, so that they pull less.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentT {
    /// Degrees of freedom ν, above 2.
    pub df: f64,
    /// Where the scales come from: networks and losses have s = ln τ².
    pub noise: NoiseModel,
}

pub(super) const SIGNATURE: Signature = Signature::optional(
    "student_t",
    "Real targets, each with a Student-t distribution, whose tails take outliers as they come. \
     Scales are learned as s = ln scale²; the variance is scale²·df/(df − 2).",
    &[
        Parameter::number("df", "Its degrees of freedom, above 2: the fewer, the heavier the tails.", Bounds::Any)
            .default("4"),
        Parameter::new("noise", "Where the scales come from.").default("learned").values(&[
            Signature::constant(
                NoiseModel::Learned.name(),
                "One scale a target: s is the parameter `output.log_squared_scale`, which starts at 0; the last layer gives \
                 the means.",
            ),
            Signature::constant(
                NoiseModel::Heteroscedastic.name(),
                "One scale a target and input: the last layer gives all means, then all s.",
            ),
        ]),
    ],
);

/// The output of these arguments.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<StudentT> {
    let df = arguments.number("df").filter(|&df| {
        let (message, label, help) = if df <= 2.0 {
            (
                format!("`df` must be greater than 2, not {}, so that there is a variance to report", number(df)),
                if df > 0.0 { "has no finite variance" } else { "no distribution" },
                "write `df=3` for tails that are about as heavy",
            )
        } else if df > MOST_DEGREES {
            (
                format!("`df` must be at most {}, not {}", number(MOST_DEGREES), number(df)),
                "a normal distribution",
                "write `output gaussian(noise=…)`, which it is with so many degrees of freedom",
            )
        } else {
            return true;
        };
        arguments.refuse_with_help("df", message, label, help);
        false
    });
    let noise = NoiseModel::read(arguments);
    Some(StudentT { df: df?, noise: noise? })
}

impl OutputFamily for StudentT {
    fn signature(&self) -> Signature {
        SIGNATURE
    }

    fn kind(&self) -> TargetKind {
        TargetKind::RealNumbers
    }

    fn phrases(&self) -> Phrases {
        let (several, reading) = match self.noise {
            NoiseModel::Learned => (None, "student_t, the outputs are means; one learned log-squared scale a target"),
            NoiseModel::Heteroscedastic => {
                (Some("heteroscedastic noise needs two"), "student_t, means first, then log-squared scales")
            }
        };
        Phrases {
            needs: "a vector of numbers",
            each: "number it predicts",
            several,
            predicts: "Student-t distributions of real numbers",
            reading,
        }
    }

    fn in_full(&self) -> String {
        format!("student_t(df={}, noise={})", number(self.df), self.noise.name())
    }

    fn outputs(&self, targets: usize) -> Option<usize> {
        self.noise.outputs(targets)
    }

    fn targets(&self, outputs: usize) -> usize {
        self.noise.targets(outputs)
    }

    fn misfit(&self, outputs: usize) -> Option<Misfit> {
        self.noise.misfit(outputs, "a mean and a log-squared scale for each target")
    }

    fn learned(&self, outputs: usize) -> Option<LearnedVector> {
        self.noise.learned(
            outputs,
            LOG_SQUARED_SCALE,
            ["the log-squared scale", "the gradient of the log-squared scale"],
        )
    }

    fn likelihood_in_words(&self, observed: &Observed<'_>) -> String {
        let (names, units) = observed.real_targets();
        let (df, scale) = (number(self.df), self.noise.in_words());
        format!(
            "student_t with ν = {df} degrees of freedom, ½[s + (ν + 1)ln(1 + (y − μ)²e^(−s)/ν)] and a constant summed over \
             targets ({names}), {scale}{units}"
        )
    }

    fn outputs_in_latex(&self, outputs: usize) -> String {
        self.noise.outputs_in_latex(outputs, "log-squared scales")
    }

    /// The log-likelihood of real targets y_j with means μ_j and log-squared scales s_j.
    fn likelihood_in_latex(&self, _observed: &Observed<'_>) -> String {
        let (df, parameters) = (floating(self.df), self.noise.parameters_in_latex());
        format!(
            "\\ell_n = \\sum_j \\ln t_\\nu\\bigl( y_{{n,j}} \\mid \\mu_j, e^{{s_j}} \\bigr) = \\sum_j \\Bigl[ \\ln c_\\nu - \
             \\tfrac{{1}}{{2}} s_j - \\tfrac{{\\nu + 1}}{{2}} \\ln\\bigl( 1 + (y_{{n,j}} - \\mu_j)^2 e^{{-s_j}} / \\nu \
             \\bigr) \\Bigr], \\qquad c_\\nu = \\frac{{\\Gamma((\\nu + 1)/2)}}{{\\Gamma(\\nu/2) \\sqrt{{\\nu\\pi}}}}, \
             \\qquad \\nu = {df}, \\qquad {parameters}"
        )
    }

    /// The law of total variance over draws of the network.
    fn uncertainty_in_latex(&self, samples: usize, _variational: bool) -> (String, Vec<String>) {
        let equations = vec![
            "\\bar{\\mu}_j = \\frac{1}{T} \\sum_{t=1}^{T} \\mu_{t,j}, \\qquad p(y_j \\mid x) = \\frac{1}{T} \
             \\sum_{t=1}^{T} t_\\nu\\bigl( \\mu_{t,j}, e^{s_{t,j}} \\bigr), \\qquad \\sigma_{t,j}^2 = \
             \\frac{\\nu}{\\nu - 2} e^{s_{t,j}}"
                .to_owned(),
            "\\operatorname{Var}(y_j \\mid x) = \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} \
             \\sigma_{t,j}^2}_{\\text{aleatoric}} + \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} (\\mu_{t,j} - \
             \\bar{\\mu}_j)^2}_{\\text{epistemic}}"
                .to_owned(),
        ];
        (mixture_in_words(samples), equations)
    }
}
