//! What stands where a folder should be.

use std::path::Path;

/// The first part of a path, from its root, that is no folder although more must lie below it or it should be one: a file, or a
/// link that leads nowhere. `None` if there is no such part.
pub(super) fn obstacle(path: &Path) -> Option<String> {
    let mut parts: Vec<&Path> = path.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    parts.reverse();
    parts.into_iter().find_map(|part| {
        // A part that is not there is nobody's obstacle.
        let itself = part.symlink_metadata().ok()?;
        match part.metadata() {
            Ok(metadata) if metadata.is_dir() => None,
            Ok(_) => Some(format!("`{}` is a file, not a folder", part.display())),
            Err(_) if itself.is_symlink() => Some(format!("`{}` is a link that leads nowhere", part.display())),
            Err(_) => None,
        }
    })
}
