//! Text outside of any declaration.

use super::braces::{closed_early, surplus};
use super::builder::Builder;
use super::explain::{explain, malformed_token};
use super::foreign::foreign_line;
use super::place::Place;
use super::scene::{quoted, significant};
use crate::layer_names::is_layer;
use crate::nearest::{is_certain, nearest};
use crate::reserved::{DECLARATIONS, is_reserved};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::TokenKind;

impl Builder<'_> {
    /// Reports, once, everything up to the next declaration. `last` is the declaration before it.
    pub(super) fn stray(&mut self, piece: Span, last: Option<Span>) {
        if !self.errors.is_full() {
            let error = self.stray_error(piece, last);
            self.errors.push(error);
        }
    }

    fn stray_error(&self, piece: Span, last: Option<Span>) -> SyntaxError {
        let tokens = significant(self.source, piece);
        let text = |index: usize| tokens.get(index).map_or("", |token| token.span.text(self.source));
        let spot = tokens.first().map_or(piece, |token| token.span);
        if surplus(piece.text(self.source)) > 0
            && let Some(early) = last.and_then(|last| closed_early(self.source, last, spot))
        {
            return early;
        }
        if DECLARATIONS.contains(&text(0)) && !matches!(text(1), "=" | ".") {
            let line = piece.text(self.source).find(['\n', '\r']).map_or(piece.end, |length| piece.start + length);
            return explain(self.source, Span::new(piece.start, line), Place::Header);
        }
        let error = |kind, message: String, label: &str, help: String| SyntaxError {
            kind,
            message,
            span: spot,
            label: label.to_owned(),
            related: None,
            help: Some(help),
            edits: Vec::new(),
        };
        let declarations = || {
            let words: Vec<String> = DECLARATIONS.iter().map(|word| format!("`{word}`")).collect();
            format!("a declaration begins with one of {}", words.join(", "))
        };
        if let Some(foreign) = foreign_line(self.source, &tokens) {
            return foreign;
        }
        if let Some(malformed) = tokens.first().and_then(|token| malformed_token(self.source, *token)) {
            return malformed;
        }
        let first = text(0);
        if matches!(first, "}" | ")" | "]") {
            let message = format!("this `{first}` closes nothing");
            let help = "remove it".to_owned();
            return error(SyntaxErrorKind::Unopened, message, "no bracket is open here", help).fixed(spot, "");
        }
        if tokens.first().is_none_or(|token| token.kind != TokenKind::Word) {
            let message = format!("expected a declaration, but found {}", quoted(first));
            return error(SyntaxErrorKind::Unexpected, message, "not expected here", declarations());
        }
        let shown = quoted(first);
        if let (false, Some(meant)) = (matches!(text(1), ":" | "("), nearest(first, DECLARATIONS.iter().copied())) {
            let message = format!("{shown} is no declaration; did you mean `{meant}`?");
            let help = format!("write `{meant}`");
            let error = error(SyntaxErrorKind::UnknownDeclaration, message, "not a declaration", help);
            return if is_certain(first, meant) { error.fixed(spot, meant) } else { error };
        }
        if text(1) == "=" || text(1) == "." {
            let message = format!("the key {shown} stands outside of any declaration");
            let help = "keys stand between the `{ }` of `dataset`, `train`, `report`, `run` or `sweep`".to_owned();
            return error(SyntaxErrorKind::Unexpected, message, "not expected here", help);
        }
        if is_reserved(first) && !DECLARATIONS.contains(&first) || is_layer(first) || text(1) == ":" {
            let message = format!("{shown} stands outside of any model or block");
            let help = "layers and statements stand between the `{ }` of a `model` or `block`".to_owned();
            return error(SyntaxErrorKind::Unexpected, message, "not expected here", help);
        }
        let message = format!("{shown} is no declaration");
        error(SyntaxErrorKind::UnknownDeclaration, message, "not a declaration", declarations())
    }
}
