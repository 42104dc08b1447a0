//! The images of a report's out-of-distribution sets.

use crate::data::{DataError, Examples, Raw, Stored, generate, locate};
use crate::train::{TestExamples, TrainingData};
use elbo_compiler::ir::{OtherSource, OutOfDistribution};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The images of a report's out-of-distribution sets: those of files read before training, so that a missing or faulty
/// one is found then; what is generated, made when it is scored.
pub(crate) struct OtherSets {
    sets: Vec<OtherSet>,
    test: Examples,
    /// SHA-256 of each file that was read, by `out_of_distribution/<set>/<file>`.
    pub digests: BTreeMap<String, String>,
}

enum OtherSet {
    Read(Arc<Stored>),
    Generated(OtherSource),
}

impl OtherSets {
    /// Finds and reads the sets that lie in files: a `root` is relative to `folder`, other sets are below one of the
    /// `roots`. `test` is the split that they are told from.
    pub fn read(
        sets: &[OutOfDistribution],
        (folder, roots): (&Path, &[PathBuf]),
        test: &Examples,
    ) -> Result<Self, DataError> {
        let mut result = Self { sets: Vec::new(), test: test.clone(), digests: BTreeMap::new() };
        for set in sets {
            let read =
                match set.source {
                    OtherSource::DataSet(source) => {
                        let root = set.root.as_ref().map(|root| folder.join(root));
                        let located = locate(source, root.as_deref(), roots)?;
                        let (images, digests) = Raw::read_test(&located)?;
                        // Whether they fit the network is known now, not after hours of training.
                        test.foreign(&images)?;
                        result.digests.extend(digests.into_iter().map(|digest| {
                            (format!("out_of_distribution/{}/{}", set.name, digest.name), digest.sha256)
                        }));
                        OtherSet::Read(images)
                    }
                    generated => OtherSet::Generated(generated),
                };
            result.sets.push(read);
        }
        Ok(result)
    }

    /// The set at this place of the report, as the test split of a data set.
    ///
    /// # Panics
    /// If there is no such set.
    pub fn set(&self, place: usize) -> Box<dyn TrainingData> {
        let images = match &self.sets[place] {
            OtherSet::Read(images) => Arc::clone(images),
            OtherSet::Generated(source) => {
                let test = self.test.images().expect("the compiler lets nothing be made of what is no image");
                let made = generate(*source, test).expect("a set that is not generated has been read");
                Arc::new(Stored::Images(made))
            }
        };
        let examples = self
            .test
            .foreign(&images)
            .expect("sets that are read have been tried, others have the shape of the test images");
        Box::new(TestExamples { examples, target_scale: None })
    }
}
