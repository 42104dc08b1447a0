//! A first pass over the text, before anything is parsed: it collects comments and measures how deep
//! brackets nest.
//!
//! pest recurses for every bracket and has no limit of its own, so depth is checked here. The count may be
//! too high for broken text, never too low: it falls only where every rule of the grammar gives up on open
//! brackets, too.

use crate::ast::Comment;
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::{Token, TokenKind, tokens};

/// How deep brackets may nest, `{`, `(` and `[` together.
pub const MAXIMUM_DEPTH: usize = 64;

/// The most bytes of a name or a number. Names become parts of the names of files, which most file systems bound by
/// this.
pub const MAXIMUM_NAME: usize = 255;

/// The most bytes of a string with its quotes: a path is no longer on any system, and a claim is to be read.
pub const MAXIMUM_STRING: usize = 4096;

/// Why a text is not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The first bracket too many.
    TooDeep(Span),
    /// A name, a number or a string that is too long.
    TooLong(Token),
}

/// Collects the comments of a text, unless it nests too deep or holds a word that is too long.
pub(super) fn survey(source: &str) -> Result<Vec<Comment>, Refused> {
    let mut comments = Vec::new();
    let mut depth = Depth::default();
    for token in tokens(source) {
        match token.kind {
            TokenKind::Space => continue,
            TokenKind::Comment => comments.push(comment(source, token.span)),
            _ => {}
        }
        let length = token.span.end - token.span.start;
        if longest(token.kind).is_some_and(|longest| length > longest) {
            return Err(Refused::TooLong(token));
        }
        depth.take(source, token).map_err(Refused::TooDeep)?;
    }
    Ok(comments)
}

fn comment(source: &str, span: Span) -> Comment {
    let text = span.text(source);
    let doc = text.starts_with("##");
    Comment { doc, text: text[if doc { 2 } else { 1 }..].to_owned(), span }
}

/// Which brackets are open.
#[derive(Default)]
struct Depth {
    braces: usize,
    /// The closers that `(` and `[` wait for, since the last `{`, `}` or `;`.
    inner: Vec<&'static str>,
    /// A `}` whose line has not gone on yet.
    closing: bool,
    /// The first tokens of this line, as many as say whether it is a label or a header.
    line: Vec<Token>,
}

impl Depth {
    fn take(&mut self, source: &str, token: Token) -> Result<(), Span> {
        let text = token.span.text(source);
        let ends = matches!(token.kind, TokenKind::Newline | TokenKind::Comment) || matches!(text, "}" | ";");
        // Recovery takes a `}` for junk when its line goes on, so only the others close a body.
        if std::mem::take(&mut self.closing) && ends {
            self.braces = self.braces.saturating_sub(1);
        }
        if token.kind == TokenKind::Newline {
            self.line.clear();
            return Ok(());
        }
        if self.line.len() < 3 {
            self.line.push(token);
            self.look_at_line(source);
        }
        match text {
            "(" => self.inner.push(")"),
            "[" => self.inner.push("]"),
            ")" | "]" if self.inner.last() == Some(&text) => {
                self.inner.pop();
            }
            "{" => {
                self.inner.clear();
                self.braces += 1;
            }
            "}" => {
                self.inner.clear();
                self.closing = true;
            }
            ";" => self.inner.clear(),
            _ => {}
        }
        if self.braces + self.inner.len() > MAXIMUM_DEPTH {
            return Err(token.span);
        }
        Ok(())
    }

    fn look_at_line(&mut self, source: &str) {
        let word = |at: usize| -> Option<&str> {
            let token = self.line.get(at)?;
            let text = token.span.text(source);
            (token.kind == TokenKind::Word && text.is_ascii()).then_some(text)
        };
        let last = self.line.last().map(|token| token.span.text(source));
        match self.line.len() {
            // No bracket but that of a parameter list spans a line that begins with a label.
            2 if word(0).is_some() && last == Some(":") => self.inner.truncate(1),
            // The strict form of a header ends every open body; see `header_ahead` in the grammar.
            3 if word(1).is_some() && matches!(last, Some("{" | "extends")) && word(0).is_some_and(opens_body) => {
                self.braces = 0;
                self.inner.clear();
            }
            _ => {}
        }
    }
}

fn opens_body(keyword: &str) -> bool {
    matches!(keyword, "block" | "model" | "dataset" | "train" | "report" | "run" | "sweep")
}

