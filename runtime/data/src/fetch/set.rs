//! A whole set, from its publisher into a data root.

use super::download::{Order, download, is_published};
use super::error::FetchError;
use super::examine::{State, examine};
use super::location::Location;
use super::observer::{FetchEvent, FetchObserver};
use super::options::FetchOptions;
use super::published::{Content, Download, Form, Published};
use super::shown::shown_address;
use super::unpack::unpack;
use crate::Layout;
use std::fs;
use std::path::{Path, PathBuf};

/// A set that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its folder.
    pub folder: PathBuf,
    /// How many files were fetched; none if all were there.
    pub downloads: usize,
}

/// Brings a set into its folder below the data root `root`, which is made if it is not there. Files that are there as
/// they were published stay; a file of a set that is not as published is set aside as `NAME.damaged` before
/// another takes its place, `NAME.damaged-2` where there is such a file, and so on.
///
/// # Errors
/// Any [`FetchError`] but [`FetchError::NotPublished`]. What has come stays, and the next call goes on from there.
pub fn fetch(
    published: &Published,
    root: &Path,
    options: &FetchOptions,
    observer: &mut dyn FetchObserver,
) -> Result<Fetched, FetchError> {
    let layout = Layout::of(published.source).ok_or(FetchError::NotPublished { set: published.source })?;
    let folder = root.join(layout.folders[0]);
    fs::create_dir_all(&folder).map_err(FetchError::io(&folder, "made"))?;
    let mut downloads = 0;
    for wanted in published.downloads {
        let needed = needed(wanted, &layout, &folder, observer);
        if needed.is_empty() {
            continue;
        }
        downloads += usize::from(obtain(wanted, &needed, &layout, &folder, options, observer)?);
    }
    Ok(Fetched { folder, downloads })
}

/// What a folder lacks of a download's content, or has damaged, and where the damaged file is.
fn needed(
    wanted: &'static Download,
    layout: &Layout,
    folder: &Path,
    observer: &mut dyn FetchObserver,
) -> Vec<(&'static Content, Option<PathBuf>)> {
    let mut needed = Vec::new();
    for content in wanted.contents {
        match layout.find(folder, content.name) {
            None => needed.push((content, None)),
            Some(path) => match examine(content, &path) {
                State::Sound => observer.event(&FetchEvent::Present { path: &path }),
                State::Damaged(problem) => {
                    observer.remark(&format!("`{}` is not as published: {problem}", path.display()));
                    needed.push((content, Some(path)));
                }
                State::Readable | State::Missing => needed.push((content, None)),
            },
        }
    }
    needed
}

/// Fetches a file and puts its content in place; says whether anything had to be fetched.
fn obtain(
    wanted: &'static Download,
    needed: &[(&'static Content, Option<PathBuf>)],
    layout: &Layout,
    folder: &Path,
    options: &FetchOptions,
    observer: &mut dyn FetchObserver,
) -> Result<bool, FetchError> {
    let url = options.mirror.as_ref().map_or_else(|| wanted.url.to_owned(), |m| m.url(layout.folders[0], wanted.name));
    let shown_url = shown_address(&url);
    let location: Location = url.parse().map_err(|problem| FetchError::Transfer {
        url: shown_url.clone(),
        problem,
        attempts: 1,
        passing: false,
    })?;
    let order = Order { download: wanted, url: &shown_url, location: &location };
    let set_damaged_aside = |observer: &mut dyn FetchObserver| {
        needed.iter().filter_map(|(_, path)| path.as_deref()).try_for_each(|path| set_aside(path, observer))
    };
    match wanted.form {
        Form::Gzip => {
            // Aside only once the new one is there, and before that takes its name.
            let path = download(&order, folder, options, observer, &mut |observer| set_damaged_aside(observer))?;
            observer.event(&FetchEvent::Placed { path: &path });
            Ok(true)
        }
        Form::Archive { folder: inner } => {
            let archive = folder.join(wanted.name);
            // An archive that was fetched, and not unpacked any more.
            let there = is_published(wanted, &archive);
            if !there {
                download(&order, folder, options, observer, &mut |_| Ok(()))?;
            }
            observer.event(&FetchEvent::Unpacking);
            set_damaged_aside(observer)?;
            let contents: Vec<&Content> = needed.iter().map(|(content, _)| *content).collect();
            for path in unpack(&archive, inner, &contents, wanted.contents, folder)? {
                observer.event(&FetchEvent::Placed { path: &path });
            }
            fs::remove_file(&archive).map_err(FetchError::io(&archive, "removed"))?;
            Ok(!there)
        }
    }
}

/// Keeps a file that is in the way.
fn set_aside(path: &Path, observer: &mut dyn FetchObserver) -> Result<(), FetchError> {
    let name_with = |ending: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        path.with_file_name(name)
    };
    let mut names = std::iter::once(".damaged".to_owned()).chain((2..).map(|number| format!(".damaged-{number}")));
    // What was set aside earlier stays as well. A link counts as well as what it leads to.
    let aside = names.find_map(|ending| Some(name_with(&ending)).filter(|name| name.symlink_metadata().is_err()));
    let Some(aside) = aside else { unreachable!("there are more numbers than files") };
    fs::rename(path, &aside).map_err(FetchError::io(path, "renamed"))?;
    observer.remark(&format!("it is kept as `{}`", aside.display()));
    Ok(())
}
