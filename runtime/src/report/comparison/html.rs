//! A comparison as a page.

use super::{BEST, Column, ComparisonTable, Difference, differences, side_by_side};
use crate::report::figure::NumberTable;
use crate::report::page::{Section, document, table};
use crate::report::{ClaimError, ClaimOutcome, claim_grounds, claim_verdict};
use maud::{Markup, html};

/// What a page of runs shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct ComparisonPage<'p> {
    /// The runs.
    pub runs: &'p [Column],
    /// Their paired differences.
    pub differences: &'p [Difference],
    /// Further tables, such as a pivot.
    pub tables: &'p [ComparisonTable],
    /// What is claimed of them.
    pub claims: &'p [(String, Result<ClaimOutcome, ClaimError>)],
}

/// Runs side by side, what is claimed of them, their paired differences, and further tables.
pub fn comparison_page(input: &ComparisonPage<'_>) -> String {
    let ComparisonPage { runs, differences: paired, tables: others, claims } = *input;
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let title = match names.as_slice() {
        [] => "No runs".to_owned(),
        names if names.iter().map(|name| name.len() + 2).sum::<usize>() <= LONGEST_TITLE => names.join(", "),
        names => format!("{} runs", names.len()),
    };
    let mut sections = vec![Section { id: "runs", title: "Runs side by side", body: as_html(&side_by_side(runs)) }];
    if !claims.is_empty() {
        sections.insert(0, Section { id: "claims", title: "Claims", body: claims_as_html(claims) });
    }
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

/// Letters of a title, beyond which it says how many runs there are.
const LONGEST_TITLE: usize = 60;

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
        @if any_best { p { "★ " (BEST) "." } }
    }
}

/// What became of each claim, as a page shows conclusions.
fn claims_as_html(claims: &[(String, Result<ClaimOutcome, ClaimError>)]) -> Markup {
    html! {
        dl class="conclusions" {
            @for (claim, outcome) in claims {
                div { dt { (claim) } dd { strong { (claim_verdict(outcome)) } (claim_grounds(outcome)) "." } }
            }
        }
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
