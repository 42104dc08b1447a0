//! Which files use each other in a cycle.
//!
//! The files of a cycle all see the same declarations, so that checking one of them checks them all.

use crate::sources::Sources;
use elbo_grammar::ast::DeclarationKind;
use std::collections::HashMap;

/// A file that is checked by itself, for itself and for those of the named files that it is in a cycle with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The file: the first of them that is named.
    pub path: String,
    /// How many of the named files it stands for.
    pub files: usize,
}

/// Divides `paths` into groups, in the order of their first files. Time and memory grow with the number of `use` lines.
pub fn groups(paths: &[String], sources: &dyn Sources) -> Vec<Group> {
    let graph = Graph::read(paths, sources);
    let components = graph.components();
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<usize, usize> = HashMap::new();
    for (path, node) in paths.iter().zip(&graph.named) {
        let group = *known.entry(components[*node]).or_insert_with(|| {
            groups.push(Group { path: path.clone(), files: 0 });
            groups.len() - 1
        });
        groups[group].files += 1;
    }
    groups
}

/// Files, by number, and which they use.
#[derive(Default)]
struct Graph {
    uses: Vec<Vec<usize>>,
    numbers: HashMap<String, usize>,
    /// The numbers of the files that were named.
    named: Vec<usize>,
}

impl Graph {
    /// Reads the `use` lines of files, of those they use, and so on. What cannot be read uses nothing.
    fn read(paths: &[String], sources: &dyn Sources) -> Self {
        let mut graph = Self::default();
        let mut unread = Vec::new();
        for path in paths {
            let resolved = sources.resolve(None, path).unwrap_or_else(|_| path.clone());
            let number = graph.number(resolved, &mut unread);
            graph.named.push(number);
        }
        while let Some((number, path)) = unread.pop() {
            let Ok(text) = sources.read(&path) else { continue };
            let parsed = sources.parse(&path, &text);
            for declaration in &parsed.0.declarations {
                let DeclarationKind::Use { path: used } = &declaration.kind else { continue };
                let Ok(resolved) = sources.resolve(Some(&path), &used.value) else { continue };
                let used = graph.number(resolved, &mut unread);
                graph.uses[number].push(used);
            }
        }
        graph
    }

    fn number(&mut self, path: String, unread: &mut Vec<(usize, String)>) -> usize {
        if let Some(number) = self.numbers.get(&path) {
            return *number;
        }
        let number = self.uses.len();
        self.uses.push(Vec::new());
        unread.push((number, path.clone()));
        self.numbers.insert(path, number);
        number
    }

    /// The strongly connected component of each file, by Kosaraju's algorithm: whatever is reached backwards, in the
    /// reverse order of finishing, reaches each other. Without calls within calls, as chains may be of any length.
    fn components(&self) -> Vec<usize> {
        let count = self.uses.len();
        let mut finished = Vec::with_capacity(count);
        let mut seen = vec![false; count];
        for start in 0..count {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            let mut open = vec![(start, 0)];
            while let Some((file, next)) = open.last_mut() {
                match self.uses[*file].get(*next) {
                    Some(&used) => {
                        *next += 1;
                        if !std::mem::replace(&mut seen[used], true) {
                            open.push((used, 0));
                        }
                    }
                    None => {
                        finished.push(*file);
                        open.pop();
                    }
                }
            }
        }
        let mut used_by = vec![Vec::new(); count];
        for (file, uses) in self.uses.iter().enumerate() {
            uses.iter().for_each(|&used| used_by[used].push(file));
        }
        let mut components = vec![usize::MAX; count];
        for &root in finished.iter().rev() {
            let mut open = vec![root];
            while let Some(file) = open.pop() {
                if components[file] == usize::MAX {
                    components[file] = root;
                    open.extend(used_by[file].iter().filter(|user| components[**user] == usize::MAX));
                }
            }
        }
        components
    }
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::sources::MemorySources;

    #[test]
    fn files_in_a_cycle_are_one_group_and_others_stay_alone() {
        let mut sources = MemorySources::default();
        let uses = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a"), ("e", "e"), ("f", "missing")];
        for (file, used) in uses {
            sources.insert(file, format!("use \"{used}\"\n"));
        }
        let paths: Vec<String> = uses.iter().map(|(file, _)| (*file).to_owned()).collect();
        let found: Vec<(String, usize)> =
            groups(&paths, &sources).into_iter().map(|group| (group.path, group.files)).collect();
        let expected = [("a", 1), ("b", 2), ("d", 1), ("e", 1), ("f", 1)];
        assert_eq!(found, expected.map(|(path, files)| (path.to_owned(), files)));
    }
}
