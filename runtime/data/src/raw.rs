//! A data set as its files hold it.

use super::contents::Contents;
use super::digest::Digest;
use super::error::DataError;
use super::file_notes::FileNote;
use super::images::Images;
use super::split;
use super::stored::{Labels, Numbers, Stored};
use elbo_compiler::ir::Split;
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
    /// The files by the split they were read for.
    pub fn contents(&self) -> Contents {
        let (training, test) = self.digests.split_at(self.digests.len().saturating_sub(self.test_files));
        Contents { training: training.to_vec(), test: test.to_vec() }
    }

    /// Both splits of images.
    pub(super) fn of_images(training: Images, test: Images, digests: Vec<Digest>, test_files: usize) -> Self {
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
            Ok(test) => (all, test),
            Err(share) => {
                let (training, test) = held_out(share, &all.labels)?;
                let tested = all.at(&test);
                (all.keep(&training), tested)
            }
        };
        let (training, test) = (Arc::new(Stored::Numbers(training)), Arc::new(Stored::Numbers(test)));
        Ok(Self { training, test, digests, test_files, class_names: Vec::new(), file_notes: Vec::new() })
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
