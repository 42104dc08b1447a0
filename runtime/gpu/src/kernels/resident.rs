//! Training examples that stay on a device.

use super::operands::{word, words};
use crate::buffer::Buffer;
use crate::device::Device;
use crate::error::{GpuError, misuse};

/// The numbers of examples, example by example, plane by plane and row by row.
#[derive(Debug, Clone, Copy)]
pub enum Content<'c> {
    /// A byte for each number.
    Bytes {
        /// Examples × planes × rows × columns.
        bytes: &'c [u8],
        /// What each byte stands for, planes × 256.
        values: &'c [f32],
    },
    /// The numbers themselves.
    Numbers(&'c [f32]),
}

/// A random change of an example. Change c takes the words 4c … 4c + 3 of the table (epoch, number of the example).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Left and right swapped with this probability, which is compared with the first word.
    Flip {
        /// In `[0, 1]`.
        probability: f64,
    },
    /// A window of this size of the example with zeros around it; the first two words choose the place.
    Crop {
        /// Rows and columns of the window.
        size: [usize; 2],
        /// Zeros on each side first.
        padding: [usize; 2],
    },
}

/// What examples are, and what is done to them on their way into a network.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'e> {
    /// Planes, rows and columns of an example, before changes and after them.
    pub planes: [usize; 3],
    /// The numbers of all examples.
    pub content: Content<'e>,
    /// The number of each position's example.
    pub numbers: &'e [u32],
    /// The changes, in their order.
    pub changes: &'e [Change],
    /// The key of their random words.
    pub key: [u32; 2],
}

/// A part of what is resident, small enough to be an operand.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) buffer: Buffer,
    pub(super) first: usize,
    pub(super) count: usize,
}

/// Examples on a device.
#[derive(Debug, Clone)]
pub struct ResidentExamples {
    pub(super) planes: [usize; 3],
    pub(super) are_bytes: bool,
    pub(super) parts: Vec<Part>,
    pub(super) values: Buffer,
    pub(super) numbers: Buffer,
    pub(super) changes: Buffer,
    pub(super) change_count: usize,
    pub(super) key: [u32; 2],
    positions: usize,
}

impl ResidentExamples {
    /// Puts examples on a device.
    ///
    /// # Errors [`GpuError::Misuse`] for what contradicts itself, [`GpuError::TooLarge`] for an example beyond an
    /// operand's size, and what [`Device::zeros`] has.
    pub fn upload(device: &Device, examples: &Examples<'_>) -> Result<Self, GpuError> {
        let Examples { planes, content, numbers, changes, key } = *examples;
        let size = planes.iter().try_fold(1_usize, |size, &length| size.checked_mul(length)).unwrap_or(usize::MAX);
        word(size)?;
        let (length, are_bytes) = match content {
            Content::Bytes { bytes, values } => {
                if values.len() != 256 * planes[0] {
                    return Err(misuse(format!("{} values of bytes for {} planes", values.len(), planes[0])));
                }
                (bytes.len(), true)
            }
            Content::Numbers(numbers) => (numbers.len(), false),
        };
        if size == 0 || length == 0 || !length.is_multiple_of(size) {
            return Err(misuse(format!("{length} numbers are no examples of {size}")));
        }
        let count = length / size;
        if numbers.is_empty() || numbers.iter().any(|&number| number as usize >= count) {
            return Err(misuse(format!("positions without an example, of which there are {count}")));
        }
        let bytes_of_example = if are_bytes { size } else { 4 * size };
        let parts = parts(device, "resident examples", count, bytes_of_example)?;
        let parts = parts.into_iter().map(|(first, count)| {
            let range = first * size..(first + count) * size;
            let words = if are_bytes { (count * size).div_ceil(4) } else { count * size };
            let buffer = device.zeros("resident examples", words as u64)?;
            match content {
                Content::Bytes { bytes, .. } => device.write_bytes(&buffer.all(), &bytes[range])?,
                Content::Numbers(numbers) => device.write(&buffer.all(), &numbers[range])?,
            }
            Ok(Part { buffer, first, count })
        });
        let parts = parts.collect::<Result<Vec<_>, GpuError>>()?;
        let values = match content {
            Content::Bytes { values, .. } => values,
            Content::Numbers(_) => &[0.0],
        };
        let values_buffer = device.zeros("values of bytes", values.len() as u64)?;
        device.write(&values_buffer.all(), values)?;
        let (changes, change_count) = changes_in_words(planes, changes)?;
        Ok(Self {
            planes,
            are_bytes,
            parts,
            values: values_buffer,
            numbers: upload_words(device, "numbers of examples", numbers)?,
            changes: upload_words(device, "random changes", &changes)?,
            change_count,
            key,
            positions: numbers.len(),
        })
    }

