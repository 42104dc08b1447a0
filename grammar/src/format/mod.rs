//! The one layout of a text.
//!
//! A text is taken to pieces (the parser's outline), each of which gets rows (`rows`); `statement` writes the
//! tokens of a piece, on one line or broken at its brackets, `lines` aligns what stands in columns.
//!
//! Only white space, `;` and trailing commas change. Lines on which something cannot be read stay as they are,
//! down to their indentation; so does a declaration whose braces do not match, as indentation is what tells
//! which one is missing.

mod columns;
mod lines;
mod rows;
mod statement;

use crate::parse::outline::{Outline, PieceKind, Reading};

/// Lays a text out in the one canonical way.
///
/// The result parses into the same tree, spans aside, with the same syntax errors, and formatting it again
/// changes nothing. Comments are kept where they stand. A text that nests deeper than
/// [`MAXIMUM_DEPTH`](crate::MAXIMUM_DEPTH), or of which nothing can be read, is given back as it is.
///
/// ```
/// let text = "train t {epochs=3;batch = 64 # small\n}";
/// assert_eq!(elbo_grammar::format(text), "train t {\n  epochs = 3\n  batch  = 64  # small\n}\n");
/// ```
pub fn format(source: &str) -> String {
    let Some(before) = Reading::new(source) else { return source.to_owned() };
    let outline = before.outline();
    if outline.pieces.iter().all(|piece| piece.kind == PieceKind::Broken) && !outline.pieces.is_empty() {
        return source.to_owned();
    }
    let text = laid_out(source, &outline);
    let broken = outline.pieces.iter().any(|piece| piece.frozen || piece.kind == PieceKind::Broken);
    if broken && text != source && !faithful(&before, &outline, &text) {
        return source.to_owned();
    }
    text
}

fn laid_out(source: &str, outline: &Outline) -> String {
    lines::write(source, &rows::rows(source, outline), outline)
}

/// Whether a broken text means the same in its new layout: what a reader takes for a slip may depend on the
/// lines around it, and there is no end to the ways in which a text can be broken.
fn faithful(before: &Reading<'_>, outline: &Outline, text: &str) -> bool {
    let Some(after) = Reading::new(text) else { return false };
    let outline_after = after.outline();
    let kinds = |outline: &Outline| -> Vec<PieceKind> { outline.pieces.iter().map(|piece| piece.kind).collect() };
    let messages =
        |reading: &Reading<'_>| -> Vec<String> { reading.errors().into_iter().map(|error| error.message).collect() };
    kinds(outline) == kinds(&outline_after)
        && messages(before) == messages(&after)
        && laid_out(text, &outline_after) == text
}
