//! `claim "TEXT": epistemic(a) > 10 * epistemic(b) of networks`: a comparison of figures of runs.

mod about;
mod claimed;

pub(crate) use about::ESTIMANDS;
pub(crate) use claimed::{Claimed, Finished};

use super::Checker;
use super::arguments::{Call, Parameter, Signature};
use super::environment::Environment;
use super::settings::METRICS;
use super::values::Values;
use crate::analysis::{known_beforehand, range_of};
use crate::codes::Code;
use crate::compilation::{CompiledRun, CompiledSweep};
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{Claim, ClaimExpression, ClaimFigure, Comparison, Metric, Run};
use crate::limits::MOST_BINS;
use crate::signature::names;
use crate::suggest;
use elbo_grammar::ast::{Expression, ExpressionKind, Name, Operator, SettingsKind};
use elbo_grammar::{Span, Spanned};

/// The path that a sweep over seeds varies.
const SEED: &str = "train.seed";

impl Checker<'_> {
    /// Checks a claim.
    pub fn claim(
        &self,
        source: SourceId,
        text: &Spanned<String>,
        claimed: &Claimed<'_>,
        finished: Finished<'_>,
    ) -> Option<Claim> {
        let condition = claimed.condition;
        let ExpressionKind::Binary { left, operator, right } = &condition.kind else {
            return self.no_comparison(source, condition.span, "a claim compares two sides", "nothing is compared");
        };
        let Some(operator) = comparison(*operator) else {
            return self.no_comparison(source, condition.span, "a claim compares two sides", "nothing is compared");
        };
        let environment = Environment::empty(source);
        let (left, right) = (self.side(left, &environment, finished), self.side(right, &environment, finished));
        let (left, right) = (left?, right?);
        if !has_figure(&left) && !has_figure(&right) {
            let message = "a claim is about figures of runs, and this one compares numbers alone";
            self.report(
                Diagnostic::new(Code::NotAFigure, message, source, condition.span, "no figure in it")
                    .help("name a figure, for example `accuracy(NAME)` of a run"),
            );
            return None;
        }
        let comparison = self.with_margin(source, operator, claimed, [&left, &right]);
        let estimand = self.estimand((source, text.span), claimed, [&left, &right], finished);
        let claim = Claim { text: text.value.clone(), left, comparison: comparison?, right, estimand: estimand? };
        self.warn_of_known(source, condition.span, &claim);
        Some(claim)
    }

    /// Warns of a claim that says nothing, or can never be so.
    fn warn_of_known(&self, source: SourceId, span: Span, claim: &Claim) {
        let Some(holds) = known_beforehand(claim) else { return };
        let label = if claim.left == claim.right { "both sides are the same" } else { "known before any run" };
        let message = format!("this claim is {} whatever the results are", if holds { "true" } else { "false" });
        let mut diagnostic = Diagnostic::new(Code::ClaimKnownBeforehand, message, source, span, label);
        let mut told: Vec<&str> = Vec::new();
        for figure in about::figures([&claim.left, &claim.right]) {
            let name = figure.metric.name();
            if claim.left != claim.right && !told.contains(&name) {
                told.push(name);
                let [low, high] = range_of(&ClaimExpression::Figure(figure.clone()));
                let range =
                    if high.is_finite() { format!("between {low} and {high}") } else { format!("at {low} or above") };
                diagnostic = diagnostic.note(format!("`{name}` lies {range}"));
            }
        }
        let share = |side: &ClaimExpression, bound: &ClaimExpression| match (side, bound) {
            (ClaimExpression::Figure(figure), ClaimExpression::Number(bound)) => {
                (figure.metric == Metric::Accuracy && *bound > 1.0 && *bound <= 100.0).then_some(*bound)
            }
            _ => None,
        };
        if let Some(bound) = share(&claim.left, &claim.right).or_else(|| share(&claim.right, &claim.left)) {
            diagnostic = diagnostic.help(format!("accuracy is a share: {bound} % is {}", bound / 100.0));
        }
        self.report(diagnostic);
    }

    fn no_comparison<T>(&self, source: SourceId, span: Span, message: &str, label: &str) -> Option<T> {
        self.report(
            Diagnostic::new(Code::NoComparison, message, source, span, label)
                .help("write one of `>`, `>=`, `<`, `<=` and `≈`, for example `accuracy(a) > accuracy(b)`"),
        );
        None
    }

    fn side(
        &self,
        expression: &Expression,
        environment: &Environment,
        finished: Finished<'_>,
    ) -> Option<ClaimExpression> {
        let source = environment.source;
        match &expression.kind {
            ExpressionKind::Number(_) => {
                self.real(expression, environment, "a number of a claim").map(ClaimExpression::Number)
            }
            ExpressionKind::Negate(operand) => Some(match self.side(operand, environment, finished)? {
                ClaimExpression::Number(value) => ClaimExpression::Number(-value),
                other => ClaimExpression::Subtract(Box::new([ClaimExpression::Number(0.0), other])),
            }),
            ExpressionKind::Binary { operator, .. } if comparison(*operator).is_some() => {
                self.no_comparison(source, expression.span, "a claim is a single comparison", "compares again")
            }
            ExpressionKind::Binary { left, operator, right } => {
                let left = self.side(left, environment, finished);
                let divisor = right.as_ref();
                let right = self.side(right, environment, finished);
                let sides = Box::new([left?, right?]);
                Some(match operator {
                    Operator::Add => ClaimExpression::Add(sides),
                    Operator::Subtract => ClaimExpression::Subtract(sides),
                    Operator::Multiply => ClaimExpression::Multiply(sides),
                    _ => {
                        if sides[1] == ClaimExpression::Number(0.0) {
                            self.error(Code::Arithmetic, source, divisor.span, "this divides by zero", "is zero");
                            return None;
                        }
                        ClaimExpression::Divide(sides)
                    }
                })
            }
            ExpressionKind::Call { function, arguments } => {
                let call = Call { function, arguments, span: expression.span };
                self.figure(call, environment, finished).map(ClaimExpression::Figure)
            }
            ExpressionKind::Path(path) => {
                let name = path.to_string();
                let known = self.symbols.find_settings(SettingsKind::Run, &name).is_some()
                    || self.symbols.find_settings(SettingsKind::Sweep, &name).is_some();
                let diagnostic = Diagnostic::new(
                    Code::NotAFigure,
                    format!("`{name}` is not a figure that could be compared"),
                    source,
                    expression.span,
                    if known { "a run, not a figure of it" } else { "not a figure" },
                );
                let run = if known { name.as_str() } else { "NAME" };
                self.report(diagnostic.help(format!("write a figure of a run, for example `accuracy({run})`")));
                None
            }
            _ => {
                self.wrong_type(expression, environment, "a side of a claim", "arithmetic over figures of runs");
                None
            }
        }
    }

    fn figure(&self, call: Call<'_>, environment: &Environment, finished: Finished<'_>) -> Option<ClaimFigure> {
        let source = environment.source;
        let name = call.function.value.as_str();
        let known = names(METRICS).find(|metric| *metric == name);
        let Some(metric) = known else {
            self.unknown_value(source, call.function, "metric", names(METRICS));
            return None;
        };
        if matches!(metric, "reliability" | "risk_coverage" | "per_class" | "confusion" | "coverage") {
            self.report(
                Diagnostic::new(
                    Code::NotAFigure,
                    format!("`{metric}` is a table, and a claim compares single numbers"),
                    source,
                    call.function.span,
                    "a table",
                )
                .note(format!("metrics of a single number: {}", suggest::listing(scalars()))),
            );
            return None;
        }
        let binned = matches!(metric, "ece" | "adaptive_ece");
        let parameters = if binned { FIGURE } else { &FIGURE[..1] };
        let signature = Signature::optional(metric, "", parameters).positional(1).required(1);
        let arguments = self.bind(call, environment, &signature)?;
        let bins = match binned {
            true => arguments.optional("bins", Values::size)?,
            false => None,
        };
        let run = arguments.get("run")?;
        let run = self.expect_call(run, source, "the name of a run or sweep")?;
        self.bind(run, environment, &Signature::constant("run", ""))?;
        let metric = self.metric_of(metric, bins, run.function, call.span, source, finished)?;
        Some(ClaimFigure { metric, run: run.function.value.clone() })
    }

    /// The metric as the run's report, or that of each member of the sweep, has it.
    fn metric_of(
        &self,
        metric: &str,
        bins: Option<usize>,
        name: &Name,
        span: Span,
        source: SourceId,
        finished: Finished<'_>,
    ) -> Option<Metric> {
        let runs: Vec<&CompiledRun> = if let Some(run) = finished.runs.iter().find(|run| run.name == name.value) {
            vec![run]
        } else if let Some(sweep) = finished.sweeps.iter().find(|sweep| sweep.name == name.value) {
            self.check_over_seeds(sweep, name, source)?;
            sweep.members.iter().map(|member| &member.run).collect()
        } else {
            self.unknown_operand(name, source);
            return None;
        };
        let mut found = None;
        for run in runs {
            let kind = run.run.network.output.kind();
            if !kind.facts().has_claims {
                self.report(
                    Diagnostic::new(
                        Code::UnsupportedDeclaration,
                        format!(
                            "this version of elbo cannot decide claims of `{}`, which predicts {}",
                            run.name,
                            kind.facts().name
                        ),
                        source,
                        span,
                        "not of this version",
                    )
                    .label(run.source, run.span, "declared here")
                    .help("remove the claim"),
                );
                return None;
            }
            let reported = reported(&run.run, metric, bins);
            let Some(reported) = reported else {
                let has = |metric: &str| self.plain_metric(metric).is_some_and(|metric| kind.reports(metric));
                if !has(metric) {
                    self.report(
                        Diagnostic::new(
                            Code::FigureNotReported,
                            format!("`{}` predicts {}, which have no `{metric}`", run.name, kind.facts().name),
                            source,
                            span,
                            "not of this output",
                        )
                        .label(run.source, run.span, "declared here")
                        .help(format!("compare one of {}", suggest::listing(scalars().filter(|name| has(name))))),
                    );
                    return None;
                }
                let bins = bins.map_or_else(String::new, |bins| format!("(bins={bins})"));
                self.report(
                    Diagnostic::new(
                        Code::FigureNotReported,
                        format!("the report of `{}` does not hold `{metric}{bins}`", run.name),
                        source,
                        span,
                        "never computed",
                    )
                    .label(run.source, run.span, "declared here")
                    .help(format!("add `{metric}{bins}` to the `metrics` of its report")),
                );
                return None;
            };
            if matches!(reported, Metric::Epistemic | Metric::MutualInformation) && run.run.report.samples < 2 {
                self.report(
                    Diagnostic::new(
                        Code::FigureNotReported,
                        format!("`{metric}` of `{}` has no value: a single draw is made", run.name),
                        source,
                        span,
                        "always null",
                    )
                    .label(run.source, run.span, "declared here")
                    .help("it needs random weights or masks, and a report with several `samples`"),
                );
                return None;
            }
            found = Some(reported);
        }
        found
    }

    fn check_over_seeds(&self, sweep: &CompiledSweep, name: &Name, source: SourceId) -> Option<()> {
        let others = sweep.members.iter().flat_map(|member| &member.varied).find(|(path, _)| path != SEED);
        let Some((path, _)) = others else { return Some(()) };
        self.report(
            Diagnostic::new(
                Code::SweepNotOverSeeds,
                format!("`{}` varies `{path}`, so its members do not repeat one run", sweep.name),
                source,
                name.span,
                "not a sweep over seeds",
            )
            .label(sweep.source, sweep.span, "declared here")
            .help(format!("claim it of a run, or of a sweep that varies `{SEED}` alone")),
        );
        None
    }

    /// Reports that nothing of this name has figures, unless it is declared and has errors of its own.
    fn unknown_operand(&self, name: &Name, source: SourceId) {
        let declared = [SettingsKind::Run, SettingsKind::Sweep];
        if declared.iter().any(|kind| self.symbols.find_settings(*kind, &name.value).is_some()) {
            return;
        }
        let names = declared.iter().flat_map(|kind| self.symbols.settings(*kind).map(|(name, _)| name));
        self.unknown_name(source, name, "run", names.collect::<Vec<_>>());
    }
}

