//! From byte offsets to the lines and columns that people and editors count in.

use elbo_grammar::Span;
use std::ops::Range;

/// How many bytes lie between two remembered character counts. A look-up counts at most this many
/// bytes, so that a column in a line of a megabyte costs no more than one in a short line.
const BLOCK: usize = 256;

/// A line and a column, both counted from 1; the column counts Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; one past the last character stands for the end of the line.
    pub column: usize,
}

/// The lines of one text. Built once in O(n), asked in O(log n).
///
/// A line ends with `\n` or `\r\n`; the terminator is not part of it, and every offset inside a
/// terminator is the end of the line. A `\r` alone is a character like any other. A text that ends
/// with a terminator has an empty last line; the empty text has one empty line.
#[derive(Debug, Clone)]
pub struct LineIndex<'text> {
    text: &'text str,
    /// Where each line starts.
    starts: Vec<usize>,
    /// How many characters start before each multiple of [`BLOCK`].
    characters_before: Vec<usize>,
}

impl<'text> LineIndex<'text> {
    /// Reads the lines of a text.
    pub fn new(text: &'text str) -> Self {
        let bytes = text.as_bytes();
        let starts = std::iter::once(0)
            .chain(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(offset, _)| offset + 1))
            .collect();
        let mut count = 0;
        let mut characters_before = vec![0];
        for block in bytes.chunks(BLOCK) {
            count += character_starts(block);
            characters_before.push(count);
        }
        Self { text, starts, characters_before }
    }

    /// The text this is the index of.
    pub fn text(&self) -> &'text str {
        self.text
    }

    /// How many lines there are; at least 1.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line without its terminator; `None` if there is no such line (they count from 1).
    pub fn line_range(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let Some(next) = self.starts.get(line) else {
            return Some(start..self.text.len());
        };
        let content = self.text[start..next - 1].strip_suffix('\r').unwrap_or(&self.text[start..next - 1]);
        Some(start..start + content.len())
    }

    /// The position of a byte offset. One beyond the text stands for its end, one inside a character
    /// for the start of that character.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset);
        let content = self.line_range(line).unwrap_or_default();
        let column = self.characters_before(offset.min(content.end)) - self.characters_before(content.start) + 1;
        Position { line, column }
    }

    /// The nearest range that lies inside the text and splits no character.
    pub fn clamp(&self, span: Span) -> Span {
        let start = self.text.floor_char_boundary(span.start);
        Span::new(start, self.text.ceil_char_boundary(span.end).max(start))
    }

    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        self.characters_before[block] + character_starts(&self.text.as_bytes()[block * BLOCK..offset])
    }
}

/// How many characters start in a piece of UTF-8.
fn character_starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by walking the text from its start.
    fn walked(text: &str, offset: usize) -> Position {
        let mut position = Position { line: 1, column: 1 };
        for (at, character) in text.char_indices() {
            if at + character.len_utf8() > offset {
                break;
            }
            match character {
                '\n' => position = Position { line: position.line + 1, column: 1 },
                '\r' if text[at..].starts_with("\r\n") => {}
                _ => position.column += 1,
            }
        }
        position
    }

    #[test]
    fn every_offset_agrees_with_walking_the_text() {
        let long = "é漢𝄞a\r\nb\rc\n\n".repeat(100);
        for text in ["", "\n", "\r\n", "a", "a\r\n", "a\nb", "\u{feff}x\ty\r\n\r\nz", long.as_str()] {
            let index = LineIndex::new(text);
            for offset in 0..=text.len() {
                assert_eq!(index.position(offset), walked(text, offset), "offset {offset} of {text:?}");
            }
            assert_eq!(index.position(text.len() + 9), walked(text, text.len()));
        }
    }

    #[test]
    fn lines_come_without_their_terminators() {
        let text = "one\r\ntwo\n\nfour\n";
        let index = LineIndex::new(text);
        let lines: Vec<_> = (1..=index.line_count()).map(|line| &text[index.line_range(line).unwrap()]).collect();
        assert_eq!(lines, ["one", "two", "", "four", ""]);
        assert_eq!((index.line_range(0), index.line_range(6)), (None, None));
    }

    #[test]
    fn spans_are_clamped_to_whole_characters() {
        let index = LineIndex::new("aé漢");
        assert_eq!(index.clamp(Span::new(2, 4)), Span::new(1, 6));
        assert_eq!(index.clamp(Span::new(6, 90)), Span::new(6, 6));
        assert_eq!(index.clamp(Span::new(90, 91)), Span::new(6, 6));
        assert_eq!(index.clamp(Span::new(3, 1)), Span::new(3, 3));
    }
}
