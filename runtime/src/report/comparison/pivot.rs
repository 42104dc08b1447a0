//! A paper-like table: one measure, rows by one fact of the runs, columns by another.

use super::table::mark_best;
use super::{Cell, Column, ComparisonTable, Estimate, Measure, Row, Spread};
use crate::uncertainty::standard_error_of_mean;

/// Why runs cannot be laid out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PivotError {
    /// No run has this fact, or not all have.
    #[error("`{run}` has no `{key}` to lay a table out by; the runs know {known}")]
    Key {
        /// The run without it.
        run: String,
        /// What was asked for.
        key: String,
        /// What could be asked for.
        known: String,
    },
    /// Rows and columns are the same.
    #[error("rows and columns are both by `{key}`; name two different facts, such as `model,data`")]
    Same {
        /// What was asked for twice.
        key: String,
    },
}

/// Lays `runs` out by two of their facts. Where several runs share a cell, it holds their mean and standard deviation;
/// where one stands alone, its value and interval. The best of each column is marked.
///
/// # Errors
/// [`PivotError`] if a run lacks one of the facts, or both are the same.
pub fn pivot(
    runs: &[Column],
    rows_by: &str,
    columns_by: &str,
    measure: &Measure,
) -> Result<ComparisonTable, PivotError> {
    if rows_by == columns_by {
        return Err(PivotError::Same { key: rows_by.to_owned() });
    }
    let mut placed = Vec::with_capacity(runs.len());
    for run in runs {
        let fact = |key: &str| {
            run.facts.get(key).cloned().ok_or_else(|| PivotError::Key {
                run: run.name.clone(),
                key: key.to_owned(),
                known: run.facts.keys().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "),
            })
        };
        placed.push((fact(rows_by)?, fact(columns_by)?, run.estimates.get(measure).copied()));
    }
    let (mut row_names, mut column_names) = (Vec::new(), Vec::new());
    for (row, column, _) in &placed {
        for (names, name) in [(&mut row_names, row), (&mut column_names, column)] {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    let cell = |row: &String, column: &String| {
        let here = placed.iter().filter(|place| place.0 == *row && place.1 == *column);
        together(measure, &here.filter_map(|place| place.2).collect::<Vec<_>>())
    };
    let mut rows: Vec<Row> = row_names
        .iter()
        .map(|row| Row { name: row.clone(), cells: column_names.iter().map(|column| cell(row, column)).collect() })
        .collect();
    for column in 0..column_names.len() {
        mark_best(measure, rows.iter_mut().map(|row| &mut row.cells[column]));
    }
    Ok(ComparisonTable {
        title: format!("{measure} by {rows_by} and {columns_by}"),
        corner: rows_by.to_owned(),
        columns: column_names,
        rows,
        notes: vec!["Mean ± standard deviation where several runs share a cell, else 95 % intervals.".to_owned()],
    })
}

/// One run as it is, several as their mean with their standard deviation (n − 1).
fn together(measure: &Measure, estimates: &[Estimate]) -> Cell {
    match estimates {
        [] => Cell::new(measure, None, None),
        [one] => Cell::new(measure, Some(one.value), one.interval.map(Spread::Interval)),
        several => {
            let count = several.len();
            let mean = several.iter().map(|estimate| estimate.value).sum::<f64>() / count as f64;
            let error = standard_error_of_mean(several.iter().map(|estimate| estimate.value));
            let spread = error.map(|error| Spread::Deviation(error * (count as f64).sqrt(), count));
            Cell::new(measure, Some(mean), spread)
        }
    }
}
