//! The text of a table as it is read: never whole in memory, hashed on the way, with lines of bounded length.

use super::digest::Digest;
use super::error::DataError;
use super::file::DataFile;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// A byte order mark, which is no part of the first column's name.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The most bytes of a row, and between two line ends.
const LONGEST_ROW: u64 = 16 << 20;

/// The rows of a table as bytes, the names of the columns first.
pub(super) struct TableRows {
    reader: csv::Reader<TableText>,
    /// Where the last row begins: its byte and its line.
    last: Option<(u64, usize)>,
}

impl TableRows {
    /// Opens a file whose cells `separator` divides.
    ///
    /// # Errors
    /// As of [`DataFile::open_plain`], and [`DataError::Empty`].
    pub fn open(path: &Path, separator: u8) -> Result<Self, DataError> {
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).trim(csv::Trim::All).delimiter(separator);
        Ok(Self { reader: builder.from_reader(TableText::open(path, separator)?), last: None })
    }

    /// Reads the next row into `row`; whether there was one.
    ///
    /// # Errors
    /// [`DataError::Unreadable`], [`DataError::Content`] for a row that is too long or no text, or the last one where a
    /// quote in it is not closed, which would swallow the rows behind it.
    pub fn next(&mut self, row: &mut csv::StringRecord) -> Result<bool, DataError> {
        let start = self.reader.position().byte();
        self.reader.get_mut().begin_row(start);
        let is_read = self.reader.read_record(row).map_err(|error| {
            let path = || self.reader.get_ref().file.path().to_owned();
            match error.into_kind() {
                csv::ErrorKind::Io(error) => match error.downcast::<DataError>() {
                    Ok(error) => error,
                    Err(error) => DataError::Unreadable { path: path(), error },
                },
                _ => DataError::Content {
                    path: path(),
                    place: format!(", line {}", self.line_number()),
                    problem: "it is not UTF-8 text".into(),
                    help: "save the table as UTF-8 text".into(),
                },
            }
        })?;
        if is_read {
            self.last = Some((start, self.line_number()));
        } else if let Some(opened) = self.last.take().and_then(|row| self.reader.get_ref().open_quote(row, start)) {
            return Err(unclosed(self.reader.get_ref().file.path(), opened));
        }
        Ok(is_read)
    }

    /// The line that the last row begins in, as editors count them: lines end in `\n`, whatever stands before it.
    pub fn line_number(&self) -> usize {
        self.reader.get_ref().lines.row
    }

    /// That a quote opens in the last row and is closed nowhere in it, if one does.
    pub fn open_quote(&self) -> Option<DataError> {
        let (text, end) = (self.reader.get_ref(), self.reader.position().byte());
        self.last.and_then(|row| text.open_quote(row, end)).map(|line| unclosed(text.file.path(), line))
    }

    /// The digest of the file, once all of it has been read.
    ///
    /// # Errors
    /// As of [`DataFile::finish`].
    pub fn finish(self) -> Result<Digest, DataError> {
        let file = self.reader.into_inner().file;
        let size = file.size();
        file.finish(size)
    }
}

/// A table's text without its byte order mark.
struct TableText {
    file: DataFile,
    separator: u8,
    /// What was read to look for the mark, and is still to be given.
    first: Vec<u8>,
    /// Bytes of the mark.
    mark: u64,
    /// Bytes since the last line end.
    line: u64,
    /// Where the row that is being read begins.
    row: u64,
    lines: LineCount,
}

impl TableText {
    fn open(path: &Path, separator: u8) -> Result<Self, DataError> {
        let mut file = DataFile::open_plain(path)?;
        let mut first = vec![0; file.size().min(MARK.len() as u64) as usize];
        let size = file.size();
        file.fill(&mut first, size)?;
        let mark = if first == MARK { MARK.len() } else { 0 };
        first.drain(..mark);
        Ok(Self { file, separator, first, mark: mark as u64, line: 0, row: 0, lines: LineCount::default() })
    }

