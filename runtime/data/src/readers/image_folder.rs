//! Images in folders by class: `train/CLASS/NAME.png` and `test/CLASS/NAME.png`, all of one size.

use super::reader::Reader;
use crate::digest::Digest;
use crate::error::DataError;
use crate::file::zeros;
use crate::file_notes::FileNotes;
use crate::image_names::{FORMATS, is_image_name};
use crate::image_tree::{entries, images, name_below, real};
use crate::images::Images;
use crate::locate::locate_own;
use crate::picture::{Fit, Picture, read_hashed};
use crate::raw::Raw;
use crate::stored::Stored;
use elbo_compiler::ir::{Data, ImageFolder, Shape, Target};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Reader for ImageFolder {
    fn read(&self, data: &Data, folder: &Path, search: &[PathBuf]) -> Result<Raw, DataError> {
        let root = locate_own(data, folder, search)?.join(data.root.as_deref().unwrap_or_default());
        read(&root, data.shape, &data.target)
    }
}

/// Reads both splits below `root`.
fn read(root: &Path, shape: Shape, target: &Target) -> Result<Raw, DataError> {
    let (Shape::Image { channels, height, width }, Target::Classes { count, names }) = (shape, target) else {
        return Err(fault(root, "its images have a shape and classes, which the spec does not say".into(), "say them"));
    };
    let shape = [channels, height, width];
    let train = root.join("train");
    check_layout(root)?;
    let classes = if names.is_empty() { class_folders(&train)? } else { names.clone() };
    if classes.len() != *count {
        return Err(fault(
            &train,
            format!("it holds {} folders, but the spec says that there are {count} classes", classes.len()),
            "give each class a folder, or say `classes=` with their number or names",
        ));
    }
    let mut notes = FileNotes::default();
    let test = root.join("test");
    let folders = real_folders(&[&train, &test])?;
    let (training, training_digest) = split(&train, (root, &folders), &classes, shape, &mut notes)?;
    let (test, test_digest) = split(&test, (root, &folders), &classes, shape, &mut notes)?;
    training_digest.check_differs(&test_digest, (&train, &root.join("test")))?;
    Ok(Raw {
        training: Arc::new(Stored::Images(training)),
        test: Arc::new(Stored::Images(test)),
        digests: vec![training_digest, test_digest],
        test_files: 1,
        class_names: classes,
        file_notes: notes.notes(),
    })
}

fn fault(path: &Path, problem: String, help: &str) -> DataError {
    DataError::Content { path: path.into(), place: String::new(), problem, help: help.into() }
}

/// Whether there are folders of classes in a folder of each split.
fn check_layout(root: &Path) -> Result<(), DataError> {
    let held = entries(root)?;
    for split in ["train", "test"] {
        let folder = root.join(split);
        if !held.iter().any(|path| path.is_dir() && path.ends_with(split)) {
            let images = held.iter().filter(|path| is_image_name(path)).count();
            let flat = if images > 0 { format!("; it holds {images} images itself") } else { String::new() };
            return Err(fault(root, format!("there is no folder `{split}` in it{flat}"), &layout(root)));
        }
        let inside = entries(&folder)?;
        if !inside.iter().any(|path| path.is_dir()) {
            let images = inside.iter().filter(|path| is_image_name(path)).count();
            let problem = match images {
                0 => "it holds no folder of a class".to_owned(),
                images => format!("it holds {images} images and no folder of a class"),
            };
            return Err(fault(&folder, problem, &layout(root)));
        }
    }
    Ok(())
}

/// How the images of two classes lie.
fn layout(root: &Path) -> String {
    let root = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
    format!(
        "put the images of each class into a folder named after it, for both splits:\n    \
         {root}/\n    ├── train/\n    │   ├── cat/1.png, 2.png, …\n    │   └── dog/1.png, 2.png, …\n    └── test/\n        \
         ├── cat/3.png, …\n        └── dog/3.png, …"
    )
}

/// A class without an image, with what its folder holds instead.
fn without_images(folder: &Path) -> Result<DataError, DataError> {
    let others = entries(folder)?;
    let named = |path: &PathBuf| format!("`{}`", path.file_name().unwrap_or_default().to_string_lossy());
    let held = match others.as_slice() {
        [] => "its folder is empty".to_owned(),
        [only] => format!("its folder holds only {}", named(only)),
        [first, ..] => format!("its folder holds {} other files or folders, such as {}", others.len(), named(first)),
    };
    let problem = format!("the class has no image that can be read: {held}");
    Ok(fault(folder, problem, &format!("give every class {FORMATS} files, with the usual endings of their names")))
}

