//! What a run's examples are by content: the bytes of every file that was read, whatever it is called and wherever it lies.

use super::digest::{Digest, hexadecimal};
use elbo_compiler::ir::Data;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The files behind both splits, in the order they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// What training and validation examples were read from.
    pub training: Vec<Digest>,
    /// What the test split alone was read from; empty where it is a part of the files of training.
    pub test: Vec<Digest>,
}

impl Contents {
    /// SHA-256 of each file by its name without the folder; of several files of one name the later ones are numbered.
    pub fn by_name(&self) -> BTreeMap<String, String> {
        named(self.training.iter().chain(&self.test))
    }

    /// SHA-256 of all that was read: of the digests of its files in order, one per line.
    pub fn sha256(&self) -> String {
        of_lines(self.training.iter().chain(&self.test).map(|digest| digest.sha256.clone()))
    }

    /// SHA-256 that two runs share if they are scored on the same test examples: of the digests of the files that the
    /// test split is read from, and where it is a share of the examples, of that share and of the column that stratifies
    /// it.
    pub fn test_sha256(&self, data: &Data) -> String {
        let files = if self.test.is_empty() { &self.training } else { &self.test };
        let share = data.source.kind().test_share().map(|share| format!("share {share}"));
        let columns = data.source.kind().columns();
        let target = columns.map(|columns| format!("target {}", columns.targets.join("\u{1f}")));
        of_lines(files.iter().map(|digest| digest.sha256.clone()).chain(share).chain(target))
    }
}

/// SHA-256 of each file by its name; of several files of one name the later ones are numbered.
pub fn named<'d>(digests: impl IntoIterator<Item = &'d Digest>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for digest in digests {
        let mut name = digest.name.clone();
        for number in 2.. {
            if !found.contains_key(&name) {
                break;
            }
            name = format!("{} ({number})", digest.name);
        }
        found.insert(name, digest.sha256.clone());
    }
    found
}

fn of_lines(lines: impl Iterator<Item = String>) -> String {
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    hexadecimal(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_and_names_do_not_matter() {
        let file = |name: &str, bytes: &[u8]| Digest::of(name, bytes);
        let contents = Contents { training: vec![file("x.csv", b"a")], test: vec![file("x.csv", b"b")] };
        assert_eq!(contents.by_name().keys().collect::<Vec<_>>(), ["x.csv", "x.csv (2)"]);
        let renamed = Contents { training: vec![file("y.csv", b"a")], test: vec![file("z.csv", b"b")] };
        assert_eq!(contents.sha256(), renamed.sha256());
        let changed = Contents { training: vec![file("x.csv", b"c")], test: vec![file("x.csv", b"b")] };
        assert_ne!(contents.sha256(), changed.sha256());
    }
}
