//! The folders of the attempts at a run.

use super::layout::is_absence;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folders of the attempts at a run, in their order.
pub(super) fn attempts(run: &Path) -> io::Result<Vec<PathBuf>> {
    let number = |name: &str| name.strip_prefix("attempt-")?.parse::<u32>().ok();
    Ok(numbered(run, number)?.into_iter().map(|(_, name)| run.join(name)).collect())
}

/// The names in a folder that have a number, in its order; none if there is no folder.
pub(super) fn numbered<N: Ord>(folder: &Path, number: impl Fn(&str) -> Option<N>) -> io::Result<Vec<(N, String)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if is_absence(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string()
            && let Some(number) = number(&name)
        {
            found.push((number, name));
        }
    }
    found.sort_unstable();
    Ok(found)
}
