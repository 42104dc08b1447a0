//! "Extract block": statements of a model as a block of their own.

use crate::document::Document;
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::resolution::Symbol;
use elbo_grammar::Span;
use elbo_grammar::ast::{Declaration, DeclarationKind, Statement, StatementKind};

/// The edits that make a block of the statements in `range`: the block in front of the declaration, an instance of it in
/// their place. `None` unless the range holds two or more whole layers, one after the other.
pub(crate) fn block(document: &Document<'_>, range: Span) -> Option<Vec<(Span, String)>> {
    let inside =
        |declaration: &&Declaration| declaration.span.start <= range.start && range.end <= declaration.span.end;
    let declaration = document.tree().declarations.iter().find(inside)?;
    let (owner, body) = match &declaration.kind {
        DeclarationKind::Block(block) => (&block.name.value, &block.body),
        DeclarationKind::Model(model) => (&model.name.value, &model.body),
        _ => return None,
    };
    let touched = |statement: &&Statement| range.start < statement.span.end && statement.span.start < range.end;
    let chosen: Vec<&Statement> = body.iter().filter(touched).collect();
    let movable = |statement: &&Statement| {
        matches!(statement.kind, StatementKind::Layer(_) | StatementKind::Repeat { .. } | StatementKind::Branches(_))
            && range.start <= statement.span.start
            && statement.span.end <= range.end
    };
    if chosen.len() < 2 || !chosen.iter().all(movable) {
        return None;
    }
    let (first, last) = (chosen.first()?, chosen.last()?);
    let whole = Span::new(first.span.start, last.span.end);
    let names = document.syntax.names();
    let numbered = |word: &'static str| {
        (1..).map(move |number| if number == 1 { word.to_owned() } else { format!("{word}{number}") })
    };
    let name = numbered("extracted").find(|name| names.declaration(name).is_none())?;
    let instance = numbered("part").find(|name| names.layer(owner, name).is_none())?;
    let mut used: Vec<String> = Vec::new();
    for occurrence in document.syntax.occurrences() {
        if let Symbol::Parameter { name, .. } = &occurrence.symbol
            && occurrence.source == SourceId(0)
            && whole.start <= occurrence.span.start
            && occurrence.span.end <= whole.end
            && names.parameter(owner, name).is_some()
            && !used.contains(name)
        {
            used.push(name.clone());
        }
    }
    let parameters: Vec<String> = used
        .iter()
        .filter_map(|name| names.parameter(owner, name))
        .map(|(_, parameter)| format!("{}: {}", parameter.name.value, parameter.kind.value))
        .collect();
    let arguments: Vec<String> = used.iter().map(|name| format!("{name}={name}")).collect();
    let brackets = |inner: &[String]| if inner.is_empty() { String::new() } else { format!("({})", inner.join(", ")) };
    let text = document.text();
    let line = text[..whole.start].rfind('\n').map_or(0, |newline| newline + 1);
    let indentation = &text[line..whole.start];
    let indentation = if indentation.trim().is_empty() { indentation } else { "  " };
    let header = format!("block {name}{} {{\n{indentation}{}\n}}\n\n", brackets(&parameters), whole.text(text));
    let before = start(text, declaration);
    let instance = format!("{instance}: {name}{}", brackets(&arguments));
    Some(vec![(Span::new(before, before), header), (whole, instance)])
}

/// Where a declaration begins with the comment that belongs to it.
fn start(text: &str, declaration: &Declaration) -> usize {
    let mut start = text[..declaration.span.start].rfind('\n').map_or(0, |newline| newline + 1);
    while start > 0 {
        let previous = text[..start - 1].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[previous..start].trim_start();
        if !line.starts_with("##") && !line.starts_with("@allow") {
            break;
        }
        start = previous;
    }
    start
}
