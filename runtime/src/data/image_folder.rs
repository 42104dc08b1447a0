//! Images in folders by class: `train/CLASS/NAME.png` and `test/CLASS/NAME.png`, PNG or JPEG, all of one size.

use super::digest::Digest;
use super::error::DataError;
use super::file::read_whole;
use super::images::Images;
use super::picture::{Picture, picture_of};
use super::raw::Raw;
use super::stored::Stored;
use elbo_compiler::ir::{Shape, Target};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files whose name ends so are images.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Reads both splits below `root`.
pub(super) fn read(root: &Path, shape: Shape, target: &Target) -> Result<Raw, DataError> {
    let (Shape::Image { channels, height, width }, Target::Classes { count, names }) = (shape, target) else {
        return Err(fault(root, "its images have a shape and classes, which the spec does not say".into(), "say them"));
    };
    let shape = [channels, height, width];
    let train = root.join("train");
    let classes = if names.is_empty() { class_folders(&train)? } else { names.clone() };
    if classes.len() != *count {
        return Err(fault(
            &train,
            format!("it holds {} folders, but the spec says that there are {count} classes", classes.len()),
            "give each class a folder, or say `classes=` with their number or names",
        ));
    }
    let (training, training_digest) = split(&train, "train", &classes, shape)?;
    let (test, test_digest) = split(&root.join("test"), "test", &classes, shape)?;
    training_digest.check_differs(&test_digest, (&train, &root.join("test")))?;
    Ok(Raw {
        training: Arc::new(Stored::Images(training)),
        test: Arc::new(Stored::Images(test)),
        digests: vec![training_digest, test_digest],
        test_files: 1,
        class_names: classes,
    })
}

fn fault(path: &Path, problem: String, help: &str) -> DataError {
    DataError::Content { path: path.into(), place: String::new(), problem, help: help.into() }
}

/// A class without an image, with what its folder holds instead.
fn without_images(folder: &Path, others: &[PathBuf]) -> DataError {
    let named = |path: &PathBuf| format!("`{}`", path.file_name().unwrap_or_default().to_string_lossy());
    let held = match others {
        [] => "its folder is empty".to_owned(),
        [only] => format!("its folder holds only {}", named(only)),
        [first, ..] => format!("its folder holds {} other files or folders, such as {}", others.len(), named(first)),
    };
    fault(
        folder,
        format!("the class has no image that can be read: {held}"),
        "give every class PNG or JPEG files, whose names end in `.png`, `.jpg` or `.jpeg`, directly in its folder",
    )
}

/// What a folder holds, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |error| DataError::Unreadable { path: folder.into(), error };
    let entries = folder.read_dir().map_err(unreadable)?;
    let mut paths =
        entries.map(|entry| Ok(entry.map_err(unreadable)?.path())).collect::<Result<Vec<_>, DataError>>()?;
    paths.sort();
    Ok(paths)
}

/// The names of the folders in a folder, in order; those that begin with a point are not seen.
fn class_folders(folder: &Path) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = path.file_name().unwrap_or_default();
        match name.to_str() {
            Some(name) if name.starts_with('.') => {}
            Some(name) => names.push(name.to_owned()),
            None => return Err(fault(&path, "the name of the class is not UTF-8".into(), "rename the folder")),
        }
    }
    Ok(names)
}

/// The images of one split in the order of classes, then names, and one digest over all names and bytes.
fn split(folder: &Path, name: &str, classes: &[String], shape: [usize; 3]) -> Result<(Images, Digest), DataError> {
    if let Some(other) = class_folders(folder)?.into_iter().find(|found| !classes.contains(found)) {
        return Err(fault(
            &folder.join(other),
            "it is none of the classes".into(),
            "list every class in `classes`, and give training and test images the same folders",
        ));
    }
    let mut files: Vec<(PathBuf, u16)> = Vec::new();
    for (class, name) in classes.iter().enumerate() {
        let is_image = |path: &PathBuf| {
            let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
            ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
        };
        let class = u16::try_from(class).map_err(|_| fault(folder, "it has too many classes".into(), "use fewer"))?;
        let (images, others): (Vec<PathBuf>, Vec<PathBuf>) =
            entries(&folder.join(name))?.into_iter().partition(is_image);
        if images.is_empty() {
            return Err(without_images(&folder.join(name), &others));
        }
        files.extend(images.into_iter().map(|path| (path, class)));
    }
    let size: usize = shape.iter().product();
    let bytes = size.checked_mul(files.len()).filter(|_| u32::try_from(files.len()).is_ok());
    let too_large = || fault(folder, "its images do not fit into memory".into(), "use fewer or smaller images");
    let bytes = bytes.ok_or_else(too_large)?;
    if files.is_empty() {
        return Err(DataError::Empty { path: folder.into() });
    }
    // Asked for first, because failing to get memory for a vector of zeros ends the program.
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| too_large())?;
    let mut pixels = vec![0; bytes];
    let digests: Vec<Result<Digest, DataError>> =
        pixels.par_chunks_exact_mut(size).zip(&files).map(|(pixels, (path, _))| decode(path, shape, pixels)).collect();
    // Collected before they are judged, so that of several faults always the first file's is told.
    let mut listed = String::new();
    let mut total = 0;
    for (digest, (path, _)) in digests.into_iter().zip(&files) {
        let digest = digest?;
        let relative = path.strip_prefix(folder).unwrap_or(path);
        total += digest.bytes;
        listed.push_str(&format!("{}  {}\n", digest.sha256, relative.display()));
    }
    let digest = Digest { bytes: total, ..Digest::of(name, listed.as_bytes()) };
    let names = files.iter().map(|(path, class)| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        format!("{}/{file}", classes[usize::from(*class)])
    });
    let names = names.collect();
    let labels = files.iter().map(|(_, class)| *class).collect();
    Ok((Images { shape, pixels, unit: 255.0, labels, names }, digest))
}

/// Reads one image, channel by channel.
fn decode(path: &Path, shape: [usize; 3], to: &mut [u8]) -> Result<Digest, DataError> {
    let (bytes, digest) = read_whole(path)?;
    let Picture { pixels, size: [rows, columns], .. } = picture_of(path, &bytes, shape)?;
    if [rows, columns] != shape[1..] {
        return Err(fault(
            path,
            format!("it has {rows} × {columns} pixels, but the spec says {} × {}", shape[1], shape[2]),
            "bring all images to one size, and say it in `shape`",
        ));
    }
    to.copy_from_slice(&pixels);
    Ok(digest)
}
