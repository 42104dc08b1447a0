//! What all pages have in common: head, colours, tables and figures as HTML.

use crate::foreign_text;
use crate::report::figure::{DARK, Figure, LIGHT, NumberTable, rules};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");

/// Forbids a browser to fetch or run anything, so that what a name or a spec holds can do no harm.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// A section of a page.
pub struct Section {
    /// The name links to it use.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What is in it.
    pub body: Markup,
}

/// A whole page.
pub fn document(title: &str, lead: &str, opening: &Markup, sections: &[Section], closing: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { (title) " · elbo report" }
                // Without one, browsers ask the folder of the file for it.
                link rel="icon" href="data:,";
                style { (PreEscaped(style())) }
            }
            body {
                a class="skip" href="#content" { "Skip to the content" }
                header {
                    h1 { (title) }
                    p class="lead" { (lead) }
                    nav aria-label="Sections" {
                        ul { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } }
                    }
                }
                main id="content" tabindex="-1" {
                    (opening)
                    @for section in sections {
                        section aria-labelledby=(section.id) {
                            h2 id=(section.id) { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer { p { (closing) } }
            }
        }
    };
    foreign_text::without_hidden(page.into_string())
}

/// All rules: colours first, dark where the reader's system is, light again on paper.
fn style() -> String {
    let (light, dark) = (LIGHT.properties(), DARK.properties());
    let figures = rules(|name| format!("var(--{name})"));
    format!(
        ":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}@media print{{:root{{{light}}}}}{STYLE}{figures}"
    )
}

/// A table that scrolls by itself where it is wider than the screen. The first cell of each row names it.
pub fn table(name: &str, numbers: &NumberTable) -> Markup {
    html! {
        div class="scroll" role="region" tabindex="0" aria-label={ (name) ", table" } {
            table {
                caption { (name) }
                thead { tr { @for column in &numbers.columns { th scope="col" { (column) } } } }
                tbody {
                    @for row in &numbers.rows {
                        tr {
                            @for (index, cell) in row.iter().enumerate() {
                                @if index == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A figure with its caption and its numbers.
pub fn figure(figure: &Figure) -> Markup {
    let label = format!("Numbers: {}", figure.title);
    html! {
        figure id={ "figure-" (figure.name) } {
            h3 { (figure.title) }
            (PreEscaped(figure.inline()))
            figcaption { (figure.caption) }
            details {
                summary { "Numbers" }
                (table(&label, &figure.table))
            }
        }
    }
}

/// Figures side by side where there is room.
pub fn figures(all: &[Figure]) -> Markup {
    html! { @if !all.is_empty() { div class="figures" { @for one in all { (figure(one)) } } } }
}

/// A table of columns and rows.
pub fn number_table(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> NumberTable {
    NumberTable { columns: columns.iter().map(|&column| column.to_owned()).collect(), rows: rows.into_iter().collect() }
}
