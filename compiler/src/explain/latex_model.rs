//! A network's layers, priors and posteriors as LaTeX.

use crate::analysis::{Ledger, LedgerEntry, Means, TensorKind};
use crate::ir::{INPUT, Layer, Mark, Network, Shape, text};
pub(super) use crate::layers::equation::floating;
use crate::layers::equation::{Equation, name};
use std::collections::BTreeMap;

/// One equation a layer: h_k from h_{k−1}, or from the layer it names.
pub(super) fn layers(network: &Network) -> String {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::from([(INPUT, 0)]);
    let mut rows = vec![format!("  h_0 &= x \\in {} && \\text{{input}}", space(network.input))];
    for (index, layer) in network.layers.iter().enumerate() {
        let from = layer.from.as_deref().and_then(|from| numbers.get(from)).copied().unwrap_or(index);
        let equation = Equation {
            layer: &layer.name,
            input: &format!("h_{{{from}}}"),
            shape: layer.input,
            output_of: &|other| format!("h_{{{}}}", numbers.get(other).copied().unwrap_or(0)),
        };
        let value = layer.operation.kind().latex(&equation);
        numbers.insert(&layer.name, index + 1);
        let space = if layer.input == layer.output { String::new() } else { format!(" \\in {}", space(layer.output)) };
        rows.push(format!("  h_{{{}}} &= {value}{space} && {}", index + 1, label(layer)));
    }
    let outputs = network.output.family().outputs_in_latex(network.outputs());
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
    let prior = entry.prior.family().latex();
    let means = match &entry.means {
        Means::Normal { mean, std } if *std == 0.0 => format!("\\mu = {}", floating(*mean)),
        Means::Normal { mean, std } => format!("\\mu \\sim \\mathcal{{N}}({}, {}^2)", floating(*mean), floating(*std)),
        Means::File(_) => "\\mu \\text{ from a file}".to_owned(),
    };
    format!("p(w_{letter}) &= {prior} & {means}, \\; \\sigma &= {}", floating(entry.deviation))
}

/// `\subsection*` is left to the document: paragraphs fit into any.
pub(super) fn heading(title: &str) -> String {
    format!("\\paragraph{{{title}}}\n")
}
