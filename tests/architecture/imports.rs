//! Which file of a crate takes what from which other, read off the words of its sources.
//!
//! A name that a file only passes on with `pub use` is taken from the file that defines it, so that the face of a folder
//! makes no cycle. A file that declares a module needs it: `mod x;` is an arrow, too. Tests are left out.

use crate::words::{closing, words};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who takes names from whom: the file, the file it takes from, the names.
pub type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The arrows between the files below the folder of a crate's sources, each file by its path below it.
pub fn arrows(sources: &Path) -> Arrows {
    let mut tree = Tree::default();
    for root in ["lib.rs", "main.rs"] {
        if sources.join(root).exists() {
            let module = tree.add(PathBuf::from(root), None);
            tree.read(sources, module);
        }
    }
    tree.arrows()
}

/// A module: a file, or a part of one.
struct Module {
    /// Below the crate's sources.
    file: PathBuf,
    parent: Option<usize>,
    /// The modules declared in it.
    children: BTreeMap<String, usize>,
    /// What a name brought in by `use` is a path to.
    uses: BTreeMap<String, Vec<String>>,
    /// What is brought in whole, with `*`.
    globs: Vec<Vec<String>>,
    /// What is defined in it.
    items: BTreeSet<String>,
    /// Paths in its code.
    paths: BTreeSet<Vec<String>>,
}

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(usize),
    /// Something that a module defines.
    Item(usize),
}

#[derive(Default)]
struct Tree {
    modules: Vec<Module>,
}

impl Tree {
    fn add(&mut self, file: PathBuf, parent: Option<usize>) -> usize {
        self.modules.push(Module {
            file,
            parent,
            children: BTreeMap::new(),
            uses: BTreeMap::new(),
            globs: Vec::new(),
            items: BTreeSet::new(),
            paths: BTreeSet::new(),
        });
        self.modules.len() - 1
    }

    /// Reads the file of a module, and those of the modules it declares.
    fn read(&mut self, sources: &Path, module: usize) {
        let file = sources.join(&self.modules[module].file);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_words(sources, module, &words(&text));
    }

