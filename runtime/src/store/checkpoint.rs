//! Checkpoints: where the training of an attempt stood, on disk.
//!
//! A checkpoint after n steps is two files of the attempt's folder `checkpoints`, n in twelve digits:
//! `000000001200.safetensors` with the tensors `parameters/…`, `optimizer/…` and, where the best epoch's weights are
//! kept, `best/…`; then `000000001200.json` with the rest of the state, the digest of the first file, how much of `metrics.jsonl`
//! belongs to it, and a digest of its own. A checkpoint is there once its second file is, and it counts only if everything it
//! names is as it was.

use super::atomic::folder_of;
use super::attempt_folders::{attempts, numbered};
use super::digest::{hexadecimal, sha256};
use super::growing_file::Beginning;
use super::{Attempt, Identity, LastAttempt, METRICS, Store, StoreClock, StoreError, disk, write_atomically};
use crate::backend::{NamedTensor, OptimizerState, Parameters};
use crate::partial;
use crate::train::{Progress, TrainingState};
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version of the form.
const VERSION: u32 = 1;

/// The folder of an attempt that its checkpoints lie in.
const FOLDER: &str = "checkpoints";

/// How many checkpoints of an attempt are kept.
const KEPT: usize = 2;

/// The most that the file of a state may hold; it is some 2 KiB.
const MOST_BYTES_OF_STATE: u64 = 1 << 20;

/// What the JSON file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    /// SHA-256 of `checkpoint` as compact JSON.
    sha256: String,
    checkpoint: Description,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    version: u32,
    /// The training's.
    identity: Identity,
    /// The tensors' file.
    tensors: Beginning,
    /// What `metrics.jsonl` held.
    metrics: Beginning,
    /// Steps that the optimizer has taken.
    optimizer_steps: u64,
    progress: Progress,
}

impl Description {
    fn digest(&self) -> String {
        sha256(&serde_json::to_vec(self).expect("a description has only string keys"))
    }
}

/// A checkpoint that was found whole.
#[derive(Debug)]
pub struct FoundCheckpoint {
    /// The name of the attempt that saved it.
    pub attempt: String,
    /// The training.
    pub state: TrainingState,
    /// What `metrics.jsonl` of that attempt held then.
    pub metrics: Vec<u8>,
}

impl Attempt {
    /// Saves a training of the run `identity`, to which the beginning of the file `metrics` belongs. The last two
    /// checkpoints of the attempt are kept. Once another attempt has published the run, none is needed, and that
    /// attempt removes what it finds of them, also while they are written: that is no error.
    ///
    /// # Errors
    /// [`StoreError::Write`]; earlier checkpoints are then as they were.
    pub fn save_checkpoint(
        &self,
        identity: &Identity,
        metrics: Beginning,
        state: &TrainingState,
    ) -> Result<(), StoreError> {
        match self.write_checkpoint(identity, metrics, state) {
            Err(_) if self.is_published() => Ok(()),
            written => written,
        }
    }

    fn write_checkpoint(
        &self,
        identity: &Identity,
        metrics: Beginning,
        state: &TrainingState,
    ) -> Result<(), StoreError> {
        self.check_is_there()?;
        let folder = self.path(FOLDER);
        disk::create_directories(&folder).map_err(StoreError::write(&folder))?;
        let [tensors, description] = files_of(&folder, state.progress.steps);
        let written = write_tensors(&tensors, state).map_err(StoreError::write(&tensors))?;
        let checkpoint = Description {
            version: VERSION,
            identity: identity.clone(),
            tensors: written,
            metrics,
            optimizer_steps: state.optimizer.steps,
            progress: state.progress.clone(),
        };
        let sealed = Sealed { sha256: checkpoint.digest(), checkpoint };
        let json = serde_json::to_vec_pretty(&sealed).expect("a description has only string keys");
        write_atomically(&description, &json)?;
        // Old ones take room and do no harm.
        let _ = remove_all_but_the_last(&folder);
        let _ = self.remove_superseded(&folder);
        Ok(())
    }

