//! `<store>/by-name/<run>`: links for people, from the name of a run to its last evaluation.
//!
//! Nothing depends on them: what walks a store does not follow them, and where links cannot be made there are none.

use super::{RunKeys, Store};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of a store that the links lie in.
pub const BY_NAME: &str = "by-name";

/// The most letters of a link's name.
const LONGEST: usize = 120;

impl Store {
    /// Where the link of a run lies: a member of a sweep below the sweep. Letters that names of files had better not have
    /// are replaced.
    pub fn link_of(&self, name: &str) -> PathBuf {
        let folder = self.root().join(BY_NAME);
        match name.split_once('/') {
            Some((sweep, member)) => folder.join(plain(sweep)).join(plain(member)),
            None => folder.join(plain(name)),
        }
    }

    /// Lets the link of a run lead to its evaluation, in place of one that it led to before.
    ///
    /// # Errors
    /// If the system offers no links, or something else is in the link's place.
    pub fn link(&self, name: &str, keys: &RunKeys) -> io::Result<PathBuf> {
        let link = self.link_of(name);
        let folder = super::atomic::folder_of(&link);
        std::fs::create_dir_all(folder)?;
        let depth = folder.strip_prefix(self.root()).map_or(0, |below| below.components().count());
        let evaluation = self.evaluation_directory(keys);
        let below = evaluation.strip_prefix(self.root()).unwrap_or(&evaluation);
        let target = (0..depth).map(|_| Path::new("..")).collect::<PathBuf>().join(below);
        if std::fs::read_link(&link).is_ok_and(|present| present == target) {
            return Ok(link);
        }
        // Made beside it and renamed, so that whoever follows it finds the old one or the new one.
        let made = folder.join(format!(".partial-{}-{}", std::process::id(), keys.evaluation.short()));
        symlink(&target, &made)?;
        std::fs::rename(&made, &link).inspect_err(|_| drop(std::fs::remove_file(&made)))?;
        Ok(link)
    }
}

fn plain(name: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || "-_.=,+".contains(letter) { letter } else { '-' };
    let name: String = name.chars().map(plain).take(LONGEST).collect();
    // Neither hidden nor a way up.
    name.strip_prefix('.').map_or(name.clone(), |rest| format!("-{rest}"))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(target, link)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
