//! Data to score a run on, as a command line names them.

use crate::data::LabelledFiles;
use elbo_compiler::ir::DataSource;
use std::path::PathBuf;

/// Data to score a run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScoredData {
    /// The test split of a published set.
    Set(DataSource),
    /// Labelled examples in files of one's own.
    Files(LabelledFiles),
}

impl ScoredData {
    /// The files or the folder of one's own that are read; none of a published set.
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Files(LabelledFiles::Table(path) | LabelledFiles::Folder(path)) => vec![path.clone()],
            Self::Files(LabelledFiles::Arrays(paths)) => paths.to_vec(),
            Self::Set(_) => Vec::new(),
        }
    }

    /// What people call them.
    pub fn called(&self) -> String {
        match self {
            Self::Set(set) => set.name().to_owned(),
            Self::Files(LabelledFiles::Table(path) | LabelledFiles::Folder(path)) => path.display().to_string(),
            Self::Files(LabelledFiles::Arrays([inputs, labels])) => {
                format!("{},{}", inputs.display(), labels.display())
            }
        }
    }
}

/// The data that a word names: a published set, a folder of images with a folder for each class, two arrays of numpy
/// with a comma between them, or a table. A file that is called like a set is named by `./`.
///
/// # Errors
/// What can be named.
pub fn parse_scored_data(text: &str) -> Result<ScoredData, String> {
    if let Some(set) = DataSource::ALL.into_iter().find(|set| set.name() == text) {
        return Ok(ScoredData::Set(set));
    }
    let path = PathBuf::from(text);
    if path.is_dir() {
        return Ok(ScoredData::Files(LabelledFiles::Folder(path)));
    }
    let is_array = |text: &str| text.to_ascii_lowercase().ends_with(".npy");
    if !path.exists()
        && let Some((inputs, labels)) = text.split_once(',')
        && is_array(inputs)
        && is_array(labels)
    {
        return Ok(ScoredData::Files(LabelledFiles::Arrays([inputs, labels].map(PathBuf::from))));
    }
    if is_array(text) {
        return Err(format!("labels are in an array of their own: write `{text},LABELS.npy`"));
    }
    // A file that is not there says so when it is read; no set has a point or a slash in its name.
    if path.exists() || text.contains(['.', '/', '\\']) {
        return Ok(ScoredData::Files(LabelledFiles::Table(path)));
    }
    Err(format!(
        "there is no such file; name a table, `INPUTS.npy,LABELS.npy`, a folder with a folder of images for each \
         class, or a \
         data set: {}",
        DataSource::ALL.map(DataSource::name).join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_folders_arrays_and_tables_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let table = folder.path().join("people.csv");
        std::fs::write(&table, "x,y\n").expect("is written");
        let parse = |text: &str| parse_scored_data(text);
        assert_eq!(parse("cifar10"), Ok(ScoredData::Set(DataSource::Cifar10)));
        let named = folder.path().to_str().expect("is UTF-8");
        assert_eq!(parse(named), Ok(ScoredData::Files(LabelledFiles::Folder(folder.path().to_owned()))));
        assert_eq!(
            parse(table.to_str().expect("is UTF-8")),
            Ok(ScoredData::Files(LabelledFiles::Table(table.clone())))
        );
        let arrays = ["x.npy", "y.npy"].map(PathBuf::from);
        assert_eq!(parse("x.npy,y.npy"), Ok(ScoredData::Files(LabelledFiles::Arrays(arrays))));
        for (text, said) in [("x.npy", "x.npy,LABELS.npy"), ("imagenet", "fashion_mnist"), ("", "no such file")] {
            assert!(parse(text).expect_err("is nothing").contains(said), "{text}");
        }
    }
}
