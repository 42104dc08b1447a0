//! Priors, posteriors and initial values.

use super::Checker;
use super::arguments::{Arguments, Call, Parameter, Signature};
use super::bounds::Bounds;
use super::environment::{Environment, Value};
use super::overrides::Distribution;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::text::number;
use crate::ir::{Initialization, Posterior, PosteriorMean, Prior, StartingFile};
use crate::symbols::Table;
use crate::vocabulary::names;
use elbo_grammar::ast::{Definition, Expression};

const PRIOR_NORMAL: Signature = Signature::optional(
    "normal",
    "N(mean, std²)",
    &[
        Parameter::new("mean", "Its mean.").default("0"),
        Parameter::new("std", "Its standard deviation, positive.").default("0.1"),
    ],
);
const LAPLACE: Signature = Signature::optional(
    "laplace",
    "Density e^(−|w − mean|/scale) / (2·scale); its standard deviation is √2·scale.",
    &[
        Parameter::new("mean", "Its mean.").default("0"),
        Parameter::new(
            "scale",
            "Its scale, positive; must be given. 0.0707 has the standard deviation 0.1 of a bare `normal()`.",
        ),
    ],
);
const SCALE_MIXTURE: Signature = Signature::optional(
    "scale_mixture",
    "π·N(0, std1²) + (1 − π)·N(0, std2²). Its KL is estimated on draws of the weights.",
    &[
        Parameter::new("pi", "Share of the first component, between 0 and 1."),
        Parameter::new("std1", "Standard deviation of the first component."),
        Parameter::new("std2", "Standard deviation of the second component."),
    ],
)
.required(3);
/// Every prior.
pub(crate) const PRIORS: &[Signature] = &[PRIOR_NORMAL, LAPLACE, SCALE_MIXTURE];
/// Every posterior.
pub(crate) const POSTERIORS: &[Signature] = &[POSTERIOR];
/// Every way to start weights; the means of a posterior start by the same.
pub(crate) const INITIALIZATIONS: &[Signature] = &[
    Signature::constant("zeros", "Everything 0."),
    MEAN_NORMAL,
    Signature::constant("lecun_normal", "Weights N(0, 1/fan_in), biases 0."),
    Signature::constant("kaiming_normal", "Weights N(0, 2/fan_in), biases 0."),
    WEIGHTS,
];
/// Every way to start a normalisation.
pub(crate) const NORMALIZATION_STARTS: &[Signature] =
    &[Signature::constant("ones", "Scales and variances 1, shifts and means 0."), WEIGHTS];
const WEIGHTS: Signature = Signature::optional(
    "weights",
    "From a file of tensors, by the names of the layers.",
    &[
        Parameter::new("file", "A safetensors file, relative to the spec."),
        Parameter::new(
            "layer",
            "What the layer, or the block instance, is called in the file. In a `default` it stands before every name.",
        )
        .default("its own name"),
    ],
)
.required(1);
const POSTERIOR: Signature = Signature::optional(
    "gaussian",
    "A Gaussian a weight, as training starts; σ = softplus(ρ).",
    &[
        Parameter::new("mean", "How the means start.").default("lecun_normal()").values(INITIALIZATIONS),
        Parameter::new("rho", "Where ρ starts.").default("-5"),
        Parameter::new("std", "Where σ starts, in place of `rho`."),
    ],
)
.positional(0);
const MEAN_NORMAL: Signature = Signature::optional(
    "normal",
    "Weights N(mean, std²), biases 0.",
    &[Parameter::new("mean", "Their mean."), Parameter::new("std", "Their standard deviation.")],
)
.required(2);

/// The start of ρ where a spec says nothing; σ = softplus(−5) ≈ 0.0067.
const DEFAULT_RHO: f64 = -5.0;
/// The prior's standard deviation where a spec says nothing.
const DEFAULT_PRIOR_STD: f64 = 0.1;

/// The prior of a bare `bayes`.
pub(crate) const fn default_prior() -> Prior {
    Prior::Normal { mean: 0.0, std: DEFAULT_PRIOR_STD }
}

/// The posterior of a bare `bayes`.
pub(crate) const fn default_posterior() -> Posterior {
    Posterior { mean: PosteriorMean::LecunNormal, rho: DEFAULT_RHO }
}

/// The ρ for which softplus(ρ) = `std`: ln(eˢ − 1), computed without overflow or cancellation.
pub(crate) fn rho_of(std: f64) -> f64 {
    if std > 30.0 { std + (-(-std).exp()).ln_1p() } else { std.exp_m1().ln() }
}

