//! Files that lead to each other by what they import.

use crate::imports::Arrows;
use std::collections::{BTreeMap, BTreeSet};

/// The files that lead to each other, a list a circle, each in the order of the names.
pub fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let reachable: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|file| (file.as_str(), reachable(arrows, file))).collect();
    let mut circles: Vec<Vec<String>> = Vec::new();
    for (file, reached) in &reachable {
        if !reached.contains(file) || circles.iter().any(|circle| circle.iter().any(|known| known == file)) {
            continue;
        }
        let circle = reached.iter().filter(|other| reachable.get(**other).is_some_and(|back| back.contains(file)));
        circles.push(circle.map(|file| (*file).to_owned()).collect());
    }
    circles
}

/// Every file that a file leads to.
fn reachable<'a>(arrows: &'a Arrows, file: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(next) = open.pop() {
        for other in arrows.get(next).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(other.as_str()) {
                open.push(other);
            }
        }
    }
    reached
}

/// The arrows of a circle, a line each, with the names that tie it.
pub fn explained(arrows: &Arrows, circle: &[String]) -> String {
    let mut lines = String::new();
    for file in circle {
        for (other, names) in arrows.get(file).into_iter().flatten().filter(|(other, _)| circle.contains(other)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            lines += &format!("  {file} takes {} from {other}\n", names.join(", "));
        }
    }
    lines
}
