//! `slurm/submission-0001.json` of a batch: what was given to Slurm as one array. It is written before anything is
//! submitted and never changes, so that a job that Slurm took without our hearing of it is found by its name.
//! `submission-0001.outcome.json` beside it says what became of it.

use super::SlurmError;
use crate::work_list::WorkList;
use elbo_runtime::machine::ProcessKey;
use elbo_runtime::store::{StoreClock, StoreError, timestamp, write_atomically};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The version of both forms.
const VERSION: u32 = 1;

/// The folder of a batch that submissions lie in.
const FOLDER: &str = "slurm";

/// What was given to Slurm as one array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    version: u32,
    /// Its number in the batch, from 1.
    pub number: u32,
    /// The job's name in Slurm, which no other job has.
    pub name: String,
    /// The runs' places in the batch, by the number of the task.
    pub runs: Vec<usize>,
    /// The options of `sbatch`.
    pub options: Vec<String>,
    /// Who submitted it.
    pub by: ProcessKey,
    /// When, UTC.
    pub at: String,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", deny_unknown_fields)]
pub enum Outcome {
    /// Slurm took it.
    Accepted {
        /// The number of the array's job.
        job: u64,
    },
    /// Slurm did not take it.
    Refused {
        /// What it said.
        said: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct OutcomeRecord {
    version: u32,
    #[serde(flatten)]
    outcome: Outcome,
}

impl Submission {
    /// Writes down that these runs are about to be submitted, under the next number that is free.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn begin(
        list: &WorkList,
        runs: Vec<usize>,
        options: impl Fn(&Self) -> Vec<String>,
    ) -> Result<Self, StoreError> {
        let folder = list.directory.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|source| StoreError::NotWritable { path: folder.clone(), source })?;
        let mut number = Self::numbers(list)?.last().map_or(1, |last| last + 1);
        loop {
            let now = SystemTime::now();
            let mut new = Self {
                version: VERSION,
                number,
                name: job_name(&list.directory, number, now),
                runs: runs.clone(),
                options: Vec::new(),
                by: ProcessKey::own(),
                at: timestamp(now).to_string(),
            };
            new.options = options(&new);
            let path = new.path(list);
            match create(&path, &serde_json::to_vec_pretty(&new).expect("a submission has only string keys")) {
                Ok(()) => return Ok(new),
                // Another process took the number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(StoreError::Write { path, source }),
            }
        }
    }

    /// All submissions of a batch, in their order.
    ///
    /// # Errors
    /// [`StoreError`] if one cannot be read.
    pub fn all(list: &WorkList) -> Result<Vec<Self>, StoreError> {
        Self::numbers(list)?.into_iter().map(|number| Self::open(&path(list, number, "json"))).collect()
    }

    /// Opens the submission in a file.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read or is of another version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let found: Self = read(path)?;
        let known = found.version == VERSION;
        known.then_some(found).ok_or_else(|| other_version(path))
    }

    fn numbers(list: &WorkList) -> Result<Vec<u32>, StoreError> {
        let folder = list.directory.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(Iterator::collect::<Result<Vec<_>, _>>),
        };
        let entries = entries.map_err(|source| StoreError::Read { path: folder, source })?;
        let number = |name: &str| name.strip_prefix("submission-")?.strip_suffix(".json")?.parse::<u32>().ok();
        let mut numbers: Vec<u32> =
            entries.iter().filter_map(|entry| number(&entry.file_name().to_string_lossy())).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Its file.
    pub fn path(&self, list: &WorkList) -> PathBuf {
        path(list, self.number, "json")
    }

    /// The file of its script.
    pub fn script_path(&self, list: &WorkList) -> PathBuf {
        path(list, self.number, "sh")
    }

    /// What became of it, if that is known.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub fn outcome(&self, list: &WorkList) -> Result<Option<Outcome>, StoreError> {
        let path = path(list, self.number, "outcome.json");
        if !path.exists() {
            return Ok(None);
        }
        let record: OutcomeRecord = read(&path)?;
        if record.version == VERSION { Ok(Some(record.outcome)) } else { Err(other_version(&path)) }
    }

    /// Writes down what became of it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn note(&self, list: &WorkList, outcome: Outcome) -> Result<(), StoreError> {
        let record = OutcomeRecord { version: VERSION, outcome };
        let text = serde_json::to_vec_pretty(&record).expect("an outcome has only string keys");
        write_atomically(&path(list, self.number, "outcome.json"), &text)
    }

    /// The run of a task.
    ///
    /// # Errors
    /// [`SlurmError::NoSuchTask`]
    pub fn run(&self, task: usize) -> Result<usize, SlurmError> {
        let (name, count) = (self.name.clone(), self.runs.len());
        self.runs.get(task).copied().ok_or(SlurmError::NoSuchTask { name, count, task })
    }

    /// How long ago it was begun.
    pub(super) fn age(&self, list: &WorkList) -> Duration {
        let written = fs::metadata(self.path(list)).and_then(|file| file.modified());
        written.map_or(Duration::MAX, |written| StoreClock::of(&list.directory).age(written))
    }
}

/// What tasks of Slurm said of a run, oldest first; its other logs are [`WorkList::log`].
///
/// # Errors
/// [`StoreError`] if a submission cannot be read.
pub fn task_logs(list: &WorkList, run: usize) -> Result<Vec<PathBuf>, StoreError> {
    let mut logs = Vec::new();
    for submission in Submission::all(list)? {
        let Some(task) = submission.runs.iter().position(|place| *place == run) else { continue };
        if let Some(Outcome::Accepted { job }) = submission.outcome(list)? {
            logs.push(task_log(list, &job.to_string(), &task.to_string()));
        }
    }
    logs.retain(|log| log.exists());
    Ok(logs)
}

/// Where the task of a job writes, both of which may be the placeholders that Slurm fills in.
pub(super) fn task_log(list: &WorkList, job: &str, task: &str) -> PathBuf {
    list.directory.join("logs").join(format!("slurm-{job}-{task}.log"))
}

fn path(list: &WorkList, number: u32, ending: &str) -> PathBuf {
    list.directory.join(FOLDER).join(format!("submission-{number:04}.{ending}"))
}

/// Names the batch and the submission for people, and lets nobody else's job have the same.
fn job_name(directory: &Path, number: u32, now: SystemTime) -> String {
    let batch = directory.file_name().unwrap_or_default().to_string_lossy();
    let batch: String = batch.chars().take(8).collect();
    let mut digest = Sha256::new();
    digest.update(directory.as_os_str().as_encoded_bytes());
    digest.update(format!("{now:?} {:?}", ProcessKey::own()));
    let own: String = digest.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("elbo-{batch}-{number:04}-{own}")
}

/// Writes a file whole, and only if there is none.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    fs::File::open(folder)?.sync_all()
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let text = fs::read(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|error| StoreError::Content { path: path.to_owned(), problem: error.to_string() })
}

fn other_version(path: &Path) -> StoreError {
    StoreError::Content { path: path.to_owned(), problem: format!("its version is not {VERSION}") }
}
