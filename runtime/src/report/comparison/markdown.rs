//! A comparison as Markdown.

use super::{BEST, ComparisonTable};
use crate::foreign_text::markdown as escape;

/// A table in the GitHub dialect, the best in bold.
pub fn markdown(table: &ComparisonTable) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let names = std::iter::once(&table.corner).chain(&table.columns).map(|name| escape(name)).collect();
    let mut text = format!("### {}\n\n{}", escape(&table.title), line(names));
    let alignment = std::iter::once("---").chain(table.columns.iter().map(|_| "---:")).map(str::to_owned).collect();
    text.push_str(&line(alignment));
    for row in &table.rows {
        let cells = row.cells.iter().map(|cell| {
            let figure = escape(&cell.text());
            if cell.is_best { format!("**{figure}**") } else { figure }
        });
        text.push_str(&line(std::iter::once(escape(&row.name)).chain(cells).collect()));
    }
    if table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.is_best)) {
        text.push_str(&format!("\nBold: {}\n", escape(BEST)));
    }
    for note in &table.notes {
        text.push_str(&format!("\n{}\n", escape(note)));
    }
    text
}
