//! Where finished runs are: by directory, by meaning and content, by name, by the beginning of a key.

use super::Stored;
use crate::execute::ExecuteError;
use crate::store::{
    EVALUATION_RECORD, EVALUATIONS, RUN_RECORD, Store, StoreError, TRAINING, read_evaluation_record, read_run_record,
};
use std::path::{Path, PathBuf};

/// The folder of a result in stores of an older form, where weights and scores were one.
const OLDER: &str = "result";

/// The directories of the evaluations that a path means: of itself, if it is one or a link to one; of all evaluations of a
/// training, if it is that of a training; else of all of the store it is, in the order of their names.
///
/// # Errors
/// [`ExecuteError::NoResult`] if it is none of these, or a store without a result; [`StoreError::Older`] if all it has is of
/// an older form.
pub fn results_at(path: &Path) -> Result<Vec<PathBuf>, ExecuteError> {
    // Of a link, where it leads to: what belongs to an evaluation is found by going up from it.
    let real = if path.is_symlink() { path.canonicalize().ok() } else { None };
    let path = real.as_deref().unwrap_or(path);
    if path.join(EVALUATION_RECORD).is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = evaluations_in(path)?;
    if found.is_empty() {
        found = evaluations_in(&path.join(EVALUATIONS))?;
    }
    if found.is_empty() && path.file_name().is_some_and(|name| name == TRAINING) {
        found = evaluations_in(&path.with_file_name(EVALUATIONS))?;
    }
    if found.is_empty() {
        found = walk(path)?.evaluations;
    }
    if found.is_empty() {
        Err(older_at(path).unwrap_or(ExecuteError::NoResult { path: path.to_owned() }))
    } else {
        Ok(found)
    }
}

/// Why there is nothing for this version where an older one left something.
fn older_at(path: &Path) -> Option<ExecuteError> {
    let of_store = || walk(path).ok().and_then(|walked| walked.older.into_iter().next());
    let records =
        [path.join(RUN_RECORD), path.join(OLDER).join(RUN_RECORD)].into_iter().find(|record| record.is_file());
    match read_run_record(&records.or_else(of_store)?) {
        Err(error @ StoreError::Older { .. }) => Some(error.into()),
        _ => None,
    }
}

/// What a store holds.
#[derive(Debug, Default)]
struct Walked {
    /// The directories of evaluations.
    evaluations: Vec<PathBuf>,
    /// The records of results of an older form.
    older: Vec<PathBuf>,
}

/// `<store>/ab/<training>/evaluations/<evaluation>`, each that is there. Links are not followed, so that nothing is met
/// twice.
fn walk(store: &Path) -> Result<Walked, StoreError> {
    let mut walked = Walked::default();
    let hexadecimal = |path: &Path, length: usize| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.len() == length && name.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    for prefix in folders(store)?.into_iter().filter(|path| hexadecimal(path, 2)) {
        for run in folders(&prefix)?.into_iter().filter(|path| hexadecimal(path, 64)) {
            walked.evaluations.extend(evaluations_in(&run.join(EVALUATIONS))?);
            let older = run.join(OLDER).join(RUN_RECORD);
            if older.is_file() {
                walked.older.push(older);
            }
        }
    }
    Ok(walked)
}

fn evaluations_in(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    Ok(folders(folder)?.into_iter().filter(|path| path.join(EVALUATION_RECORD).is_file()).collect())
}

/// The folders in a folder, by name; none in what is no folder. Neither links nor what is hidden, such as what is only half
/// written.
fn folders(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = |source| StoreError::Read { path: path.to_owned(), source };
    let mut found = Vec::new();
    for entry in path.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type().map_err(unreadable)?.is_dir() && !hidden {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Every finished run of a store.
#[derive(Debug, Clone, Default)]
pub struct StoredRuns {
    root: PathBuf,
    /// The last published first.
    pub runs: Vec<Stored>,
    /// How many results there are of an older form, which this version does not read.
    pub older: usize,
}

impl StoredRuns {
    /// Looks through a store. What cannot be read, such as a record of another version, is skipped.
    ///
    /// # Errors
    /// [`ExecuteError::Store`] if a folder cannot be read.
    pub fn of(store: &Store) -> Result<Self, ExecuteError> {
        let walked = walk(store.root())?;
        let read = |directory: PathBuf| {
            let evaluation = read_evaluation_record(&directory.join(EVALUATION_RECORD)).ok()?;
            let training = directory.parent()?.with_file_name(TRAINING).join(RUN_RECORD);
            Some(Stored { training: read_run_record(&training).ok()?, evaluation, directory })
        };
        let mut runs: Vec<Stored> = walked.evaluations.into_iter().filter_map(read).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.evaluation.finished.to_string()));
        Ok(Self { root: store.root().to_owned(), runs, older: walked.older.len() })
    }

    /// The run of this name, or whose evaluation or training has a key that begins so; of several evaluations of one
    /// training the one that the name's link is to, else the last published; and how many others there are.
    ///
    /// # Errors
    /// [`ExecuteError::AmbiguousRun`] names the candidates with what tells them apart, [`ExecuteError::UnknownRun`] what
    /// there is.
    pub fn find(&self, text: &str) -> Result<(&Stored, usize), ExecuteError> {
        let linked = Store::new(&self.root).link_of(text).canonicalize().ok();
        let is_linked = |run: &Stored| linked.is_some() && run.directory.canonicalize().ok() == linked;
        let meant = |run: &&Stored| run.evaluation.name == text || run.has_key(text) || is_linked(run);
        let found: Vec<&Stored> = self.runs.iter().filter(meant).collect();
        match found.as_slice() {
            // They stand in the order of their publication, the last first.
            [last, others @ ..] if others.iter().all(|other| other.evaluation.training == last.evaluation.training) => {
                // The link of a name is to the one that was last asked for, which may have been published before.
                let linked = found.iter().find(|run| is_linked(run)).unwrap_or(last);
                Ok((linked, others.len()))
            }
            [] => Err(ExecuteError::UnknownRun {
                text: text.to_owned(),
                store: self.root.clone(),
                there: self.runs.iter().map(Stored::description).collect(),
                older: self.older,
            }),
            several => Err(ExecuteError::AmbiguousRun {
                text: text.to_owned(),
                candidates: several.iter().map(|run| run.description()).collect(),
            }),
        }
    }
}
