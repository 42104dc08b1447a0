//! What a manifest says, and what is wrong with it.

use crate::slurm::{SLURM_KEYS, SlurmSettings};
use elbo_compiler::Override;
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Diagnostic, SourceId, Span};
use elbo_compiler::table::{Reader, Table, TableForm, Value, span};
use elbo_runtime::backend::native::KERNEL_TABLES;
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::threads::MOST_THREADS;
use glob::Pattern;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use toml::de::DeValue;

/// The tables and their keys.
const TABLES: [TableForm; 4] = [
    TableForm {
        name: "batch",
        repeats: false,
        keys: &["name", "specs", "store", "data_root", "device", "backend", "kernels"],
    },
    TableForm { name: "override", repeats: true, keys: &["match", "set"] },
    TableForm { name: "local", repeats: false, keys: &["jobs", "threads", "retries"] },
    TableForm { name: "slurm", repeats: false, keys: SLURM_KEYS },
];

/// Runs at the same time on one machine.
const MOST_JOBS: usize = 256;

/// How often one run is begun again after its worker died.
const MOST_RETRIES: usize = 100;

/// What a manifest says. Paths are as written, relative to its folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// `[batch] name`.
    pub name: String,
    /// `[batch] specs`: which runs.
    pub specs: Vec<Selection>,
    /// `[batch] store`: where results are kept.
    pub store: Option<PathBuf>,
    /// `[batch] data_root`: where data is looked for first.
    pub data_root: Option<PathBuf>,
    /// `[batch] device`.
    pub device: Option<DeviceChoice>,
    /// `[batch] backend`.
    pub backend: Option<BackendChoice>,
    /// `[batch] kernels`: the table of kernels that every run is computed with, where the native backend computes.
    pub kernels: Option<String>,
    /// `[[override]]`: what is changed in which runs, in the order written.
    pub overrides: Vec<OverrideTable>,
    /// `[local]`.
    pub local: LocalSettings,
    /// `[slurm]`.
    pub slurm: SlurmSettings,
}

/// Files, folders or a pattern, and perhaps the names of runs and sweeps in them: `specs/*.elbo#*_bayes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Which files.
    pub files: String,
    /// Which runs and sweeps of them; all, if there is none.
    pub names: Option<Pattern>,
    /// Where it is written.
    pub span: Span,
}

/// A change of some of the runs.
#[derive(Debug, Clone, PartialEq)]
pub struct OverrideTable {
    /// Which runs and sweeps, by the names they are declared with.
    pub names: Pattern,
    /// What is changed.
    pub set: Vec<Override>,
    /// Where `match` is written.
    pub span: Span,
}

/// How a pool on one machine is run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalSettings {
    /// Runs at the same time.
    pub jobs: Option<NonZeroUsize>,
    /// Threads of all of them together.
    pub threads: Option<NonZeroUsize>,
    /// How often a run is begun again whose worker died.
    pub retries: Option<usize>,
}

impl Manifest {
    /// Reads the text of the manifest `file`, which is the source `source`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: &str, text: &str, source: SourceId) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::new(file, text, source);
        let mut found = Self::default();
        if let Some(root) = reader.parse() {
            let tables = reader.tables(&root, &TABLES);
            for table in &tables {
                found.table(&mut reader, table);
            }
            if !tables.iter().any(|table| table.name == "batch") {
                let diagnostic = Diagnostic::new(
                    Code::MissingKey,
                    format!("`{file}` has no table `[batch]`"),
                    source,
                    Span::default(),
                    "in this file",
                );
                let example = "begin with `[batch]`, `name = \"first\"` and `specs = [\"specs/*.elbo\"]`";
                reader.diagnostics.push(diagnostic.help(example));
            }
        }
        if reader.diagnostics.is_empty() { Ok(found) } else { Err(reader.diagnostics) }
    }

    fn table(&mut self, reader: &mut Reader<'_>, table: &Table<'_>) {
        match table.name {
            "override" => self.overrides.extend(override_table(reader, table)),
            "batch" => {
                for (key, example) in [("name", "\"first\""), ("specs", "[\"specs/*.elbo\"]")] {
                    if table.get(key).is_none() {
                        reader.missing(table, key, example);
                    }
                }
                table.entries.iter().for_each(|(key, value)| self.batch_key(reader, key, value));
            }
            "local" => table.entries.iter().for_each(|(key, value)| self.local.key(reader, key, value)),
            "slurm" => table.entries.iter().for_each(|(key, value)| self.slurm.key(reader, key, value)),
            _ => unreachable!("every table above has its line here"),
        }
    }

    fn batch_key(&mut self, reader: &mut Reader<'_>, key: &str, value: &Value<'_>) {
        match key {
            "name" => self.name = name(reader, value).unwrap_or_default(),
            "specs" => self.specs = selections(reader, value).unwrap_or_default(),
            "store" => self.store = reader.folder(value),
            "data_root" => self.data_root = reader.folder(value),
            "device" => self.device = reader.named(value, "the name of a device"),
            "backend" => self.backend = reader.named(value, "the name of a backend"),
            "kernels" => self.kernels = kernels(reader, value),
            _ => unreachable!("every key of `batch` has its line here"),
        }
    }
}

