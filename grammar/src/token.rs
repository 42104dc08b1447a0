//! The pieces of a source text, without any structure.
//!
//! The parser works on text, not on these. They serve what has to look at broken or unparsed text: the scan
//! of bracket depth, error messages, highlighting.

use crate::span::Span;

/// One piece of a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Spaces and tabs.
    Space,
    /// One line break: `\n`, `\r\n` or `\r`.
    Newline,
    /// `#` or `##` up to the end of the line.
    Comment,
    /// A name or keyword.
    Word,
    /// Something that begins with a digit, well-formed or not.
    Number,
    /// A string with both quotes.
    Text,
    /// A string without its closing quote, up to the end of the line.
    OpenText,
    /// Punctuation or an operator.
    Symbol,
    /// A character the language does not use.
    Unknown,
}

/// Splits a source text into tokens that cover it without gaps.
pub fn tokens(source: &str) -> Tokens<'_> {
    Tokens { source, position: 0 }
}

/// The tokens of a source text; see [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'s> {
    source: &'s str,
    position: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let rest = &self.source[self.position..];
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            ' ' | '\t' => (TokenKind::Space, run(rest, |c| matches!(c, ' ' | '\t'))),
            '\u{FEFF}' if self.position == 0 => (TokenKind::Space, first.len_utf8()),
            '\n' => (TokenKind::Newline, 1),
            '\r' => (TokenKind::Newline, if rest.starts_with("\r\n") { 2 } else { 1 }),
            '#' => (TokenKind::Comment, run(rest, |c| !matches!(c, '\n' | '\r'))),
            '"' => text(rest),
            '0'..='9' => (TokenKind::Number, number(rest)),
            c if c == '_' || c.is_alphabetic() => (TokenKind::Word, run(rest, |c| c == '_' || c.is_alphanumeric())),
            _ => symbol(rest, first),
        };
        let span = Span::new(self.position, self.position + length);
        self.position = span.end;
        Some(Token { kind, span })
    }
}

/// The length of the longest beginning whose characters all pass.
fn run(rest: &str, passes: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !passes(c)).unwrap_or(rest.len())
}

fn text(rest: &str) -> (TokenKind, usize) {
    let mut escaped = false;
    for (offset, c) in rest.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return (TokenKind::OpenText, offset),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (TokenKind::Text, offset + 1),
            _ => {}
        }
    }
    (TokenKind::OpenText, rest.len())
}

/// The length of what a reader takes for one number: `1e-3`, `0.5`, `20min`, and also `3x3`.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    let mut plain = true;
    loop {
        match bytes.get(end) {
            Some(b'.') if digit(end + 1) => end += 1,
            Some(b'e' | b'E') if plain && matches!(bytes.get(end + 1), Some(b'+' | b'-')) && digit(end + 2) => {
                plain = false;
                end += 2;
            }
            Some(b'_' | b'0'..=b'9') => end += 1,
            Some(b'a'..=b'z' | b'A'..=b'Z') => {
                plain = false;
                end += 1;
            }
            _ => return end,
        }
    }
}

fn symbol(rest: &str, first: char) -> (TokenKind, usize) {
    if [">=", "<=", "==", "!=", ".."].iter().any(|pair| rest.starts_with(pair)) {
        return (TokenKind::Symbol, 2);
    }
    let kind = if "()[]{},:;=+-*/<>~≈.@".contains(first) { TokenKind::Symbol } else { TokenKind::Unknown };
    (kind, first.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(source: &str) -> Vec<(TokenKind, &str)> {
        tokens(source).map(|token| (token.kind, token.span.text(source))).collect()
    }

    #[test]
    fn every_kind_is_told_apart() {
        use TokenKind::{Comment, Newline, Number, OpenText, Space, Symbol, Text, Unknown, Word};
        assert_eq!(
            split("conv_1: 1e-3 \"a\\\"b\"\r\n%..>= # x"),
            [
                (Word, "conv_1"),
                (Symbol, ":"),
                (Space, " "),
                (Number, "1e-3"),
                (Space, " "),
                (Text, "\"a\\\"b\""),
                (Newline, "\r\n"),
                (Unknown, "%"),
                (Symbol, ".."),
                (Symbol, ">="),
                (Space, " "),
                (Comment, "# x"),
            ]
        );
        assert_eq!(split("\"open\nx"), [(OpenText, "\"open"), (Newline, "\n"), (Word, "x")]);
    }

    #[test]
    fn numbers_end_where_a_reader_ends_them() {
        assert_eq!(split("3x3"), [(TokenKind::Number, "3x3")]);
        assert_eq!(split("1.5e+3min")[0].1, "1.5e+3min");
        assert_eq!(split("1..5")[0].1, "1");
        assert_eq!(split("5-3")[0].1, "5");
        assert_eq!(split("1e-x")[0].1, "1e");
    }
}
