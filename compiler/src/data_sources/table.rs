//! What the sources that are tables have in common: a file, the columns that are read of it, and what is tested on.

use super::kind::ReadSource;
use super::test_examples::{TestExamples, test_share};
use crate::bounds::Bounds;
use crate::ir::{Shape, Target};
use crate::signature::Parameter;

pub(super) const FILE: Parameter = Parameter::text("file", "The file, relative to the spec.");
pub(super) const TARGET: Parameter = Parameter::new("target", "The column that is predicted, or a list.");
pub(super) const FEATURES: Parameter = Parameter::new("features", "The columns it is predicted from.");
pub(super) const CLASSES: Parameter = Parameter::new(
    "classes",
    "How many classes, or their names as they stand in the table; without it the targets are real numbers.",
);
pub(super) const TEST_FILE: Parameter = Parameter::text("test_file", "A table to test on.");
pub(super) const TEST_SHARE: Parameter =
    Parameter::number("test_share", "Share that is tested on where no file is named.", Bounds::Share).default("0.2");

/// What the arguments of a table say.
pub(super) struct Table {
    pub file: String,
    pub features: Vec<String>,
    pub columns: Vec<String>,
    pub test: TestExamples<String>,
    /// What `classes` says.
    classes: Option<Target>,
}

/// Reads the parameters above; `more` reads those of one kind of table.
pub(super) fn read<M>(arguments: &dyn ReadSource, more: impl FnOnce() -> Option<M>) -> Option<(Table, M)> {
    let file = arguments.text("file");
    let (columns, features) = (arguments.columns("target"), arguments.columns("features"));
    let classes = arguments.optional("classes", |arguments, name| arguments.classes(name));
    let test = match arguments.optional("test_file", |arguments, name| arguments.text(name)) {
        Some(Some(file)) => Some(TestExamples::Files(file)),
        Some(None) => test_share(arguments).map(TestExamples::Share),
        None => None,
    };
    let both = arguments.at_most_one("test_file", "test_share");
    let more = more();
    let (file, columns, features, test, more) = (file?, columns?, features?, test?, more?);
    both.then_some(())?;
    if let TestExamples::Files(test) = &test {
        arguments.differs("test_file", test, &file).then_some(())?;
    }
    if let Some(column) = columns.iter().find(|column| features.contains(column)) {
        let message = format!("`{column}` is both a feature and a target");
        arguments.repeats(message, "would predict what it is given");
        return None;
    }
    Some((Table { file, features, columns, test, classes: classes? }, more))
}

impl Table {
    /// The shape of its examples, and what is to be predicted of each.
    pub fn declared(&self, arguments: &dyn ReadSource) -> Option<(Shape, Target)> {
        let shape = Shape::Vector { features: self.features.len() };
        let Some(classes) = &self.classes else {
            return Some((shape, Target::Values { names: self.columns.clone(), normalize: false }));
        };
        if self.columns.len() != 1 {
            let message = format!("classes stand in one column, and `target` names {}", self.columns.len());
            arguments.refuse("target", message, "more than one column");
            return None;
        }
        Some((shape, classes.clone()))
    }
}

/// What is part of the meaning of every table, as the IR's text has it.
pub(super) fn in_text(features: &[String], target: &[String], test: &TestExamples<String>) -> String {
    let test = test.in_text();
    let comma = if test.is_empty() { "" } else { ", " };
    format!("features=[{}], target=[{}]{comma}{test}", features.join(", "), target.join(", "))
}

/// The names of a table's files.
pub(super) fn files<'t>(file: &'t String, test: &'t TestExamples<String>) -> Vec<&'t String> {
    std::iter::once(file).chain(test.files()).collect()
}

/// The same, to be changed.
pub(super) fn files_mut<'t>(file: &'t mut String, test: &'t mut TestExamples<String>) -> Vec<&'t mut String> {
    std::iter::once(file).chain(test.files_mut()).collect()
}
