//! A comparison as text for a terminal.

use super::ComparisonTable;

/// Columns of text, names to the left, figures to the right; `*` stands behind the best.
pub fn terminal(table: &ComparisonTable) -> String {
    let header = std::iter::once(table.corner.clone()).chain(table.columns.iter().cloned()).collect();
    let rows = table.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|cell| format!("{}{}", cell.text(), if cell.is_best { " *" } else { "  " }));
        std::iter::once(row.name.clone()).chain(cells).collect::<Vec<_>>()
    });
    let mut lines: Vec<Vec<String>> = vec![header];
    lines.extend(rows);
    // Headings end where figures do, before the place of the mark.
    lines[0].iter_mut().skip(1).for_each(|heading| heading.push_str("  "));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..=table.columns.len()).map(width).collect();
    let mut text = format!("{}\n\n", table.title);
    for line in &lines {
        let mut row = format!("  {:<width$}", line[0], width = widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            row.push_str(&format!("  {cell:>width$}"));
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    if table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.is_best)) {
        text.push_str("\n  * best\n");
    }
    for note in &table.notes {
        text.push_str(&format!("  {note}\n"));
    }
    text
}
