//! The texts a compilation reads, and how it reads them.
//!
//! The compiler does no input or output. Whoever calls it lends a [`Sources`]: the command line one
//! over files, editors one over open buffers, tests one over memory.

use crate::diagnostic::SourceId;

/// Gives the text behind a path.
pub trait Sources {
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
}

impl SourceMap {
    /// Adds a text and gives its identifier.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.files.push(SourceFile { path: path.into(), text: text.into() });
        SourceId(self.files.len() - 1)
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
        self.files.iter().position(|file| file.path == path).map(SourceId)
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
