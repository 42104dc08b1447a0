//! Which path in a store is what.

use super::{
    EVALUATION_RECORD, EvaluationRecord, Identity, RUN_RECORD, RunKeys, StoreError, read_evaluation_record,
    read_run_record,
};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// The name of the file that a training's metrics are written to.
pub const METRICS: &str = "metrics.jsonl";

/// The folder of a published training in that of its run.
pub const TRAINING: &str = "training";

/// The folder that evaluations of a training lie in.
pub const EVALUATIONS: &str = "evaluations";

/// The folder of a store that batches lie in, each in a folder of its own.
pub const BATCHES: &str = "batches";

/// Digits of a key, and of the name of a batch's folder.
const DIGITS: [usize; 2] = [64, 16];

/// A folder of runs; `runs` by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in this folder, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `<store>/ab/<training>`, everything of one training and its evaluations.
    pub fn run_directory(&self, training: &Identity) -> PathBuf {
        self.root.join(training.prefix()).join(training.as_str())
    }

    /// `<store>/ab/<training>/training`, which exists once the weights are published and is then whole.
    pub fn training_directory(&self, training: &Identity) -> PathBuf {
        self.run_directory(training).join(TRAINING)
    }

    /// `<store>/ab/<training>/evaluations/<the first digits of the evaluation>`, which exists once the report is published
    /// and is then whole.
    pub fn evaluation_directory(&self, keys: &RunKeys) -> PathBuf {
        self.run_directory(&keys.training).join(EVALUATIONS).join(keys.evaluation.short())
    }

    /// The directory of a published training, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Read`] if that cannot be found out; [`StoreError::Content`] and [`StoreError::Missing`] if something else is
    /// in its place, such as the training of another run.
    pub fn find_training(&self, training: &Identity) -> Result<Option<PathBuf>, StoreError> {
        let found = published(self.training_directory(training), RUN_RECORD)?;
        if let Some(directory) = &found {
            check_training_place(directory, &read_run_record(&directory.join(RUN_RECORD))?.identity)?;
        }
        Ok(found)
    }

    /// The directory of a published evaluation, if there is one, and its training is there, too.
    ///
    /// # Errors
    /// As of [`Store::find_training`].
    pub fn find_evaluation(&self, keys: &RunKeys) -> Result<Option<PathBuf>, StoreError> {
        let Some(directory) = published(self.evaluation_directory(keys), EVALUATION_RECORD)? else { return Ok(None) };
        check_evaluation_place(&directory, &read_evaluation_record(&directory.join(EVALUATION_RECORD))?)?;
        Ok(self.find_training(&keys.training)?.map(|_| directory))
    }
}

/// Whether a path, whose last parts need not exist, lies in the folder of a run or of a batch in a store, or in a
/// result that was copied out of one.
pub fn lies_in_a_run(path: &Path) -> bool {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let existing = absolute.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    let real = existing.map_or_else(
        || absolute.clone(),
        |(ancestor, real)| real.join(absolute.strip_prefix(ancestor).unwrap_or(Path::new(""))),
    );
    let [key, batch] = DIGITS;
    let is_number =
        |name: &str, digits: usize| name.len() == digits && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Folders that runs or batches lie in, which are the store's own as well.
    let holds = |folder: &Path, is_one: &dyn Fn(&str) -> bool| {
        let entries = folder.read_dir().into_iter().flatten().flatten();
        entries.into_iter().any(|entry| is_one(&entry.file_name().to_string_lossy()) && entry.path().is_dir())
    };
    let name = |folder: &Path| folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    real.ancestors().skip(1).any(|folder| {
        let (own, above) = (name(folder), folder.parent().map(name).unwrap_or_default());
        (is_number(&own, key) && above.len() == 2 && own.starts_with(&above))
            || (is_number(&own, batch) && above == BATCHES)
            || (is_number(&own, 2) && holds(folder, &|inside| is_number(inside, key) && inside.starts_with(&own)))
            || (own == BATCHES && holds(folder, &|inside| is_number(inside, batch)))
            || folder.join(EVALUATION_RECORD).is_file()
            // A manifest may be called so, too.
            || (folder.join(RUN_RECORD).is_file() && folder.join(METRICS).is_file())
    })
}

/// The directory, if something was published there by one rename, so that it holds its record.
fn published(directory: PathBuf, record: &str) -> Result<Option<PathBuf>, StoreError> {
    match std::fs::metadata(&directory) {
        Ok(metadata) if metadata.is_dir() => match directory.join(record).try_exists() {
            Ok(false) => Err(StoreError::Missing { file: record.to_owned(), result: directory }),
            _ => Ok(Some(directory)),
        },
        Ok(_) => {
            Err(StoreError::content(&directory, "it is a file where a folder should be; move it away and run again"))
        }
        // Where no folder can be, nothing was published either; writing will say why.
        Err(error) if is_absence(&error) => Ok(None),
        Err(source) => Err(StoreError::Read { path: directory, source }),
    }
}

/// Whether there is nothing at a path, be it that nothing can be there.
pub(super) fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}

/// Refuses a training whose folder is named after another one: somebody copied it there.
pub(super) fn check_training_place(directory: &Path, identity: &Identity) -> Result<(), StoreError> {
    let place = directory.parent().filter(|_| directory.ends_with(TRAINING));
    let named = place.and_then(Path::file_name).and_then(OsStr::to_str).and_then(|name| Identity::parse(name).ok());
    match named {
        Some(named) if named != *identity => {
            Err(elsewhere(&directory.join(RUN_RECORD), identity.as_str(), named.as_str()))
        }
        _ => Ok(()),
    }
}

/// Refuses an evaluation whose folder is named after another one, or lies in that of another training.
pub(super) fn check_evaluation_place(directory: &Path, record: &EvaluationRecord) -> Result<(), StoreError> {
    let Some(evaluations) = directory.parent().filter(|parent| parent.ends_with(EVALUATIONS)) else { return Ok(()) };
    let path = directory.join(EVALUATION_RECORD);
    let own = directory.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if own != record.identity.short() {
        return Err(elsewhere(&path, record.identity.as_str(), own));
    }
    let training = evaluations.parent().and_then(Path::file_name).and_then(OsStr::to_str);
    match training.and_then(|name| Identity::parse(name).ok()) {
        Some(named) if named != record.training => Err(elsewhere(&path, record.training.as_str(), named.as_str())),
        _ => Ok(()),
    }
}

fn elsewhere(path: &Path, found: &str, expected: &str) -> StoreError {
    StoreError::content(
        path,
        format!(
            "it is of the run {found}, but lies in the folder of {expected}: results of another run were copied there; \
             move them away and run again"
        ),
    )
}