/// softplus(ρ) = ln(1 + eᵖ), stable at both ends.
fn softplus(rho: f64) -> f64 {
    if rho > 30.0 { rho + (-rho).exp().ln_1p() } else { rho.exp().ln_1p() }
}

/// The standard deviation of a prior: of a Laplace distribution √2·scale, of a mixture that of the whole.
pub(crate) fn std_of(prior: &Prior) -> f64 {
    match *prior {
        Prior::Normal { std, .. } => std,
        Prior::Laplace { scale, .. } => std::f64::consts::SQRT_2 * scale,
        Prior::ScaleMixture { pi, std1, std2 } => (pi * std1 * std1 + (1.0 - pi) * std2 * std2).sqrt(),
    }
}

/// The standard deviation that a posterior starts with.
pub(crate) fn starting_std(posterior: &Posterior) -> f64 {
    softplus(posterior.rho)
}

/// How a normalisation starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NormalizationStart {
    /// From the file that the mark in force names, if it names one.
    Inherited,
    /// Scales and variances 1, shifts and means 0.
    Ones,
    /// From this file.
    File(StartingFile),
}

impl<'a> Checker<'a> {
    /// A prior: a name, a parameter, or a call such as `normal(…)`.
    pub fn prior(&self, expression: &Expression, environment: &Environment) -> Option<Prior> {
        if let Some(Value::Prior(prior)) = self.parameter(expression, environment) {
            return Some(prior.clone());
        }
        let call = self.expect_call(expression, environment.source, "a prior, such as `normal(mean=0, std=0.1)`,")?;
        if names(PRIORS).any(|prior| prior == call.function.value) {
            return self.defined_prior(call, environment);
        }
        let (value, environment, shaping) = self.definition(&self.symbols.priors, call, environment, "prior")?;
        let call = self.expect_call(&value, environment.source, "a prior")?;
        let prior = self.defined_prior(call, &environment)?;
        self.overrides().note_shape(&shaping, &Distribution::Prior(prior.clone()));
        Some(prior)
    }

    /// The value of a `prior` declaration, which refers to no other.
    pub fn defined_prior(&self, call: Call<'_>, environment: &Environment) -> Option<Prior> {
        match call.function.value.as_str() {
            "normal" => self.prior_normal(call, environment),
            "laplace" => self.laplace(call, environment),
            "scale_mixture" => self.scale_mixture(call, environment),
            _ => {
                self.unknown_value(environment.source, call.function, "prior", names(PRIORS));
                None
            }
        }
    }

    fn laplace(&self, call: Call<'_>, environment: &Environment) -> Option<Prior> {
        let arguments = self.bind(call, environment.source, &LAPLACE)?;
        let mean = self.or_default(&arguments, "mean", environment, Bounds::Weight, 0.0);
        let Some(scale) = arguments.get("scale") else {
            let message = "`laplace` needs `scale`";
            let diagnostic =
                Diagnostic::new(Code::MissingArgument, message, environment.source, call.span, "`scale` is missing");
            self.report(diagnostic.note("the standard deviation of a Laplace distribution is √2 times its scale"));
            return None;
        };
        let scale = self.bounded(scale, environment, "`scale`", Bounds::Deviation);
        Some(Prior::Laplace { mean: mean?, scale: scale? })
    }

    fn scale_mixture(&self, call: Call<'_>, environment: &Environment) -> Option<Prior> {
        let arguments = self.bind(call, environment.source, &SCALE_MIXTURE)?;
        let share = arguments.get("pi")?;
        let pi = self.bounded(share, environment, "`pi`", Bounds::Share).filter(|value| {
            let inside = *value > 0.0 && *value < 1.0;
            if !inside {
                let message = format!(
                    "a mixture has two parts, so `pi` must be greater than 0 and below 1, not {}",
                    number(*value)
                );
                self.report(
                    Diagnostic::new(Code::OutOfRange, message, environment.source, share.span, "leaves a single part")
                        .help("write the one part that is left as `normal(mean=0, std=…)`"),
                );
            }
            inside
        });
        let std = |name| self.bounded(arguments.get(name)?, environment, &format!("`{name}`"), Bounds::Deviation);
        let (std1, std2) = (std("std1"), std("std2"));
        Some(Prior::ScaleMixture { pi: pi?, std1: std1?, std2: std2? })
    }

