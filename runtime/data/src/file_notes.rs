//! What was done to files on the way: which were skipped, and which hold something else than what was read of them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How many files a note names.
const NAMED: usize = 3;

/// Files that were read in one way, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileNote {
    /// What was done to them: a participle and what belongs to it, such as `converted from colour to grey`.
    pub what: String,
    /// How many files.
    pub files: usize,
    /// The names of the first few.
    pub first: Vec<String>,
}

/// A lower-case sentence without a full stop.
impl fmt::Display for FileNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, were) = if self.files == 1 { ("1 file", "was") } else { ("files", "were") };
        if self.files > 1 {
            write!(f, "{} ", elbo_compiler::ir::grouped(self.files))?;
        }
        let names: Vec<String> = self.first.iter().map(|name| format!("`{name}`")).collect();
        let more = if self.files > names.len() { ", …" } else { "" };
        write!(f, "{count} {were} {} ({}{more})", self.what, names.join(", "))
    }
}

/// Gathers notes on many files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileNotes(BTreeMap<String, (usize, Vec<String>)>);

impl FileNotes {
    /// Adds that a file was `what`.
    pub fn add(&mut self, what: &str, file: &str) {
        let (count, first) = self.0.entry(what.to_owned()).or_default();
        *count += 1;
        if first.len() < NAMED {
            first.push(file.to_owned());
        }
    }

    /// One note for each thing that was done, in the order of their words.
    pub fn notes(self) -> Vec<FileNote> {
        let note = |(what, (files, first))| FileNote { what, files, first };
        self.0.into_iter().map(note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_and_the_first_are_named() {
        let mut notes = FileNotes::default();
        (0..1_234).for_each(|file| notes.add("read without transparency", &format!("a/{file}.png")));
        notes.add("converted from colour to grey", "x.png");
        let texts: Vec<String> = notes.notes().iter().map(FileNote::to_string).collect();
        assert_eq!(texts[0], "1 file was converted from colour to grey (`x.png`)");
        let expected = "1,234 files were read without transparency (`a/0.png`, `a/1.png`, `a/2.png`, …)";
        assert_eq!(texts[1], expected);
    }
}
