//! `parquet(…)`: a table in the Parquet format, as pandas writes it.

use super::kind::{Declared, DeclaredSource, ReadSource, SourceKind, TableColumns};
use super::table::{self, CLASSES, FEATURES, FILE, TARGET, TEST_FILE, TEST_SHARE};
use super::test_examples::TestExamples;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// A table in the Parquet format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParquetSource {
    /// The file.
    pub file: String,
    /// The columns that are read as features, in this order.
    pub features: Vec<String>,
    /// The columns to be predicted: one of classes, or one or several of real numbers.
    pub target: Vec<String>,
    /// The test split.
    pub test: TestExamples<String>,
}

pub(super) const DECLARED: Declared<ParquetSource> = Declared {
    signature: Signature::optional(
        "parquet",
        "A table in the Parquet format, as `DataFrame.to_parquet` writes it.",
        &[FILE, TARGET, FEATURES, CLASSES, TEST_FILE, TEST_SHARE],
    )
    .required(3)
    .positional(1),
    read,
};

fn read(arguments: &dyn ReadSource) -> Option<DeclaredSource<ParquetSource>> {
    let (table, ()) = table::read(arguments, || Some(()))?;
    let (shape, target) = table.declared(arguments)?;
    let table::Table { file, features, columns, test, .. } = table;
    let source = ParquetSource { file, features, target: columns, test };
    Some(DeclaredSource::new(source, shape, target))
}

impl SourceKind for ParquetSource {
    fn name(&self) -> &'static str {
        DECLARED.signature.name
    }

    fn in_text(&self) -> String {
        format!("parquet({})", table::in_text(&self.features, &self.target, &self.test))
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
        Some("`parquet(…, classes=N)`")
    }
}
