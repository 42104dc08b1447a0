//! Formatting: the lines that the one layout has otherwise.

use crate::positions::Lines;
use elbo_grammar::Span;
use elbo_grammar::ast::File;
use gen_lsp_types::TextEdit;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The edits that lay out a text, or the part of it that touches `within`.
pub(crate) fn edits(text: &str, lines: &Lines<'_>, within: Option<Span>) -> Vec<TextEdit> {
    let laid_out = elbo_grammar::format(text);
    if laid_out == text {
        return Vec::new();
    }
    let (old_lines, new_lines) = (split(text), split(&laid_out));
    let (old, new) = (starts(&old_lines), starts(&new_lines));
    let diff = capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
    let changed = diff.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changed
        .map(|op| {
            let (old_lines, new_lines) = (op.old_range(), op.new_range());
            let span = Span::new(old[old_lines.start], old[old_lines.end]);
            (span, &laid_out[new[new_lines.start]..new[new_lines.end]])
        })
        .filter(|(span, _)| {
            within.is_none_or(|within| span.start <= within.end && within.start < span.end.max(span.start + 1))
        })
        .map(|(span, new)| TextEdit { range: lines.range(span), new_text: new.to_owned() })
        .collect()
}

/// The lines of a text, each with what ends it.
fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Where each line starts, and where the last one ends.
fn starts(lines: &[&str]) -> Vec<usize> {
    let ends = lines.iter().scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

/// What the character just typed has completed: with `}` the declaration that it closes, with a new line the line
/// before it.
pub(crate) fn just_typed(text: &str, tree: &File, offset: usize, typed: &str) -> Span {
    let line_start = |offset: usize| text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    if typed == "}" {
        let closed = tree.declarations.iter().map(|declaration| declaration.span);
        return closed.into_iter().find(|span| span.end == offset).unwrap_or(Span::new(line_start(offset), offset));
    }
    let end = line_start(offset).saturating_sub(1);
    Span::new(line_start(end), end)
}