impl LocalSettings {
    fn key(&mut self, reader: &mut Reader<'_>, key: &str, value: &Value<'_>) {
        let at_least_one = NonZeroUsize::new;
        match key {
            "jobs" => {
                let help = format!("write a number from 1 to {MOST_JOBS}");
                self.jobs = reader.count(value, 1..=MOST_JOBS, ("jobs", &help)).and_then(at_least_one);
            }
            "threads" => {
                let help = format!("write a number from 1 to {MOST_THREADS}, or leave it out to use all processors");
                self.threads =
                    reader.count(value, 1..=usize::from(MOST_THREADS), ("threads", &help)).and_then(at_least_one);
            }
            "retries" => {
                let help = format!("write a number from 0 to {MOST_RETRIES}");
                self.retries = reader.count(value, 0..=MOST_RETRIES, ("retries", &help));
            }
            _ => unreachable!("every key of `local` has its line here"),
        }
    }
}

/// A batch's name; jobs of a cluster and lines of logs carry it.
fn name(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.filled_text(value, "a name for the batch")?;
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if !text.chars().all(plain) || text.starts_with('.') || text.chars().count() > 64 {
        let help = "a name has up to 64 letters, digits and the signs `-`, `_` and `.`";
        reader.wrong(Code::OutOfRange, format!("the name `{text}`"), value, help);
        return None;
    }
    Some(text.to_owned())
}

fn selections(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Vec<Selection>> {
    let texts = reader.texts(value, "spec files")?;
    if texts.is_empty() {
        let help = "name spec files, folders or patterns: `specs = [\"specs/*.elbo\"]`";
        reader.wrong(Code::OutOfRange, "no spec file".to_owned(), value, help);
        return None;
    }
    let read: Vec<Option<Selection>> = texts
        .into_iter()
        .map(|(text, item)| {
            let (files, names) = match text.rsplit_once('#') {
                Some((files, names)) => (files, Some(pattern(reader, names, item)?)),
                None => (text, None),
            };
            Some(Selection { files: files.to_owned(), names, span: span(item) })
        })
        .collect();
    read.into_iter().collect()
}

fn pattern(reader: &mut Reader<'_>, text: &str, value: &Value<'_>) -> Option<Pattern> {
    match Pattern::new(text) {
        Ok(pattern) if !text.is_empty() => Some(pattern),
        Ok(_) => {
            reader.wrong(Code::OutOfRange, "an empty pattern".to_owned(), value, "`*` stands for every name");
            None
        }
        Err(error) => {
            let help = "`*` stands for any letters, `?` for one, `[ab]` for one of these";
            reader.wrong(Code::OutOfRange, format!("`{text}` is no pattern: {}", error.msg), value, help);
            None
        }
    }
}

fn kernels(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.text(value, "the name of a table of kernels")?;
    if KERNEL_TABLES.contains(&text) {
        return Some(text.to_owned());
    }
    let known = elbo_compiler::suggest::listing(KERNEL_TABLES);
    reader.wrong(Code::UnknownValue, format!("there are no kernels `{text}`"), value, &format!("kernels are {known}"));
    None
}

fn override_table(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<OverrideTable> {
    for (key, example) in [("match", "\"*_bayes\""), ("set", "{ \"train.epochs\" = 5 }")] {
        if table.get(key).is_none() {
            reader.missing(table, key, example);
        }
    }
    // Both are looked at, so that all that is wrong is told.
    let names = table.get("match").and_then(|value| {
        let text = reader.text(value, "the names of runs")?;
        Some((pattern(reader, text, value)?, span(value)))
    });
    let set = table.get("set").and_then(|value| assignments(reader, value));
    let (names, span) = names?;
    Some(OverrideTable { names, set: set?, span })
}

/// `{ "train.epochs" = 5 }` as overrides of the language.
fn assignments(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Vec<Override>> {
    let help = "write `set = { \"train.epochs\" = 5 }`";
    let Some(entries) = value.get_ref().as_table().filter(|entries| !entries.is_empty()) else {
        reader.wrong(Code::WrongType, "a table of changes is wanted".to_owned(), value, help);
        return None;
    };
    let mut overrides = Vec::new();
    let mut sound = true;
    for (path, value) in entries {
        let written = match value.get_ref() {
            DeValue::String(text) => text.as_ref().to_owned(),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => reader.written(value).to_owned(),
            _ => {
                let help =
                    "write a number, `true`, `false`, or a value of the language in quotes: \"best(validation.nll)\"";
                reader.wrong(Code::WrongType, "this is no value that a key can have".to_owned(), value, help);
                sound = false;
                continue;
            }
        };
        let path: &str = path.get_ref().as_ref();
        overrides.push(Override(format!("{path}={written}")));
    }
    sound.then_some(overrides)
}

#[cfg(test)]
mod tests;
