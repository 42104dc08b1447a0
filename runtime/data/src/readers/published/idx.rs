//! The IDX format of MNIST and its kin (LeCun, Cortes, Burges, <http://yann.lecun.com/exdb/mnist/>):
//! a magic number, sizes as big-endian 32-bit numbers, then bytes.

use crate::digest::Digest;
use crate::error::DataError;
use crate::file::{DataFile, zeros};
use crate::images::Images;
use elbo_compiler::ir::DataSource;
use std::path::Path;

/// Unsigned bytes in three dimensions: images × rows × columns.
const IMAGES: u32 = 0x0000_0803;
/// Unsigned bytes in one dimension: labels.
const LABELS: u32 = 0x0000_0801;
const SIDE: usize = 28;
const CLASSES: usize = 10;

/// Reads a file of images and the file of their labels.
pub(super) fn read(source: DataSource, images: &Path, labels: &Path) -> Result<(Images, Vec<Digest>), DataError> {
    let mut image_file = DataFile::open(images)?;
    let mut label_file = DataFile::open(labels)?;
    let [image_count, rows, columns] = header(&mut image_file, IMAGES, "IDX, bytes, images × rows × columns")?;
    let [label_count] = header(&mut label_file, LABELS, "IDX, bytes, labels")?;
    for (path, count) in [(images, image_count), (labels, label_count)] {
        if count == 0 {
            return Err(DataError::Empty { path: path.into() });
        }
    }
    if [rows as usize, columns as usize] != [SIDE; 2] {
        let expected = [SIDE; 2];
        return Err(DataError::Dimensions {
            path: images.into(),
            set: source.name(),
            expected,
            found: [rows, columns],
        });
    }
    // Both are looked at before memory is taken for one.
    image_file.check_size(16 + u64::from(image_count) * (SIDE * SIDE) as u64)?;
    label_file.check_size(8 + u64::from(label_count))?;
    if image_count != label_count {
        return Err(DataError::Counts { images: images.into(), image_count, labels: labels.into(), label_count });
    }
    let (pixels, image_digest) = body(image_file, 16, image_count, SIDE * SIDE)?;
    let (values, label_digest) = body(label_file, 8, label_count, 1)?;
    if let Some(record) = values.iter().position(|&label| usize::from(label) >= CLASSES) {
        return Err(DataError::Label {
            path: labels.into(),
            record: record as u64,
            kind: "label",
            label: values[record],
            classes: CLASSES,
        });
    }
    let images = Images {
        shape: [1, SIDE, SIDE],
        pixels,
        unit: 255.0,
        labels: values.into_iter().map(u16::from).collect(),
        names: Vec::new(),
    };
    Ok((images, vec![image_digest, label_digest]))
}

/// The sizes that follow the magic number.
fn header<const N: usize>(file: &mut DataFile, magic: u32, format: &'static str) -> Result<[u32; N], DataError> {
    let size = 4 + 4 * N as u64;
    let mut word = || {
        let mut bytes = [0; 4];
        file.fill(&mut bytes, size).map(|()| u32::from_be_bytes(bytes))
    };
    let found = word()?;
    if found != magic {
        return Err(DataError::Magic { path: file.path().into(), expected: magic, found, format });
    }
    let mut sizes = [0; N];
    for size in &mut sizes {
        *size = word()?;
    }
    Ok(sizes)
}

/// `count` records of `record` bytes each, which must be the rest of the file; its size has been checked.
fn body(mut file: DataFile, header: u64, count: u32, record: usize) -> Result<(Vec<u8>, Digest), DataError> {
    // At most 2³² · 784: this cannot overflow.
    let content = u64::from(count) * record as u64;
    let expected = header + content;
    let mut bytes = zeros(content, file.path())?;
    file.fill(&mut bytes, expected)?;
    Ok((bytes, file.finish(expected)?))
}
