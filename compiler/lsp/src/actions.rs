//! Code actions: the fixes that findings bring along, silencing a warning, another mark, a block of its own.

use crate::diagnostics;
use crate::document::Document;
use crate::extraction;
use crate::navigation::workspace_edit;
use elbo_compiler::Compilation;
use elbo_compiler::diagnostic::{Diagnostic, Severity, SourceId};
use elbo_compiler::fix;
use elbo_compiler::statement_before;
use elbo_compiler::vocabulary::carries_mark;
use elbo_grammar::Span;
use elbo_grammar::ast::{Branches, DeclarationKind, File, Layer, Statement, StatementKind};
use elbo_grammar::reserved::MARKS;
use gen_lsp_types::{CodeAction, CodeActionKind};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What can be done about the text in `range`.
pub(crate) fn at(document: &Document<'_>, range: Span) -> Vec<CodeAction> {
    let mut actions = Vec::new();
    let compilation = document.compilation();
    let touched = |diagnostic: &&Diagnostic| {
        diagnostic.labels.first().is_some_and(|label| {
            label.source == SourceId(0) && label.span.start <= range.end && range.start <= label.span.end
        })
    };
    for diagnostic in compilation.diagnostics.iter().filter(touched) {
        let shown = diagnostics::one(document.workspace, &compilation.sources, diagnostic);
        if !diagnostic.edits.is_empty() {
            let mut edits: BTreeMap<PathBuf, Vec<(Span, String)>> = BTreeMap::new();
            for edit in &diagnostic.edits {
                let path = PathBuf::from(&compilation.sources.get(edit.source).path);
                edits.entry(path).or_default().push((edit.span, edit.text.clone()));
            }
            let title = diagnostic.help.as_deref().unwrap_or("fix this").to_owned();
            actions.push(CodeAction {
                title: format!("{}: {title}", diagnostic.code.identifier()),
                kind: Some(CodeActionKind::QuickFix),
                diagnostics: Some(vec![shown.clone()]),
                is_preferred: Some(true),
                edit: Some(workspace_edit(document.workspace, edits)),
                ..CodeAction::default()
            });
        }
        if diagnostic.severity != Severity::Error
            && let Some(start) = statement_start(document.tree(), diagnostic.labels[0].span)
        {
            let code = diagnostic.code.identifier();
            let allow = statement_before(document.text(), start, &format!("@allow({code})"));
            let edits = vec![(Span::new(start, start), allow)];
            let title = format!("silence {code} here");
            let kind = CodeActionKind::QuickFix;
            let action = action(document, title, kind, edits);
            actions.push(CodeAction { diagnostics: Some(vec![shown]), ..action });
        }
    }
    let fixable = compilation.diagnostics.iter().filter(|diagnostic| !diagnostic.edits.is_empty()).count();
    if fixable > 1 {
        actions.extend(fix_all(document, &compilation));
    }
    marks(document, range, &mut actions);
    if let Some(edits) = extraction::block(document, range) {
        actions.push(action(document, "extract block".to_owned(), CodeActionKind::RefactorExtract, edits));
    }
    actions
}

/// Every fix in this file and those it uses that does not touch another.
fn fix_all(document: &Document<'_>, compilation: &Compilation) -> Option<CodeAction> {
    let applied = fix::apply(&compilation.sources, &compilation.diagnostics, |_| true);
    let edits = applied.texts.iter().map(|(source, text)| {
        let old = compilation.sources.get(*source);
        (PathBuf::from(&old.path), vec![(Span::new(0, old.text.len()), text.clone())])
    });
    let edit = Some(workspace_edit(document.workspace, edits.collect()));
    let (title, kind) = (format!("apply {} fixes", applied.fixed.len()), Some(CodeActionKind::SourceFixAll));
    (applied.fixed.len() > 1).then(|| CodeAction { title, kind, edit, ..CodeAction::default() })
}

fn action(document: &Document<'_>, title: String, kind: CodeActionKind, edits: Vec<(Span, String)>) -> CodeAction {
    let edit = workspace_edit(document.workspace, BTreeMap::from([(document.path.clone(), edits)]));
    CodeAction { title, kind: Some(kind), edit: Some(edit), ..CodeAction::default() }
}

/// Where the innermost statement, entry or declaration around a span begins.
fn statement_start(tree: &File, span: Span) -> Option<usize> {
    let around = |outer: Span| outer.start <= span.start && span.end <= outer.end;
    let declaration = tree.declarations.iter().find(|declaration| around(declaration.span))?;
    let mut start = declaration.span.start;
    match &declaration.kind {
        DeclarationKind::Settings(settings) => {
            start = settings.entries.iter().find(|entry| around(entry.span)).map_or(start, |entry| entry.span.start);
        }
        DeclarationKind::Block(block) => start = within(&block.body, &around).unwrap_or(start),
        DeclarationKind::Model(model) => start = within(&model.body, &around).unwrap_or(start),
        _ => {}
    }
    Some(start)
}

fn within(body: &[Statement], around: &dyn Fn(Span) -> bool) -> Option<usize> {
    let statement = body.iter().find(|statement| around(statement.span))?;
    let inner = match &statement.kind {
        StatementKind::Repeat { body, .. } => within(body, around),
        StatementKind::Branches(Branches { branches, .. }) => {
            branches.iter().find_map(|branch| within(&branch.body, around))
        }
        _ => None,
    };
    Some(inner.unwrap_or(statement.span.start))
}

/// Another mark for the layer at the range.
fn marks(document: &Document<'_>, range: Span, actions: &mut Vec<CodeAction>) {
    let mut found: Option<&Layer> = None;
    for declaration in &document.tree().declarations {
        let body = match &declaration.kind {
            DeclarationKind::Block(block) => &block.body,
            DeclarationKind::Model(model) => &model.body,
            _ => continue,
        };
        elbo_compiler::resolution::layers(body, &mut |layer| {
            if layer.span.start <= range.start && range.start <= layer.span.end {
                found = Some(layer);
            }
        });
    }
    let Some(layer) = found else { return };
    if !elbo_compiler::resolution::operation(layer).is_some_and(carries_mark) {
        return;
    }
    for mark in MARKS {
        let edit = match &layer.mark {
            Some(written) if written.span.text(document.text()).starts_with(mark) => continue,
            Some(written) => (written.span, (*mark).to_owned()),
            None => (Span::new(layer.span.start, layer.span.start), format!("{mark} ")),
        };
        let title = format!("make this layer {mark}");
        actions.push(action(document, title, CodeActionKind::RefactorRewrite, vec![edit]));
    }
}
