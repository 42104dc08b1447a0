//! Marks: how a layer's weights are treated.

use super::Checker;
use super::arguments::{Arguments, Parameter, Signature};
use super::distributions::{INITIALIZATIONS, POSTERIORS, WEIGHT_STARTS, starting, starting_std};
use super::environment::{Environment, Value};
use super::mark_choice::MarkChoice;
use super::rows::{Reading, Row, signatures, words};
use crate::bounds::Bounds;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{DropoutPlacement, DropoutUnit, Estimator, Initialization, Posterior, Prior};
use crate::posteriors::variational::{ESTIMATOR_MEANINGS, ESTIMATOR_VALUES};
use crate::priors;
use crate::signature::names;
use crate::suggest;
use elbo_grammar::ast::Expression;
use elbo_grammar::{Span, habits};

const INIT: Parameter =
    Parameter::new("init", "How weights start; by default uniform in ±1/√fan_in.").values(INITIALIZATIONS);
const POINT: Row<Reading<MarkChoice>> =
    Row::new(Signature::optional("point", "One value a weight.", &[INIT]), |arguments| {
        Some(MarkChoice::Point { initialization: initialization(arguments)? })
    });
const BAYES: Row<Reading<MarkChoice>> = Row::new(
    Signature::optional(
        "bayes",
        "A Gaussian a weight, of mean μ and σ = softplus(ρ), which the `elbo` objective fits.",
        &[
            Parameter::new(
                "prior",
                "Distribution of a weight before any data: one of the functions, or the name of a `prior`.",
            )
            .default("normal(mean=0, std=0.1)")
            .values(priors::SIGNATURES)
            .refers_to("prior"),
            Parameter::new("posterior", "Where the Gaussians start: `gaussian(…)`, or the name of a `posterior`.")
                .default("gaussian(mean=lecun_normal(), rho=-5)")
                .values(POSTERIORS)
                .refers_to("posterior"),
            Parameter::new("estimator", "How the layer is sampled in training.")
                .default_in_words("the train block's")
                .values(ESTIMATOR_VALUES),
        ],
    )
    .positional(0),
    bayes,
);
const DROPOUT: Row<Reading<MarkChoice>> = Row::new(
    Signature::optional(
        "dropout",
        "One value a weight, and a random mask on what goes in or comes out, at prediction, too.",
        &[
            Parameter::number("p", "Probability of dropping a unit.", Bounds::BelowOne).default("0.5"),
            Parameter::new("on", "What is masked.").default("input").values(&signatures(&PLACEMENTS)),
            Parameter::new("unit", "What is dropped together.").default("element").values(&signatures(&UNITS)),
            Parameter::flag("at_prediction", "Whether masks are drawn at prediction, too.").default("true"),
            INIT,
        ],
    )
    .positional(1),
    dropout,
);
const PLACEMENTS: [Row<DropoutPlacement>; 2] = [
    Row::word("input", "The layer's input.", DropoutPlacement::Input),
    Row::word("output", "The output, after the activation that directly follows.", DropoutPlacement::Output),
];
const UNITS: [Row<DropoutUnit>; 2] = [
    Row::word("element", "Each number by itself.", DropoutUnit::Element),
    Row::word("channel", "Whole channels.", DropoutUnit::Channel),
];
const MARK_ROWS: [Row<Reading<MarkChoice>>; 3] = [POINT, BAYES, DROPOUT];
/// Every mark.
pub(crate) const MARKS: &[Signature] = &signatures(&MARK_ROWS);

/// The estimators this version runs.
pub(crate) const ESTIMATORS: [Row<Estimator>; 3] = words(ESTIMATOR_VALUES, ESTIMATOR_MEANINGS);

fn bayes(arguments: &Arguments<'_, '_>) -> Option<MarkChoice> {
    let checker = arguments.checker;
    let prior = arguments.read("prior", |expression, environment| checker.prior(expression, environment));
    let posterior = arguments.read("posterior", |expression, environment| checker.posterior(expression, environment));
    let estimator = arguments.optional("estimator", |arguments, name| arguments.word(name, &ESTIMATORS));
    let (prior, posterior, estimator) = (prior?, posterior?, estimator?);
    if let (Some(own), Some(place)) = (estimator, arguments.get("estimator"))
        && lacks_kl(&prior, own)
    {
        checker.report(
            no_closed_form(&prior, (arguments.place.0, place.span))
                .help("write `estimator = reparameterization`, which draws the weights"),
        );
        return None;
    }
    checker.check_prior_width(&prior, &posterior, arguments.place);
    Some(MarkChoice::Bayes { prior, posterior, estimator })
}

