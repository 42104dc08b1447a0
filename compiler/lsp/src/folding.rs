//! Folding ranges: bodies, lists over several lines, runs of comments and of `use`.

use crate::positions::Lines;
use crate::spans;
use elbo_grammar::Span;
use elbo_grammar::ast::{DeclarationKind, File};
use gen_lsp_types::{FoldingRange, FoldingRangeKind};
use std::collections::BTreeMap;

/// What can be folded, in the order of lines.
pub(crate) fn ranges(text: &str, tree: &File, lines: &Lines<'_>) -> Vec<FoldingRange> {
    let mut folds: BTreeMap<u32, (u32, Option<FoldingRangeKind>)> = BTreeMap::new();
    spans::visit(tree, &mut |span| {
        let start = lines.line(span.start);
        let last = lines.line(span.end);
        // The line with the closing bracket stays visible.
        let closes = text[lines.start_of(last)..span.end].trim_start().starts_with(['}', ')', ']']);
        let end = if closes { last.saturating_sub(1) } else { last };
        if end > start {
            let widest = folds.entry(start).or_insert((end, None));
            widest.0 = widest.0.max(end);
        }
    });
    let alone = |span: &Span| text[lines.start_of(lines.line(span.start))..span.start].trim().is_empty();
    let comments = tree.comments.iter().map(|comment| comment.span).filter(alone);
    runs(comments, lines, &FoldingRangeKind::Comment, &mut folds);
    let uses = tree.declarations.iter().filter(|declaration| matches!(declaration.kind, DeclarationKind::Use { .. }));
    runs(uses.map(|declaration| declaration.span), lines, &FoldingRangeKind::Imports, &mut folds);
    let fold = |(start_line, (end_line, kind))| FoldingRange {
        start_line,
        start_character: None,
        end_line,
        end_character: None,
        kind,
        collapsed_text: None,
    };
    folds.into_iter().map(fold).collect()
}

/// Folds each run of lines that follow each other.
fn runs(
    spans: impl Iterator<Item = Span>,
    lines: &Lines<'_>,
    kind: &FoldingRangeKind,
    folds: &mut BTreeMap<u32, (u32, Option<FoldingRangeKind>)>,
) {
    let rows: Vec<u32> = spans.map(|span| lines.line(span.start)).collect();
    for run in rows.chunk_by(|one, next| *next == one + 1) {
        if let [first, .., last] = run {
            folds.entry(*first).or_insert((*last, Some(kind.clone())));
        }
    }
}
