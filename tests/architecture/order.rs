//! The order of a crate's parts, as ARCHITECTURE.md tells it.

use crate::imports::Arrows;
use std::collections::{BTreeMap, BTreeSet};

/// The parts of a crate, folders or files without `.rs`, by their place; those of one place do not take from each other.
pub struct Order(BTreeMap<String, usize>);

/// The rows of the table under the heading "Order within a crate": the folder of a crate's sources, and its order.
pub fn table(page: &str) -> Vec<(String, Order)> {
    let section = page.split("\n## ").find(|section| section.starts_with("Order within a crate")).unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| {
        let (sources, order) = row.split_once("` |")?;
        Some((sources.to_owned(), Order::read(order)))
    })
    .collect()
}

impl Order {
    /// Reads `` `a`, `b` and `c`, `d` ``.
    fn read(text: &str) -> Self {
        let mut places = BTreeMap::new();
        for (place, group) in text.split(',').enumerate() {
            for part in group.split('`').skip(1).step_by(2) {
                places.insert(part.to_owned(), place);
            }
        }
        Self(places)
    }

    /// The part that a file belongs to: the longest name that fits.
    fn part_of(&self, file: &str) -> Option<(&str, usize)> {
        let stem = file.strip_suffix(".rs").unwrap_or(file);
        let fits = |part: &str| stem.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let fitting = self.0.iter().filter(|(part, _)| fits(part));
        fitting.max_by_key(|(part, _)| part.len()).map(|(part, place)| (part.as_str(), *place))
    }

    /// The parts that no file belongs to.
    pub fn missing(&self, arrows: &Arrows) -> Vec<&str> {
        let there: BTreeSet<&str> = arrows.keys().filter_map(|file| self.part_of(file)).map(|(part, _)| part).collect();
        self.0.keys().map(String::as_str).filter(|part| !there.contains(part)).collect()
    }

    /// Every arrow from a part to one that does not stand before it, also through files that are in no part.
    pub fn against(&self, arrows: &Arrows) -> Vec<String> {
        let mut against = Vec::new();
        for file in arrows.keys() {
            let Some((part, place)) = self.part_of(file) else { continue };
            let mut seen = BTreeSet::new();
            let mut open = vec![file];
            while let Some(next) = open.pop() {
                for other in arrows.get(next).into_iter().flat_map(BTreeMap::keys).filter(|other| seen.insert(*other)) {
                    match self.part_of(other) {
                        Some((own, _)) if own == part => {}
                        Some((_, before)) if before < place => {}
                        Some((after, _)) => {
                            against.push(format!("`{part}` does not stand after `{after}`: {file} leads to {other}"));
                        }
                        None => open.push(other),
                    }
                }
            }
        }
        against
    }
}