    /// Removes the checkpoints of other attempts that come before all of this one, but what is needed to have as many as are
    /// kept: a run that is cut off again and again is not to fill the disk.
    fn remove_superseded(&self, folder: &Path) -> io::Result<()> {
        let own = saved_steps(folder)?;
        let Some(&oldest) = own.first() else { return Ok(()) };
        let mut earlier = Vec::new();
        for attempt in attempts(folder_of(self.directory()))? {
            let other = attempt.join(FOLDER);
            if other != folder {
                let saved = saved_steps(&other)?.into_iter().filter(|steps| *steps < oldest);
                earlier.extend(saved.map(|steps| (steps, other.clone())));
            }
        }
        earlier.sort();
        let spare = KEPT.saturating_sub(own.len());
        let superseded = earlier.len().saturating_sub(spare);
        earlier[..superseded].iter().try_for_each(|(steps, other)| remove(other, *steps))
    }
}

/// Whether a checkpoint may be gone on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usability {
    /// It may.
    Usable,
    /// It may not, and why.
    Unusable(String),
}

/// Looks whether a checkpoint may be gone on from, given its state and what `metrics.jsonl` held then. An error ends
/// the search.
pub type CheckpointCheck<'c, E> = dyn FnMut(&TrainingState, &[u8]) -> Result<Usability, E> + 'c;

impl Store {
    /// The last whole checkpoint of the latest attempt at a run that has one, and that `check` finds usable.
    /// `skipped` is told of every later one that cannot be used, and why.
    ///
    /// # Errors
    /// [`StoreError::Read`] if the run's folder cannot be searched, and the first error of `check`.
    pub fn find_checkpoint<E: From<StoreError>>(
        &self,
        identity: &Identity,
        check: &mut CheckpointCheck<'_, E>,
        skipped: &mut dyn FnMut(&Path, &str),
    ) -> Result<Option<FoundCheckpoint>, E> {
        let run = self.run_directory(identity);
        for attempt in attempts(&run).map_err(StoreError::read(&run))?.into_iter().rev() {
            let folder = attempt.join(FOLDER);
            for steps in saved_steps(&folder).map_err(StoreError::read(&folder))?.into_iter().rev() {
                let found = read(&attempt, steps, identity);
                // A digest says that a file is as it was written, not that what was written can be.
                let problem = match found {
                    Err(problem) => problem,
                    Ok((state, metrics)) => match check(&state, &metrics)? {
                        Usability::Unusable(problem) => problem,
                        Usability::Usable => {
                            let attempt = attempt.file_name().expect("it was listed by name");
                            let attempt = attempt.to_string_lossy().into_owned();
                            return Ok(Some(FoundCheckpoint { attempt, state, metrics }));
                        }
                    },
                };
                skipped(&files_of(&folder, steps)[1], &problem);
            }
        }
        Ok(None)
    }

    /// Removes the checkpoints of every attempt at a training, and what attempts that were cut off left of a result. To be
    /// called once the training is published. A failure changes nothing but the room that is taken.
    pub fn remove_checkpoints(&self, identity: &Identity) {
        let run = self.run_directory(identity);
        let clock = StoreClock::of(self.root());
        for attempt in attempts(&run).unwrap_or_default() {
            let _ = disk::remove_directory(&attempt.join(FOLDER));
            // Others may be about to publish evaluations of the same training.
            if LastAttempt::read(attempt.clone(), &clock).is_alive() {
                continue;
            }
            let name = attempt.file_name().expect("it was listed by name").to_string_lossy();
            let partial = super::publish::partial_result(&name);
            let _ = disk::remove_directory(&run.join(&partial));
            let _ = disk::remove_directory(&run.join(super::EVALUATIONS).join(&partial));
        }
    }
}

