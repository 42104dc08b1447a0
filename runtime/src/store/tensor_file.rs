//! A safetensors file that anyone may have written, read one tensor at a time.
//!
//! The form: the length of the header (8 bytes, little-endian), a JSON object with the type, shape and place of each
//! tensor, and the numbers. Everything that the header claims is compared with the file before memory is taken for
//! it.

use super::digest::hexadecimal;
use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of the length of the header.
const LENGTH: u64 = 8;

/// The longest header that is read, in bytes: the limit of other readers, too.
const LONGEST_HEADER: u64 = 100_000_000;

/// Bytes that are digested at a time.
const BLOCK: usize = 1 << 20;

/// An open file whose header fits its size.
#[derive(Debug)]
pub struct TensorFile {
    file: File,
    /// Where the numbers begin.
    data: u64,
    tensors: BTreeMap<String, TensorInfo>,
    sha256: String,
}

/// Why a file of tensors cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TensorFileError {
    /// The operating system does not let it be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// It is no safetensors file, or not a whole one.
    #[error("{0}")]
    Form(String),
}

impl TensorFile {
    /// Opens a file, reads its header and digests it.
    ///
    /// # Errors
    /// [`TensorFileError::Form`] says what the file is instead, or what of its header does not fit it.
    pub fn open(path: &Path) -> Result<Self, TensorFileError> {
        // Before it is opened: a FIFO would wait for somebody to write.
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is not a regular file").into());
        }
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let form = |problem: String| Err(TensorFileError::Form(problem));
        if size < LENGTH {
            return form(format!("it has {size} bytes, too few for any"));
        }
        let mut length = [0; LENGTH as usize];
        file.read_exact(&mut length)?;
        let header = u64::from_le_bytes(length);
        if header > LONGEST_HEADER || header > size - LENGTH {
            // Looked for here alone: the length of a header may begin as other files do.
            if let Some(other) = known_form(&length) {
                return form(other.to_owned());
            }
            return form(format!("its first 8 bytes claim a header of {header} bytes, but it has {size} bytes in all"));
        }
        let mut json = Vec::new();
        file.by_ref().take(header).read_to_end(&mut json)?;
        let metadata: Metadata = match serde_json::from_slice(&json) {
            Ok(metadata) => metadata,
            Err(error) => return form(format!("its header cannot be read: {error}")),
        };
        let data = LENGTH + header;
        let whole = data.saturating_add(metadata.data_len() as u64);
        match whole.cmp(&size) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => {
                return form(format!("it was cut short: by its header it has {whole} bytes, but there are {size}"));
            }
            std::cmp::Ordering::Less => {
                let more = size - whole;
                return form(format!("{more} bytes follow the last of its tensors"));
            }
        }
        let tensors = metadata.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
        let sha256 = digest(&mut file)?;
        Ok(Self { file, data, tensors, sha256 })
    }

    /// SHA-256 of the whole file, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The names of its tensors, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The sizes of a tensor, outermost first; `None` if there is none of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|info| info.shape.as_slice())
    }

    /// The numbers of a tensor, last axis fastest. `F64` is rounded to the nearest `f32`.
    ///
    /// # Errors
    /// What is wrong with them, such as a type that holds no real numbers, or the first that is not finite or that no
    /// `f32` can hold.
    pub fn values(&mut self, name: &str) -> Result<Vec<f32>, String> {
        let info = self.tensors.get(name).ok_or("it is not there")?;
        let (start, end) = info.data_offsets;
        let dtype = info.dtype;
        // Its size is that of its shape, and no larger than the file.
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(self.data + start as u64));
        let read = read.and_then(|_| self.file.by_ref().take((end - start) as u64).read_to_end(&mut bytes));
        read.map_err(|error| format!("it cannot be read: {error}"))?;
        if bytes.len() != end - start {
            return Err("the file was cut short while it was read".to_owned());
        }
        let wide = match dtype {
            Dtype::F32 => numbers(&bytes, f32::from_le_bytes, f64::from)?,
            Dtype::F16 => numbers(&bytes, f16::from_le_bytes, f64::from)?,
            Dtype::BF16 => numbers(&bytes, bf16::from_le_bytes, f64::from)?,
            Dtype::F64 => numbers(&bytes, f64::from_le_bytes, f64::from)?,
            other => return Err(format!("it holds {other} numbers; F32, F16, BF16 and F64 are read")),
        };
        Ok(wide)
    }
}

/// The numbers that bytes hold, as `f32`.
fn numbers<T: Copy, const N: usize>(
    bytes: &[u8],
    read: impl Fn([u8; N]) -> T,
    widen: impl Fn(T) -> f64,
) -> Result<Vec<f32>, String> {
    let (chunks, _) = bytes.as_chunks::<N>();
    let number = |(place, chunk): (usize, &[u8; N])| {
        let value = widen(read(*chunk));
        // Exact for all but F64.
        let narrow = value as f32;
        if !value.is_finite() {
            Err(format!("it holds {value} at place {place}, which is no finite number"))
        } else if !narrow.is_finite() {
            Err(format!("it holds {value:e} at place {place}, which no 32-bit float can hold"))
        } else {
            Ok(narrow)
        }
    };
    chunks.iter().enumerate().map(number).collect()
}

/// What a file that begins with these bytes is, if it is one of the kinds that are often taken for the other.
fn known_form(beginning: &[u8; LENGTH as usize]) -> Option<&'static str> {
    if beginning.starts_with(b"PK\x03\x04") {
        Some("it is a ZIP archive, such as `torch.save` writes")
    } else if beginning.starts_with(b"\x80\x02") {
        Some("it is a Python pickle, such as older versions of `torch.save` wrote")
    } else if beginning.starts_with(b"\x89HDF") {
        Some("it is an HDF5 file, such as Keras writes")
    } else if beginning.starts_with(b"version ") {
        Some("it is a pointer of Git LFS in place of the file; `git lfs pull` fetches that")
    } else {
        None
    }
}

/// SHA-256 of a file from its beginning.
fn digest(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut digest = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(hexadecimal(&digest.finalize()));
        }
        digest.update(&block[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(bytes: &[u8]) -> Result<TensorFile, TensorFileError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.safetensors");
        std::fs::write(&path, bytes).expect("it can be written");
        TensorFile::open(&path)
    }

    /// Files with headers of every length in a range, among which are lengths that begin as pickles (`80 02`) do.
    #[test]
    fn the_length_of_a_header_makes_no_other_file_of_it() {
        for length in 600..1_200_u64 {
            let mut header = String::from("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}");
            header.extend(std::iter::repeat_n(' ', length as usize - header.len()));
            let file = opened(&[&length.to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat());
            assert!(file.is_ok(), "a header of {length} bytes: {:?}", file.err());
        }
    }

    #[test]
    fn sizes_beyond_any_file_are_no_overflow() {
        let most = (1_u64 << 61) - 1;
        let tensor = |name: usize, start: u64, size: u64| {
            format!("\"{name}\":{{\"dtype\":\"U8\",\"shape\":[{size}],\"data_offsets\":[{start},{}]}}", start + size)
        };
        let mut tensors: Vec<String> = (0..8).map(|at| tensor(at, at as u64 * most, most)).collect();
        tensors.push(tensor(8, 8 * most, 7));
        let header = format!("{{{}}}", tensors.join(","));
        let file = opened(&[&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat());
        assert!(matches!(file, Err(TensorFileError::Form(_))), "{file:?}");
    }
}
