//! A paper-like table: one measure, rows by one fact of the runs, columns by another.

use super::best::best_of;
use super::column::{DRAWS, ESTIMATOR};
use super::{Cell, Column, ComparisonTable, Estimate, Measure, Row, Spread};
use crate::uncertainty::standard_error_of_mean;
use std::collections::BTreeSet;

/// Why runs cannot be laid out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
    /// No run has the measure.
    #[error("no run has the measure `{measure}`; they have {known}")]
    Measure {
        /// What was asked for.
        measure: String,
        /// What they have.
        known: String,
    },
    /// A cell would mix several procedures.
    #[error(
        "the cell of `{row}` and `{column}` would mix `{one}` and `{other}`, which differ in more than their seed; lay the \
         runs out by what they differ in, or name those of one table only"
    )]
    Mixed {
        /// The cell's row.
        row: String,
        /// Its column.
        column: String,
        /// A run.
        one: String,
        /// Another.
        other: String,
    },
}

/// How runs are laid out.
#[derive(Clone, Copy)]
pub struct Pivot<'p> {
    /// The fact that rows are by.
    pub rows_by: &'p str,
    /// The fact that columns are by.
    pub columns_by: &'p str,
    /// What is shown.
    pub measure: &'p Measure,
    /// Whether the first runs, by their places, are better than the second beyond chance.
    pub better: &'p dyn Fn(&[usize], &[usize]) -> bool,
}

/// Lays `runs` out by two of their facts, those that are numbers in their order. Where several trainings share a cell, it
/// holds their mean and standard deviation; where one stands alone, its value and interval. Of several evaluations of one
/// training in a cell the one of most draws counts, the first of equals: they are one network. What is better than the rest
/// of its column is marked.
///
/// # Errors
/// [`PivotError`] if a run lacks one of the facts, both are the same, or a cell has runs that are no seeds of one procedure,
/// whose mean would be one of nothing.
pub fn pivot(runs: &[Column], pivot: Pivot<'_>) -> Result<ComparisonTable, PivotError> {
    let Pivot { rows_by, columns_by, measure, better } = pivot;
    if rows_by == columns_by {
        return Err(PivotError::Same { key: rows_by.to_owned() });
    }
    if !runs.is_empty() && runs.iter().all(|run| !run.estimates.contains_key(measure)) {
        let known: BTreeSet<&Measure> = runs.iter().flat_map(|run| run.estimates.keys()).collect();
        let known = known.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(PivotError::Measure { measure: measure.to_string(), known });
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
        placed.push((fact(rows_by)?, fact(columns_by)?));
    }
    let row_names = names(placed.iter().map(|(row, _)| row));
    let column_names = names(placed.iter().map(|(_, column)| column));
    let draws = |place: usize| runs[place].facts.get(DRAWS).and_then(|draws| draws.parse::<usize>().ok()).unwrap_or(0);
    let estimator = |place: usize| runs[place].facts.get(ESTIMATOR);
    let mut left_out = 0;
    // The runs of each cell, a training once.
    let mut cell = |row: &String, column: &String| {
        let mut here: Vec<usize> = Vec::new();
        for place in (0..runs.len()).filter(|&place| placed[place].0 == *row && placed[place].1 == *column) {
            // Drawn otherwise it is another network, and stands for itself.
            let same = |known: &&mut usize| {
                runs[**known].training == runs[place].training && estimator(**known) == estimator(place)
            };
            match here.iter_mut().find(same) {
                Some(known) => {
                    left_out += 1;
                    if draws(place) > draws(*known) {
                        *known = place;
                    }
                }
                None => here.push(place),
            }
        }
        here.retain(|&place| runs[place].estimates.contains_key(measure));
        here
    };
    let cells: Vec<Vec<Vec<usize>>> =
        row_names.iter().map(|row| column_names.iter().map(|column| cell(row, column)).collect()).collect();
    for ((row, name), (place, column)) in
        cells.iter().zip(&row_names).flat_map(|row| column_names.iter().enumerate().map(move |column| (row, column)))
    {
        let mut here = row[place].iter().map(|&place| &runs[place]);
        let Some(one) = here.next() else { continue };
        if let Some(other) = here.find(|other| other.procedure != one.procedure) {
            let [row, column, one, other] = [name, column, &one.name, &other.name].map(String::clone);
            return Err(PivotError::Mixed { row, column, one, other });
        }
    }
    let estimates = |places: &[usize]| -> Vec<Estimate> {
        places.iter().filter_map(|&place| runs[place].estimates.get(measure).copied()).collect()
    };
    let mut rows: Vec<Row> = (row_names.into_iter().zip(&cells))
        .map(|(name, row)| Row { name, cells: row.iter().map(|here| together(measure, &estimates(here))).collect() })
        .collect();
    if let Some(more) = measure.more_is_better() {
        for (column, _) in column_names.iter().enumerate() {
            let values: Vec<Option<f64>> = rows.iter().map(|row| row.cells[column].value).collect();
            let best = best_of(more, &values, |one, other| better(&cells[one][column], &cells[other][column]));
            if let Some(best) = best {
                rows[best].cells[column].is_best = true;
            }
        }
    }
    let mut notes = vec![
        "With ±: the mean and one standard deviation (n − 1) over the runs of a cell. In brackets: the 95 % interval of a \
         single run over test inputs."
            .to_owned(),
    ];
    if left_out > 0 {
        notes.push(format!(
            "Evaluations of one training are one network: of those that share a cell only the one of most draws counts, so \
             {left_out} {} left out.",
            if left_out == 1 { "is" } else { "are" }
        ));
    }
    let shown = || cells.iter().flatten().flatten().copied();
    let different = |fact: &str| -> Vec<&str> {
        let values: BTreeSet<&str> =
            shown().filter_map(|place| runs[place].facts.get(fact)).map(String::as_str).collect();
        values.into_iter().collect()
    };
    for fact in [DRAWS, ESTIMATOR].into_iter().filter(|fact| ![rows_by, columns_by].contains(fact)) {
        let values = different(fact);
        if values.len() > 1 {
            notes.push(format!("Cells differ in their `{fact}`, too: {}.", values.join(", ")));
        }
    }
    Ok(ComparisonTable {
        title: format!("{measure} by {rows_by} and {columns_by}"),
        corner: rows_by.to_owned(),
        columns: column_names,
        rows,
        notes,
    })
}

/// Each name once: in the order of their numbers where all are numbers, else in the order given.
fn names<'n>(all: impl Iterator<Item = &'n String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in all {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let numbers: Option<Vec<f64>> = names.iter().map(|name| name.parse().ok()).collect();
    if numbers.is_some() {
        names.sort_by(|one, other| {
            let number = |name: &str| name.parse().unwrap_or(f64::NAN);
            number(one).total_cmp(&number(other)).then_with(|| one.len().cmp(&other.len())).then_with(|| one.cmp(other))
        });
    }
    names
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
