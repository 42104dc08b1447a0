//! A network's layers, priors and posteriors as LaTeX.

use super::latex::heading;
use super::quantity::short;
use crate::analysis::{Ledger, LedgerEntry, Means, TensorKind};
use crate::ir::{Activation, INPUT, Layer, Mark, Network, NoiseModel, Operation, Output, Prior, Shape, Window, text};
use std::collections::BTreeMap;

/// A number: `10^{-3}`-style exponents, no grouping.
pub(super) fn floating(value: f64) -> String {
    let text = short(value).replace(',', "\\,");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa} \\cdot 10^{{{exponent}}}"),
        None => text,
    }
}

/// A name as upright text; the characters of names that LaTeX reads as commands are escaped.
pub(super) fn name(name: &str) -> String {
    let escaped: String = name
        .chars()
        .flat_map(|character| match character {
            '_' | '#' => vec!['\\', character],
            _ => vec![character],
        })
        .collect();
    format!("\\text{{{escaped}}}")
}

/// One equation a layer: h_k from h_{k−1}, or from the layer it names.
pub(super) fn layers(network: &Network) -> String {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::from([(INPUT, 0)]);
    let mut rows = vec![format!("  h_0 &= x \\in {} && \\text{{input}}", space(network.input))];
    for (index, layer) in network.layers.iter().enumerate() {
        let from = layer.from.as_deref().and_then(|from| numbers.get(from)).copied().unwrap_or(index);
        let value = equation(layer, &format!("h_{{{from}}}"), &numbers);
        numbers.insert(&layer.name, index + 1);
        let space = if layer.input == layer.output { String::new() } else { format!(" \\in {}", space(layer.output)) };
        rows.push(format!("  h_{{{}}} &= {value}{space} && {}", index + 1, label(layer)));
    }
    let outputs = match network.output {
        Output::Categorical { .. } => format!("scores of {} classes", network.outputs()),
        Output::Gaussian { noise: NoiseModel::Learned } => format!("means of {} targets", network.outputs()),
        Output::Gaussian { noise } => {
            format!("means, then log-variances of {} targets", noise.targets(network.outputs()))
        }
    };
    rows.push(format!("  z &= h_{{{}}} && \\text{{{outputs}}}", rows.len() - 1));
    format!("{}\\allowdisplaybreaks\n\\begin{{align*}}\n{}\n\\end{{align*}}\n", heading("Model"), rows.join(" \\\\\n"))
}

/// The layer's name, and its mark if it has one.
fn label(layer: &Layer) -> String {
    let mark = match layer.mark {
        Some(Mark::Bayes { .. }) => ", \\text{bayes}",
        Some(Mark::Point { .. }) => ", \\text{point}",
        Some(Mark::Dropout { .. }) => ", \\text{dropout}",
        None => "",
    };
    name(&layer.name) + mark
}

fn space(shape: Shape) -> String {
    let sizes: Vec<String> = shape.sizes().iter().map(usize::to_string).collect();
    format!("\\mathbf{{R}}^{{{}}}", sizes.join(" \\times "))
}

fn tensor(letter: &str, layer: &str) -> String {
    format!("{letter}_{{{}}}", name(layer))
}

fn equation(layer: &Layer, input: &str, numbers: &BTreeMap<&str, usize>) -> String {
    let biased = |bias: bool| if bias { format!(" + {}", tensor("b", &layer.name)) } else { String::new() };
    let weights = tensor("W", &layer.name);
    let named = |function: &str| format!("\\operatorname{{{function}}}({input})");
    let windowed = |function: &str, window: &Window| {
        let sizes = layer.input.planes().map_or(2, |(_, [height, _])| if height == 1 { 1 } else { 2 });
        format!("\\operatorname{{{function}}}_{{{}}}({input})", window_text(window, sizes == 1))
    };
    match &layer.operation {
        Operation::Conv2d { window, groups, bias, .. } => {
            format!("{weights} \\ast_{{{}}} {input}{}", convolution(window, *groups, false), biased(*bias))
        }
        Operation::Conv1d { window, groups, bias, .. } => {
            format!("{weights} \\ast_{{{}}} {input}{}", convolution(window, *groups, true), biased(*bias))
        }
        Operation::Linear { bias, .. } => format!("{weights} {input}{}", biased(*bias)),
        Operation::MaxPool { window } => windowed("maxpool", window),
        Operation::AvgPool { window } => windowed("avgpool", window),
        Operation::AdaptiveAvgPool { size: [rows, columns] } => {
            format!("\\operatorname{{avgpool}}_{{\\to {rows} \\times {columns}}}({input})")
        }
        Operation::Activation { function } => match *function {
            Activation::Relu => format!("\\max(0, {input})"),
            Activation::LeakyRelu { slope } => format!("\\max(0, {input}) + {} \\min(0, {input})", floating(slope)),
            Activation::Softplus => format!("\\ln\\bigl(1 + e^{{{input}}}\\bigr)"),
            Activation::Gelu => format!("{input} \\odot \\Phi({input})"),
            Activation::Silu => format!("{input} \\odot \\bigl(1 + e^{{-{input}}}\\bigr)^{{-1}}"),
            Activation::Elu { alpha } => {
                format!("\\max(0, {input}) + {} \\bigl(e^{{\\min(0, {input})}} - 1\\bigr)", floating(alpha))
            }
            Activation::Tanh => format!("\\tanh({input})"),
            Activation::Sigmoid => format!("\\bigl(1 + e^{{-{input}}}\\bigr)^{{-1}}"),
        },
        Operation::Flatten => named("vec"),
        Operation::BatchNorm { .. } => named("batchnorm"),
        Operation::GroupNorm { groups, .. } => {
            format!("\\operatorname{{groupnorm}}_{{{groups}}}({input})")
        }
        Operation::LayerNorm { .. } => named("layernorm"),
        Operation::Add { other } => {
            let other = numbers.get(other.as_str()).copied().unwrap_or(0);
            format!("{input} + h_{{{other}}}")
        }
        Operation::Dropout { probability, .. } => {
            let kept = floating(1.0 - probability);
            format!("\\tfrac{{1}}{{{kept}}} \\, m \\odot {input}, \\; m \\sim \\operatorname{{Bernoulli}}({kept})")
        }
    }
}

