//! Priors, posteriors and initial values.

use super::Checker;
use super::arguments::{Arguments, Call, Parameter, Signature};
use super::environment::{Environment, Value};
use super::overrides::Distribution;
use super::rows::{Reading, Row, Table, signatures};
use crate::bounds::Bounds;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Initialization, Posterior, PosteriorMean, Prior, StartingFile};
use crate::priors::{PRIORS, SIGNATURES};
use crate::signature::names;
use crate::starting::{NORMALIZATION_STARTS, WEIGHTS};
use crate::symbols;
use elbo_grammar::ast::{Definition, Expression};

const GAUSSIAN: Row<Reading<Posterior>> = Row::new(
    Signature::optional(
        "gaussian",
        "A Gaussian a weight, as training starts; σ = softplus(ρ).",
        &[
            Parameter::new("mean", "How the means start.").default("lecun_normal()").values(INITIALIZATIONS),
            Parameter::number("rho", "Where ρ starts.", Bounds::Rho).default("-5"),
            Parameter::number("std", "Where σ starts, in place of `rho`.", Bounds::Deviation),
        ],
    )
    .positional(0),
    gaussian,
);
const POSTERIOR_ROWS: [Row<Reading<Posterior>>; 1] = [GAUSSIAN];
/// Every posterior.
pub(crate) const POSTERIORS: &[Signature] = &signatures(&POSTERIOR_ROWS);
const POSTERIOR_TABLE: Table<Posterior> = Table { wanted: "a posterior", noun: "posterior", rows: &POSTERIOR_ROWS };

/// Every way to start weights; the means of a posterior start by the same.
const STARTS: [Row<Reading<PosteriorMean>>; 5] = [
    Row::plain("zeros", "Everything 0.", |_| Some(PosteriorMean::Zeros)),
    Row::new(
        Signature::optional(
            "normal",
            "Weights N(mean, std²), biases 0.",
            &[
                Parameter::number("mean", "Their mean.", Bounds::Weight),
                Parameter::number("std", "Their standard deviation.", Bounds::DeviationOrZero),
            ],
        )
        .required(2),
        |arguments| {
            let (mean, std) = (arguments.number("mean"), arguments.number("std"));
            Some(PosteriorMean::Normal { mean: mean?, std: std? })
        },
    ),
    Row::plain("lecun_normal", "Weights N(0, 1/fan_in), biases 0.", |_| Some(PosteriorMean::LecunNormal)),
    Row::plain("kaiming_normal", "Weights N(0, 2/fan_in), biases 0.", |_| Some(PosteriorMean::KaimingNormal)),
    Row::new(WEIGHTS, |arguments| weights(arguments).map(PosteriorMean::Weights)),
];
/// The same for the tables of parameters.
pub(crate) const INITIALIZATIONS: &[Signature] = &signatures(&STARTS);
const MEANS: Table<PosteriorMean> =
    Table { wanted: "an initial mean, such as `zeros()`,", noun: "way to start means", rows: &STARTS };
/// How the weights of a `point` or `dropout` layer start; see [`starting`].
pub(crate) const WEIGHT_STARTS: Table<PosteriorMean> = Table {
    wanted: "an initialization of the weights, such as `kaiming_normal()`,",
    noun: "way to start weights",
    rows: &STARTS,
};

const NORMALIZATION_ROWS: [Row<Reading<NormalizationStart>>; 2] = [
    Row::new(NORMALIZATION_STARTS[0], |_| Some(NormalizationStart::Ones)),
    Row::new(NORMALIZATION_STARTS[1], |arguments| weights(arguments).map(NormalizationStart::File)),
];
/// Every way to start a normalisation.
pub(crate) const NORMALIZATIONS: Table<NormalizationStart> = Table {
    wanted: "a start of the normalisation, such as `weights(\"file.safetensors\")`,",
    noun: "way to start a normalisation",
    rows: &NORMALIZATION_ROWS,
};

/// The ρ for which softplus(ρ) = `std`: ln(eˢ − 1), computed without overflow or cancellation.
pub(crate) fn rho_of(std: f64) -> f64 {
    if std > 30.0 { std + (-(-std).exp()).ln_1p() } else { std.exp_m1().ln() }
}