    fn prior_normal(&self, call: Call<'_>, environment: &Environment) -> Option<Prior> {
        let arguments = self.bind(call, environment.source, &PRIOR_NORMAL)?;
        let mean = self.or_default(&arguments, "mean", environment, Bounds::Weight, 0.0);
        let std = self.or_default(&arguments, "std", environment, Bounds::Deviation, DEFAULT_PRIOR_STD);
        Some(Prior::Normal { mean: mean?, std: std? })
    }

    /// A posterior: a name, a parameter, or `gaussian(…)`.
    pub fn posterior(&self, expression: &Expression, environment: &Environment) -> Option<Posterior> {
        if let Some(Value::Posterior(posterior)) = self.parameter(expression, environment) {
            return Some(posterior.clone());
        }
        let what = "a posterior, such as `gaussian(mean=lecun_normal(), rho=-5)`,";
        let call = self.expect_call(expression, environment.source, what)?;
        if call.function.value == POSTERIOR.name {
            return self.gaussian(call, environment);
        }
        let (value, environment, shaping) =
            self.definition(&self.symbols.posteriors, call, environment, "posterior")?;
        let call = self.expect_call(&value, environment.source, "a posterior")?;
        let posterior = self.defined_posterior(call, &environment)?;
        self.overrides().note_shape(&shaping, &Distribution::Posterior(posterior.clone()));
        Some(posterior)
    }

    /// The value of a `posterior` declaration, which refers to no other.
    pub fn defined_posterior(&self, call: Call<'_>, environment: &Environment) -> Option<Posterior> {
        if call.function.value == POSTERIOR.name {
            return self.gaussian(call, environment);
        }
        self.unknown_value(environment.source, call.function, "posterior", names(POSTERIORS));
        None
    }

    fn gaussian(&self, call: Call<'_>, environment: &Environment) -> Option<Posterior> {
        let arguments = self.bind(call, environment.source, &POSTERIOR)?;
        let mean = match arguments.get("mean") {
            Some(expression) => self.posterior_mean(expression, environment),
            None => Some(PosteriorMean::LecunNormal),
        };
        let rho = match (arguments.get("rho"), arguments.get("std")) {
            (Some(_), Some(std)) => {
                self.error(
                    Code::RepeatedArgument,
                    environment.source,
                    std.span,
                    "`rho` and `std` both set the same standard deviation",
                    "remove one of them",
                );
                None
            }
            (Some(rho), None) => self.bounded(rho, environment, "`rho`", Bounds::Rho),
            (None, Some(std)) => self.bounded(std, environment, "`std`", Bounds::Deviation).map(rho_of),
            (None, None) => Some(DEFAULT_RHO),
        };
        Some(Posterior { mean: mean?, rho: rho? })
    }

    fn posterior_mean(&self, expression: &Expression, environment: &Environment) -> Option<PosteriorMean> {
        let call = self.expect_call(expression, environment.source, "an initial mean, such as `zeros()`,")?;
        match call.function.value.as_str() {
            "zeros" => self.constant(call, environment, "zeros", PosteriorMean::Zeros),
            "lecun_normal" => self.constant(call, environment, "lecun_normal", PosteriorMean::LecunNormal),
            "kaiming_normal" => self.constant(call, environment, "kaiming_normal", PosteriorMean::KaimingNormal),
            "normal" => {
                let (mean, std) = self.mean_and_std(call, environment)?;
                Some(PosteriorMean::Normal { mean, std })
            }
            "weights" => self.weights(call, environment).map(PosteriorMean::Weights),
            _ => {
                self.unknown_value(environment.source, call.function, "way to start means", names(INITIALIZATIONS));
                None
            }
        }
    }

    /// How the weights of a `point` or `dropout` layer start.
    pub fn initialization(&self, expression: &Expression, environment: &Environment) -> Option<Initialization> {
        let call = self.expect_call(
            expression,
            environment.source,
            "an initialization of the weights, such as `kaiming_normal()`,",
        )?;
        match call.function.value.as_str() {
            "zeros" => self.constant(call, environment, "zeros", Initialization::Zeros),
            "lecun_normal" => self.constant(call, environment, "lecun_normal", Initialization::LecunNormal),
            "kaiming_normal" => self.constant(call, environment, "kaiming_normal", Initialization::KaimingNormal),
            "normal" => {
                let (mean, std) = self.mean_and_std(call, environment)?;
                Some(Initialization::Normal { mean, std })
            }
            "weights" => self.weights(call, environment).map(Initialization::Weights),
            _ => {
                self.unknown_value(environment.source, call.function, "way to start weights", names(INITIALIZATIONS));
                None
            }
        }
    }

