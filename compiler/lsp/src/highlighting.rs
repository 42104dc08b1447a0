//! Semantic tokens: what each word is.

use crate::document::Document;
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::resolution::Symbol;
use elbo_compiler::vocabulary::{CONTAINERS, LAYERS};
use elbo_grammar::reserved::{CONNECTIVES, DECLARATIONS, MARKS, STATEMENTS};
use elbo_grammar::{Span, TokenKind, tokens};
use gen_lsp_types::{SemanticToken, SemanticTokens};
use std::collections::HashMap;

/// The types of tokens, by the number they are sent as.
pub(crate) const TYPES: [&str; 12] = [
    "keyword",
    "comment",
    "string",
    "number",
    "operator",
    "function",
    "class",
    "variable",
    "parameter",
    "property",
    "modifier",
    "enumMember",
];

/// The modifiers, by the bit they are sent as.
pub(crate) const MODIFIERS: [&str; 3] = ["declaration", "documentation", "defaultLibrary"];

const DECLARATION: u32 = 1;
const DOCUMENTATION: u32 = 2;
const LIBRARY: u32 = 4;

fn kind(name: &str) -> u32 {
    TYPES.iter().position(|known| *known == name).unwrap_or_default() as u32
}

/// The tokens of a file, or of a range of it.
pub(crate) fn of(document: &Document<'_>, within: Option<Span>) -> SemanticTokens {
    let text = document.text();
    let names = document.syntax.names();
    let occurrences = document.syntax.occurrences();
    let named: HashMap<usize, (u32, u32)> = occurrences
        .iter()
        .filter(|occurrence| occurrence.source == SourceId(0))
        .map(|occurrence| {
            let kind = match &occurrence.symbol {
                Symbol::Declaration(name) => match names.kind(name) {
                    Some("block") => kind("function"),
                    Some("model") => kind("class"),
                    _ => kind("variable"),
                },
                Symbol::Parameter { .. } => kind("parameter"),
                Symbol::Layer { .. } => kind("property"),
            };
            (occurrence.span.start, (kind, if occurrence.defines { DECLARATION } else { 0 }))
        })
        .collect();
    let lines = document.lines();
    let all: Vec<_> = tokens(text).filter(|token| token.kind != TokenKind::Space).collect();
    let mut data = Vec::new();
    let mut before = (0, 0);
    for (index, token) in all.iter().enumerate() {
        if within.is_some_and(|within| token.span.end < within.start || within.end < token.span.start) {
            continue;
        }
        let written = token.span.text(text);
        let next = all.get(index + 1).map_or("", |next| next.span.text(text));
        let begins = index == 0 || all[index - 1].kind == TokenKind::Newline || all[index - 1].span.text(text) == ";";
        let classified = match token.kind {
            TokenKind::Comment => Some((kind("comment"), if written.starts_with("##") { DOCUMENTATION } else { 0 })),
            TokenKind::Text | TokenKind::OpenText => Some((kind("string"), 0)),
            TokenKind::Number => Some((kind("number"), 0)),
            TokenKind::Symbol if "+-*/<>=>=<=".contains(written) => Some((kind("operator"), 0)),
            TokenKind::Word => Some(word(written, next, begins, named.get(&token.span.start).copied())),
            _ => None,
        };
        let Some((token_type, token_modifiers_bitset)) = classified else { continue };
        let (start, end) = (lines.position(token.span.start), lines.position(token.span.end));
        let delta_line = start.line - before.0;
        let delta_start = if delta_line == 0 { start.character - before.1 } else { start.character };
        before = (start.line, start.character);
        let length = end.character.saturating_sub(start.character);
        data.push(SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset });
    }
    SemanticTokens { result_id: None, data }
}

fn word(written: &str, next: &str, begins: bool, named: Option<(u32, u32)>) -> (u32, u32) {
    if let Some(named) = named {
        return named;
    }
    if next == "=" && !begins {
        return (kind("parameter"), 0);
    }
    if next == "=" || (begins && next == ".") {
        return (kind("property"), 0);
    }
    if MARKS.contains(&written) {
        (kind("modifier"), LIBRARY)
    } else if begins && next == "{" && (written == "branch" || CONTAINERS.iter().any(|word| word.name == written)) {
        (kind("keyword"), 0)
    } else if LAYERS.iter().any(|layer| layer.name == written) {
        (kind("function"), LIBRARY)
    } else if (begins && (DECLARATIONS.contains(&written) || STATEMENTS.contains(&written)))
        || CONNECTIVES.contains(&written)
    {
        (kind("keyword"), 0)
    } else if next == "(" {
        (kind("function"), LIBRARY)
    } else {
        (kind("enumMember"), LIBRARY)
    }
}
