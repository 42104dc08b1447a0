//! The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009,
//! <https://www.cs.toronto.edu/~kriz/cifar.html>): records of one label byte (CIFAR-100: a coarse
//! and a fine one) and 3 × 32 × 32 pixels, channel by channel. A file has any number of records.

use crate::digest::Digest;
use crate::error::DataError;
use crate::file::{DataFile, zeros};
use crate::images::Images;
use rayon::prelude::*;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;
/// Records that are read at once.
const CHUNK: usize = 64;

/// What stands before the pixels of a record: the number of classes of each label byte, and what it
/// is called. The last one is the label.
pub(super) type LabelBytes = &'static [(&'static str, usize)];

/// CIFAR-10's label.
pub(super) const TEN: LabelBytes = &[("label", 10)];
/// CIFAR-100's coarse and fine label.
pub(super) const HUNDRED: LabelBytes = &[("coarse label", 20), ("label", 100)];

/// Reads files one after the other into one set.
pub(super) fn read(layout: LabelBytes, paths: &[PathBuf]) -> Result<(Images, Vec<Digest>), DataError> {
    let files = paths.iter().map(|path| open(layout, path)).collect::<Result<Vec<_>, _>>()?;
    let total = files.iter().map(|(_, records)| records).sum::<usize>();
    if u32::try_from(total).is_err() {
        return Err(DataError::Unreadable { path: paths[0].clone(), error: ErrorKind::FileTooLarge.into() });
    }
    let mut pixels = zeros(total as u64 * PIXELS as u64, &paths[0])?;
    let mut labels = vec![0; total];
    let mut parts = Vec::new();
    let (mut rest_pixels, mut rest_labels) = (pixels.as_mut_slice(), labels.as_mut_slice());
    for (file, records) in files {
        let (part_pixels, after_pixels) = rest_pixels.split_at_mut(records * PIXELS);
        let (part_labels, after_labels) = rest_labels.split_at_mut(records);
        (rest_pixels, rest_labels) = (after_pixels, after_labels);
        parts.push((file, part_pixels, part_labels));
    }
    let results: Vec<_> =
        parts.into_par_iter().map(|(file, pixels, labels)| read_file(layout, file, pixels, labels)).collect();
    // Collected before it is judged, so that of several faults always the first file's is told.
    let digests = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok((Images { shape: SHAPE, pixels, unit: 255.0, labels, names: Vec::new() }, digests))
}

/// The open file and its number of records. All memory that is taken later is in proportion to the
/// sizes found here.
fn open(layout: LabelBytes, path: &Path) -> Result<(DataFile, usize), DataError> {
    let file = DataFile::open(path)?;
    let record = (layout.len() + PIXELS) as u64;
    let size = file.size();
    if size == 0 {
        return Err(DataError::Empty { path: path.into() });
    }
    if size % record != 0 {
        return Err(DataError::PartialRecord { path: path.into(), size, record });
    }
    // Numbers of examples have 32 bits.
    match u32::try_from(size / record) {
        Ok(records) => Ok((file, records as usize)),
        Err(_) => Err(DataError::Unreadable { path: path.into(), error: ErrorKind::FileTooLarge.into() }),
    }
}

fn read_file(
    layout: LabelBytes,
    mut file: DataFile,
    pixels: &mut [u8],
    labels: &mut [u16],
) -> Result<Digest, DataError> {
    let record = layout.len() + PIXELS;
    let expected = file.size();
    let mut chunk = vec![0; CHUNK * record];
    let mut number = 0;
    for (pixels, labels) in pixels.chunks_mut(CHUNK * PIXELS).zip(labels.chunks_mut(CHUNK)) {
        let chunk = &mut chunk[..labels.len() * record];
        file.fill(chunk, expected)?;
        for ((bytes, pixels), label) in chunk.chunks(record).zip(pixels.chunks_mut(PIXELS)).zip(labels) {
            for (&found, &(kind, classes)) in bytes.iter().zip(layout) {
                if usize::from(found) >= classes {
                    let path = file.path().into();
                    return Err(DataError::Label { path, record: number, kind, label: found, classes });
                }
                *label = u16::from(found);
            }
            pixels.copy_from_slice(&bytes[layout.len()..]);
            number += 1;
        }
    }
    file.finish(expected)
}
