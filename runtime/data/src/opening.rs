//! Opens data to know what they hold, before anything is trained on them.

use super::dataset::prepare;
use super::error::DataError;
use super::locate::locate;
use super::raw::Raw;
use super::target_values::check_targets;
use elbo_compiler::ir::{Origin, Run};
use elbo_compiler::opened::OpenedData;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Opens the data of several runs. Files of one's own are read once, however many runs use them; those of a published
/// set are looked for and not read, as what they hold is known.
#[derive(Debug)]
pub struct DataOpener<'o> {
    roots: &'o [PathBuf],
    /// What was read, by what a spec says of its source and the folder that is relative to.
    known: BTreeMap<String, Raw>,
}

impl<'o> DataOpener<'o> {
    /// Published sets are looked for below `roots`, in order of precedence.
    pub fn new(roots: &'o [PathBuf]) -> Self {
        Self { roots, known: BTreeMap::new() }
    }

    /// Opens and divides the data of a run whose paths are relative to `folder`. `None` where nothing had to be read.
    ///
    /// # Errors
    /// [`DataError`] if a file is missing or faulty, or if it cannot give what the run asks for.
    pub fn open(&mut self, run: &Run, folder: &Path) -> Result<Option<OpenedData>, DataError> {
        let data = &run.data;
        if let Some(set) = data.source.set() {
            let root = data.root.as_ref().map(|root| folder.join(root));
            let located = locate(set, root.as_deref(), self.roots)?;
            located.training_files()?;
            located.test_files()?;
        }
        match data.source.kind().origin() {
            Origin::Published | Origin::Generated => Ok(None),
            Origin::Own => {
                let parts = (&data.source, &data.root, &data.shape, &data.target, folder);
                let key = serde_json::to_string(&parts).expect("the parts have only string keys");
                if !self.known.contains_key(&key) {
                    self.known.insert(key.clone(), Raw::open(data, folder, self.roots)?);
                }
                let raw = &self.known[&key];
                check_targets(run, raw)?;
                Ok(Some(prepare(data, run.training.seed, raw)?.opened(data).clone()))
            }
        }
    }
}