/// softplus(ρ) = ln(1 + eᵖ), stable at both ends.
fn softplus(rho: f64) -> f64 {
    if rho > 30.0 { rho + (-rho).exp().ln_1p() } else { rho.exp().ln_1p() }
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
        if PRIORS.iter().any(|known| known.signature.name == call.function.value) {
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
        self.declared(call, environment, "prior", &PRIORS)
    }

    /// A posterior: a name, a parameter, or `gaussian(…)`.
    pub fn posterior(&self, expression: &Expression, environment: &Environment) -> Option<Posterior> {
        if let Some(Value::Posterior(posterior)) = self.parameter(expression, environment) {
            return Some(posterior.clone());
        }
        let what = "a posterior, such as `gaussian(mean=lecun_normal(), rho=-5)`,";
        let call = self.expect_call(expression, environment.source, what)?;
        if POSTERIOR_TABLE.row(&call.function.value).is_some() {
            return self.defined_posterior(call, environment);
        }
        let (value, environment, shaping) =
            self.definition(&self.symbols.posteriors, call, environment, "posterior")?;
        let posterior = self.chosen(&value, &environment, &POSTERIOR_TABLE)?;
        self.overrides().note_shape(&shaping, &Distribution::Posterior(posterior.clone()));
        Some(posterior)
    }

    /// The value of a `posterior` declaration, which refers to no other.
    pub fn defined_posterior(&self, call: Call<'_>, environment: &Environment) -> Option<Posterior> {
        self.called(call, environment, &POSTERIOR_TABLE)
    }

    /// The value of the declaration that a bare name refers to, with overrides applied, where it stands, and
    /// which overrides have shaped it.
    fn definition(
        &self,
        table: &symbols::Table<'a, Definition>,
        call: Call<'_>,
        environment: &Environment,
        kind: &'static str,
    ) -> Option<(Expression, Environment, Vec<usize>)> {
        match table.get(call.function.value.as_str()) {
            Some(declared) => {
                self.bind(call, environment, &Signature::constant(kind, ""))?;
                let (value, source, shaping) = self.overrides().definition(kind, declared.node, declared.source);
                Some((value, Environment::empty(source), shaping))
            }
            None => {
                let words: Vec<&str> =
                    if kind == "prior" { names(SIGNATURES).collect() } else { names(POSTERIORS).collect() };
                self.unknown_name_or_word(environment.source, call.function, kind, words, table.keys().copied());
                None
            }
        }
    }
}

fn gaussian(arguments: &Arguments<'_, '_>) -> Option<Posterior> {
    let mean = arguments.choice("mean", &MEANS);
    let rho = match (arguments.get("rho"), arguments.get("std")) {
        (Some(_), Some(std)) => {
            arguments.checker.error(
                Code::RepeatedArgument,
                arguments.place.0,
                std.span,
                "`rho` and `std` both set the same standard deviation",
                "remove one of them",
            );
            None
        }
        (None, Some(_)) => arguments.number("std").map(rho_of),
        (Some(_) | None, None) => arguments.number("rho"),
    };
    Some(Posterior { mean: mean?, rho: rho? })
}

/// How the weights of a `point` or `dropout` layer start.
pub(crate) fn starting(means: PosteriorMean) -> Initialization {
    match means {
        PosteriorMean::Zeros => Initialization::Zeros,
        PosteriorMean::Normal { mean, std } => Initialization::Normal { mean, std },
        PosteriorMean::LecunNormal => Initialization::LecunNormal,
        PosteriorMean::KaimingNormal => Initialization::KaimingNormal,
        PosteriorMean::Weights(file) => Initialization::Weights(file),
    }
}

/// `weights("file.safetensors")`, the layer as it is written there.
fn weights(arguments: &Arguments<'_, '_>) -> Option<StartingFile> {
    let (checker, source) = (arguments.checker, arguments.place.0);
    let place = arguments.get("file")?.span;
    let file = arguments.text("file")?;
    if !file.ends_with(".safetensors") {
        checker.report(
            Diagnostic::new(
                Code::OutOfRange,
                "weights are read from a `.safetensors` file",
                source,
                place,
                "another kind of file",
            )
            .help("`weights.safetensors` of a finished run has the names that are looked for"),
        );
        return None;
    }
    let Some(place) = arguments.get("layer") else { return Some(StartingFile { file, layer: None }) };
    let layer = arguments.text("layer")?;
    if layer.split('.').any(|part| part.trim().is_empty()) {
        checker.report(
            Diagnostic::new(
                Code::OutOfRange,
                format!("`layer` names a layer of the file, and {layer:?} is no name"),
                source,
                place.span,
                "an empty name or part of one",
            )
            .help("write it as the file has it, without the `.weight` at its end, such as `layer=\"features.0\"`"),
        );
        return None;
    }
    Some(StartingFile { file, layer: Some(layer) })
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
