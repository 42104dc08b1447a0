//! The text of a table as it is read: never whole in memory, hashed on the way, with lines of bounded length.

use super::digest::Digest;
use super::error::DataError;
use super::file::DataFile;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// A byte order mark, which is no part of the first column's name.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The most bytes between two line ends.
const LONGEST_LINE: usize = 16 << 20;

/// A table's text without its byte order mark.
pub(super) struct TableText {
    file: DataFile,
    /// What was read to look for the mark, and is still to be given.
    first: Vec<u8>,
    /// Bytes since the last line end.
    line: usize,
}

impl TableText {
    /// Opens a file.
    ///
    /// # Errors
    /// As of [`DataFile::open_plain`], and [`DataError::Empty`].
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut file = DataFile::open_plain(path)?;
        let mut first = vec![0; file.size().min(MARK.len() as u64) as usize];
        let size = file.size();
        file.fill(&mut first, size)?;
        if first == MARK {
            first.clear();
        }
        Ok(Self { file, first, line: 0 })
    }

    /// The digest of the file, once all of it has been read.
    pub fn finish(self) -> Result<Digest, DataError> {
        let size = self.file.size();
        self.file.finish(size)
    }
}

impl Read for TableText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if self.first.is_empty() {
            self.file.read_some(buffer).map_err(io::Error::other)?
        } else {
            let count = self.first.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.first[..count]);
            self.first.drain(..count);
            count
        };
        self.line = match buffer[..count].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) => count - end - 1,
            None => self.line + count,
        };
        if self.line > LONGEST_LINE {
            return Err(io::Error::other(DataError::Content {
                path: self.file.path().into(),
                place: String::new(),
                problem: format!("a line is longer than {} MiB", LONGEST_LINE >> 20),
                help: "save the table as text with one line per example".into(),
            }));
        }
        Ok(count)
    }
}

/// The number of the line that a record begins in; see [`lines_at`]. 1 where the file can no longer be read.
pub(super) fn line_at(path: &Path, start: u64) -> usize {
    lines_at(path, &[start]).first().copied().unwrap_or(1)
}

/// The numbers of the lines that records begin in, as editors count them: `starts`, which ascend, count bytes after a
/// byte order mark, and may stand before what ends the line above and before empty lines. What the file no longer
/// holds is left out.
pub(super) fn lines_at(path: &Path, starts: &[u64]) -> Vec<usize> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut bytes = BufReader::new(file).bytes().map_while(Result::ok).peekable();
    let mut place = 0;
    for expected in MARK {
        // A table whose first name begins with a part of the mark is no table.
        if bytes.next_if_eq(expected).is_none() {
            break;
        }
    }
    let (mut line, mut lines) = (1, Vec::with_capacity(starts.len()));
    for byte in bytes {
        let is_end = matches!(byte, b'\r' | b'\n');
        while !is_end && starts.get(lines.len()).is_some_and(|start| place >= *start) {
            lines.push(line);
        }
        if lines.len() == starts.len() {
            break;
        }
        line += usize::from(byte == b'\n');
        place += 1;
    }
    // A record that begins where the file ends.
    if lines.len() < starts.len() {
        lines.push(line);
    }
    lines
}

/// The first lines of a text, to guess how it was written; empty where it cannot be read.
pub(super) fn beginning(path: &Path) -> String {
    let mut bytes = Vec::new();
    let file = File::open(path);
    // What cannot be read has been reported by whoever read it first.
    let _ = file.and_then(|file| file.take(1 << 16).read_to_end(&mut bytes));
    String::from_utf8_lossy(bytes.strip_prefix(MARK).unwrap_or(&bytes)).into_owned()
}
