//! Which brace is to blame when they do not match: indentation tells.

use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::{TokenKind, tokens};

/// A brace and the line it stands on.
#[derive(Clone, Copy)]
struct Brace {
    span: Span,
    line: usize,
    indent: usize,
    /// Whether it is the first on its line.
    leads: bool,
}

/// What matching the braces of a text shows.
#[derive(Default)]
struct Matching {
    /// `{` without a `}`, outermost first.
    open: Vec<Brace>,
    /// The first pair whose lines are indented differently.
    skewed: Option<(Brace, Brace)>,
    /// The last token that is neither space nor comment.
    end: Span,
}

fn matching(source: &str, within: Span) -> Matching {
    let mut found = Matching::default();
    let before = &source[..within.start];
    let mut indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let (mut line, mut fresh) = (0, true);
    for token in tokens(within.text(source)) {
        let span = Span::new(within.start + token.span.start, within.start + token.span.end);
        let leads = fresh && token.kind != TokenKind::Space;
        match token.kind {
            TokenKind::Newline => {
                (line, indent, fresh) = (line + 1, 0, true);
                continue;
            }
            TokenKind::Space if fresh => indent = span.end - span.start,
            TokenKind::Space | TokenKind::Comment => {}
            _ => found.end = span,
        }
        fresh &= !leads;
        let brace = Brace { span, line, indent, leads };
        match span.text(source) {
            "{" => found.open.push(brace),
            "}" => {
                if let Some(opener) = found.open.pop() {
                    let apart = opener.line != line && (!leads || opener.indent != indent);
                    if apart && found.skewed.is_none() {
                        found.skewed = Some((opener, brace));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The error for a declaration whose `}` is missing.
pub(super) fn left_open(source: &str, declaration: Span) -> Option<SyntaxError> {
    let found = matching(source, declaration);
    // A `}` that stands further left than the line of its `{` was meant for an outer brace.
    let skewed = found.skewed.filter(|(opener, closer)| closer.leads && closer.indent < opener.indent);
    let (brace, related) = match skewed {
        Some((opener, closer)) => (opener, (closer.span, "this closes an outer `{`, as its indentation shows")),
        None => (*found.open.last()?, (found.end, "a `}` is missing after this")),
    };
    Some(SyntaxError {
        kind: SyntaxErrorKind::Unclosed,
        message: "this `{` is never closed".to_owned(),
        span: brace.span,
        label: "no `}` belongs to it".to_owned(),
        related: Some((related.0, related.1.to_owned())),
        help: Some("add `}` on a line of its own where the body ends".to_owned()),
        edits: Vec::new(),
    })
}

/// The error for a `}` that ended a declaration too early, so that `stray` is left outside of it.
pub(super) fn closed_early(source: &str, declaration: Span, stray: Span) -> Option<SyntaxError> {
    let (_, closer) = matching(source, declaration).skewed?;
    Some(SyntaxError {
        kind: SyntaxErrorKind::Unopened,
        message: "one `}` too many closes this declaration early".to_owned(),
        span: closer.span,
        label: "does not line up with the `{` it closes".to_owned(),
        related: Some((stray, "so that this stands outside of any declaration".to_owned())),
        help: Some("remove the `}`".to_owned()),
        // With braces inside of it, it is not certain which `}` is the one too many.
        edits: if braces(declaration.text(source)) == 1 { vec![(closer.span, String::new())] } else { Vec::new() },
    })
}

/// How many `{` a text has.
fn braces(text: &str) -> usize {
    tokens(text).filter(|token| token.span.text(text) == "{").count()
}

/// How many more `}` than `{` a text has.
pub(super) fn surplus(text: &str) -> usize {
    let (mut open, mut surplus) = (0usize, 0);
    for token in tokens(text) {
        match token.span.text(text) {
            "{" => open += 1,
            "}" if open > 0 => open -= 1,
            "}" => surplus += 1,
            _ => {}
        }
    }
    surplus
}