/// The most bytes of a token, where it has a bound.
const fn longest(kind: TokenKind) -> Option<usize> {
    match kind {
        TokenKind::Word | TokenKind::Number => Some(MAXIMUM_NAME),
        TokenKind::Text | TokenKind::OpenText => Some(MAXIMUM_STRING),
        TokenKind::Space | TokenKind::Newline | TokenKind::Comment | TokenKind::Symbol | TokenKind::Unknown => None,
    }
}

/// The error for a text that [`survey`] refuses.
pub(super) fn refusal(refused: Refused) -> SyntaxError {
    match refused {
        Refused::TooDeep(span) => too_deep(span),
        Refused::TooLong(token) => too_long(token),
    }
}

fn too_long(token: Token) -> SyntaxError {
    let (what, help) = match token.kind {
        TokenKind::Number => ("a number", "round it; more than 17 digits make no difference"),
        TokenKind::Text | TokenKind::OpenText => ("a string", "shorten it, or close it earlier"),
        TokenKind::Word
        | TokenKind::Space
        | TokenKind::Newline
        | TokenKind::Comment
        | TokenKind::Symbol
        | TokenKind::Unknown => ("a name", "shorten it; names become parts of the names of files"),
    };
    let (length, most) = (token.span.end - token.span.start, longest(token.kind).unwrap_or(MAXIMUM_NAME));
    SyntaxError {
        kind: SyntaxErrorKind::TooLong,
        message: format!("{what} has at most {most} bytes, and this one has {length}"),
        span: token.span,
        label: "too long".to_owned(),
        related: None,
        help: Some(help.to_owned()),
        edits: Vec::new(),
    }
}

fn too_deep(span: Span) -> SyntaxError {
    SyntaxError {
        kind: SyntaxErrorKind::TooDeep,
        message: format!("brackets nest more than {MAXIMUM_DEPTH} deep"),
        span,
        label: "one too many".to_owned(),
        related: None,
        help: Some("move an inner part into a `block`, or close the brackets that were left open above".to_owned()),
        edits: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_refused_past_the_limit_only() {
        let nested = |depth: usize| "(".repeat(depth) + "1" + &")".repeat(depth);
        assert!(survey(&nested(MAXIMUM_DEPTH)).is_ok());
        assert_eq!(survey(&nested(MAXIMUM_DEPTH + 1)), Err(Refused::TooDeep(Span::new(64, 65))));
    }

    #[test]
    fn words_are_refused_past_their_limit_only() {
        let (name, number) = ("n".repeat(MAXIMUM_NAME), "1".repeat(MAXIMUM_NAME));
        let string = format!("\"{}\"", "s".repeat(MAXIMUM_STRING - 2));
        for whole in [&name, &number, &string] {
            assert!(survey(whole).is_ok());
            let longer = whole.replacen(['n', '1', 's'], "nn", 1).replacen("nn", &whole[1..2].repeat(2), 1);
            let error = survey(&longer).map_err(refusal).unwrap_err();
            let bounds = (error.kind, error.span);
            assert_eq!(bounds, (SyntaxErrorKind::TooLong, Span::new(0, longer.len())), "{}", error.message);
        }
        assert!(survey(&"# a comment may be of any length ".repeat(1000)).is_ok());
    }

    #[test]
    fn many_broken_lines_are_not_deep() {
        assert!(survey(&"  a: linear(10\n".repeat(1000)).is_ok());
        assert!(survey(&"model m {\n  repeat 2 {\n  relu\n".repeat(1000)).is_ok());
        assert!(survey(&"# (((\nx = \"(((\"\n".repeat(1000)).is_ok());
    }

    #[test]
    fn a_brace_in_the_middle_of_junk_does_not_lower_the_count() {
        assert!(survey(&"repeat 2 {\n a } c\n".repeat(MAXIMUM_DEPTH + 1)).is_err());
    }

    #[test]
    fn comments_keep_their_text() {
        let comments = survey("## doc\nx # plain\n").unwrap();
        assert_eq!((comments[0].doc, comments[0].text.as_str()), (true, " doc"));
        assert_eq!((comments[1].doc, comments[1].text.as_str()), (false, " plain"));
        assert_eq!(comments[1].span, Span::new(9, 16));
    }
}
