//! Where inputs come from, as `predictions.csv` says it.

use crate::foreign_text;
use std::fmt::Write;

/// Where each input of a split comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum InputSources {
    /// From a set whose inputs have no place in a file of people.
    #[default]
    Unnamed,
    /// Each from a file of its own.
    Files(Vec<String>),
    /// From one file of many.
    Rows {
        /// Its name without its folder.
        file: String,
        /// The place of each among the examples of the file, from 0; empty where all are there in order.
        places: Vec<u32>,
        /// The line of a table that each begins in, from 1; empty for other files.
        lines: Vec<u32>,
    },
}

/// The columns that say where an input comes from.
pub const SOURCE_COLUMNS: [&str; 3] = ["file", "row", "line"];

impl InputSources {
    /// The names of files, where each input has one of its own.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Files(names) => names,
            Self::Unnamed | Self::Rows { .. } => &[],
        }
    }

    /// The columns of a table that say where its inputs come from.
    pub(super) fn columns(&self) -> &'static [&'static str] {
        match self {
            Self::Unnamed => &[],
            Self::Files(_) => &SOURCE_COLUMNS[..1],
            Self::Rows { lines, .. } if lines.is_empty() => &SOURCE_COLUMNS[..2],
            Self::Rows { .. } => &SOURCE_COLUMNS,
        }
    }

    /// Adds the cells of these columns for input number `index`, each after a comma.
    pub(super) fn write(&self, index: usize, text: &mut String) {
        let _ = match self {
            Self::Unnamed => Ok(()),
            Self::Files(names) => {
                write!(text, ",{}", names.get(index).map_or_else(String::new, |name| foreign_text::csv(name)))
            }
            Self::Rows { file, places, lines } => {
                let place = places.get(index).map_or(index, |place| *place as usize);
                let line = lines.get(index).map_or_else(String::new, |line| format!(",{line}"));
                write!(text, ",{},{place}{line}", foreign_text::csv(file))
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_say_where_they_stand() {
        let written = |sources: &InputSources| {
            let mut text = sources.columns().join(",");
            sources.write(1, &mut text);
            text
        };
        let rows = |places: Vec<u32>, lines: Vec<u32>| InputSources::Rows { file: "a,b.csv".into(), places, lines };
        assert_eq!(written(&InputSources::Unnamed), "");
        assert_eq!(written(&InputSources::Files(vec!["a.png".into(), "b.png".into()])), "file,b.png");
        assert_eq!(written(&rows(vec![], vec![])), "file,row,\"a,b.csv\",1");
        assert_eq!(written(&rows(vec![3, 8], vec![5, 11])), "file,row,line,\"a,b.csv\",8,11");
    }
}
