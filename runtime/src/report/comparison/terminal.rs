//! A comparison as text for a terminal.

use super::{BEST, ComparisonTable};
use crate::foreign_text;
use std::ops::Range;

/// Letters of a line, beyond which further columns stand in a part of their own below.
const WIDTH: usize = 132;

/// Columns of text, names to the left, figures to the right; `*` stands behind the best. A table that is too wide is
/// laid out in parts, each with the rows it has figures in.
pub fn terminal(table: &ComparisonTable) -> String {
    let header =
        std::iter::once(&table.corner).chain(&table.columns).map(|name| foreign_text::terminal(name)).collect();
    let rows = table.rows.iter().map(|row| {
        let cells = row
            .cells
            .iter()
            .map(|cell| format!("{}{}", foreign_text::terminal(&cell.text()), if cell.is_best { " *" } else { "  " }));
        std::iter::once(foreign_text::terminal(&row.name)).chain(cells).collect::<Vec<_>>()
    });
    let mut lines: Vec<Vec<String>> = vec![header];
    lines.extend(rows);
    // Headings end where figures do, before the place of the mark.
    lines[0].iter_mut().skip(1).for_each(|heading| heading.push_str("  "));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..=table.columns.len()).map(width).collect();
    let mut text = format!("{}\n", foreign_text::terminal(&table.title));
    for part in parts(&widths) {
        text.push('\n');
        for (number, line) in lines.iter().enumerate() {
            let is_empty = |column: usize| table.rows[number - 1].cells[column - 1].value.is_none();
            if number > 0 && part.clone().all(is_empty) {
                continue;
            }
            let mut row = format!("  {:<width$}", line[0], width = widths[0]);
            for column in part.clone() {
                row.push_str(&format!("  {:>width$}", line[column], width = widths[column]));
            }
            text.push_str(row.trim_end());
            text.push('\n');
        }
    }
    text.push('\n');
    if table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.is_best)) {
        text.push_str(&format!("  * {BEST}\n"));
    }
    for note in &table.notes {
        text.push_str(&format!("  {}\n", foreign_text::terminal(note)));
    }
    text
}

/// The columns behind the first in ranges that fit a line, each of one column at least.
fn parts(widths: &[usize]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut first = 1;
    while first < widths.len() {
        let mut length = 2 + widths[0] + 2 + widths[first];
        let mut end = first + 1;
        while end < widths.len() && length + 2 + widths[end] <= WIDTH {
            length += 2 + widths[end];
            end += 1;
        }
        parts.push(first..end);
        first = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_tables_are_laid_out_in_parts() {
        assert_eq!(parts(&[20, 50, 50, 40, 200, 10]), [1..3, 3..4, 4..5, 5..6]);
        assert_eq!(parts(&[20, 50]), vec![1..2]);
        assert!(parts(&[20]).is_empty());
    }
}
