//! The one table that every form of a comparison is made of.

use super::{Column, Measure};
use crate::report::figure::{number, percent};
use std::collections::BTreeSet;

/// A table of figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonTable {
    /// What it shows.
    pub title: String,
    /// What the names of its rows are.
    pub corner: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What a reader must know: sentences.
    pub notes: Vec<String>,
}

/// A row of a table: a cell for each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A figure in a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The value; `None` where there is none.
    pub value: Option<f64>,
    /// How far it may be off.
    pub spread: Option<Spread>,
    /// Whether it is read in per cent.
    pub is_share: bool,
    /// Whether it is a difference, whose sign is always shown.
    pub is_signed: bool,
    /// Whether it is better than all it is compared with, beyond chance.
    pub is_best: bool,
}

/// How far a value may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// A 95 % interval.
    Interval([f64; 2]),
    /// The standard deviation over this many runs.
    Deviation(f64, usize),
}

impl Cell {
    /// Of a measure.
    pub fn new(measure: &Measure, value: Option<f64>, spread: Option<Spread>) -> Self {
        Self { value, spread, is_share: measure.is_share(), is_signed: false, is_best: false }
    }

    /// The value and its spread as people read them.
    pub fn text(&self) -> String {
        let Some(value) = self.value else { return "—".to_owned() };
        match self.spread {
            None => self.figure(value),
            Some(Spread::Interval([low, high])) => {
                format!("{} [{}, {}]", self.figure(value), self.figure(low), self.figure(high))
            }
            Some(Spread::Deviation(deviation, runs)) => {
                let plain = Self { is_signed: false, ..*self };
                format!("{} ± {} ({runs} runs)", self.figure(value), plain.figure(deviation))
            }
        }
    }

    fn figure(&self, value: f64) -> String {
        let text = if self.is_share { percent(value).replace('-', "−") } else { number(value) };
        if self.is_signed && value > 0.0 { format!("+{text}") } else { text }
    }
}

/// A paired difference between two runs on the same test inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Of what.
    pub measure: Measure,
    /// The run that is subtracted.
    pub from: String,
    /// The run it is subtracted from.
    pub to: String,
    /// `to` less `from`.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
}

/// Runs as columns, measures as rows. Of each row the run is marked that is better than every other beyond chance.
pub fn side_by_side(runs: &[Column]) -> ComparisonTable {
    let measures: BTreeSet<&Measure> = runs.iter().flat_map(|run| run.estimates.keys()).collect();
    let rows = measures.into_iter().map(|measure| {
        let cells = runs.iter().map(|run| {
            let estimate = run.estimates.get(measure);
            let spread = estimate.and_then(|estimate| estimate.interval).map(Spread::Interval);
            let cell = Cell::new(measure, estimate.map(|estimate| estimate.value), spread);
            Cell { is_best: run.best.contains(measure), ..cell }
        });
        Row { name: measure.to_string(), cells: cells.collect() }
    });
    ComparisonTable {
        title: if runs.len() == 1 { "95 % intervals" } else { "Runs side by side" }.to_owned(),
        corner: "measure".to_owned(),
        columns: runs.iter().map(|run| run.name.clone()).collect(),
        rows: rows.collect(),
        notes: vec![
            if runs.len() == 1 {
                "In brackets: 95 % intervals over test inputs."
            } else {
                "In brackets: 95 % intervals over test inputs. Intervals that overlap do not say that runs are equal; paired \
                 differences do better."
            }
            .to_owned(),
        ],
    }
}

/// Paired differences: a row for each pair of runs, a column for each measure.
pub fn differences(differences: &[Difference]) -> ComparisonTable {
    let measures: BTreeSet<&Measure> = differences.iter().map(|difference| &difference.measure).collect();
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for difference in differences {
        let pair = (difference.to.as_str(), difference.from.as_str());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let rows = pairs.into_iter().map(|(to, from)| {
        let cell = |measure: &Measure| {
            let of = |difference: &&Difference| {
                difference.to == to && difference.from == from && difference.measure == *measure
            };
            let found = differences.iter().find(of);
            let spread = found.map(|difference| Spread::Interval(difference.interval));
            Cell { is_signed: true, ..Cell::new(measure, found.map(|difference| difference.value), spread) }
        };
        Row { name: format!("{to} − {from}"), cells: measures.iter().map(|measure| cell(measure)).collect() }
    });
    ComparisonTable {
        title: "Paired differences".to_owned(),
        corner: "runs".to_owned(),
        rows: rows.collect(),
        columns: measures.iter().map(|measure| measure.to_string()).collect(),
        notes: vec![
            "In brackets: 95 % intervals of the difference of these two networks, over test inputs, each compared with \
             itself, and draws. Only runs of one seed on the same test inputs are compared; other seeds may differ otherwise."
                .to_owned(),
        ],
    }
}
