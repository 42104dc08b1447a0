//! A comparison as CSV (RFC 4180), its figures in full.

use super::{ComparisonTable, Spread};
use crate::foreign_text;

/// Three columns for each of the table: the value, and the ends of its interval. Where a value is a mean over runs the
/// ends are one standard deviation below and above. What is not known is empty; shares are not in per cent.
pub fn csv(table: &ComparisonTable) -> String {
    let headings = table.columns.iter().flat_map(|name| [name.clone(), format!("{name} low"), format!("{name} high")]);
    let mut text = line(std::iter::once(table.corner.clone()).chain(headings));
    for row in &table.rows {
        let figures = row.cells.iter().flat_map(|cell| {
            let ends = match (cell.value, cell.spread) {
                (Some(_), Some(Spread::Interval(ends))) => ends.map(Some),
                (Some(mean), Some(Spread::Deviation(deviation, _))) => [Some(mean - deviation), Some(mean + deviation)],
                _ => [None, None],
            };
            [cell.value, ends[0], ends[1]].map(|figure| figure.map_or_else(String::new, |figure| figure.to_string()))
        });
        text.push_str(&line(std::iter::once(row.name.clone()).chain(figures)));
    }
    text
}

fn line(fields: impl Iterator<Item = String>) -> String {
    let fields: Vec<String> = fields.map(|field| foreign_text::csv(&field)).collect();
    format!("{}\n", fields.join(","))
}