/// The names of the folders in a folder, in order.
fn class_folders(folder: &Path) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        match path.file_name().unwrap_or_default().to_str() {
            Some(name) => names.push(name.to_owned()),
            None => return Err(fault(&path, "the name of the class is not UTF-8".into(), "rename the folder")),
        }
    }
    Ok(names)
}

/// The folders of the classes of some splits without links, of which each must be another.
pub(crate) fn real_folders(splits: &[&Path]) -> Result<BTreeSet<PathBuf>, DataError> {
    let mut found = BTreeMap::new();
    for split in splits {
        for name in class_folders(split)? {
            let folder = split.join(name);
            if let Some(other) = found.insert(real(&folder)?, folder.clone()) {
                return Err(fault(
                    &folder,
                    format!("it is the same folder as `{}`", other.display()),
                    "give each class of each split a folder of its own, or take the link out",
                ));
            }
        }
    }
    Ok(found.into_keys().collect())
}

/// The images of one split, in the folder `folder`, in the order of classes, then names, and one digest over all names
/// and bytes. `folders` are those of all classes ([`real_folders`]), `notes` are told of files by their names below
/// `root`.
pub(crate) fn split(
    folder: &Path,
    (root, folders): (&Path, &BTreeSet<PathBuf>),
    classes: &[String],
    shape: [usize; 3],
    notes: &mut FileNotes,
) -> Result<(Images, Digest), DataError> {
    // A folder that is named itself is a split, one that a spec names holds both.
    let is_split = folder == root;
    if let Some(other) = class_folders(folder)?.into_iter().find(|found| !classes.contains(found)) {
        let inner = folder.join(&other);
        let holds_classes = classes.iter().any(|class| inner.join(class).is_dir());
        let help = match (is_split, holds_classes) {
            (true, true) => format!("name the folder of the classes itself: `{}`", inner.display()),
            (true, false) => "give the images the folders of the classes that the run was trained on".to_owned(),
            (false, _) => {
                "list every class in `classes`, and give training and test images the same folders".to_owned()
            }
        };
        return Err(fault(&inner, "it is none of the classes".into(), &help));
    }
    for path in entries(folder)?.iter().filter(|path| !path.is_dir()) {
        notes.add("skipped outside the folders of classes", &name_below(root, path));
    }
    let mut files: Vec<(PathBuf, u16)> = Vec::new();
    for (class, name) in classes.iter().enumerate() {
        let class = u16::try_from(class).map_err(|_| fault(folder, "it has too many classes".into(), "use fewer"))?;
        if !folder.join(name).is_dir() {
            let help = if is_split {
                format!("put images of this class into `{}`", folder.join(name).display())
            } else {
                layout(root)
            };
            return Err(fault(folder, format!("it has no folder for the class `{name}`"), &help));
        }
        let found = images(&folder.join(name), (root, folders), notes)?;
        if found.is_empty() {
            return Err(without_images(&folder.join(name))?);
        }
        files.extend(found.into_iter().map(|path| (path, class)));
    }
    if files.is_empty() {
        return Err(DataError::Empty { path: folder.into() });
    }
    if u32::try_from(files.len()).is_err() {
        return Err(fault(folder, "it has more than 2³² images".into(), "use fewer"));
    }
    let size: usize = shape.iter().product();
    let mut pixels = zeros((size as u64).saturating_mul(files.len() as u64), folder)?;
    let read: Vec<Result<(Digest, Vec<String>), DataError>> =
        pixels.par_chunks_exact_mut(size).zip(&files).map(|(pixels, (path, _))| decode(path, shape, pixels)).collect();
    // Collected before they are judged, so that of several faults always the first file's is told.
    let mut listed = String::new();
    let mut total = 0;
    for (read, (path, _)) in read.into_iter().zip(&files) {
        let (digest, changes) = read?;
        let relative = path.strip_prefix(folder).unwrap_or(path);
        total += digest.bytes;
        listed.push_str(&format!("{}  {}\n", digest.sha256, relative.display()));
        changes.iter().for_each(|change| notes.add(change, &name_below(root, path)));
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let digest = Digest { bytes: total, ..Digest::of(&name, listed.as_bytes()) };
    let names = files.iter().map(|(path, _)| name_below(folder, path)).collect();
    let labels = files.iter().map(|(_, class)| *class).collect();
    Ok((Images { shape, pixels, unit: 255.0, labels, names }, digest))
}

/// Reads one image, channel by channel; what was done to it.
fn decode(path: &Path, shape: [usize; 3], to: &mut [u8]) -> Result<(Digest, Vec<String>), DataError> {
    let (Picture { pixels, changes, .. }, digest) = read_hashed(path, shape, Fit::Refuse)?;
    to.copy_from_slice(&pixels);
    Ok((digest, changes))
}