    fn begin_row(&mut self, start: u64) {
        self.row = start;
        self.lines.begin_row(start);
    }

    /// The line of a quote that opens in the row that begins at this byte and line, and is not closed before `end`.
    fn open_quote(&self, (row, line): (u64, usize), end: u64) -> Option<usize> {
        let mut file = File::open(self.file.path()).ok()?;
        file.seek(SeekFrom::Start(self.mark + row)).ok()?;
        let mut text = Vec::new();
        file.take(end.saturating_sub(row)).read_to_end(&mut text).ok()?;
        open_quote(&text, self.separator, line)
    }

    /// That the row being read, or its line, goes on for too long.
    fn too_long(&self) -> DataError {
        let (end, longest) = (self.lines.end(), LONGEST_ROW >> 20);
        let (line, problem, help) = match self.open_quote((self.row, self.lines.row), end) {
            Some(line) => (
                line,
                format!("a quote opens here and is not closed within {longest} MiB"),
                "close it at the end of its cell, or take it out",
            ),
            None => (
                self.lines.row,
                format!("a line is longer than {longest} MiB"),
                "save the table as text with one line per example",
            ),
        };
        let place = format!(", line {line}");
        DataError::Content { path: self.file.path().into(), place, problem, help: help.into() }
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
        self.lines.take(&buffer[..count]);
        self.line = match buffer[..count].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) => (count - end - 1) as u64,
            None => self.line + count as u64,
        };
        if self.line > LONGEST_ROW || self.lines.end().saturating_sub(self.row) > LONGEST_ROW {
            return Err(io::Error::other(self.too_long()));
        }
        Ok(count)
    }
}

/// Counts lines as a text passes in pieces.
#[derive(Debug)]
struct LineCount {
    /// The piece that was taken last, and where it begins.
    piece: Vec<u8>,
    start: u64,
    /// Lines are counted up to here.
    counted: u64,
    /// The line that this place lies in.
    line: usize,
    /// The line that the row begins in.
    row: usize,
    /// Whether that is known: a row begins at the first byte that ends no line.
    is_settled: bool,
}

impl Default for LineCount {
    fn default() -> Self {
        Self { piece: Vec::new(), start: 0, counted: 0, line: 1, row: 1, is_settled: true }
    }
}

impl LineCount {
    /// Where the text ends that has passed.
    fn end(&self) -> u64 {
        self.start + self.piece.len() as u64
    }

    /// A row begins at `start`, which may stand before what ends the line above and before empty lines.
    fn begin_row(&mut self, start: u64) {
        self.count_to(start);
        self.is_settled = false;
        self.settle();
    }

    fn take(&mut self, piece: &[u8]) {
        self.count_to(self.end());
        self.start = self.end();
        self.piece.clear();
        self.piece.extend_from_slice(piece);
        self.settle();
    }

    fn rest(&self) -> &[u8] {
        &self.piece[(self.counted - self.start) as usize..]
    }

    fn count_to(&mut self, place: u64) {
        let count = place.min(self.end()).saturating_sub(self.counted);
        let ends = self.rest()[..count as usize].iter().filter(|byte| **byte == b'\n').count();
        self.line += ends;
        self.counted += count;
    }

    fn settle(&mut self) {
        if self.is_settled {
            return;
        }
        let ends = self.rest().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.is_settled = ends < self.rest().len();
        self.count_to(self.counted + ends as u64);
        self.row = self.line;
    }
}

fn unclosed(path: &Path, line: usize) -> DataError {
    DataError::Content {
        path: path.to_owned(),
        place: format!(", line {line}"),
        problem: "a quote opens here and is not closed".into(),
        help: "close it at the end of its cell, or take it out".into(),
    }
}

