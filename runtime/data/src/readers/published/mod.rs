//! The published sets: which format each is in.

mod cifar;
mod digits;
mod idx;

use super::reader::Reader;
use crate::digest::Digest;
use crate::error::DataError;
use crate::images::Images;
use crate::locate::{Located, locate};
use crate::raw::Raw;
use crate::stored::Stored;
use elbo_compiler::ir::{Data, DataSource};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Reader for DataSource {
    fn read(&self, data: &Data, folder: &Path, search: &[PathBuf]) -> Result<Raw, DataError> {
        let root = data.root.as_ref().map(|root| folder.join(root));
        Raw::read(&locate(*self, root.as_deref(), search)?)
    }
}

impl Raw {
    /// Reads both splits.
    ///
    /// # Errors
    /// A missing file, or the first fault of the training files, else of the test files.
    pub fn read(located: &Located) -> Result<Self, DataError> {
        if located.folder.is_none() {
            let (training, test, digest) = digits::read();
            return Ok(Self::of_images(training, test, vec![digest], 0));
        }
        if !located.source.has_training_split() {
            return Err(DataError::TestSplitOnly { set: located.source.name() });
        }
        let (training_files, test_files) = (located.training_files()?, located.test_files()?);
        let (training, test) =
            rayon::join(|| read_files(located.source, &training_files), || read_files(located.source, &test_files));
        let (training, mut digests) = training?;
        let (test, test_digests) = test?;
        let test_files = test_digests.len();
        digests.extend(test_digests);
        Ok(Self::of_images(training, test, digests, test_files))
    }

    /// Reads the test split alone, for a set whose test images serve as out-of-distribution inputs.
    ///
    /// # Errors
    /// A missing file, or the first fault of the test files.
    pub fn read_test(located: &Located) -> Result<(Arc<Stored>, Vec<Digest>), DataError> {
        if located.folder.is_none() {
            let (_, test, digest) = digits::read();
            return Ok((Arc::new(Stored::Images(test)), vec![digest]));
        }
        let (test, digests) = read_files(located.source, &located.test_files()?)?;
        Ok((Arc::new(Stored::Images(test)), digests))
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
