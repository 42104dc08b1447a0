//! The texts a compilation reads, and how it reads them.
//!
//! The compiler does no input or output. Whoever calls it lends a [`Sources`]: the command line one
//! over files, editors one over open buffers, tests one over memory.

use crate::diagnostic::SourceId;
use elbo_grammar::SyntaxError;
use elbo_grammar::ast::File;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A text's syntax tree and what was wrong with its form.
pub type Parsed = Arc<(File, Vec<SyntaxError>)>;

/// Gives the text behind a path, to any number of threads.
pub trait Sources: Sync {
    /// Turns `path`, as written in a `use` of the file `from`, into the one spelling under which that
    /// file is known. `from` is `None` for the file the compilation starts at.
    ///
    /// # Errors
    /// A sentence for the author of the spec if the path may not be read (outside the project root).
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String>;

    /// The text behind a path that [`Sources::resolve`] gave.
    ///
    /// # Errors
    /// A sentence for the author of the spec: missing, not readable, not UTF-8 (with the offset).
    fn read(&self, resolved: &str) -> Result<String, String>;

    /// The syntax tree of `text`, which [`Sources::read`] gave for this path.
    fn parse(&self, _resolved: &str, text: &str) -> Parsed {
        Arc::new(elbo_grammar::parse(text))
    }
}

/// Sources that read and parse every file once, however many compilations ask for it.
pub struct CachedSources<'s> {
    under: &'s dyn Sources,
    paths: Once<(Option<String>, String), Result<String, String>>,
    texts: Once<String, Result<String, String>>,
    parsed: Once<String, Parsed>,
}

impl<'s> CachedSources<'s> {
    /// Remembers what `under` gives.
    pub fn new(under: &'s dyn Sources) -> Self {
        Self { under, paths: Once::default(), texts: Once::default(), parsed: Once::default() }
    }
}

impl Sources for CachedSources<'_> {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        let key = (from.map(str::to_owned), path.to_owned());
        self.paths.get(key, || self.under.resolve(from, path))
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        self.texts.get(resolved.to_owned(), || self.under.read(resolved))
    }

    fn parse(&self, resolved: &str, text: &str) -> Parsed {
        self.parsed.get(resolved.to_owned(), || self.under.parse(resolved, text))
    }
}

/// Values that are computed once for each key, also if several threads ask at the same time.
struct Once<K, V>(Mutex<HashMap<K, Arc<OnceLock<V>>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Once<K, V> {
    fn get(&self, key: K, compute: impl FnOnce() -> V) -> V {
        // The map is whole between any two statements, so a thread that panicked has not spoilt it.
        let cell = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        cell.get_or_init(compute).clone()
    }
}

/// One text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as it is shown to people.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every text a compilation read, in the order it met them; the first is the one it started at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    /// The first source of each path.
    by_path: HashMap<String, SourceId>,
}

impl SourceMap {
    /// Adds a text and gives its identifier.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> SourceId {
        let (path, id) = (path.into(), SourceId(self.files.len()));
        self.by_path.entry(path.clone()).or_insert(id);
        self.files.push(SourceFile { path, text: text.into() });
        id
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The text with this identifier.
    pub fn get(&self, id: SourceId) -> &SourceFile {
        &self.files[id.0]
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (SourceId(index), file))
    }

    /// The identifier of a path that was read already.
    pub fn find(&self, path: &str) -> Option<SourceId> {
        self.by_path.get(path).copied()
    }
}

/// Sources in memory, for tests, for `elbo check --stdin`-like callers and for editors.
#[derive(Debug, Clone, Default)]
pub struct MemorySources {
    texts: std::collections::BTreeMap<String, String>,
}

impl MemorySources {
    /// Sources of one text.
    pub fn single(path: impl Into<String>, text: impl Into<String>) -> Self {
        let mut sources = Self::default();
        sources.insert(path, text);
        sources
    }

    /// The paths of all texts, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// Adds or replaces a text.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(path.into(), text.into());
    }
}

impl Sources for MemorySources {
    fn resolve(&self, _from: Option<&str>, path: &str) -> Result<String, String> {
        Ok(path.to_owned())
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        self.texts.get(resolved).cloned().ok_or_else(|| format!("there is no file `{resolved}`"))
    }
}
