//! The texts an editor has open, and what the compiler says of them.

use crate::buffer::Buffer;
use crate::host::{Host, Overlay, Trees, plain};
use crate::positions::{Encoding, Lines};
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::resolution::{Names, Occurrence};
use elbo_compiler::sources::{Parsed, SourceMap, Sources};
use elbo_compiler::{Compilation, compile, parse_all};
use gen_lsp_types::{Location, Uri};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A file with everything it uses, parsed.
#[derive(Debug)]
pub(crate) struct Syntax {
    /// The texts; the first is the file's own.
    pub sources: SourceMap,
    /// The tree of each.
    pub trees: Vec<Parsed>,
    /// Every place where a name stands, once somebody has asked.
    occurrences: OnceLock<Vec<Occurrence>>,
}

impl Syntax {
    /// The file's own text.
    pub fn text(&self) -> &str {
        &self.sources.get(SourceId(0)).text
    }

    /// Which name stands for what.
    pub fn names(&self) -> Names<'_> {
        Names::new(self.trees.iter().map(|tree| &tree.0))
    }

    /// Every place where a name stands, file by file in the order of the text.
    pub fn occurrences(&self) -> &[Occurrence] {
        self.occurrences.get_or_init(|| self.names().occurrences())
    }

    /// The file's own tree.
    pub fn tree(&self) -> &elbo_grammar::ast::File {
        &self.trees[0].0
    }
}

/// Everything that is open.
pub(crate) struct Workspace {
    pub host: Arc<dyn Host>,
    pub buffers: BTreeMap<PathBuf, Buffer>,
    pub encoding: Encoding,
    /// Whether the client can put the cursor where something is to be filled in.
    pub snippets: bool,
    trees: Trees,
    syntaxes: RefCell<BTreeMap<PathBuf, Arc<Syntax>>>,
    compilations: RefCell<BTreeMap<PathBuf, Arc<Compilation>>>,
}

impl Workspace {
    /// A workspace without open texts.
    pub fn new(host: Arc<dyn Host>, encoding: Encoding, snippets: bool) -> Self {
        let (buffers, trees) = (BTreeMap::new(), Trees::default());
        Self {
            host,
            buffers,
            encoding,
            snippets,
            trees,
            syntaxes: RefCell::default(),
            compilations: RefCell::default(),
        }
    }

    /// The same texts, of which nothing is known yet.
    pub fn without_knowledge(&self) -> Self {
        Self { buffers: self.buffers.clone(), ..Self::new(Arc::clone(&self.host), self.encoding, self.snippets) }
    }

    /// The path that a URI stands for: what has no file, such as an unsaved text, is known by the URI itself.
    pub fn path(&self, uri: &Uri) -> PathBuf {
        let path = self.spelled(uri);
        if self.buffers.contains_key(&path) { path } else { self.host.real(&path).unwrap_or(path) }
    }

    /// Takes in a text that was opened. Where another name of the same file is open, that text goes back to its own name:
    /// two names are two texts to a client.
    pub fn open(&mut self, (uri, version, text): (Uri, i32, Arc<str>)) {
        let path = self.spelled(&uri);
        let settled = self.buffers.get(&path).is_some_and(|known| known.settled);
        let buffer = Buffer { uri, version, text, settled };
        if let Some(other) = self.buffers.get(&path).filter(|other| other.uri != buffer.uri).cloned() {
            self.buffers.insert(spelling(&other.uri), other);
        }
        self.buffers.insert(path, buffer);
    }

    /// The same without a look at the disk: links in it stay.
    pub fn spelled(&self, uri: &Uri) -> PathBuf {
        // A file that was deleted under its buffer has no spelling of its own any more.
        if let Some((path, _)) = self.buffers.iter().find(|(_, buffer)| buffer.uri == *uri) {
            return path.clone();
        }
        spelling(uri)
    }

    /// The texts whose paths have not been looked up on disk, with the paths they are known by until then.
    pub fn unsettled(&self) -> Vec<PathBuf> {
        self.buffers.iter().filter(|(_, buffer)| !buffer.settled).map(|(path, _)| path.clone()).collect()
    }

    /// Gives texts other paths, and looks up none of them again.
    pub fn settle(&mut self, paths: Vec<(PathBuf, PathBuf)>) {
        for (known, real) in paths {
            if let Some(buffer) = self.buffers.remove(&known) {
                // Two names of one file are two texts to a client.
                let place = if self.buffers.contains_key(&real) { known } else { real };
                self.buffers.insert(place, Buffer { settled: true, ..buffer });
            }
        }
        self.changed();
    }