    /// How a normalisation starts: `ones()` or a file.
    pub fn normalization_start(
        &self,
        expression: &Expression,
        environment: &Environment,
    ) -> Option<NormalizationStart> {
        let what = "a start of the normalisation, such as `weights(\"file.safetensors\")`,";
        let call = self.expect_call(expression, environment.source, what)?;
        match call.function.value.as_str() {
            "ones" => self.constant(call, environment, "ones", NormalizationStart::Ones),
            "weights" => self.weights(call, environment).map(NormalizationStart::File),
            _ => {
                let known = names(NORMALIZATION_STARTS);
                self.unknown_value(environment.source, call.function, "way to start a normalisation", known);
                None
            }
        }
    }

    /// `weights("file.safetensors")`, the layer as it is written there.
    fn weights(&self, call: Call<'_>, environment: &Environment) -> Option<StartingFile> {
        let arguments = self.bind(call, environment.source, &WEIGHTS)?;
        let expression = arguments.get("file")?;
        let file = self.text(expression, environment, "`file`")?;
        if !file.ends_with(".safetensors") {
            self.report(
                Diagnostic::new(
                    Code::OutOfRange,
                    "weights are read from a `.safetensors` file",
                    environment.source,
                    expression.span,
                    "another kind of file",
                )
                .help("`weights.safetensors` of a finished run has the names that are looked for"),
            );
            return None;
        }
        let Some(expression) = arguments.get("layer") else { return Some(StartingFile { file, layer: None }) };
        let layer = self.text(expression, environment, "`layer`")?;
        if layer.split('.').any(|part| part.trim().is_empty()) {
            self.report(
                Diagnostic::new(
                    Code::OutOfRange,
                    format!("`layer` names a layer of the file, and {layer:?} is no name"),
                    environment.source,
                    expression.span,
                    "an empty name or part of one",
                )
                .help("write it as the file has it, without the `.weight` at its end, such as `layer=\"features.0\"`"),
            );
            return None;
        }
        Some(StartingFile { file, layer: Some(layer) })
    }

    fn mean_and_std(&self, call: Call<'_>, environment: &Environment) -> Option<(f64, f64)> {
        let arguments = self.bind(call, environment.source, &MEAN_NORMAL)?;
        let mean = self.or_default(&arguments, "mean", environment, Bounds::Weight, 0.0);
        let std = self.or_default(&arguments, "std", environment, Bounds::DeviationOrZero, 0.0);
        Some((mean?, std?))
    }

    /// `value` for a function that takes no arguments.
    pub fn constant<T>(&self, call: Call<'_>, environment: &Environment, name: &'static str, value: T) -> Option<T> {
        self.bind(call, environment.source, &Signature::constant(name, "")).map(|_| value)
    }

    /// A bounded number where it is given, else `default`.
    pub fn or_default(
        &self,
        arguments: &Arguments<'_>,
        parameter: &str,
        environment: &Environment,
        bounds: Bounds,
        default: f64,
    ) -> Option<f64> {
        match arguments.get(parameter) {
            Some(expression) => self.bounded(expression, environment, &format!("`{parameter}`"), bounds),
            None => Some(default),
        }
    }

    /// The value of the declaration that a bare name refers to, with overrides applied, where it stands, and
    /// which overrides have shaped it.
    fn definition(
        &self,
        table: &Table<'a, Definition>,
        call: Call<'_>,
        environment: &Environment,
        kind: &'static str,
    ) -> Option<(Expression, Environment, Vec<usize>)> {
        match table.get(call.function.value.as_str()) {
            Some(declared) => {
                self.bind(call, environment.source, &Signature::constant(kind, ""))?;
                let (value, source, shaping) = self.overrides().definition(kind, declared.node, declared.source);
                Some((value, Environment::empty(source), shaping))
            }
            None => {
                let words: Vec<&str> =
                    if kind == "prior" { names(PRIORS).collect() } else { names(POSTERIORS).collect() };
                self.unknown_name_or_word(environment.source, call.function, kind, words, table.keys().copied());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{rho_of, softplus};

    #[test]
    fn rho_is_the_inverse_of_softplus() {
        for std in [1e-8, 0.0067, 0.5, 1.0, 29.9, 30.1, 700.0] {
            let rho = rho_of(std);
            let back = softplus(rho);
            assert!((back - std).abs() <= 1e-12 * std.max(1e-8) * 1e4, "{std} gave {back}");
        }
        assert!((rho_of(0.006_715_348_489_118_068) - -5.0).abs() < 1e-9);
    }
}
