//! `batches/<hash>` in a store: what a batch is going to do, as it was planned. A spec that is edited later changes
//! nothing of it.
//!
//! A batch is told by the path of its manifest and by what that plans: two manifests are two batches, whatever they are
//! called, and one that is edited is another batch of the same manifest, which the finished runs of the one before go into.
//! `items.jsonl` has a line for each run and never changes; its SHA-256 stands in `batch.json`, and the folder's name begins
//! the SHA-256 of that and the manifest's path. `specs/` holds the texts its lines name, `batch.json` how the batch was last
//! begun, `logs/` what workers said, `failures/` why runs have no result.

use crate::compiled::RunName;
use crate::plan::{Plan, Where};
use elbo_compiler::ir::{self, Run};
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::store::{BATCHES, RunKeys, Store, StoreError, timestamp, write_atomically};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The version of the form.
const VERSION: u32 = 2;

const ITEMS: &str = "items.jsonl";
const RECORD: &str = "batch.json";

/// A run of a batch, as it was planned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// What makes it this run.
    pub keys: RunKeys,
    /// What it is called.
    pub names: Vec<RunName>,
    /// The folder that files it names are relative to.
    pub folder: PathBuf,
    /// SHA-256 of its spec's text.
    pub spec: String,
    /// The backend's name.
    pub backend: String,
    /// The device's name.
    pub device: String,
    /// The table of kernels; a machine that lacks it refuses the run.
    pub kernel_table: String,
    /// Forecast bytes of memory.
    pub memory: u64,
    /// Weights and biases.
    pub parameters: u64,
    /// Steps of training.
    pub steps: u64,
    /// Multiply-accumulates of its training as executed.
    pub work: f64,
    /// Epochs.
    pub epochs: u64,
    ir: Box<RawValue>,
}

/// How a batch was last begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchRecord {
    version: u32,
    /// The batch's name.
    pub name: String,
    /// The manifest it was planned from; absolute, links followed.
    pub manifest: PathBuf,
    /// SHA-256 of the manifest's text.
    pub manifest_sha256: String,
    /// SHA-256 of `items.jsonl`.
    pub items_sha256: String,
    /// When it was begun.
    pub begun: String,
    /// The same, in seconds since 1970.
    pub begun_seconds: f64,
    /// Of this program.
    pub elbo_version: String,
    /// Where data is looked for.
    pub data_roots: Vec<PathBuf>,
}

/// A batch in a store.
#[derive(Debug)]
pub struct WorkList {
    /// Its folder.
    pub directory: PathBuf,
    /// How it was last begun.
    pub record: BatchRecord,
    /// Its runs.
    pub items: Vec<Item>,
    /// Where results go.
    pub store: Store,
}

/// Why a work list cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkListError {
    /// A file that cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file that does not hold what it should.
    #[error("`{}` cannot be used: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The manifest's batch has not been begun.
    #[error("no batch has been begun with `{}` in the store `{}`{}", manifest.display(), store.display(), of_the_name(others))]
    NotBegun {
        /// The manifest.
        manifest: PathBuf,
        /// The store.
        store: PathBuf,
        /// Other manifests whose batches have the same name.
        others: Vec<PathBuf>,
    },
}

impl WorkListError {
    /// What would fix it, where the message itself does not say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Store(_) => None,
            Self::Content { .. } => Some("`elbo batch run` with the manifest plans the batch again; results stay"),
            Self::NotBegun { others, .. } if others.is_empty() => {
                Some("`elbo batch run MANIFEST` begins it; `elbo batch plan MANIFEST` shows it first")
            }
            Self::NotBegun { .. } => Some(
                "two manifests are two batches: ask with the other one; or, if this is the same one moved, `elbo batch run` \
                 goes on with it, and what is finished stays",
            ),
        }
    }
}

fn of_the_name(others: &[PathBuf]) -> String {
    let others: Vec<String> = others.iter().map(|other| format!("`{}`", other.display())).collect();
    if others.is_empty() {
        return String::new();
    }
    format!("; the batch of that name was begun with {}", others.join(" and "))
}

/// A manifest as batches are told by it: its path, and its text.
#[derive(Debug, Clone, Copy)]
pub struct ManifestOf<'m> {
    /// The batch's name.
    pub name: &'m str,
    /// The manifest's path.
    pub path: &'m Path,
    /// Its text.
    pub text: &'m str,
}

