//! Selection ranges: from the word at a place outward, one meaningful step at a time.

use crate::positions::Lines;
use crate::spans;
use elbo_grammar::ast::File;
use elbo_grammar::{Span, TokenKind, tokens};
use gen_lsp_types::SelectionRange;

/// The ranges around an offset, the innermost with its parents.
pub(crate) fn around(text: &str, tree: &File, lines: &Lines<'_>, offset: usize) -> SelectionRange {
    let mut around = vec![Span::new(0, text.len())];
    spans::visit(tree, &mut |span| around.push(span));
    around.extend(tree.comments.iter().map(|comment| comment.span));
    let token = tokens(text).filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Newline));
    around.extend(token.map(|token| token.span).filter(|span| span.end - span.start < text.len()));
    around.retain(|span| span.start <= offset && offset <= span.end);
    around.sort_by_key(|span| std::cmp::Reverse(span.end - span.start));
    around.dedup();
    // Of two neighbours that meet at the offset the one behind it counts.
    let mut nested: Vec<Span> = Vec::new();
    for span in around {
        let inside = |outer: &Span| outer.start <= span.start && span.end <= outer.end && *outer != span;
        if nested.last().is_none_or(inside) {
            nested.push(span);
        }
    }
    let mut result: Option<SelectionRange> = None;
    for span in nested {
        result = Some(SelectionRange { range: lines.range(span), parent: result.map(Box::new) });
    }
    result.unwrap_or(SelectionRange { range: lines.range(Span::new(offset, offset)), parent: None })
}