    fn read_words(&mut self, sources: &Path, module: usize, words: &[String]) {
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        let (mut depth, mut macro_end) = (0, 0);
        let mut at = 0;
        while at < words.len() {
            match word(at) {
                "{" => depth += 1,
                "}" => depth -= 1,
                // What a macro brings in is for the place where it is used.
                "use" if at < macro_end => {}
                "use" if word(at + 1) != "<" => {
                    let end = (at..words.len()).find(|&end| word(end) == ";").unwrap_or(words.len());
                    self.brought_in(module, &[], &words[at + 1..end]);
                    at = end;
                }
                "mod" if word(at + 2) == ";" => {
                    let file = self.file_of(sources, module, word(at + 1));
                    let child = self.add(file, Some(module));
                    self.modules[module].children.insert(word(at + 1).to_owned(), child);
                    self.read(sources, child);
                    at += 2;
                }
                "mod" if word(at + 2) == "{" => {
                    let end = closing(words, at + 2);
                    let child = self.add(self.modules[module].file.clone(), Some(module));
                    self.modules[module].children.insert(word(at + 1).to_owned(), child);
                    self.read_words(sources, child, &words[at + 3..end - 1]);
                    at = end;
                    continue;
                }
                "fn" | "struct" | "enum" | "trait" | "type" | "union" | "const" | "static" if depth == 0 => {
                    self.modules[module].items.insert(word(at + 1).to_owned());
                }
                "macro_rules" => {
                    self.modules[module].items.insert(word(at + 2).to_owned());
                    macro_end = closing(words, at + 3);
                }
                first if is_name(first) && word(at + 1) == "::" && (at == 0 || word(at - 1) != "::") => {
                    let mut path = vec![first.to_owned()];
                    while word(at + 1) == "::" && is_name(word(at + 2)) {
                        path.push(word(at + 2).to_owned());
                        at += 2;
                    }
                    self.modules[module].paths.insert(path);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// The file of a module that a file declares.
    fn file_of(&self, sources: &Path, module: usize, name: &str) -> PathBuf {
        let parent = &self.modules[module].file;
        let folder = parent.parent().unwrap_or(Path::new(""));
        let stem = parent.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let below =
            if ["lib", "main", "mod"].contains(&stem.as_str()) { folder.to_path_buf() } else { folder.join(stem) };
        let plain = below.join(format!("{name}.rs"));
        if sources.join(&plain).exists() { plain } else { below.join(name).join("mod.rs") }
    }

    /// Notes what the tree of a `use` brings in below `before`.
    fn brought_in(&mut self, module: usize, before: &[String], tree: &[String]) {
        let mut path = before.to_vec();
        let mut at = 0;
        while at < tree.len() {
            match tree[at].as_str() {
                "::" => {}
                "{" => {
                    let end = closing(tree, at) - 1;
                    let mut start = at + 1;
                    let mut depth = 0;
                    for place in at + 1..=end {
                        match tree[place].as_str() {
                            "{" => depth += 1,
                            "}" if place < end => depth -= 1,
                            "," if depth == 0 => {
                                self.brought_in(module, &path, &tree[start..place]);
                                start = place + 1;
                            }
                            _ => {}
                        }
                    }
                    self.brought_in(module, &path, &tree[start..end]);
                    return;
                }
                "*" => {
                    self.modules[module].globs.push(path);
                    return;
                }
                "as" => {
                    let name = tree.get(at + 1).cloned().unwrap_or_default();
                    // A trait brought in without a name is used all the same.
                    let name = if name == "_" { path.join("::") } else { name };
                    self.modules[module].uses.insert(name, path);
                    return;
                }
                "self" if !path.is_empty() => {}
                name => path.push(name.to_owned()),
            }
            at += 1;
        }
        if let Some(name) = path.last().cloned().filter(|_| path.len() > before.len() || !tree.is_empty()) {
            self.modules[module].uses.insert(name, path);
        }
    }

    /// What a path written in a module leads to, in this crate; `seen` are the names being looked up.
    fn resolve(&self, module: usize, path: &[String], seen: &mut Vec<(usize, String)>) -> BTreeSet<Target> {
        let mut here = module;
        let mut at = 0;
        while let Some(step) = path.get(at) {
            match step.as_str() {
                "crate" => {
                    while let Some(parent) = self.modules[here].parent {
                        here = parent;
                    }
                }
                "self" => {}
                "super" => here = self.modules[here].parent.unwrap_or(here),
                _ => break,
            }
            at += 1;
        }
        let anchored = at > 0;
        let mut reached = BTreeSet::from([Target::Module(here)]);
        for (place, name) in path.iter().enumerate().skip(at) {
            let Some(Target::Module(here)) = reached.iter().find(|target| matches!(target, Target::Module(_))).copied()
            else {
                break;
            };
            reached = self.named(here, name, anchored || place > at, seen);
        }
        reached
    }

    /// What a name stands for in a module; one that nothing is known of is the module's own where it `must_be`.
    fn named(&self, module: usize, name: &str, must_be: bool, seen: &mut Vec<(usize, String)>) -> BTreeSet<Target> {
        let mut found = BTreeSet::new();
        let looked_up = (module, name.to_owned());
        if seen.contains(&looked_up) {
            return found;
        }
        seen.push(looked_up);
        let here = &self.modules[module];
        found.extend(here.children.get(name).map(|child| Target::Module(*child)));
        if here.items.contains(name) {
            found.insert(Target::Item(module));
        }
        let mut foreign = false;
        if let Some(path) = here.uses.get(name) {
            let led = self.resolve(module, path, seen);
            foreign = led.is_empty();
            found.extend(led);
        }
        if found.is_empty() && !foreign {
            for glob in &here.globs {
                for target in self.resolve(module, glob, seen) {
                    if let Target::Module(whole) = target {
                        found.extend(self.named(whole, name, false, seen));
                    }
                }
            }
        }
        if found.is_empty() && !foreign && must_be {
            found.insert(Target::Item(module));
        }
        seen.pop();
        found
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        let name = |module: usize| self.modules[module].file.to_string_lossy().into_owned();
        for (index, module) in self.modules.iter().enumerate() {
            arrows.entry(name(index)).or_default();
            let mut takes = |from: usize, what: String| {
                if self.modules[from].file != module.file {
                    arrows.entry(name(index)).or_default().entry(name(from)).or_default().insert(what);
                }
            };
            for (declared, child) in &module.children {
                takes(*child, format!("mod {declared}"));
            }
            for path in module.uses.values().chain(&module.paths) {
                for target in self.resolve(index, path, &mut Vec::new()) {
                    if let Target::Item(from) = target {
                        takes(from, path.last().cloned().unwrap_or_default());
                    }
                }
            }
            for glob in &module.globs {
                for target in self.resolve(index, glob, &mut Vec::new()) {
                    let (Target::Module(from) | Target::Item(from)) = target;
                    takes(from, "*".to_owned());
                }
            }
        }
        arrows
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}