fn dropout(arguments: &Arguments<'_, '_>) -> Option<MarkChoice> {
    let probability = arguments.number("p");
    let on = arguments.word("on", &PLACEMENTS);
    let unit = arguments.word("unit", &UNITS);
    let at_prediction = arguments.flag("at_prediction");
    let initialization = initialization(arguments);
    Some(MarkChoice::Dropout {
        probability: probability?,
        on: on?,
        unit: unit?,
        at_prediction: at_prediction?,
        initialization: initialization?,
    })
}

/// How the weights of a `point` or `dropout` layer start.
fn initialization(arguments: &Arguments<'_, '_>) -> Option<Initialization> {
    let written = arguments.optional("init", |arguments, name| arguments.choice(name, &WEIGHT_STARTS))?;
    Some(written.map_or(Initialization::Default, starting))
}

/// Whether the KL of this prior needs a draw of the weights that `estimator` does not make.
pub(crate) fn lacks_kl(prior: &Prior, estimator: Estimator) -> bool {
    !prior.has_closed_form() && estimator == Estimator::LocalReparameterization
}

/// The diagnostic that the KL of a prior cannot be computed where no weights are drawn.
pub(crate) fn no_closed_form(prior: &Prior, (source, span): (SourceId, Span)) -> Diagnostic {
    Diagnostic::new(
        Code::NoClosedForm,
        format!(
            "the KL of {} has no closed form, and `local_reparameterization` draws no weights to estimate it on",
            prior.family().called()
        ),
        source,
        span,
        "draws pre-activations, not weights",
    )
}

/// A number to three significant digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    if rounded.abs() < 1e-3 { format!("{rounded:e}") } else { rounded.to_string() }
}

impl Checker<'_> {
    /// A mark: a name, a call, or a parameter of type `mark`.
    pub fn mark(&self, expression: &Expression, environment: &Environment) -> Option<MarkChoice> {
        if let Some(Value::Mark(mark)) = self.parameter(expression, environment) {
            return Some(mark.clone());
        }
        let source = environment.source;
        let call = self.expect_call(expression, source, "a mark, `point`, `bayes` or `dropout`,")?;
        let Some(row) = MARK_ROWS.iter().find(|row| row.signature.name == call.function.value) else {
            let diagnostic = Diagnostic::new(
                Code::UnknownMark,
                format!("there is no mark `{}`", call.function.value),
                source,
                call.function.span,
                "no such mark",
            );
            if crate::layers::find(&call.function.value).is_some() {
                let name = &call.function.value;
                self.report(diagnostic.help(format!("`{name}` is a layer: write it on a line of its own")));
                return None;
            }
            let proposed = suggest::propose(diagnostic, source, call.function, "the marks are", names(MARKS));
            self.report(suggest::explained(proposed, habits::value("mark", &call.function.value)));
            return None;
        };
        (row.meaning)(&self.bind(call, environment, &row.signature)?)
    }

    /// Warns of a prior that pulls every weight's standard deviation down from the first step on.
    fn check_prior_width(&self, prior: &Prior, posterior: &Posterior, (source, span): (SourceId, Span)) {
        let (wanted, start) = (prior.family().std(), starting_std(posterior));
        // A start written as `std=` comes back from its ρ with the last digits changed.
        if wanted >= start * (1.0 - 1e-6) {
            return;
        }
        let (wanted, start) = (short(wanted), short(start));
        self.report(
            Diagnostic::new(
                Code::PriorNarrowerThanPosterior,
                format!(
                    "the prior's standard deviation, {wanted}, is below the {start} that the posterior starts with"
                ),
                source,
                span,
                "the KL first has to shrink every weight",
            )
            .help(format!("start narrower, `posterior=gaussian(std={wanted})`, or widen the prior")),
        );
    }
}