/// What distinguishes a convolution, in the subscript of its star.
fn convolution(window: &Window, groups: usize, is_sequence: bool) -> String {
    let groups = if groups == 1 { String::new() } else { format!(", \\, {groups}\\text{{ groups}}") };
    window_text(window, is_sequence) + &groups
}

fn window_text(window: &Window, is_sequence: bool) -> String {
    let sizes = |[rows, columns]: [usize; 2]| {
        if is_sequence { columns.to_string() } else { format!("{rows} \\times {columns}") }
    };
    let mut result = sizes(window.kernel);
    for (word, value, usual) in
        [("stride", window.stride, [1, 1]), ("pad", window.padding, [0, 0]), ("dilation", window.dilation, [1, 1])]
    {
        if value != usual {
            let [rows, columns] = value;
            let value = if rows == columns || is_sequence { columns.to_string() } else { sizes(value) };
            result.push_str(&format!(", \\, \\text{{{word} }} {value}"));
        }
    }
    result
}

/// q(w) and p(w), once for each distinct pair, with the layers they hold for. `None` without `bayes` layers.
pub(super) fn prior_and_posterior(network: &Network, ledger: &Ledger) -> Option<String> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for entry in &ledger.entries {
        let equations = distributions(entry);
        match groups.iter_mut().find(|(known, _)| *known == equations) {
            Some((_, layers)) => layers.push(&entry.layer),
            None => groups.push((equations, vec![&entry.layer])),
        }
    }
    if groups.is_empty() {
        return None;
    }
    let rows: Vec<String> = groups
        .iter()
        .map(|(equations, layers)| {
            let of = match layers.as_slice() {
                [only] => name(only),
                [first, second] => format!("{}, {}", name(first), name(second)),
                [first, .., last] if layers.len() > 4 => {
                    format!("{}, \\dots, {} \\; ({} \\text{{ tensors}})", name(first), name(last), layers.len())
                }
                all => all.iter().map(|layer| name(layer)).collect::<Vec<_>>().join(", "),
            };
            format!("  {equations} && {of}")
        })
        .collect();
    let estimators: Vec<String> = distinct_estimators(network);
    let words = format!(
        "Each weight and bias of a \\texttt{{bayes}} layer has a Gaussian posterior of its own, \
         $q(w) = \\mathcal{{N}}(\\mu, \\sigma^2)$ with $\\sigma = \\ln(1 + e^{{\\rho}})$, which starts as follows and is \
         sampled by {}.\n",
        estimators.join(" and ")
    );
    let rows = rows.join(" \\\\\n");
    Some(format!("{}{words}\\begin{{align*}}\n{rows}\n\\end{{align*}}\n", heading("Prior and posterior")))
}

fn distinct_estimators(network: &Network) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for layer in &network.layers {
        if let Some(Mark::Bayes { estimator, .. }) = &layer.mark {
            let name = text::plain(estimator).replace('_', " ");
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn distributions(entry: &LedgerEntry) -> String {
    let letter = match entry.tensor {
        TensorKind::Weight => "W",
        TensorKind::Bias => "b",
    };
    let prior = match entry.prior {
        Prior::Normal { mean, std } => format!("\\mathcal{{N}}({}, {}^2)", floating(mean), floating(std)),
        Prior::Laplace { mean, scale } => format!("\\operatorname{{Laplace}}({}, {})", floating(mean), floating(scale)),
        Prior::ScaleMixture { pi, std1, std2 } => format!(
            "{} \\, \\mathcal{{N}}(0, {}^2) + {} \\, \\mathcal{{N}}(0, {}^2)",
            floating(pi),
            floating(std1),
            floating(1.0 - pi),
            floating(std2)
        ),
    };
    let means = match &entry.means {
        Means::Normal { mean, std } if *std == 0.0 => format!("\\mu = {}", floating(*mean)),
        Means::Normal { mean, std } => format!("\\mu \\sim \\mathcal{{N}}({}, {}^2)", floating(*mean), floating(*std)),
        Means::File(_) => "\\mu \\text{ from a file}".to_owned(),
    };
    format!("p(w_{letter}) &= {prior} & {means}, \\; \\sigma &= {}", floating(entry.deviation))
}