impl ManifestOf<'_> {
    /// The path that the batch is told by: absolute, and links followed.
    pub fn place(&self) -> PathBuf {
        let absolute = || std::path::absolute(self.path).unwrap_or_else(|_| self.path.to_owned());
        self.path.canonicalize().unwrap_or_else(|_| absolute())
    }

    /// Whether the text is the one that a batch was begun with.
    pub fn is_as_in(&self, record: &BatchRecord) -> bool {
        hexadecimal(self.text.as_bytes()) == record.manifest_sha256
    }
}

impl Item {
    /// What it means.
    ///
    /// # Errors
    /// If it was planned by another version of elbo, whose runs this one does not read.
    pub fn run(&self) -> Result<Run, ir::ExchangeError> {
        ir::from_json(self.ir.get())
    }

    /// The first of its names.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", |name| name.name.as_str())
    }

    /// The backend and device that compute it; `None` if this elbo knows them not.
    pub fn computed_by(&self) -> Option<(BackendChoice, DeviceChoice)> {
        Some((self.backend.parse().ok()?, self.device.parse().ok()?))
    }
}

impl WorkList {
    /// Keeps a plan in a store. What is there already of the same plan stays as it is.
    ///
    /// # Errors
    /// [`WorkListError::Store`] if a file cannot be written.
    pub fn keep(plan: &Plan, manifest: ManifestOf<'_>, store: Store, now: SystemTime) -> Result<Self, WorkListError> {
        let mut specs: BTreeMap<String, &str> = BTreeMap::new();
        let mut items = Vec::with_capacity(plan.runs.len());
        let mut texts: BTreeMap<*const u8, String> = BTreeMap::new();
        for (index, run) in plan.runs.iter().enumerate() {
            let spec = texts.entry(run.spec.as_ptr()).or_insert_with(|| hexadecimal(run.spec.as_bytes())).clone();
            specs.insert(spec.clone(), &run.spec);
            let ir = serde_json::value::to_raw_value(&run.run).expect("the IR has only string keys and finite numbers");
            let Where { backend, device, kernel_table, .. } = &plan.place;
            items.push(Item {
                index,
                keys: run.keys.clone(),
                names: run.names.clone(),
                folder: run.folder.clone(),
                spec,
                backend: backend.to_string(),
                device: device.to_string(),
                kernel_table: kernel_table.clone(),
                memory: plan.processor_memory(run),
                parameters: run.forecast.parameters,
                steps: run.forecast.steps,
                work: run.work(),
                epochs: run.forecast.epochs,
                ir,
            });
        }
        let mut lines = Vec::new();
        for item in &items {
            serde_json::to_writer(&mut lines, item).expect("an item has only string keys and finite numbers");
            lines.push(b'\n');
        }
        let (place, items_sha256) = (manifest.place(), hexadecimal(&lines));
        let directory = store.root().join(BATCHES).join(folder_name(&place, &items_sha256));
        for folder in ["specs", "logs", "failures"] {
            let folder = directory.join(folder);
            fs::create_dir_all(&folder).map_err(|source| StoreError::NotWritable { path: folder, source })?;
        }
        // What was altered is put right.
        let differs = |path: &Path, content: &[u8]| fs::read(path).map_or(true, |found| found != content);
        for (digest, text) in specs {
            let path = spec_path(&directory, &digest);
            if differs(&path, text.as_bytes()) {
                write_atomically(&path, text.as_bytes())?;
            }
        }
        let path = directory.join(ITEMS);
        if differs(&path, &lines) {
            write_atomically(&path, &lines)?;
        }
        let record = BatchRecord {
            version: VERSION,
            name: manifest.name.to_owned(),
            manifest: place,
            manifest_sha256: hexadecimal(manifest.text.as_bytes()),
            items_sha256,
            begun: timestamp(now).to_string(),
            begun_seconds: now.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()),
            elbo_version: env!("CARGO_PKG_VERSION").to_owned(),
            data_roots: plan.place.data_roots.clone(),
        };
        let text = serde_json::to_vec_pretty(&record).expect("a record has only string keys");
        write_atomically(&directory.join(RECORD), &text)?;
        Ok(Self { directory, record, items, store })
    }

    /// Opens the batch in a folder `<store>/batches/<hash>`.
    ///
    /// # Errors
    /// [`WorkListError`] if a file is missing or is not as it was written.
    pub fn open(directory: &Path) -> Result<Self, WorkListError> {
        let record = read_record(directory)?;
        let path = directory.join(ITEMS);
        let content = |problem: String| WorkListError::Content { path: path.clone(), problem };
        let text = fs::read(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        if hexadecimal(&text) != record.items_sha256 {
            return Err(content("its SHA-256 is not the one in `batch.json`, so it was altered".to_owned()));
        }
        if *name != folder_name(&record.manifest, &record.items_sha256) {
            return Err(content("its folder has another name than its batch, so it was altered".to_owned()));
        }
        let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let items: Result<Vec<Item>, _> = lines.map(serde_json::from_slice).collect();
        let items = items.map_err(|error| content(format!("another version of elbo planned it: {error}")))?;
        let store = directory.parent().and_then(Path::parent).unwrap_or(Path::new("."));
        Ok(Self { directory: directory.to_owned(), record, items, store: Store::new(store) })
    }

    /// The batch of a manifest in a store that was begun last.
    ///
    /// # Errors
    /// [`WorkListError::NotBegun`] if there is none, with the other manifests that have batches of the same name; see also
    /// [`WorkList::open`].
    pub fn latest(store: &Store, manifest: ManifestOf<'_>) -> Result<Self, WorkListError> {
        let place = manifest.place();
        let mut found: Option<(f64, PathBuf)> = None;
        let mut others = Vec::new();
        for (record, directory) in records(store)? {
            let begun = record.begun_seconds;
            if record.manifest != place {
                if record.name == manifest.name && !others.contains(&record.manifest) {
                    others.push(record.manifest);
                }
            } else if found.as_ref().is_none_or(|(other, _)| *other < begun) {
                found = Some((begun, directory));
            }
        }
        match found {
            Some((_, directory)) => Self::open(&directory),
            None => Err(WorkListError::NotBegun { manifest: place, store: store.root().to_owned(), others }),
        }
    }

    /// The other manifests of a store whose batches have the same name.
    ///
    /// # Errors
    /// [`WorkListError::Store`] if the store cannot be read.
    pub fn namesakes(store: &Store, manifest: ManifestOf<'_>) -> Result<Vec<PathBuf>, WorkListError> {
        let place = manifest.place();
        let records = records(store)?.into_iter().map(|(record, _)| record);
        let mut others: Vec<PathBuf> = records
            .filter(|record| record.name == manifest.name && record.manifest != place)
            .map(|record| record.manifest)
            .collect();
        others.sort();
        others.dedup();
        Ok(others)
    }

    /// The text of an item's spec.
    ///
    /// # Errors
    /// [`WorkListError`] if it is gone or was altered.
    pub fn spec(&self, item: &Item) -> Result<String, WorkListError> {
        let path = spec_path(&self.directory, &item.spec);
        let text = fs::read_to_string(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
        if hexadecimal(text.as_bytes()) == item.spec {
            return Ok(text);
        }
        Err(WorkListError::Content { path, problem: "it was altered: its SHA-256 is another".to_owned() })
    }

    /// Where a worker's standard error goes.
    pub fn log(&self, index: usize) -> PathBuf {
        self.directory.join("logs").join(format!("{index:05}.log"))
    }
}

fn spec_path(directory: &Path, digest: &str) -> PathBuf {
    directory.join("specs").join(format!("{digest}.elbo"))
}

/// Every batch of a store with its folder. What is no batch of this version is skipped.
fn records(store: &Store) -> Result<Vec<(BatchRecord, PathBuf)>, StoreError> {
    let folder = store.root().join(BATCHES);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let entries = entries.map_err(|source| StoreError::Read { path: folder, source })?;
    Ok(entries.into_iter().filter_map(|entry| Some((read_record(&entry.path()).ok()?, entry.path()))).collect())
}

/// The name of a batch's folder.
fn folder_name(manifest: &Path, items_sha256: &str) -> String {
    let told_by = format!("{}\n{items_sha256}\n", manifest.display());
    hexadecimal(told_by.as_bytes())[..16].to_owned()
}

fn read_record(directory: &Path) -> Result<BatchRecord, WorkListError> {
    let path = directory.join(RECORD);
    let text = fs::read(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
    let content = |problem: String| WorkListError::Content { path: path.clone(), problem };
    let record: BatchRecord = serde_json::from_slice(&text).map_err(|error| content(error.to_string()))?;
    if record.version != VERSION {
        return Err(content(format!("its version is {}, known is {VERSION}", record.version)));
    }
    Ok(record)
}

fn hexadecimal(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