    /// The URI of a path, as the client spells it where it has said so.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        match self.buffers.get(path) {
            Some(buffer) => Some(buffer.uri.clone()),
            None => Uri::from_file_path(path).ok(),
        }
    }

    /// Notes that a text has changed, so that nothing that was known still holds.
    pub fn changed(&self) {
        self.syntaxes.borrow_mut().clear();
        self.compilations.borrow_mut().clear();
    }

    /// Forgets what is no longer of use.
    pub fn tidy(&self) {
        let used = self.syntaxes.borrow();
        let of_use = |path: &Path| {
            let path = path.to_string_lossy();
            used.values().any(|syntax| syntax.sources.find(&path).is_some())
        };
        self.trees.keep(of_use);
    }

    fn overlay(&self) -> Overlay<'_> {
        Overlay { buffers: &self.buffers, host: self.host.as_ref(), trees: &self.trees }
    }

    /// A file with everything it uses, parsed.
    pub fn syntax(&self, path: &Path) -> Arc<Syntax> {
        if let Some(known) = self.syntaxes.borrow().get(path) {
            return Arc::clone(known);
        }
        let (sources, trees) = parse_all(&path.to_string_lossy(), &self.overlay());
        let syntax = Arc::new(Syntax { sources, trees, occurrences: OnceLock::new() });
        self.syntaxes.borrow_mut().insert(path.to_path_buf(), Arc::clone(&syntax));
        syntax
    }

    /// What the compiler says of a file.
    pub fn compilation(&self, path: &Path) -> Arc<Compilation> {
        if let Some(known) = self.compilations.borrow().get(path) {
            return Arc::clone(known);
        }
        let compilation = Arc::new(compile(&path.to_string_lossy(), &self.overlay(), None, &[]));
        self.compilations.borrow_mut().insert(path.to_path_buf(), Arc::clone(&compilation));
        compilation
    }

    /// The lines of a text.
    pub fn lines<'t>(&self, text: &'t str) -> Lines<'t> {
        Lines::new(text, self.encoding)
    }

    /// A place in one of several texts.
    pub fn location(&self, sources: &SourceMap, source: SourceId, span: elbo_grammar::Span) -> Option<Location> {
        let file = sources.get(source);
        let uri = self.uri(Path::new(&file.path))?;
        Some(Location { uri, range: self.lines(&file.text).range(span) })
    }

    /// The file that `written` in a `use` of `from` names.
    pub fn used(&self, from: &Path, written: &str) -> Option<PathBuf> {
        self.overlay().resolve(Some(&from.to_string_lossy()), written).ok().map(PathBuf::from)
    }

    /// Every spec of the project of `path`: the files below its root, and those that are open.
    pub fn project(&self, path: &Path) -> Vec<PathBuf> {
        let root = self.host.root(path);
        let mut specs = self.host.specs(&root);
        specs.extend(self.buffers.keys().filter(|open| open.starts_with(&root)).cloned());
        specs.push(path.to_path_buf());
        specs.sort();
        specs.dedup();
        specs
    }
}

/// The path of a URI as the client spells it.
fn spelling(uri: &Uri) -> PathBuf {
    uri.to_file_path().map_or_else(|()| PathBuf::from(uri.as_str()), |path| plain(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk on which `link.elbo` leads to `real.elbo`.
    struct Linked;

    impl Host for Linked {
        fn read(&self, _: &Path) -> Result<String, String> {
            Err("there is no file".to_owned())
        }

        fn real(&self, path: &Path) -> Result<PathBuf, String> {
            Ok(if path.ends_with("link.elbo") { path.with_file_name("real.elbo") } else { path.to_path_buf() })
        }

        fn root(&self, _: &Path) -> PathBuf {
            PathBuf::from("/")
        }

        fn specs(&self, _: &Path) -> Vec<PathBuf> {
            Vec::new()
        }
    }

    #[test]
    fn two_names_of_one_file_are_two_texts() {
        let uri = |name: &str| Uri::from_file_path(format!("/{name}.elbo")).expect("an absolute path");
        for names in [["link", "real"], ["real", "link"]] {
            let mut workspace = Workspace::new(Arc::new(Linked), Encoding::Utf8, false);
            for name in names {
                workspace.open((uri(name), 1, name.into()));
                let paths = workspace.unsettled();
                let found = paths.into_iter().map(|path| (path.clone(), Linked.real(&path).expect("it is known")));
                workspace.settle(found.collect());
            }
            for name in names {
                let path = workspace.spelled(&uri(name));
                assert_eq!(workspace.buffers.get(&path).map(|buffer| &*buffer.text), Some(name), "{names:?}");
            }
        }
    }
}
