//! `csv(…)`: a table as text, with a line an example.

use super::kind::{Declared, DeclaredSource, ReadSource, SourceKind, TableColumns};
use super::table::{self, CLASSES, FEATURES, FILE, TARGET, TEST_FILE, TEST_SHARE};
use super::test_examples::TestExamples;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvSource {
    /// The file.
    pub file: String,
    /// The columns that are read as features, in this order.
    pub features: Vec<String>,
    /// The columns to be predicted: one of classes, or one or several of real numbers.
    pub target: Vec<String>,
    /// The test split.
    pub test: TestExamples<String>,
    /// What separates cells.
    #[serde(default = "comma", skip_serializing_if = "is_comma")]
    pub separator: char,
    /// What separates whole numbers from fractions.
    #[serde(default = "point", skip_serializing_if = "is_point")]
    pub decimal: char,
}

const fn comma() -> char {
    ','
}

const fn point() -> char {
    '.'
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_comma(separator: &char) -> bool {
    *separator == comma()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_point(decimal: &char) -> bool {
    *decimal == point()
}

pub(super) const DECLARED: Declared<CsvSource> = Declared {
    signature: Signature::optional(
        "csv",
        "A table: one line per example, names of columns in the first line.",
        &[
            FILE,
            TARGET,
            FEATURES,
            CLASSES,
            TEST_FILE,
            TEST_SHARE,
            Parameter::text("separator", "What separates cells: one character, such as `\";\"` or `\"\\t\"`.")
                .default("\",\""),
            Parameter::text("decimal", "What separates whole numbers from fractions: `\".\"` or `\",\"`.")
                .default("\".\""),
        ],
    )
    .required(3)
    .positional(1),
    read,
};

fn read(arguments: &dyn ReadSource) -> Option<DeclaredSource<CsvSource>> {
    let signs = || {
        let (separator, decimal) = (separator(arguments), decimal(arguments));
        Some((separator?, decimal?))
    };
    let (table, (separator, decimal)) = table::read(arguments, signs)?;
    let (shape, target) = table.declared(arguments)?;
    let table::Table { file, features, columns, test, .. } = table;
    let source = CsvSource { file, features, target: columns, test, separator, decimal };
    Some(DeclaredSource::new(source, shape, target))
}

/// What separates the cells of a table.
fn separator(arguments: &dyn ReadSource) -> Option<char> {
    let text = arguments.text("separator")?;
    let is_separator =
        |sign: &char| *sign == '\t' || (sign.is_ascii_punctuation() && !"\"'.+-_".contains(*sign)) || *sign == ' ';
    let sign = text.chars().next().filter(|sign| is_separator(sign) && text.chars().count() == 1);
    if sign.is_none() {
        let message = "`separator` is one character that no number holds, such as `\";\"` or `\"\\t\"`".to_owned();
        arguments.refuse("separator", message, "not a separator of cells");
    }
    sign
}

/// What separates whole numbers from fractions in a table.
fn decimal(arguments: &dyn ReadSource) -> Option<char> {
    match arguments.text("decimal")?.as_str() {
        "." => Some('.'),
        "," => Some(','),
        _ => {
            arguments.refuse("decimal", "`decimal` is `\".\"` or `\",\"`".to_owned(), "does not separate fractions");
            None
        }
    }
}

impl SourceKind for CsvSource {
    fn name(&self) -> &'static str {
        DECLARED.signature.name
    }

    fn in_text(&self) -> String {
        let mut text = table::in_text(&self.features, &self.target, &self.test);
        if !is_comma(&self.separator) {
            text.push_str(&format!(", separator={:?}", self.separator.to_string()));
        }
        if !is_point(&self.decimal) {
            text.push_str(&format!(", decimal={:?}", self.decimal.to_string()));
        }
        format!("csv({text})")
    }

    fn files(&self) -> Vec<&String> {
        table::files(&self.file, &self.test)
    }

    fn files_mut(&mut self) -> Vec<&mut String> {
        table::files_mut(&mut self.file, &mut self.test)
    }

    fn test_share(&self) -> Option<f64> {
        self.test.share()
    }

    fn columns(&self) -> Option<TableColumns<'_>> {
        Some(TableColumns { features: &self.features, targets: &self.target })
    }

    fn counting_classes(&self) -> Option<&'static str> {
        Some("`csv(…, classes=N)`")
    }
}
