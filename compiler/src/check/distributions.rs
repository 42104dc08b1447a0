//! Priors, posteriors and initial values.

use super::Checker;
use super::arguments::{Arguments, Call, Signature};
use super::environment::{Environment, Value};
use super::evaluate::Bounds;
use crate::ir::{Initialization, Posterior, PosteriorMean, Prior};
use crate::symbols::Table;
use elbo_grammar::ast::{Definition, Expression};

const PRIOR_NORMAL: Signature = Signature::optional("normal", &["mean", "std"]);
const POSTERIOR: Signature = Signature::optional("gaussian", &["mean", "rho", "std"]).positional(0);
const MEAN_NORMAL: Signature = Signature::optional("normal", &["mean", "std"]).required(2);

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

impl<'a> Checker<'a> {
    /// A prior: a name, a parameter, or `normal(…)`.
    pub fn prior(&self, expression: &Expression, environment: &Environment) -> Option<Prior> {
        if let Some(Value::Prior(prior)) = self.parameter(expression, environment) {
            return Some(prior.clone());
        }
        let call = self.expect_call(expression, environment.source, "a prior, such as `normal(mean=0, std=0.1)`,")?;
        if call.function.value == PRIOR_NORMAL.name {
            return self.prior_normal(call, environment);
        }
        let (value, environment) = self.definition(&self.symbols.priors, call, environment, "prior")?;
        let call = self.expect_call(&value, environment.source, "a prior")?;
        self.defined_prior(call, &environment)
    }

    /// The value of a `prior` declaration, which refers to no other.
    pub fn defined_prior(&self, call: Call<'_>, environment: &Environment) -> Option<Prior> {
        if call.function.value == PRIOR_NORMAL.name {
            return self.prior_normal(call, environment);
        }
        self.unknown_value(environment.source, call.function, "prior", [PRIOR_NORMAL.name]);
        None
    }

    fn prior_normal(&self, call: Call<'_>, environment: &Environment) -> Option<Prior> {
        let arguments = self.bind(call, environment.source, &PRIOR_NORMAL)?;
        let mean = self.or_default(&arguments, "mean", environment, Bounds::Any, 0.0);
        let std = self.or_default(&arguments, "std", environment, Bounds::Positive, DEFAULT_PRIOR_STD);
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
        let (value, environment) = self.definition(&self.symbols.posteriors, call, environment, "posterior")?;
        let call = self.expect_call(&value, environment.source, "a posterior")?;
        self.defined_posterior(call, &environment)
    }

    /// The value of a `posterior` declaration, which refers to no other.
    pub fn defined_posterior(&self, call: Call<'_>, environment: &Environment) -> Option<Posterior> {
        if call.function.value == POSTERIOR.name {
            return self.gaussian(call, environment);
        }
        self.unknown_value(environment.source, call.function, "posterior", [POSTERIOR.name]);
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
                    crate::codes::Code::RepeatedArgument,
                    environment.source,
                    std.span,
                    "`rho` and `std` both set the same standard deviation",
                    "remove one of them",
                );
                None
            }
            (Some(rho), None) => self.real(rho, environment, "`rho`"),
            (None, Some(std)) => self.bounded(std, environment, "`std`", Bounds::Positive).map(rho_of),
            (None, None) => Some(DEFAULT_RHO),
        };
        Some(Posterior { mean: mean?, rho: rho? })
    }

    fn posterior_mean(&self, expression: &Expression, environment: &Environment) -> Option<PosteriorMean> {
        let call = self.expect_call(expression, environment.source, "how means start, such as `zeros()`,")?;
        match call.function.value.as_str() {
            "zeros" => self.constant(call, environment, "zeros", PosteriorMean::Zeros),
            "lecun_normal" => self.constant(call, environment, "lecun_normal", PosteriorMean::LecunNormal),
            "kaiming_normal" => self.constant(call, environment, "kaiming_normal", PosteriorMean::KaimingNormal),
            "normal" => {
                let (mean, std) = self.mean_and_std(call, environment)?;
                Some(PosteriorMean::Normal { mean, std })
            }
            _ => {
                let choices = ["zeros", "normal", "lecun_normal", "kaiming_normal"];
                self.unknown_value(environment.source, call.function, "way to start means", choices);
                None
            }
        }
    }

    /// How the weights of a `point` or `dropout` layer start.
    pub fn initialization(&self, expression: &Expression, environment: &Environment) -> Option<Initialization> {
        let call =
            self.expect_call(expression, environment.source, "how weights start, such as `kaiming_normal()`,")?;
        match call.function.value.as_str() {
            "zeros" => self.constant(call, environment, "zeros", Initialization::Zeros),
            "lecun_normal" => self.constant(call, environment, "lecun_normal", Initialization::LecunNormal),
            "kaiming_normal" => self.constant(call, environment, "kaiming_normal", Initialization::KaimingNormal),
            "normal" => {
                let (mean, std) = self.mean_and_std(call, environment)?;
                Some(Initialization::Normal { mean, std })
            }
            _ => {
                let choices = ["zeros", "normal", "lecun_normal", "kaiming_normal"];
                self.unknown_value(environment.source, call.function, "way to start weights", choices);
                None
            }
        }
    }

    fn mean_and_std(&self, call: Call<'_>, environment: &Environment) -> Option<(f64, f64)> {
        let arguments = self.bind(call, environment.source, &MEAN_NORMAL)?;
        let mean = self.or_default(&arguments, "mean", environment, Bounds::Any, 0.0);
        let std = self.or_default(&arguments, "std", environment, Bounds::NotNegative, 0.0);
        Some((mean?, std?))
    }

    /// `value` for a function that takes no arguments.
    pub fn constant<T>(&self, call: Call<'_>, environment: &Environment, name: &'static str, value: T) -> Option<T> {
        self.bind(call, environment.source, &Signature::optional(name, &[])).map(|_| value)
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

    /// The value of the declaration that a bare name refers to, with overrides applied, and where it stands.
    fn definition(
        &self,
        table: &Table<'a, Definition>,
        call: Call<'_>,
        environment: &Environment,
        kind: &'static str,
    ) -> Option<(Expression, Environment)> {
        match table.get(call.function.value.as_str()) {
            Some(declared) => {
                self.bind(call, environment.source, &Signature::optional(kind, &[]))?;
                let (value, source) = self.overrides.definition(kind, declared.node, declared.source);
                Some((value, Environment::empty(source)))
            }
            None => {
                self.unknown_name(environment.source, call.function, kind, table.keys().copied());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rho_of;

    #[test]
    fn rho_is_the_inverse_of_softplus() {
        for std in [1e-8, 0.0067, 0.5, 1.0, 29.9, 30.1, 700.0] {
            let rho = rho_of(std);
            let softplus = if rho > 30.0 { rho + (-rho).exp().ln_1p() } else { rho.exp().ln_1p() };
            assert!((softplus - std).abs() <= 1e-12 * std.max(1e-8) * 1e4, "{std} gave {softplus}");
        }
        assert!((rho_of(0.006_715_348_489_118_068) - -5.0).abs() < 1e-9);
    }
}
