//! The files of a folder of images: which are read, and which are skipped, as torchvision's `ImageFolder` has it.

use super::error::DataError;
use super::file_notes::FileNotes;
use super::picture::is_image_name;
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
/// in it. Every folder is read once, however many links lead to it. `notes` are told of other files, by their names
/// below `root`.
pub(super) fn images(class: &Path, root: &Path, notes: &mut FileNotes) -> Result<Vec<PathBuf>, DataError> {
    let mut walk = Walk { root, notes, above: real(class)?, seen: BTreeSet::new(), images: Vec::new() };
    walk.enter(class, 0)?;
    Ok(walk.images)
}

/// The name of a path below `root`, with `/` between folders.
pub(super) fn name_below(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

struct Walk<'w> {
    root: &'w Path,
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
        if !self.seen.insert(real) {
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

fn real(folder: &Path) -> Result<PathBuf, DataError> {
    folder.canonicalize().map_err(|error| DataError::Unreadable { path: folder.into(), error })
}
