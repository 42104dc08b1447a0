//! The equations of a model or run as a LaTeX fragment; needs amsmath only.

use super::Subject;
use super::latex_model::{floating, heading, layers, prior_and_posterior};
use crate::analysis::{Ledger, TrainingPlan, is_random_at_prediction};
use crate::ir::{Annealing, KlWeighting, Mark, Objective, Run};
use crate::outputs::Observed;

/// The model layer by layer, q(w) and p(w), the objective as executed and the decomposition of the
/// uncertainty, for a document of any class with `\usepackage{amsmath}`.
pub fn latex(subject: &Subject<'_>) -> String {
    let title = match subject.run {
        Some(_) => format!("% {} ({}); needs \\usepackage{{amsmath}}\n", subject.name, subject.model),
        None => format!("% {}; needs \\usepackage{{amsmath}}\n", subject.name),
    };
    let ledger = Ledger::of(subject.network);
    let mut parts = vec![layers(subject.network)];
    parts.extend(prior_and_posterior(subject.network, &ledger));
    if let Some(run) = subject.run {
        parts.push(objective(run, &ledger));
        parts.extend(decomposition(run));
    }
    title + &parts.join("\n")
}

fn display(equations: &[String]) -> String {
    format!("\\begin{{gather*}}\n  {}\n\\end{{gather*}}\n", equations.join(" \\\\\n  "))
}

fn grouped(count: usize) -> String {
    crate::ir::text::grouped(count).replace(',', "\\,")
}

fn objective(run: &Run, ledger: &Ledger) -> String {
    let plan = TrainingPlan::of(run);
    let variational = !ledger.entries.is_empty();
    let (l2, weighting) = match &run.training.objective {
        Objective::MaximumLikelihood => (0.0, None),
        Objective::Map { l2 } => (*l2, None),
        Objective::Elbo { kl, temperature, anneal, l2 } => (*l2, Some((kl, *temperature, *anneal))),
    };
    let weighting = weighting.filter(|_| variational);
    let mut loss = String::from("\\mathcal{L} = ");
    loss.push_str(match (run.training.samples, variational) {
        (1, _) | (_, false) => "-\\frac{1}{B}\\sum_{n=1}^{B} \\ell_n",
        _ => "-\\frac{1}{BS}\\sum_{s=1}^{S}\\sum_{n=1}^{B} \\ell_{n,s}",
    });
    if weighting.is_some() {
        loss.push_str(" + w \\sum_{j} \\mathrm{KL}\\bigl(q(w_j) \\,\\Vert\\, p(w_j)\\bigr)");
    }
    if l2 != 0.0 {
        loss.push_str(&format!(
            " + \\frac{{{}}}{{2}} \\lVert \\mathbf{{w}}_{{\\mathrm{{point}}}} \\rVert^2",
            floating(l2)
        ));
    }
    let mut equations = vec![loss, likelihood(run)];
    if let Some((kl, temperature, anneal)) = weighting {
        equations.push(weight(kl, anneal));
        equations.push(numbers(kl, temperature, plan.as_ref()));
    } else if let Some(plan) = &plan {
        equations.push(format!("N = {}", grouped(plan.examples.training)));
    }
    let mut words = format!("With batches of $B = {}$ examples", grouped(run.training.batch));
    if run.training.samples > 1 && variational {
        words.push_str(&format!(" and $S = {}$ draws of the weights a step", run.training.samples));
    }
    words.push_str(" the network is trained to minimise, in nats a training example,\n");
    format!("{}{words}{}", heading("Objective"), display(&equations))
}

/// ℓ_n, the log-likelihood of one example.
fn likelihood(run: &Run) -> String {
    let (outputs, likelihood) = (run.network.outputs(), &run.training.likelihood);
    let observed = Observed { outputs, target: &run.data.target, likelihood, number: floating };
    run.network.output.family().likelihood_in_latex(&observed)
}

fn weight(kl: &KlWeighting, anneal: Annealing) -> String {
    let formula = match kl {
        KlWeighting::Exact => "\\frac{\\tau a}{N}".to_owned(),
        KlWeighting::Blundell => "\\tau a \\, \\frac{M}{N} \\, \\frac{2^{-(i+1)}}{1 - 2^{-M}}".to_owned(),
        KlWeighting::Soenderby { warmup } => {
            format!("\\frac{{\\tau a}}{{N}} \\min\\Bigl( \\frac{{e}}{{{warmup}}}, 1 \\Bigr)")
        }
        KlWeighting::Scale { .. } => "\\frac{\\beta \\tau a}{N}".to_owned(),
    };
    let annealing = match anneal {
        Annealing::None => "a = 1".to_owned(),
        Annealing::Linear { epochs } => format!("a = \\min\\Bigl( \\frac{{e}}{{{epochs}}}, 1 \\Bigr)"),
    };
    let name = if matches!(kl, KlWeighting::Blundell) { "w_i" } else { "w" };
    let epoch = match (kl, anneal) {
        (KlWeighting::Soenderby { .. }, _) | (_, Annealing::Linear { .. }) => {
            ", \\qquad e = 1, 2, \\dots \\text{ the epoch}"
        }
        _ => "",
    };
    format!("{name} = {formula}, \\qquad {annealing}{epoch}")
}

/// N, the factors of w, and the temperature they come to.
fn numbers(kl: &KlWeighting, temperature: f64, plan: Option<&TrainingPlan>) -> String {
    let mut numbers = vec![format!("\\tau = {}", floating(temperature))];
    if let KlWeighting::Scale { beta } = kl {
        numbers.push(format!("\\beta = {}", floating(*beta)));
    }
    if let Some(plan) = plan {
        numbers.push(format!("N = {}", grouped(plan.examples.training)));
        numbers.push(format!("M = {}", grouped(plan.batches)));
        if let Some(term) = plan.kl {
            numbers.push(format!("w_{{\\text{{first step}}}} = {}", floating(term.first_weight)));
            let name = "T_{\\text{effective}} = \\overline{w} N";
            numbers.push(format!("{name} = {}", floating(term.temperature)));
        }
    }
    numbers.join(", \\quad ")
}

/// The covariance of the prediction in its two parts; `None` where nothing is random at prediction.
fn decomposition(run: &Run) -> Option<String> {
    if !is_random_at_prediction(&run.network) || run.report.samples < 2 {
        return None;
    }
    let variational = run.network.layers.iter().any(|layer| matches!(layer.mark, Some(Mark::Bayes { .. })));
    let (words, equations) = run.network.output.family().uncertainty_in_latex(run.report.samples, variational);
    Some(format!("{}{words}{}", heading("Uncertainty"), display(&equations)))
}
