//! A data set as its files hold it.

use super::digest::Digest;
use super::error::DataError;
use super::images::Images;
use super::locate::Located;
use super::{cifar, digits, idx};
use elbo_compiler::ir::DataSource;
use std::path::PathBuf;
use std::sync::Arc;

/// Both splits of a data set, shared by the runs that use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// The source's training examples, in file order.
    pub training: Arc<Images>,
    /// Its test examples.
    pub test: Arc<Images>,
    /// Every file that was read, in order; for an embedded set its bytes in the program.
    pub digests: Vec<Digest>,
}

impl Raw {
    /// Reads both splits.
    ///
    /// # Errors
    /// A missing file, or the first fault of the training files, else of the test files.
    pub fn read(located: &Located) -> Result<Self, DataError> {
        if located.folder.is_none() {
            let (training, test, digest) = digits::read();
            return Ok(Self { training: training.into(), test: test.into(), digests: vec![digest] });
        }
        if !located.source.has_training_split() {
            return Err(DataError::TestSplitOnly { set: located.source.name() });
        }
        let (training_files, test_files) = (located.training_files()?, located.test_files()?);
        let (training, test) =
            rayon::join(|| read_files(located.source, &training_files), || read_files(located.source, &test_files));
        let (training, mut digests) = training?;
        let (test, test_digests) = test?;
        digests.extend(test_digests);
        Ok(Self { training: training.into(), test: test.into(), digests })
    }

    /// Reads the test split alone, for a set whose test images serve as out-of-distribution inputs.
    ///
    /// # Errors
    /// A missing file, or the first fault of the test files.
    pub fn read_test(located: &Located) -> Result<(Arc<Images>, Vec<Digest>), DataError> {
        if located.folder.is_none() {
            let (_, test, digest) = digits::read();
            return Ok((test.into(), vec![digest]));
        }
        let (test, digests) = read_files(located.source, &located.test_files()?)?;
        Ok((test.into(), digests))
    }
}

fn read_files(source: DataSource, files: &[PathBuf]) -> Result<(Images, Vec<Digest>), DataError> {
    match (source, files) {
        (DataSource::Cifar100, files) => cifar::read(cifar::HUNDRED, files),
        (DataSource::Cifar10, files) => cifar::read(cifar::TEN, files),
        (_, [images, labels]) => idx::read(source, images, labels),
        _ => unreachable!("a layout of IDX files has two a split, and embedded sets have no folder"),
    }
}