/// The line of the quote that opens last in `text` and is not closed; `line` is that of the first byte that ends no
/// line.
fn open_quote(text: &[u8], separator: u8, line: usize) -> Option<usize> {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let text = &text[text.iter().take_while(|byte| is_end(byte)).count()..];
    let (mut opened, mut begins, mut at) = (None, true, 0);
    while let Some(byte) = text.get(at) {
        if opened.is_some() {
            at += text[at..].iter().position(|byte| *byte == b'"').unwrap_or(text.len() - at);
            // Two quotes stand for one.
            if text.get(at + 1) == Some(&b'"') {
                at += 2;
                continue;
            }
            opened = opened.filter(|_| at == text.len());
            begins = false;
        } else {
            opened = (*byte == b'"' && begins).then_some(at);
            begins = *byte == separator || is_end(byte);
        }
        at += 1;
    }
    opened.map(|at| line + text[..at].iter().filter(|byte| **byte == b'\n').count())
}

/// The first lines of a text, to guess how it was written; empty where it cannot be read.
pub(super) fn beginning(path: &Path) -> String {
    let mut bytes = Vec::new();
    let file = File::open(path);
    // What cannot be read has been reported by whoever read it first.
    let _ = file.and_then(|file| file.take(1 << 16).read_to_end(&mut bytes));
    String::from_utf8_lossy(bytes.strip_prefix(MARK).unwrap_or(&bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, usize)> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).expect("it can be written");
        let mut rows = TableRows::open(&path, b',').expect("it opens");
        let (mut row, mut found) = (csv::StringRecord::new(), Vec::new());
        while rows.next(&mut row).expect("it reads") {
            found.push((rows.line_number(), row.len()));
        }
        found
    }

    #[test]
    fn rows_have_the_lines_of_an_editor() {
        for mark in ["", "\u{feff}"] {
            for end in ["\n", "\r\n"] {
                let lines = ["a,b", "", "1,2", "\"x", "y\",3", "", "", "4,5"];
                let text = format!("{mark}{}{end}", lines.join(end));
                assert_eq!(rows(&text), [(1, 2), (3, 2), (4, 2), (8, 2)], "{text:?}");
            }
        }
        // Rows and line ends that lie across the pieces that are read at once.
        for extra in 0..20 {
            let long = "x".repeat(8_192 - 10 + extra);
            let text = format!("a,b\r\n\r\n{long},2\r\n\r\n3,4\r\n");
            assert_eq!(rows(&text), [(1, 2), (3, 2), (5, 2)], "{extra}");
        }
    }

    #[test]
    fn a_quote_that_swallows_the_rest_of_the_table_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        for (text, line) in
            [("a,b\n1,x\n2,\"y\n3,z\n4,z\n", Some(3)), ("a,b\n1,x\n2,\"y\n3\"\n", None), ("a,b\n1,2", None)]
        {
            std::fs::write(&path, text).expect("is written");
            let mut rows = TableRows::open(&path, b',').expect("it opens");
            let mut row = csv::StringRecord::new();
            let ended = loop {
                match rows.next(&mut row) {
                    Ok(true) => {}
                    other => break other,
                }
            };
            let problem = ended.err().map(|error| error.to_string());
            assert_eq!(problem.is_some(), line.is_some(), "{text:?}: {problem:?}");
            if let (Some(problem), Some(line)) = (problem, line) {
                assert!(problem.contains(&format!("line {line}: a quote opens here")), "{problem}");
            }
        }
    }

    #[test]
    fn an_open_quote_is_found() {
        let found = |text: &str| open_quote(text.as_bytes(), b',', 5);
        assert_eq!(found("\n1,\"a\nb\",\"c\n"), Some(6));
        assert_eq!(found("1,\"a\"\"b\",2\n"), None);
        assert_eq!(found("1,\"a\"\"\nb,2\n"), Some(5));
        // Within a cell it is a sign like others.
        assert_eq!(found("5\" pipe,2\n"), None);
    }
}
