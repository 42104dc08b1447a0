//! Which piece stands on which line, how deep, and below a blank line or not.

use crate::parse::outline::{LeafKind, Outline, Piece, PieceKind};
use crate::span::Span;

/// One or more lines of the new text.
#[derive(Debug)]
pub(super) struct Row {
    /// What stands there.
    pub content: Content,
    /// How many bodies it stands in.
    pub depth: usize,
    /// Whether a blank line stands above it.
    pub blank: bool,
    /// The comment behind it.
    pub comment: Option<Span>,
    /// Columns its key is padded to; 0 where there is none to pad.
    pub key_width: usize,
}

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A piece, by its index.
    Piece(usize),
    /// The header of a body without anything in it, by its index; its `}` belongs to it.
    Empty(usize),
    /// Lines of the source that stay as they are.
    Verbatim(Span),
}

/// The longest key that others are aligned with.
const LONGEST_KEY: usize = 40;

/// Puts the pieces of a text into rows.
pub(super) fn rows(source: &str, outline: &Outline) -> Vec<Row> {
    let pieces = &outline.pieces;
    let mut rows: Vec<Row> = Vec::with_capacity(pieces.len());
    let mut depth = 0usize;
    let mut end = 0;
    let mut next = 0;
    while next < pieces.len() {
        let first = next;
        let blank = breaks(&source[end..pieces[first].span.start]) > 1;
        // All that is on one line with the piece before belongs together: if one cannot be read, the lines stay.
        next += 1;
        while next < pieces.len() && breaks(&source[pieces[next - 1].span.end..pieces[next].span.start]) == 0 {
            next += 1;
        }
        let line = &pieces[first..next];
        end = line.last().map_or(end, |piece| piece.span.end);
        if line.iter().any(|piece| piece.frozen || piece.kind == PieceKind::Broken) {
            let content = Content::Verbatim(whole_lines(source, Span::new(line[0].span.start, end)));
            rows.push(Row { content, depth, blank, comment: None, key_width: 0 });
            line.iter().for_each(|piece| depth = deeper(depth, piece));
        } else {
            for (index, piece) in (first..).zip(line) {
                put(&mut rows, index, piece, &mut depth, blank && index == first, index > first, pieces);
            }
        }
    }
    blank_lines(&mut rows, pieces);
    align_keys(&mut rows, source, outline);
    rows
}

/// Adds a row for a piece, or adds the piece to the row before it.
fn put(rows: &mut Vec<Row>, index: usize, piece: &Piece, depth: &mut usize, blank: bool, behind: bool, all: &[Piece]) {
    if let Some(last) = rows.last_mut() {
        if piece.kind == PieceKind::Comment && behind {
            last.comment = Some(piece.span);
            return;
        }
        if let Content::Piece(opened) = last.content
            && piece.kind == PieceKind::Close
            && all[opened].kind == PieceKind::Open
            && last.comment.is_none()
        {
            last.content = Content::Empty(opened);
            *depth = deeper(*depth, piece);
            return;
        }
    }
    let outside = if piece.kind == PieceKind::Close { depth.saturating_sub(1) } else { *depth };
    rows.push(Row { content: Content::Piece(index), depth: outside, blank, comment: None, key_width: 0 });
    *depth = deeper(*depth, piece);
}

/// The depth behind a piece.
fn deeper(depth: usize, piece: &Piece) -> usize {
    match piece.kind {
        PieceKind::Open => depth + 1,
        PieceKind::Close => depth.saturating_sub(1),
        _ => depth,
    }
}

/// How many line breaks a text has.
pub(super) fn breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .filter(|at| bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        .count()
}

/// The lines that a span touches, without the last line's end.
fn whole_lines(source: &str, span: Span) -> Span {
    let start = source[..span.start].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let start = if source[start..].starts_with('\u{FEFF}') && start == 0 { '\u{FEFF}'.len_utf8() } else { start };
    let end = source[span.end..].find(['\n', '\r']).map_or(source.len(), |length| span.end + length);
    Span::new(start, end)
}

/// What a row is to the blank lines around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A comment or `@allow` line: it leads what follows.
    Lead,
    /// A declaration, or the line that opens one.
    Declaration(PieceKind),
    /// Lines that stay as they are.
    Verbatim,
}

/// Decides where blank lines stand; so far `blank` says where they stood.
fn blank_lines(rows: &mut [Row], pieces: &[Piece]) {
    let kind = |row: &Row| match row.content {
        Content::Piece(index) => Some(pieces[index].kind),
        Content::Empty(index) => Some(pieces[index].kind),
        Content::Verbatim(_) => None,
    };
    // From the end, so that a comment knows the declaration it leads.
    let mut below: Option<Part> = None;
    for at in (0..rows.len()).rev() {
        let Some(before) = at.checked_sub(1).map(|above| &rows[above]) else {
            rows[at].blank = false;
            break;
        };
        let (above, this) = (kind(before), kind(&rows[at]));
        let opened = above == Some(PieceKind::Open) && matches!(before.content, Content::Piece(_));
        if opened || (this == Some(PieceKind::Close) && above.is_some()) {
            rows[at].blank = false;
            below = None;
            continue;
        }
        if rows[at].depth > 0 || this == Some(PieceKind::Close) {
            below = None;
            continue;
        }
        let part = part_of(this);
        if part != Part::Lead || below.is_none() {
            below = Some(part);
        }
        let above = part_of(above);
        rows[at].blank = match (above, below.unwrap_or(part)) {
            (Part::Lead | Part::Verbatim, _) | (_, Part::Verbatim) => rows[at].blank,
            (Part::Declaration(one), Part::Declaration(other)) if one == other && of_one_line(one) => rows[at].blank,
            (Part::Declaration(_), _) => true,
        };
    }
}

fn part_of(kind: Option<PieceKind>) -> Part {
    match kind {
        None => Part::Verbatim,
        Some(PieceKind::Comment | PieceKind::Allow) => Part::Lead,
        Some(kind) => Part::Declaration(kind),
    }
}

/// Whether declarations of this kind may stand line by line.
fn of_one_line(kind: PieceKind) -> bool {
    matches!(kind, PieceKind::Use | PieceKind::Definition | PieceKind::Claim)
}

/// Gives the entries that stand together, blank lines apart, keys of one width.
fn align_keys(rows: &mut [Row], source: &str, outline: &Outline) {
    let width = |row: &Row| -> Option<usize> {
        let Content::Piece(index) = row.content else { return None };
        let piece = &outline.pieces[index];
        // A bare call has no key.
        let second = outline.leaves[piece.leaves.clone()].get(1);
        let keyed = piece.kind == PieceKind::Entry && second.is_some_and(|leaf| leaf.kind == LeafKind::Assign);
        let width = outline.leaves.get(piece.leaves.start)?.span.text(source).chars().count();
        (keyed && width <= LONGEST_KEY).then_some(width)
    };
    let mut start = 0;
    while start < rows.len() {
        let depth = rows[start].depth;
        let length = rows[start..].iter().skip(1).take_while(|row| !row.blank && row.depth == depth).count() + 1;
        let run = &mut rows[start..start + length];
        let widest = run.iter().filter_map(width).max().unwrap_or(0);
        run.iter_mut().filter(|row| width(row).is_some()).for_each(|row| row.key_width = widest);
        start += length;
    }
}

/// A comment as it is written: without white space at its end.
pub(super) fn comment_text(source: &str, comment: Span) -> &str {
    comment.text(source).trim_end_matches([' ', '\t'])
}
