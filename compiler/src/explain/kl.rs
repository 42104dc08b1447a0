//! The KL ledger as a table.

use super::table::{Side, paragraph, table};
use super::{Section, Subject};
use crate::analysis::{Expected, KlForm, Ledger, LedgerEntry, Means, TensorKind, TrainingPlan};
use crate::ir::text;
use crate::quantity::{figure, short};
use std::collections::BTreeMap;

/// A row for each variational tensor, the sums of the layers beside their last tensor, and the total against
/// what labels can say. `None` without `bayes` layers.
pub(super) fn section(subject: &Subject<'_>, ledger: &Ledger, plan: Option<&TrainingPlan>) -> Option<Section> {
    if ledger.entries.is_empty() {
        return None;
    }
    let layers: BTreeMap<&str, Option<Expected>> = ledger.layers().into_iter().collect();
    let rows: Vec<[String; 9]> = ledger
        .entries
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let is_last = ledger.entries.get(index + 1).is_none_or(|next| next.layer != entry.layer);
            let layer = layers.get(entry.layer.as_str()).copied().flatten();
            let per_weight = entry.kl.map(|kl| figure(kl.mean / (entry.elements.max(1)) as f64));
            [
                tensor(entry),
                text::grouped(entry.elements),
                entry.prior.family().text(),
                means(&entry.means),
                figure(entry.deviation),
                form(entry.form).to_owned(),
                per_weight.unwrap_or_else(|| "unknown".to_owned()),
                entry.kl.map_or_else(|| "unknown".to_owned(), expected),
                if is_last { layer.map_or_else(|| "unknown".to_owned(), |kl| figure(kl.mean)) } else { String::new() },
            ]
        })
        .collect();
    let header = [
        ("tensor", Side::Left),
        ("weights", Side::Right),
        ("prior", Side::Left),
        ("means", Side::Left),
        ("σ", Side::Right),
        ("form", Side::Left),
        ("nats a weight", Side::Right),
        ("nats", Side::Right),
        ("layer", Side::Right),
    ];
    let mut body = table(header, &rows);
    body.push_str(&paragraph(&total(subject, ledger, plan)));
    if ledger.entries.iter().any(|entry| entry.form == KlForm::MonteCarlo) {
        body.push_str(&paragraph(
            "`draw` is ln q(w) − ln p(w) on the draw that made the forward pass; the deviation counts the chance of \
             one such draw.",
        ));
    }
    Some(Section { heading: "KL divergence as training starts".to_owned(), body })
}

fn total(subject: &Subject<'_>, ledger: &Ledger, plan: Option<&TrainingPlan>) -> String {
    let Some(total) = ledger.total() else {
        return "The total is unknown until the files with the means are read.".to_owned();
    };
    let sum = format!("Total {} nats over {} weights.", expected(total), text::grouped(ledger.elements()));
    if subject.run.is_none() {
        return format!("{sum} A run divides it by N, the examples of its training split.");
    }
    let Some((plan, term)) = plan.and_then(|plan| Some((plan, plan.kl?))) else {
        return format!("{sum} N is unknown until the data are read.");
    };
    let examples = plan.examples.training as f64;
    let weighed = term.first_temperature * total.mean / examples;
    let classes = subject.network.outputs();
    let information = subject.network.output.kind().information(classes);
    let compared = information.map_or_else(String::new, |information| {
        let (ratio, information) = (figure(weighed / information), figure(information));
        format!(", {ratio} × what a label can say (ln {classes} = {information})")
    });
    format!(
        "{sum} With N = {} that is {} nats per example; at the weight of the first epoch (effective temperature {}) it \
         costs {}{compared}.",
        text::grouped(plan.examples.training),
        figure(total.mean / examples),
        short(term.first_temperature),
        figure(weighed),
    )
}

fn tensor(entry: &LedgerEntry) -> String {
    let suffix = match entry.tensor {
        TensorKind::Weight => "weight",
        TensorKind::Bias => "bias",
    };
    format!("{}.{suffix}", entry.layer)
}

fn means(means: &Means) -> String {
    match means {
        Means::Normal { mean, std } if *std == 0.0 => short(*mean),
        Means::Normal { mean, std } => format!("N({}, {}²)", short(*mean), figure(*std)),
        Means::File(file) => format!("of {file}"),
    }
}

const fn form(form: KlForm) -> &'static str {
    match form {
        KlForm::Closed => "closed",
        KlForm::MonteCarlo => "draw",
    }
}

/// The expectation, with its deviation where there is one.
fn expected(kl: Expected) -> String {
    if kl.deviation == 0.0 {
        return figure(kl.mean);
    }
    format!("{} ± {}", figure(kl.mean), crate::quantity::significant(kl.deviation, 2))
}
