//! How specs are rewritten where they are.

use crate::store::{prepare_beside, put_in_place};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Rewrites files, each whole or not at all, with the permissions it has. Every new text is on the disk before the
/// first file is touched. A link stays one: what it leads to is rewritten.
///
/// # Errors
/// Which file could not be written, and why; those before it have been.
pub fn rewrite_all(texts: &BTreeMap<String, String>) -> Result<(), (String, io::Error)> {
    let mut prepared = Vec::new();
    for (path, text) in texts {
        prepared.push((path, prepare(Path::new(path), text).map_err(|error| (path.clone(), error))?));
    }
    for (path, (file, real)) in prepared {
        put_in_place(file, &real).map_err(|error| (path.clone(), error))?;
    }
    Ok(())
}

/// Rewrites one file, as [`rewrite_all`] does.
///
/// # Errors
/// Why it could not be written; it is then as it was.
pub fn rewrite(path: &Path, text: &str) -> io::Result<()> {
    let (file, real) = prepare(path, text)?;
    put_in_place(file, &real)
}

/// A temporary file that holds `text`, and the path it is for, without links.
fn prepare(path: &Path, text: &str) -> io::Result<(NamedTempFile, PathBuf)> {
    let metadata = path.metadata()?;
    // What is read from a pipe or a device cannot be put back there.
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if metadata.permissions().readonly() {
        return Err(io::Error::other("it is read-only"));
    }
    let real = path.canonicalize()?;
    let file = prepare_beside(&real, text.as_bytes(), Some(metadata.permissions()))?;
    Ok((file, real))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn nothing_is_rewritten_unless_every_text_can_be_put_beside_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("a.elbo"), "old").expect("is written");
        let texts = BTreeMap::from([(path("a.elbo"), "new".to_owned()), (path("b.elbo"), "new".to_owned())]);
        let (failed, error) = rewrite_all(&texts).expect_err("there is no `b.elbo`");
        assert_eq!((failed, error.kind()), (path("b.elbo"), io::ErrorKind::NotFound));
        assert_eq!(fs::read_to_string(path("a.elbo")).expect("is there"), "old");
        fs::write(path("b.elbo"), "old").expect("is written");
        rewrite_all(&texts).expect("both can be written");
        assert_eq!(fs::read_to_string(path("a.elbo")).expect("is there"), "new");
        assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 2, "nothing else is left");
        assert!(rewrite(folder.path(), "").is_err_and(|error| error.to_string().contains("no regular file")));
    }
}
