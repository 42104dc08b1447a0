//! Writes rows as lines and aligns the comments behind them.

use super::columns::{INDENT, WIDTH};
use super::rows::{Content, Row, comment_text};
use super::statement::Statement;
use crate::parse::outline::Outline;
use crate::span::Span;

/// A comment behind a line.
struct Trailing {
    /// Where the line ends, in the text without such comments.
    end: usize,
    /// How many columns the line has.
    columns: usize,
    /// The comment.
    comment: Span,
    /// Those of one number stand in one column.
    run: usize,
}

/// Writes rows. The comments behind lines that follow each other at one depth stand in one column.
pub(super) fn write(source: &str, rows: &[Row], outline: &Outline) -> String {
    let mut text = String::with_capacity(source.len() + source.len() / 8);
    let mut trailing: Vec<Trailing> = Vec::new();
    let (mut run, mut depth) = (0, 0);
    for row in rows {
        if row.blank {
            text.push('\n');
        }
        run += usize::from(row.blank || row.depth != depth || row.comment.is_none());
        depth = row.depth;
        let start = text.len();
        match row.content {
            Content::Verbatim(span) => verbatim(&mut text, span.text(source)),
            Content::Piece(index) | Content::Empty(index) => {
                let end = if matches!(row.content, Content::Empty(_)) { "}" } else { "" };
                let statement = Statement::new(source, outline, &outline.pieces[index], &mut text);
                statement.write(INDENT * row.depth, row.key_width, end);
            }
        }
        if let Some(comment) = row.comment {
            let last = text[start..].rfind('\n').map(|newline| start + newline + 1);
            let columns = text[last.unwrap_or(start)..].chars().count();
            // A line beyond the width would take the others' comments with it.
            let alone = usize::from(last.is_some() || columns > WIDTH);
            run += alone;
            trailing.push(Trailing { end: text.len(), columns, comment, run });
            run += alone;
        }
        text.push('\n');
    }
    with_comments(source, &text, &trailing)
}

/// Puts comments behind their lines.
fn with_comments(source: &str, text: &str, trailing: &[Trailing]) -> String {
    let mut whole = String::with_capacity(text.len() + 64 * trailing.len());
    let mut end = 0;
    for run in trailing.chunk_by(|one, other| one.run == other.run) {
        let widest = run.iter().map(|line| line.columns).max().unwrap_or(0);
        for line in run {
            whole.push_str(&text[end..line.end]);
            whole.extend(std::iter::repeat_n(' ', widest - line.columns + 2));
            whole.push_str(comment_text(source, line.comment));
            end = line.end;
        }
    }
    whole.push_str(&text[end..]);
    whole
}

/// Lines as they are, but for the bytes that end them.
fn verbatim(text: &mut String, lines: &str) {
    let mut rest = lines;
    while let Some(at) = rest.find('\r') {
        text.push_str(&rest[..at]);
        text.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    text.push_str(rest);
}
