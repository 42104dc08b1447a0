//! Between byte offsets and the lines and columns of the protocol.

use elbo_grammar::Span;
use gen_lsp_types::{ClientCapabilities, Position, PositionEncodingKind, Range};
use line_index::{LineCol, LineIndex, TextSize, WideEncoding, WideLineCol};

/// The longest text that can be indexed: offsets have 32 bits.
pub(crate) const LONGEST_TEXT: usize = 16 << 20;

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// 16-bit units; what a client counts that does not say.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best one that the client knows: bytes need no conversion.
    pub fn negotiated(client: &ClientCapabilities) -> Self {
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let offered = offered.unwrap_or_default();
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offered.contains(&PositionEncodingKind::UTF32) && !offered.contains(&PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub const fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    const fn wide(self) -> Option<WideEncoding> {
        match self {
            Self::Utf8 => None,
            Self::Utf16 => Some(WideEncoding::Utf16),
            Self::Utf32 => Some(WideEncoding::Utf32),
        }
    }
}

/// The lines of a text, in the encoding that was agreed on.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    index: LineIndex,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    /// Reads the lines of a text.
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        Self { text, index: LineIndex::new(text), encoding }
    }

    /// The position of a byte offset; one beyond the text stands for its end, one inside a character for its start.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let place = self.index.try_line_col(TextSize::new(offset as u32)).unwrap_or(LineCol { line: 0, col: 0 });
        let character = match self.encoding.wide() {
            None => place.col,
            Some(wide) => self.index.to_wide(wide, place).map_or(place.col, |wide| wide.col),
        };
        Position { line: place.line, character }
    }

    /// The range of a span.
    pub fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// The line of a byte offset, from 0.
    pub fn line(&self, offset: usize) -> u32 {
        self.position(offset).line
    }

    /// Where a line starts.
    pub fn start_of(&self, line: u32) -> usize {
        self.index.line(line).map_or(self.text.len(), |range| range.start().into())
    }

    /// The byte offset of a position. A column behind the end of its line stands for that end, one inside a character
    /// for the start of that character, as the protocol has it; `None` if there is no such line.
    pub fn offset(&self, position: Position) -> Option<usize> {
        let range = self.index.line(position.line)?;
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let line = self.text[start..end].trim_end_matches(['\n', '\r']);
        let column = match self.encoding.wide() {
            None => position.character as usize,
            Some(wide) => {
                let place = WideLineCol { line: position.line, col: position.character.min(line.len() as u32) };
                self.index.to_utf8(wide, place).map_or(line.len(), |place| place.col as usize)
            }
        };
        Some(start + line.floor_char_boundary(column.min(line.len())))
    }

    /// The span of a range; `None` if a line does not exist. A range whose ends are exchanged is empty.
    pub fn span(&self, range: Range) -> Option<Span> {
        let (start, end) = (self.offset(range.start)?, self.offset(range.end)?);
        Some(Span::new(start, end.max(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_comes_back() {
        let text = "a𝄞é漢\r\nb\n\n𝄞";
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            let lines = Lines::new(text, encoding);
            for offset in (0..=text.len()).filter(|offset| text.is_char_boundary(*offset)) {
                let inside_terminator = text[offset..].starts_with('\n') && text[..offset].ends_with('\r');
                let expected = if inside_terminator { offset - 1 } else { offset };
                assert_eq!(lines.offset(lines.position(offset)), Some(expected), "{encoding:?} {offset}");
            }
        }
    }

    #[test]
    fn columns_count_what_was_agreed_on() {
        let text = "a𝄞é b";
        let at = |encoding| Lines::new(text, encoding).position(text.len()).character;
        assert_eq!([at(Encoding::Utf8), at(Encoding::Utf16), at(Encoding::Utf32)], [9, 6, 5]);
        // Inside the surrogate pair of the clef is at its start.
        assert_eq!(Lines::new(text, Encoding::Utf16).offset(Position { line: 0, character: 2 }), Some(1));
    }

    #[test]
    fn what_lies_outside_is_said_to() {
        let lines = Lines::new("ab\ncd", Encoding::Utf16);
        assert_eq!(lines.offset(Position { line: 0, character: 99 }), Some(2));
        assert_eq!(lines.offset(Position { line: 1, character: u32::MAX }), Some(5));
        assert_eq!(lines.offset(Position { line: 2, character: 0 }), None);
    }
}