/// The tensors' file and the description of a checkpoint.
fn files_of(folder: &Path, steps: u64) -> [PathBuf; 2] {
    ["safetensors", "json"].map(|ending| folder.join(format!("{steps:012}.{ending}")))
}

/// After how many steps there are checkpoints, in order.
fn saved_steps(folder: &Path) -> io::Result<Vec<u64>> {
    let number = |name: &str| name.strip_suffix(".json")?.parse::<u64>().ok();
    Ok(numbered(folder, number)?.into_iter().map(|(steps, _)| steps).collect())
}

fn remove_all_but_the_last(folder: &Path) -> io::Result<()> {
    let saved = saved_steps(folder)?;
    for &steps in &saved[..saved.len().saturating_sub(KEPT)] {
        remove(folder, steps)?;
    }
    Ok(())
}

fn remove(folder: &Path, steps: u64) -> io::Result<()> {
    let [tensors, description] = files_of(folder, steps);
    // In this order: without its description it is none.
    disk::remove_file(&description)?;
    disk::remove_file(&tensors)
}

/// Every tensor of a state with its name in the file, in order.
fn tensors_of(state: &TrainingState) -> Vec<(String, &NamedTensor)> {
    let groups = [
        ("best", state.best.as_deref()),
        ("optimizer", Some(&state.optimizer.tensors)),
        ("parameters", Some(&state.parameters)),
    ];
    let tensors = groups.into_iter().filter_map(|(group, tensors)| Some((group, tensors?)));
    tensors
        .flat_map(|(group, tensors)| tensors.iter().map(move |(name, tensor)| (format!("{group}/{name}"), tensor)))
        .collect()
}

/// Writes the tensors' file, whole or not at all, one tensor in memory at a time.
fn write_tensors(path: &Path, state: &TrainingState) -> io::Result<Beginning> {
    let tensors = tensors_of(state);
    let mut end = 0;
    let information = tensors.iter().map(|(name, tensor)| {
        let start = end;
        end += 4 * tensor.values.len();
        let information = TensorInfo { dtype: Dtype::F32, shape: tensor.shape.clone(), data_offsets: (start, end) };
        (name.clone(), information)
    });
    let header = Metadata::new(None, information.collect()).map_err(io::Error::other)?;
    // The length of the header (8 bytes, little-endian), a JSON object, blanks up to a multiple of 8, and the numbers.
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let folder = folder_of(path);
    let file = partial::file(folder)?;
    let mut output = Digesting { file: BufWriter::new(file), bytes: 0, digest: Sha256::new() };
    output.write(&(header.len() as u64).to_le_bytes())?;
    output.write(&header)?;
    for (_, tensor) in tensors {
        let bytes: Vec<u8> = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        output.write(&bytes)?;
    }
    let Digesting { file, bytes, digest } = output;
    let file = file.into_inner().map_err(|error| error.into_error())?;
    disk::sync(file.as_file())?;
    disk::persist(file, path)?;
    disk::sync_directory(folder)?;
    Ok(Beginning { bytes, sha256: hexadecimal(&digest.finalize()) })
}

/// A file that is digested as it is written.
struct Digesting<W: Write> {
    file: W,
    bytes: u64,
    digest: Sha256,
}

impl<W: Write> Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        disk::write_all(&mut self.file, bytes)?;
        self.bytes += bytes.len() as u64;
        self.digest.update(bytes);
        Ok(())
    }
}

