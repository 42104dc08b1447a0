//! The tokens of one piece, on one line or broken at its brackets.

use std::ops::Range;

use super::columns::{INDENT, WIDTH};
use super::rows::{breaks, comment_text};
use crate::parse::outline::{Leaf, LeafKind, Outline, Piece, PieceKind};
use crate::span::Span;

/// A piece that is being written.
pub(super) struct Statement<'a> {
    source: &'a str,
    span: Span,
    kind: PieceKind,
    leaves: &'a [Leaf],
    measures: Vec<Measure>,
    text: &'a mut String,
    /// Columns of the line so far.
    column: usize,
}

/// What is known of a leaf before anything is written.
#[derive(Clone, Copy)]
struct Measure {
    /// The column it ends in if the piece stands on one line, from 0 at the piece's start.
    end: usize,
    /// How many comments there are up to it.
    comments: usize,
    /// For an opening bracket, the index of its partner; else that of the next bracket that opens.
    bracket: usize,
}

impl<'a> Statement<'a> {
    /// Takes a piece to be written behind `text`.
    pub fn new(source: &'a str, outline: &'a Outline, piece: &Piece, text: &'a mut String) -> Self {
        let leaves = &outline.leaves[piece.leaves.clone()];
        let measures = measures(source, leaves);
        Self { source, span: piece.span, kind: piece.kind, leaves, measures, text, column: 0 }
    }

    /// Writes it, its key padded to `key_width` columns and `end` directly behind it.
    pub fn write(mut self, indent: usize, key_width: usize, end: &str) {
        self.spaces(indent);
        match self.kind {
            PieceKind::Comment => self.text.push_str(comment_text(self.source, self.span)),
            PieceKind::Close => self.text.push('}'),
            _ => {
                let mut first = 0;
                if key_width > 0 {
                    self.push(0);
                    self.spaces((indent + key_width + 1).saturating_sub(self.column));
                    first = 1;
                }
                self.sequence(first..self.leaves.len(), indent, end.len());
            }
        }
        self.text.push_str(end);
    }

    /// Writes leaves in a row. `behind` is how many columns will follow the last of them on its line.
    fn sequence(&mut self, range: Range<usize>, indent: usize, behind: usize) {
        let mut before = None;
        let mut index = range.start;
        while index < range.end {
            let kind = self.leaves[index].kind;
            if kind == LeafKind::Comment {
                // In the midst of an argument, which goes on in the next line.
                let gap = if before.is_some() { "  " } else { "" };
                self.comment(index, gap);
                self.newline(indent + INDENT);
                before = None;
            } else if kind != LeafKind::Comma || !is_last_comma(self.leaves, index) {
                if before.is_some_and(|before| spaced(before, kind)) {
                    self.spaces(1);
                }
                self.push(index);
                before = Some(kind);
                if self.is_broken(index, range.end, behind) {
                    let close = self.measures[index].bracket;
                    self.broken(index, close, indent);
                    self.push(close);
                    before = Some(LeafKind::Close);
                    index = close;
                }
            }
            index += 1;
        }
    }

    /// Whether the bracket at `open`, just written, has what it holds on lines of its own.
    fn is_broken(&self, open: usize, end: usize, behind: usize) -> bool {
        if !matches!(self.leaves[open].kind, LeafKind::Open { .. } | LeafKind::OpenGroup) {
            return false;
        }
        let (start, close) = (self.measures[open], self.measures[open].bracket);
        let Some(closer) = self.measures.get(close).filter(|_| close > open + 1) else { return false };
        // Behind it, the line can be broken at the next bracket that opens.
        let last = match closer.bracket {
            next if next < end => self.measures[next].end,
            _ => self.measures[end - 1].end + behind,
        };
        closer.comments > start.comments || self.column + last - start.end > WIDTH
    }

