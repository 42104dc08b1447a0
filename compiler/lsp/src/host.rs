//! Where texts come from: open buffers over files, and what else the server asks of the machine.

use crate::buffer::Buffer;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::{Parsed, Sources};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the server asks of the machine it runs on: the files under the open buffers, and what a run costs. Every path is
/// absolute.
pub trait Host: Send + Sync {
    /// The text of a file.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn read(&self, path: &Path) -> Result<String, String>;

    /// The one spelling of a path, without links and detours.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    fn real(&self, path: &Path) -> Result<PathBuf, String>;

    /// The folder that the project of a file ends at: the nearest one upward with an `elbo.toml`, else the file's own.
    fn root(&self, path: &Path) -> PathBuf;

    /// The specs of the project that ends at a folder.
    fn specs(&self, folder: &Path) -> Vec<PathBuf>;

    /// What a run will cost here, in a few words, such as `about 12 min, 950 MiB`; `None` if that is not known.
    fn cost(&self, _run: &Run) -> Option<String> {
        None
    }
}

/// The trees of texts, kept until the text changes.
#[derive(Debug, Default)]
pub(crate) struct Trees(Mutex<BTreeMap<PathBuf, (Arc<str>, Parsed)>>);

impl Trees {
    fn of(&self, path: &Path, text: &str) -> Parsed {
        // The map is whole between any two statements, so a request that panicked has not spoilt it.
        let mut trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match trees.get(path) {
            Some((known, tree)) if **known == *text => Arc::clone(tree),
            _ => {
                let tree = Arc::new(elbo_grammar::parse(text));
                trees.insert(path.to_path_buf(), (text.into(), Arc::clone(&tree)));
                tree
            }
        }
    }

    /// Forgets the trees of all files but these.
    pub fn keep(&self, keep: impl Fn(&Path) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|path, _| keep(path));
    }
}

/// Open buffers over files, as the compiler reads them.
pub(crate) struct Overlay<'w> {
    pub buffers: &'w BTreeMap<PathBuf, Buffer>,
    pub host: &'w dyn Host,
    pub trees: &'w Trees,
}

impl Sources for Overlay<'_> {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        let Some(from) = from else { return Ok(path.to_owned()) };
        let from = Path::new(from);
        let written = plain(&from.parent().unwrap_or(Path::new("")).join(path));
        // A buffer need not have been saved yet.
        let real = if self.buffers.contains_key(&written) { written } else { self.host.real(&written)? };
        let root = self.host.root(from);
        if !real.starts_with(&root) {
            return Err(format!("it lies outside the project, `{}`", root.display()));
        }
        Ok(real.to_string_lossy().into_owned())
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        let path = Path::new(resolved);
        match self.buffers.get(path) {
            Some(buffer) => Ok(buffer.text.to_string()),
            None => self.host.read(path),
        }
    }

    fn parse(&self, resolved: &str, text: &str) -> Parsed {
        self.trees.of(Path::new(resolved), text)
    }
}

/// A path without `.` and `..`, as far as its letters tell.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}
