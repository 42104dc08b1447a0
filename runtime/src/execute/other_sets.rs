//! The images of a report's out-of-distribution sets.

use super::Request;
use crate::data::{DataError, Dataset, Examples, Raw, Stored, generate, locate};
use crate::train::TrainingData;
use elbo_compiler::ir::OtherSource;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The images of a report's out-of-distribution sets: those of files read before training, so that a missing or faulty
/// one is found then; what is generated, made when it is scored.
pub(super) struct OtherSets {
    sets: Vec<OtherSet>,
    dataset: Dataset,
    /// SHA-256 of each file that was read, by `out_of_distribution/<set>/<file>`.
    pub digests: BTreeMap<String, String>,
}

enum OtherSet {
    Read(Arc<Stored>),
    Generated(OtherSource),
}

impl OtherSets {
    /// Finds and reads the sets that lie in files.
    pub fn read(request: &Request<'_>, dataset: &Dataset) -> Result<Self, DataError> {
        let mut result = Self { sets: Vec::new(), dataset: dataset.clone(), digests: BTreeMap::new() };
        for set in &request.run.report.out_of_distribution {
            let read =
                match set.source {
                    OtherSource::DataSet(source) => {
                        let root = set.root.as_ref().map(|root| request.folder.join(root));
                        let located = locate(source, root.as_deref(), request.data_roots)?;
                        let (images, digests) = Raw::read_test(&located)?;
                        // Whether they fit the network is known now, not after hours of training.
                        dataset.foreign(&images)?;
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
                let test = self.dataset.test.images().expect("the compiler lets nothing be made of what is no image");
                let made = generate(*source, test).expect("a set that is not generated has been read");
                Arc::new(Stored::Images(made))
            }
        };
        let examples = self
            .dataset
            .foreign(&images)
            .expect("sets that are read have been tried, others have the shape of the test images");
        Box::new(OtherExamples(examples))
    }
}

/// Images of another distribution, which take the place of the test split.
struct OtherExamples(Examples);

impl TrainingData for OtherExamples {
    fn examples(&self, split: crate::data::Part) -> usize {
        if split == crate::data::Part::Test { self.0.len() } else { 0 }
    }

    fn training_batch(&self, _: u32, _: &[u32]) -> crate::backend::Batch {
        unreachable!("nothing is trained on images of another distribution")
    }

    fn batch(&self, _: crate::data::Part, range: std::ops::Range<usize>) -> crate::backend::Batch {
        let position = |place| u32::try_from(place).expect("a data set numbers its examples in 32 bits");
        self.0.batch(&range.map(position).collect::<Vec<u32>>())
    }
}