/// Reads a checkpoint and what belongs to it, or tells why it cannot be used.
fn read(attempt: &Path, steps: u64, identity: &Identity) -> Result<(TrainingState, Vec<u8>), String> {
    let [tensors, description] = files_of(&attempt.join(FOLDER), steps);
    let unreadable = |error: io::Error| format!("it cannot be read: {error}");
    if fs::metadata(&description).map_err(unreadable)?.len() > MOST_BYTES_OF_STATE {
        return Err("it is larger than any checkpoint's description".to_owned());
    }
    let text = fs::read(&description).map_err(unreadable)?;
    let sealed: Sealed = serde_json::from_slice(&text).map_err(|error| format!("it is no checkpoint: {error}"))?;
    let checkpoint = sealed.checkpoint;
    if checkpoint.digest() != sealed.sha256 {
        return Err("it was altered: its SHA-256 is another".to_owned());
    }
    if checkpoint.version != VERSION {
        return Err(format!("its version is {}, known is {VERSION}", checkpoint.version));
    }
    if checkpoint.identity != *identity {
        return Err("it belongs to another run".to_owned());
    }
    if checkpoint.progress.steps != steps {
        return Err(format!("it holds the state after {} steps", checkpoint.progress.steps));
    }
    let metrics = beginning_of(&attempt.join(METRICS), &checkpoint.metrics)?;
    let size = fs::metadata(&tensors).map(|metadata| metadata.len());
    if size.is_ok_and(|size| size != checkpoint.tensors.bytes) {
        return Err("the file of its tensors has another size".to_owned());
    }
    let bytes = beginning_of(&tensors, &checkpoint.tensors)?;
    let [best, optimizer, parameters] = take_apart(&bytes)?;
    let state = TrainingState {
        progress: checkpoint.progress,
        parameters,
        optimizer: OptimizerState { steps: checkpoint.optimizer_steps, tensors: optimizer },
        best: (!best.is_empty()).then(|| Arc::new(best)),
    };
    Ok((state, metrics))
}

/// The first bytes of a file, if they are what they were.
fn beginning_of(path: &Path, expected: &Beginning) -> Result<Vec<u8>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let size = fs::metadata(path).map_err(|error| format!("`{name}` cannot be read: {error}"))?.len();
    if size < expected.bytes {
        return Err(format!("`{name}` was cut short: it has {size} bytes, not {}", expected.bytes));
    }
    // No more than the file has, so memory is taken for what is there.
    let mut bytes = Vec::new();
    let read = fs::File::open(path)
        .and_then(|file| io::Read::read_to_end(&mut io::Read::take(file, expected.bytes), &mut bytes));
    read.map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    if sha256(&bytes) != expected.sha256 {
        return Err(format!("`{name}` was altered: its SHA-256 is another"));
    }
    Ok(bytes)
}

/// The tensors of `best`, `optimizer` and `parameters`.
fn take_apart(bytes: &[u8]) -> Result<[Parameters; 3], String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| format!("its tensors cannot be read: {error}"))?;
    let mut groups: [Parameters; 3] = Default::default();
    for (name, view) in file.iter() {
        let (group, name) = name.split_once('/').unwrap_or(("", name));
        let place = ["best", "optimizer", "parameters"].iter().position(|known| *known == group);
        let place = place.ok_or_else(|| format!("it has a tensor `{name}` of no known kind"))?;
        if view.dtype() != Dtype::F32 {
            return Err(format!("its tensor `{name}` holds {:?} numbers, not F32", view.dtype()));
        }
        let (chunks, _) = view.data().as_chunks::<4>();
        let values = chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        groups[place].insert(name.to_owned(), NamedTensor { shape: view.shape().to_vec(), values });
    }
    Ok(groups)
}

/// Changes what a checkpoint says and gives it the digest of that, as only somebody would who means to deceive.
#[cfg(test)]
pub(crate) fn forge(path: &Path, change: &dyn Fn(&mut serde_json::Value)) {
    let text = fs::read(path).expect("it is there");
    let mut sealed: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
    change(&mut sealed["checkpoint"]);
    let checkpoint: Description = serde_json::from_value(sealed["checkpoint"].take()).expect("the form is kept");
    let sealed = Sealed { sha256: checkpoint.digest(), checkpoint };
    fs::write(path, serde_json::to_vec_pretty(&sealed).expect("it has only string keys")).expect("it can be written");
}
