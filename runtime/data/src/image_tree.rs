//! The files of a folder of images: which are read, and which are skipped, as torchvision's `ImageFolder` has it.

use super::error::DataError;
use super::file_notes::FileNotes;
use super::image_names::is_image_name;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders inside a class's folder go so deep at most.
const DEEPEST: usize = 32;

/// What operating systems and archivers leave in folders, beside what begins with a point.
const LEFT_BEHIND: [&str; 8] = [
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "Desktop.ini",
    "Icon\r",
    "__MACOSX",
    "$RECYCLE.BIN",
    "System Volume Information",
];

/// What a folder holds, by name, without what operating systems leave in it.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |error| DataError::Unreadable { path: folder.into(), error };
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with('.') || LEFT_BEHIND.contains(&name.as_ref())) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// The images of a class, in folders in its folder, too: those right in a folder by name, then those of the folders
/// in it. Every folder is read once, however many links lead to it, and `others`, the folders of other classes without
/// links, are left to these. `notes` are told of other files and of such folders, by their names below `root`.
pub(super) fn images(
    class: &Path,
    (root, others): (&Path, &BTreeSet<PathBuf>),
    notes: &mut FileNotes,
) -> Result<Vec<PathBuf>, DataError> {
    let mut walk = Walk { root, others, notes, above: real(class)?, seen: BTreeSet::new(), images: Vec::new() };
    walk.enter(class, 0)?;
    Ok(walk.images)
}

/// The name of a path below `root`, with `/` between folders; the path itself where it lies elsewhere.
pub(super) fn name_below(root: &Path, path: &Path) -> String {
    let Ok(below) = path.strip_prefix(root) else { return path.display().to_string() };
    let parts = below.components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

struct Walk<'w> {
    root: &'w Path,
    /// The folders of all classes without links.
    others: &'w BTreeSet<PathBuf>,
    notes: &'w mut FileNotes,
    /// The class's folder without links.
    above: PathBuf,
    /// Folders that were read, without links.
    seen: BTreeSet<PathBuf>,
    images: Vec<PathBuf>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, depth: usize) -> Result<(), DataError> {
        if depth > DEEPEST {
            return Err(DataError::Content {
                path: folder.into(),
                place: String::new(),
                problem: format!("it lies more than {DEEPEST} folders deep"),
                help: "put the images into fewer folders inside each other".into(),
            });
        }
        let real = real(folder)?;
        if depth > 0 && self.above.starts_with(&real) {
            self.notes.add("skipped as a link to a folder above it", &name_below(self.root, folder));
            return Ok(());
        }
        let is_other =
            |other: &&PathBuf| **other != self.above && (real.starts_with(other) || other.starts_with(&real));
        if depth > 0 && self.others.iter().any(|other| is_other(&other)) {
            self.notes.add("skipped as the folder of another class or split", &name_below(self.root, folder));
            return Ok(());
        }
        if !self.seen.insert(real) {
            self.notes.add("skipped as a folder that was read under another name", &name_below(self.root, folder));
            return Ok(());
        }
        let mut folders = Vec::new();
        for path in entries(folder)? {
            if path.is_dir() {
                folders.push(path);
            } else if is_image_name(&path) {
                self.images.push(path);
            } else {
                self.notes.add("skipped for an ending that no image has", &name_below(self.root, &path));
            }
        }
        folders.iter().try_for_each(|folder| self.enter(folder, depth + 1))
    }
}

/// A folder's path without links.
pub(super) fn real(folder: &Path) -> Result<PathBuf, DataError> {
    folder.canonicalize().map_err(|error| DataError::Unreadable { path: folder.into(), error })
}
