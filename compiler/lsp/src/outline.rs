//! Document symbols: declarations with their layers, keys and parameters.

use crate::positions::Lines;
use elbo_grammar::Span;
use elbo_grammar::ast::{
    Branches, Declaration, DeclarationKind, File, Name, Parameter, SettingsKind, Statement, StatementKind,
};
use gen_lsp_types::{DocumentSymbol, SymbolKind};

/// The declarations of a file.
pub(crate) fn symbols(text: &str, tree: &File, lines: &Lines<'_>) -> Vec<DocumentSymbol> {
    let writer = Writer { text, lines };
    tree.declarations.iter().filter_map(|declaration| writer.declaration(declaration)).collect()
}

/// The kind, name and keyword of what a declaration declares.
pub(crate) fn declared(declaration: &Declaration) -> Option<(SymbolKind, &Name, &'static str)> {
    Some(match &declaration.kind {
        DeclarationKind::Use { .. } => return None,
        DeclarationKind::Claim { text, .. } => (SymbolKind::Boolean, text, "claim"),
        DeclarationKind::Prior(definition) => (SymbolKind::Constant, &definition.name, "prior"),
        DeclarationKind::Posterior(definition) => (SymbolKind::Constant, &definition.name, "posterior"),
        DeclarationKind::Block(block) => (SymbolKind::Function, &block.name, "block"),
        DeclarationKind::Model(model) => (SymbolKind::Class, &model.name, "model"),
        DeclarationKind::Settings(settings) => {
            let kind = match settings.kind {
                SettingsKind::Run => SymbolKind::Event,
                SettingsKind::Sweep => SymbolKind::Array,
                SettingsKind::Dataset | SettingsKind::Train | SettingsKind::Report => SymbolKind::Struct,
            };
            (kind, &settings.name, settings.kind.keyword())
        }
    })
}

struct Writer<'t> {
    text: &'t str,
    lines: &'t Lines<'t>,
}

impl Writer<'_> {
    fn symbol(&self, name: &str, detail: &str, kind: SymbolKind, span: Span, selection: Span) -> DocumentSymbol {
        // An editor may refuse a name without letters.
        let name = if name.is_empty() { "?" } else { name };
        #[allow(deprecated)]
        DocumentSymbol {
            name: name.to_owned(),
            detail: Some(detail.to_owned()),
            kind,
            tags: None,
            deprecated: None,
            range: self.lines.range(span),
            selection_range: self.lines.range(selection),
            children: None,
        }
    }

    fn declaration(&self, declaration: &Declaration) -> Option<DocumentSymbol> {
        let (kind, name, keyword) = declared(declaration)?;
        let mut symbol = self.symbol(&name.value, keyword, kind, declaration.span, name.span);
        let children = match &declaration.kind {
            DeclarationKind::Block(block) => self.network(block.parameters.as_deref(), &block.body),
            DeclarationKind::Model(model) => self.network(model.parameters.as_deref(), &model.body),
            DeclarationKind::Settings(settings) => {
                let entries = settings.entries.iter().filter_map(|entry| {
                    let key = entry.key.first()?.span.to(entry.key.last()?.span);
                    let value = short(entry.value.span.text(self.text));
                    Some(self.symbol(key.text(self.text), &value, SymbolKind::Property, entry.span, key))
                });
                entries.collect()
            }
            _ => Vec::new(),
        };
        symbol.children = (!children.is_empty()).then_some(children);
        Some(symbol)
    }

    fn network(&self, parameters: Option<&[Parameter]>, body: &[Statement]) -> Vec<DocumentSymbol> {
        let parameters = parameters.unwrap_or_default().iter();
        let mut symbols: Vec<DocumentSymbol> = parameters
            .map(|parameter| {
                let (name, kind) = (&parameter.name, &parameter.kind);
                self.symbol(&name.value, &kind.value, SymbolKind::TypeParameter, parameter.span, name.span)
            })
            .collect();
        self.layers(body, &mut symbols);
        symbols
    }

    fn layers(&self, body: &[Statement], symbols: &mut Vec<DocumentSymbol>) {
        for statement in body {
            match &statement.kind {
                StatementKind::Layer(layer) | StatementKind::Insert { layer, .. } => {
                    if let Some(name) = &layer.name {
                        let detail = short(layer.operation.span.text(self.text));
                        symbols.push(self.symbol(&name.value, &detail, SymbolKind::Field, statement.span, name.span));
                    }
                }
                StatementKind::Repeat { count, body } => {
                    let head = Span::new(statement.span.start, count.span.end);
                    let mut symbol = self.symbol(head.text(self.text), "", SymbolKind::Namespace, statement.span, head);
                    let mut children = Vec::new();
                    self.layers(body, &mut children);
                    symbol.children = Some(children);
                    symbols.push(symbol);
                }
                StatementKind::Branches(Branches { container, branches }) => {
                    let (name, head) = (&container.value, container.span);
                    let mut symbol = self.symbol(name, "", SymbolKind::Namespace, statement.span, head);
                    let mut children = Vec::new();
                    branches.iter().for_each(|branch| self.layers(&branch.body, &mut children));
                    symbol.children = Some(children);
                    symbols.push(symbol);
                }
                _ => {}
            }
        }
    }
}

/// The first line of a text, without more of it than an outline shows.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
