//! What is known of a run before it begins: its identity, and how many examples it handles.

use super::ExecuteError;
use super::content::{ComputedBy, Content};
use super::keys::{ComputedAs, RunParts};
use super::starting_weights::read_starting_weights;
use crate::data::{Contents, DataError, Digest, Raw, Stored, locate, prepare};
use crate::forecast::Counts;
use crate::store::RunKeys;
use elbo_compiler::analysis::ExampleCounts;
use elbo_compiler::ir::{Data, OtherSource, OutOfDistribution, Run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is known of a run before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// What makes it this run.
    pub keys: RunKeys,
    /// How many examples it handles.
    pub counts: Counts,
}

/// The data sets that runs have in common. Each is read once, to know that it is whole and what its digests are; its
/// examples are not kept.
#[derive(Debug)]
pub struct DataSets<'d> {
    roots: &'d [PathBuf],
    known: BTreeMap<String, Described>,
    /// The digests of sets of other distributions.
    others: BTreeMap<String, Vec<Digest>>,
}

/// What there is to know of a data set.
#[derive(Debug)]
struct Described {
    files: Contents,
    /// Training examples of each class; of real targets all together.
    classes: Vec<usize>,
    test: usize,
}

impl<'d> DataSets<'d> {
    /// Data that is looked for below `roots`, in order of precedence.
    pub fn new(roots: &'d [PathBuf]) -> Self {
        Self { roots, known: BTreeMap::new(), others: BTreeMap::new() }
    }

    /// Opens every file of a run and says what it is by content. Paths in it are relative to `folder`.
    ///
    /// # Errors
    /// [`ExecuteError::Data`] and [`ExecuteError::Start`] if a file is missing or faulty, as [`super::execute`] would find.
    pub fn content(&mut self, run: &Run, folder: &Path) -> Result<Content, ExecuteError> {
        let starting = read_starting_weights(&run.network, folder)?;
        let mut out_of_distribution = BTreeMap::new();
        for set in &run.report.out_of_distribution {
            self.open_other(set, folder)?;
            for digest in self.others.get(&other_key(set, folder)).into_iter().flatten() {
                let name = format!("out_of_distribution/{}/{}", set.name, digest.name);
                out_of_distribution.insert(name, digest.sha256.clone());
            }
        }
        let files = self.open(run, folder)?.files.clone();
        Ok(Content { files, weights: starting.digests, out_of_distribution })
    }

    /// The same, with the keys that a run has by it on what its spec calls `dataset`, and how many examples it handles.
    ///
    /// # Errors
    /// As of [`DataSets::content`].
    pub fn identify(
        &mut self,
        (run, dataset): (&Run, &str),
        folder: &Path,
        by: ComputedBy<'_>,
    ) -> Result<Identified, ExecuteError> {
        let content = self.content(run, folder)?;
        let keys = RunParts::new((run, dataset), &content, ComputedAs::now(by)).keys();
        if let Some(counts) = counts(&run.data, self.open(run, folder)?) {
            return Ok(Identified { keys, counts });
        }
        // Fewer examples than the run asks for: preparing them says which.
        let raw = Raw::open(&run.data, folder, self.roots)?;
        let prepared = prepare(&run.data, run.training.seed, &raw)?;
        let (training, validation) = (prepared.training.len(), prepared.validation.len());
        let source = prepared.training_source();
        Ok(Identified { keys, counts: Counts { source, training, validation, test: prepared.test.len() } })
    }

    fn open(&mut self, run: &Run, folder: &Path) -> Result<&Described, DataError> {
        let data = &run.data;
        let parts = (&data.source, &data.root, &data.shape, &data.target, folder);
        let key = serde_json::to_string(&parts).expect("the parts have only string keys");
        if !self.known.contains_key(&key) {
            let raw = Raw::open(data, folder, self.roots)?;
            let classes = class_counts(&raw.training, data.target.classes());
            self.known.insert(key.clone(), Described { files: raw.contents(), classes, test: raw.test.len() });
        }
        Ok(&self.known[&key])
    }

    fn open_other(&mut self, set: &OutOfDistribution, folder: &Path) -> Result<(), DataError> {
        let key = other_key(set, folder);
        if let OtherSource::DataSet(source) = set.source
            && !self.others.contains_key(&key)
        {
            let root = set.root.as_ref().map(|root| folder.join(root));
            let (_, digests) = Raw::read_test(&locate(source, root.as_deref(), self.roots)?)?;
            self.others.insert(key, digests);
        }
        Ok(())
    }
}

/// What a set of another distribution is known by; what is generated has no files, so is never looked up with success.
fn other_key(set: &OutOfDistribution, folder: &Path) -> String {
    format!("{:?} {:?} {}", set.source, set.root, folder.display())
}

/// Examples of each class; of real targets all together.
fn class_counts(training: &Stored, classes: Option<usize>) -> Vec<usize> {
    let (Some(labels), Some(classes)) = (training.classes(), classes) else { return vec![training.len()] };
    let mut counts = vec![0; classes];
    // Readers have refused labels beyond the classes.
    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    counts
}

fn counts(data: &Data, described: &Described) -> Option<Counts> {
    let ExampleCounts { available, validation, training, .. } =
        ExampleCounts::new(data.subset, data.split, &described.classes)?;
    (training > 0).then_some(Counts { source: available, training, validation, test: described.test })
}
