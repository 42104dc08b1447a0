//! Runs side by side: one table, as text for a terminal, as Markdown, as CSV and as a page.

mod best;
mod column;
mod csv;
mod html;
mod markdown;
mod measure;
mod paired;
mod pivot;
mod table;
mod terminal;

pub(crate) use best::best_of;
pub use best::{BEST, is_better};
pub use column::Column;
pub use csv::csv;
pub use html::{ComparisonPage, comparison_page, table_page};
pub use markdown::markdown;
pub use measure::{Estimate, Measure};
pub use paired::paired_differences;
pub use pivot::{Pivot, PivotError, pivot};
pub use table::{Cell, ComparisonTable, Difference, Row, Spread, differences, side_by_side};
pub use terminal::terminal;

#[cfg(test)]
mod tests;
