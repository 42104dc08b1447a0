//! The equations of a model or run as a LaTeX fragment; needs amsmath only.

use super::Subject;
use super::latex_model::{floating, layers, prior_and_posterior};
use crate::analysis::{Ledger, TrainingPlan};
use crate::ir::{Annealing, KlWeighting, Mark, NoiseModel, Objective, Operation, Output, ProbabilityLink, Run};

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

/// `\subsection*` is left to the document: paragraphs fit into any.
pub(super) fn heading(title: &str) -> String {
    format!("\\paragraph{{{title}}}\n")
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
    let link = match run.network.output {
        Output::Categorical { link } => link,
        Output::Gaussian { noise } => return gaussian(noise),
    };
    let likelihood = &run.training.likelihood;
    let probability = match link {
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
            "\\sum_c {v}\\Bigl( {} \\, [c = y_n] + \\frac{{{}}}{{{}}} \\Bigr) \\ln p_c(x_n)",
            floating(1.0 - smoothing),
            floating(smoothing),
            run.network.outputs()
        )
    };
    let normalized = match &likelihood.class_weights {
        Some(weights) => {
            let values: Vec<String> = weights.iter().map(|weight| floating(*weight)).collect();
            format!(", \\qquad v = ({}), \\quad B \\to \\textstyle\\sum_n v_{{y_n}}", values.join(", "))
        }
        None => String::new(),
    };
    format!("\\ell_n = {log_likelihood}, \\qquad p_c(x) = {probability}{normalized}")
}

/// The log-likelihood of real targets y_j with means μ_j and log-variances s_j.
fn gaussian(noise: NoiseModel) -> String {
    let log_variance = match noise {
        NoiseModel::Learned => "s_j \\text{ a parameter}",
        NoiseModel::Heteroscedastic => "(\\mu, s) = z",
    };
    let mean = if noise == NoiseModel::Learned { "\\mu = z, \\qquad " } else { "" };
    format!(
        "\\ell_n = -\\tfrac{{1}}{{2}} \\sum_j \\Bigl[ \\ln 2\\pi + s_j + (y_{{n,j}} - \\mu_j)^2 e^{{-s_j}} \\Bigr], \\qquad \
         {mean}{log_variance}"
    )
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
    let masks = |operation: &Operation| matches!(operation, Operation::Dropout { at_prediction: true, .. });
    let random = run
        .network
        .layers
        .iter()
        .any(|layer| matches!(layer.mark, Some(Mark::Bayes { .. })) || masks(&layer.operation));
    if !random || run.report.samples < 2 {
        return None;
    }
    let equations = [
        "\\bar{p} = \\frac{1}{T} \\sum_{t=1}^{T} \\hat{p}_t, \\qquad \\hat{p}_t = p\\bigl( x \\mid w_t \\bigr), \\quad \
         w_t \\sim q(w)"
            .to_owned(),
        "\\operatorname{diag}(\\bar{p}) - \\bar{p} \\bar{p}^{\\top} = \
         \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} \\Bigl( \\operatorname{diag}(\\hat{p}_t) - \\hat{p}_t \
         \\hat{p}_t^{\\top} \\Bigr)}_{\\text{aleatoric}} + \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} (\\hat{p}_t - \
         \\bar{p})(\\hat{p}_t - \\bar{p})^{\\top}}_{\\text{epistemic}}"
            .to_owned(),
    ];
    if let Output::Gaussian { .. } = run.network.output {
        return Some(total_variance(run));
    }
    let variational = run.network.layers.iter().any(|layer| matches!(layer.mark, Some(Mark::Bayes { .. })));
    let draws = if variational { "draws of the weights" } else { "draws of the dropout masks" };
    let equations = if variational {
        equations
    } else {
        equations.map(|equation| {
            equation.replace("p\\bigl( x \\mid w_t \\bigr), \\quad w_t \\sim q(w)", "p\\bigl( x \\mid z_t \\bigr)")
        })
    };
    let words = format!(
        "A prediction averages $T = {}$ {draws}. Its covariance is exactly the sum of two parts, reported by their \
         traces; the epistemic one is low by the factor $(T-1)/T$.\n",
        run.report.samples
    );
    Some(format!("{}{words}{}", heading("Uncertainty"), display(&equations)))
}

/// The law of total variance over draws of the network.
fn total_variance(run: &Run) -> String {
    let equations = [
        "\\bar{\\mu}_j = \\frac{1}{T} \\sum_{t=1}^{T} \\mu_{t,j}, \\qquad p(y_j \\mid x) = \\frac{1}{T} \\sum_{t=1}^{T} \
         \\mathcal{N}\\bigl( \\mu_{t,j}, \\sigma_{t,j}^2 \\bigr), \\qquad \\sigma_{t,j}^2 = e^{s_{t,j}}"
            .to_owned(),
        "\\operatorname{Var}(y_j \\mid x) = \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} \\sigma_{t,j}^2}_{\\text{aleatoric}} + \
         \\underbrace{\\frac{1}{T} \\sum_{t=1}^{T} (\\mu_{t,j} - \\bar{\\mu}_j)^2}_{\\text{epistemic}}"
            .to_owned(),
    ];
    let words = format!(
        "A prediction is the mixture of $T = {}$ draws of the network. Its variance is exactly the sum of two parts, \
         reported as sums over targets; the epistemic one is low by the factor $(T-1)/T$.\n",
        run.report.samples
    );
    format!("{}{words}{}", heading("Uncertainty"), display(&equations))
}