/// The metric of this name that a run's report holds, with these bins if any are asked for.
fn reported(run: &Run, name: &str, bins: Option<usize>) -> Option<Metric> {
    run.report.metrics.iter().copied().find(|metric| match metric {
        Metric::ExpectedCalibrationError { bins: has } | Metric::AdaptiveCalibrationError { bins: has } => {
            metric.name() == name && bins.is_none_or(|bins| bins == *has)
        }
        other => other.name() == name,
    })
}

/// What the figures of claims take.
const FIGURE: &[Parameter] = &[
    Parameter::new("run", "The run, or a sweep that varies its seed alone.").refers_to("run"),
    Parameter::whole("bins", "Which of several figures with bins.", 1, MOST_BINS as i64),
];

fn scalars() -> impl Iterator<Item = &'static str> {
    names(METRICS)
        .filter(|name| !matches!(*name, "reliability" | "risk_coverage" | "per_class" | "confusion" | "coverage"))
}

/// The comparison of an operator, as yet without a margin.
fn comparison(operator: Operator) -> Option<Comparison> {
    match operator {
        Operator::Equivalent => Some(Comparison::Equivalent { margin: 0.0 }),
        Operator::Greater => Some(Comparison::Greater),
        Operator::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
        Operator::Less => Some(Comparison::Less),
        Operator::LessOrEqual => Some(Comparison::LessOrEqual),
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => None,
    }
}

fn has_figure(expression: &ClaimExpression) -> bool {
    match expression {
        ClaimExpression::Number(_) => false,
        ClaimExpression::Figure(_) => true,
        ClaimExpression::Add(sides)
        | ClaimExpression::Subtract(sides)
        | ClaimExpression::Multiply(sides)
        | ClaimExpression::Divide(sides) => sides.iter().any(has_figure),
    }
}