    /// How many positions there are.
    pub fn positions(&self) -> usize {
        self.positions
    }
}

/// Rows of words by position, such as what is to be predicted: classes, or numbers by their bits.
#[derive(Debug, Clone)]
pub struct ResidentRows {
    pub(super) width: usize,
    pub(super) parts: Vec<Part>,
}

impl ResidentRows {
    /// Puts rows of `width` words on a device.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] unless there are whole rows, at least one, and what [`Device::zeros`] has.
    pub fn upload(device: &Device, width: usize, table: &[u32]) -> Result<Self, GpuError> {
        if width == 0 || table.is_empty() || !table.len().is_multiple_of(width) {
            return Err(misuse(format!("{} words are no rows of {width}", table.len())));
        }
        let parts = parts(device, "resident rows", table.len() / width, 4 * width)?;
        let parts = parts.into_iter().map(|(first, count)| {
            let buffer = upload_words(device, "resident rows", &table[first * width..(first + count) * width])?;
            Ok(Part { buffer, first, count })
        });
        Ok(Self { width, parts: parts.collect::<Result<Vec<_>, GpuError>>()? })
    }
}

/// First and count of the parts that so many items of so many bytes are divided into.
fn parts(device: &Device, what: &str, count: usize, bytes: usize) -> Result<Vec<(usize, usize)>, GpuError> {
    let limits = device.limits();
    // A part that does not end with a word takes up to three bytes more; places in it are counted in 32 bits.
    let limit = limits.binding.min(limits.buffer).min(u32::MAX.into()) / 4 * 4;
    let most = usize::try_from(limit).unwrap_or(usize::MAX) / bytes;
    if most == 0 {
        return Err(GpuError::TooLarge { what: what.to_owned(), bytes: bytes as u64, limit });
    }
    Ok((0..count).step_by(most).map(|first| (first, most.min(count - first))).collect())
}

fn upload_words(device: &Device, what: &str, words: &[u32]) -> Result<Buffer, GpuError> {
    let buffer = device.zeros(what, words.len() as u64)?;
    device.write_words(&buffer.all(), words)?;
    Ok(buffer)
}

/// Words of each change: its kind, then what it needs.
const CHANGE: usize = 8;
const FLIP: u32 = 0;
const CROP: u32 = 1;
const NOTHING: u32 = 2;

/// The changes as the kernel reads them, at least one, and how many count.
fn changes_in_words(planes: [usize; 3], changes: &[Change]) -> Result<(Vec<u32>, usize), GpuError> {
    let mut present = [planes[1], planes[2]];
    let mut table = Vec::new();
    for change in changes {
        let mut row = [0; CHANGE];
        match *change {
            Change::Flip { probability } => {
                // A word is below p·2³² exactly if it is at most the last whole number below.
                let below = (probability * 4_294_967_296.0).ceil();
                row[0] = if below >= 1.0 { FLIP } else { NOTHING };
                row[1] = (below - 1.0).clamp(0.0, f64::from(u32::MAX)) as u32;
                row[2] = word(present[1])?;
            }
            Change::Crop { size, padding } => {
                let wrong = || misuse(format!("no window of {size:?} in {present:?} with {padding:?} zeros around it"));
                let mut places = [0; 2];
                for axis in 0..2 {
                    let whole = padding[axis].checked_mul(2).and_then(|both| both.checked_add(present[axis]));
                    let rest = whole.and_then(|whole| whole.checked_sub(size[axis])).ok_or_else(wrong)?;
                    places[axis] = rest + 1;
                }
                let [rows, columns, row_places, column_places, row_padding, column_padding] =
                    words([present[0], present[1], places[0], places[1], padding[0], padding[1]])?;
                row[..7].copy_from_slice(&[
                    CROP,
                    rows,
                    columns,
                    row_places,
                    column_places,
                    row_padding,
                    column_padding,
                ]);
                present = size;
            }
        }
        table.extend(row);
    }
    if present != [planes[1], planes[2]] {
        return Err(misuse(format!("changes make {present:?} of {} × {}", planes[1], planes[2])));
    }
    let count = changes.len();
    table.resize(table.len().max(CHANGE), 0);
    Ok((table, count))
}
