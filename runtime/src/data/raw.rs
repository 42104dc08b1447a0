//! A data set as its files hold it.

use super::contents::Contents;
use super::digest::Digest;
use super::error::DataError;
use super::file_notes::FileNote;
use super::images::Images;
use super::locate::{Located, locate, locate_own};
use super::stored::{Labels, Numbers, Rows, Stored};
use super::{cifar, csv, digits, idx, image_folder, npy, split, synthetic};
use elbo_compiler::ir::{self, DataSource, Source, Split};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Both splits of a data set, shared by the runs that use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// The source's training examples, in file order.
    pub training: Arc<Stored>,
    /// Its test examples.
    pub test: Arc<Stored>,
    /// Every file that was read, in order; for an embedded set its bytes in the program.
    pub digests: Vec<Digest>,
    /// How many of those, the last ones, only the test split was read from; 0 where it is a part of the others.
    pub test_files: usize,
    /// What the source itself calls each class; empty where it numbers them.
    pub class_names: Vec<String>,
    /// Files that were skipped or changed in form on the way.
    pub file_notes: Vec<FileNote>,
}

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

    /// The files by the split they were read for.
    pub fn contents(&self) -> Contents {
        let (training, test) = self.digests.split_at(self.digests.len().saturating_sub(self.test_files));
        Contents { training: training.to_vec(), test: test.to_vec() }
    }

    /// Both splits of images.
    fn of_images(training: Images, test: Images, digests: Vec<Digest>, test_files: usize) -> Self {
        let (training, test) = (Arc::new(Stored::Images(training)), Arc::new(Stored::Images(test)));
        Self { training, test, digests, test_files, class_names: Vec::new(), file_notes: Vec::new() }
    }

    /// Both splits of examples of numbers, the test split by a share of them, if that is where it comes from.
    pub(super) fn of_numbers(
        all: Numbers,
        test: Result<Numbers, f64>,
        (digests, test_files): (Vec<Digest>, usize),
    ) -> Result<Self, DataError> {
        let (training, test) = match test {
            Ok(test) => (Numbers { rows: Rows::default(), ..all }, test),
            Err(share) => {
                let (training, test) = held_out(share, &all.labels)?;
                let tested = all.at(&test);
                (all.keep(&training), tested)
            }
        };
        let (training, test) = (Arc::new(Stored::Numbers(training)), Arc::new(Stored::Numbers(test)));
        Ok(Self { training, test, digests, test_files, class_names: Vec::new(), file_notes: Vec::new() })
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

/// The training and the test examples of a source that keeps them together: the same for every run, whatever its seed.
fn held_out(share: f64, labels: &Labels) -> Result<(Vec<u32>, Vec<u32>), DataError> {
    let all: Vec<u32> = (0..labels.len() as u32).collect();
    let alike = vec![0; labels.len()];
    let strata = if let Labels::Classes(classes) = labels { classes } else { &alike };
    let split = Split { train: 1.0 - share, validation: share };
    split::divide(split, (0, "test"), &all, strata).map_err(|error| match error {
        DataError::EmptySplit { split, .. } => {
            let (count, split) = (labels.len(), if split == "validation" { "test" } else { split });
            let takes = if split == "test" { "none" } else { "all" };
            DataError::EmptySplit {
                split,
                reason: format!("the test split's share of {share} takes {takes} of {count} examples"),
                decided_by: "the share of the test split",
            }
        }
        other => other,
    })
}
