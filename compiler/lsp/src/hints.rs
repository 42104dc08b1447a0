//! Inlay hints: what a layer gives, how many parameters it has, and the mark it has inherited.

use crate::document::Document;
use crate::facts::{self, Fact, Facts};
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::explain::mark_origins;
use elbo_compiler::ir::{Mark, grouped};
use elbo_compiler::origin::LayerOrigin;
use elbo_grammar::Span;
use elbo_grammar::ast::{DeclarationKind, Layer};
use gen_lsp_types::{InlayHint, InlayHintKind, Label, Tooltip};

/// The hints within a range.
pub(crate) fn within(document: &Document<'_>, range: Span) -> Vec<InlayHint> {
    let compilation = document.compilation();
    let lines = document.lines();
    let known = Facts::of(&compilation);
    let mut hints = Vec::new();
    // Hints of marks by their place among the hints, with where the marks came from.
    let mut inherited: Vec<(usize, &LayerOrigin)> = Vec::new();
    for declaration in &document.tree().declarations {
        let (owner, body) = match &declaration.kind {
            DeclarationKind::Block(block) => (&block.name.value, &block.body),
            DeclarationKind::Model(model) => (&model.name.value, &model.body),
            _ => continue,
        };
        elbo_compiler::resolution::layers(body, &mut |layer: &Layer| {
            if layer.span.end < range.start || range.end < layer.span.start {
                return;
            }
            let facts = known.at(SourceId(0), layer.operation.span, Some(owner));
            let [first, ..] = facts.as_slice() else { return };
            if facts.iter().all(|fact| same(fact, first)) {
                let parameters = facts::parameters(first.layer);
                let count = if parameters > 0 { format!(" · {}", grouped(parameters)) } else { String::new() };
                hints.push(InlayHint {
                    position: lines.position(layer.span.end),
                    label: Label::String(format!("→ {}{count}", first.layer.output)),
                    kind: Some(InlayHintKind::Type),
                    text_edits: None,
                    tooltip: (parameters > 0)
                        .then(|| Tooltip::String(format!("output shape and {} parameters", grouped(parameters)))),
                    padding_left: Some(true),
                    padding_right: None,
                    data: None,
                });
            }
            let marks: Vec<Option<&'static str>> = facts.iter().map(word).collect();
            if let (None, [Some(mark), rest @ ..]) = (&layer.mark, marks.as_slice())
                && rest.iter().all(|other| *other == Some(mark))
            {
                inherited.push((hints.len(), first.origin));
                hints.push(InlayHint {
                    position: lines.position(layer.span.start),
                    label: Label::String((*mark).to_owned()),
                    kind: None,
                    text_edits: None,
                    tooltip: None,
                    padding_left: None,
                    padding_right: Some(true),
                    data: None,
                });
            }
        });
    }
    let origins = mark_origins(inherited.iter().map(|(_, origin)| *origin), &compilation.sources);
    for ((hint, _), origin) in inherited.into_iter().zip(origins) {
        hints[hint].tooltip = Some(Tooltip::String(origin));
    }
    hints
}

fn word(fact: &Fact<'_>) -> Option<&'static str> {
    fact.layer.mark.as_ref().map(|mark: &Mark| facts::word(mark))
}

/// Whether two layers from one place give the same and have as many parameters.
fn same(one: &Fact<'_>, other: &Fact<'_>) -> bool {
    one.layer.output == other.layer.output && facts::parameters(one.layer) == facts::parameters(other.layer)
}
