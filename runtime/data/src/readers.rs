//! Which reader reads which source.

use super::digest::Digest;
use super::error::DataError;
use super::images::Images;
use super::locate::{Located, locate, locate_own};
use super::raw::Raw;
use super::stored::Stored;
use super::{cifar, csv, digits, idx, image_folder, npy, synthetic};
use elbo_compiler::ir::{self, DataSource, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Raw {
    /// Finds and reads what a run's data come from. Files that the spec names are relative to `folder`, or to one of
    /// `search` where they are not there; a published set without a folder is looked for in `search`.
    ///
    /// # Errors
    /// A missing file, or the first fault of the files.
    pub fn open(data: &ir::Data, folder: &Path, search: &[PathBuf]) -> Result<Self, DataError> {
        let own = || locate_own(data, folder, search);
        match &data.source {
            Source::Set(set) => {
                let root = data.root.as_ref().map(|root| folder.join(root));
                Self::read(&locate(*set, root.as_deref(), search)?)
            }
            Source::Synthetic(synthetic) => Ok(synthetic::generate(synthetic)),
            Source::Csv(source) => csv::read(source, &data.target, &own()?),
            Source::Npy(source) => npy::read(source, data.shape, &data.target, &own()?),
            Source::ImageFolder => {
                let root = own()?.join(data.root.as_deref().unwrap_or_default());
                image_folder::read(&root, data.shape, &data.target)
            }
        }
    }

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