    /// Writes what stands between two brackets, an item a line.
    fn broken(&mut self, open: usize, close: usize, indent: usize) {
        let group = self.leaves[open].kind == LeafKind::OpenGroup;
        let inner = indent + INDENT;
        // A comment on the line of what it follows stays there, if no other one has taken the place.
        let mut free = true;
        let mut index = open + 1;
        while index < close {
            if self.leaves[index].kind == LeafKind::Comment {
                self.comment_behind(index, inner, &mut free);
                index += 1;
                continue;
            }
            let start = index;
            while index < close && self.leaves[index].kind != LeafKind::Comma {
                let opens = matches!(self.leaves[index].kind, LeafKind::Open { .. } | LeafKind::OpenGroup);
                index = if opens { self.measures[index].bracket + 1 } else { index + 1 };
            }
            let mut stop = index;
            while stop > start && self.leaves[stop - 1].kind == LeafKind::Comment {
                stop -= 1;
            }
            self.newline(inner);
            self.sequence(start..stop, inner, usize::from(!group));
            if !group {
                self.text.push(',');
            }
            free = true;
            for comment in stop..index {
                self.comment_behind(comment, inner, &mut free);
            }
            // Past the comma.
            index += 1;
        }
        self.newline(indent);
    }

    /// Writes a comment between two items.
    fn comment_behind(&mut self, index: usize, indent: usize, free: &mut bool) {
        let between = &self.source[self.leaves[index - 1].span.end..self.leaves[index].span.start];
        if *free && breaks(between) == 0 {
            self.comment(index, "  ");
        } else {
            self.newline(indent);
            self.comment(index, "");
        }
        *free = false;
    }

    fn comment(&mut self, index: usize, gap: &str) {
        self.text.push_str(gap);
        self.text.push_str(comment_text(self.source, self.leaves[index].span));
    }

    fn push(&mut self, index: usize) {
        let text = self.leaves[index].span.text(self.source);
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn spaces(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
        self.column += count;
    }

    fn newline(&mut self, indent: usize) {
        self.text.push('\n');
        self.column = 0;
        self.spaces(indent);
    }
}

/// Measures the leaves of a piece, as if on one line.
fn measures(source: &str, leaves: &[Leaf]) -> Vec<Measure> {
    let mut measures: Vec<Measure> = Vec::with_capacity(leaves.len());
    let mut open: Vec<usize> = Vec::new();
    let mut before: Option<LeafKind> = None;
    let (mut end, mut comments) = (0, 0);
    for (index, leaf) in leaves.iter().enumerate() {
        match leaf.kind {
            LeafKind::Comment => comments += 1,
            LeafKind::Comma if is_last_comma(leaves, index) => {}
            kind => {
                end += usize::from(before.is_some_and(|before| spaced(before, kind)));
                end += leaf.span.text(source).chars().count();
                before = Some(kind);
            }
        }
        measures.push(Measure { end, comments, bracket: leaves.len() });
        match leaf.kind {
            LeafKind::Open { .. } | LeafKind::OpenGroup | LeafKind::OpenAllow => open.push(index),
            LeafKind::Close => {
                if let Some(opener) = open.pop() {
                    measures[opener].bracket = index;
                }
            }
            _ => {}
        }
    }
    let mut next = leaves.len();
    for (index, leaf) in leaves.iter().enumerate().rev() {
        match leaf.kind {
            LeafKind::Open { .. } | LeafKind::OpenGroup => next = index,
            LeafKind::OpenAllow => {}
            _ => measures[index].bracket = next,
        }
    }
    measures
}

/// Whether a comma separates nothing: only comments stand between it and the closing bracket.
fn is_last_comma(leaves: &[Leaf], comma: usize) -> bool {
    let next = leaves[comma + 1..].iter().find(|leaf| leaf.kind != LeafKind::Comment);
    next.is_none_or(|leaf| leaf.kind == LeafKind::Close)
}

/// Whether a space stands between two leaves of one line.
fn spaced(before: LeafKind, after: LeafKind) -> bool {
    use LeafKind::{Close, Colon, Comma, Dots, Minus, Open, OpenAllow, OpenGroup, Star, TightAssign};
    !matches!(after, Comma | Close | Colon | Star | Dots | TightAssign | OpenAllow | Open { attached: true })
        && !matches!(before, Open { .. } | OpenGroup | OpenAllow | Minus | Dots | TightAssign)
}
