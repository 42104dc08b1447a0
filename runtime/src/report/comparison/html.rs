//! A comparison as a page.

use super::{Column, ComparisonTable, Difference, differences, side_by_side};
use crate::report::figure::NumberTable;
use crate::report::page::{Section, document, table};
use maud::{Markup, html};

/// Runs side by side, their paired differences, and further tables such as a pivot.
pub fn comparison_page(runs: &[Column], paired: &[Difference], others: &[ComparisonTable]) -> String {
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let title = match names.as_slice() {
        [] => "No runs".to_owned(),
        names if names.len() <= 4 => names.join(", "),
        names => format!("{} runs", names.len()),
    };
    let mut sections = vec![Section { id: "runs", title: "Runs side by side", body: as_html(&side_by_side(runs)) }];
    if !paired.is_empty() {
        sections.push(Section { id: "differences", title: "Paired differences", body: as_html(&differences(paired)) });
    }
    if !others.is_empty() {
        sections.push(Section {
            id: "tables",
            title: "Tables",
            body: html! { @for other in others { (as_html(other)) } },
        });
    }
    if !runs.is_empty() {
        sections.push(Section { id: "facts", title: "What was run", body: facts(runs) });
    }
    document(&title, "Runs side by side", &html! {}, &sections, CLOSING)
}

/// One table as a page.
pub fn table_page(one: &ComparisonTable) -> String {
    let sections = [Section { id: "table", title: "Table", body: as_html(one) }];
    document(&one.title, &one.corner, &html! {}, &sections, CLOSING)
}

const CLOSING: &str = concat!("Written by elbo ", env!("CARGO_PKG_VERSION"), ".");

fn as_html(comparison: &ComparisonTable) -> Markup {
    let columns = std::iter::once(&comparison.corner).chain(&comparison.columns).cloned().collect();
    let any_best = comparison.rows.iter().any(|row| row.cells.iter().any(|cell| cell.is_best));
    let rows = comparison.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|cell| if cell.is_best { format!("{} ★", cell.text()) } else { cell.text() });
        std::iter::once(row.name.clone()).chain(cells).collect()
    });
    html! {
        (table(&comparison.title, &NumberTable { columns, rows: rows.collect() }))
        @for note in &comparison.notes { p { (note) } }
        @if any_best { p { "★ the best of those it is compared with." } }
    }
}

fn facts(runs: &[Column]) -> Markup {
    let keys: std::collections::BTreeSet<&String> = runs.iter().flat_map(|run| run.facts.keys()).collect();
    let columns = std::iter::once("name".to_owned()).chain(keys.iter().map(|key| (*key).clone())).collect();
    let rows = runs.iter().map(|run| {
        let values = keys.iter().map(|key| run.facts.get(*key).cloned().unwrap_or_else(|| "—".to_owned()));
        std::iter::once(run.name.clone()).chain(values).collect()
    });
    table("Facts of the runs", &NumberTable { columns, rows: rows.collect() })
}
