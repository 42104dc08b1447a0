//! What every name stands for, over all files of a compilation, in any order.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use elbo_grammar::ast::{Block, Declaration, DeclarationKind, Definition, File, Model, Name, Settings, SettingsKind};
use std::collections::BTreeMap;

/// Something declared, with the file it stands in.
#[derive(Debug)]
pub(crate) struct Declared<'a, T> {
    pub source: SourceId,
    pub node: &'a T,
    pub declaration: &'a Declaration,
}

impl<T> Clone for Declared<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Declared<'_, T> {}

/// The declarations of one kind by name.
pub(crate) type Table<'a, T> = BTreeMap<&'a str, Declared<'a, T>>;

/// The declarations of all files by kind and name.
#[derive(Debug, Default)]
pub(crate) struct Symbols<'a> {
    pub priors: Table<'a, Definition>,
    pub posteriors: Table<'a, Definition>,
    pub blocks: Table<'a, Block>,
    pub models: Table<'a, Model>,
    pub settings: BTreeMap<SettingsKindKey, Table<'a, Settings>>,
    /// The kind and place of every name, whatever it declares.
    names: BTreeMap<&'a str, (&'static str, SourceId, &'a Name)>,
}

/// [`SettingsKind`] in an order of its own, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SettingsKindKey(&'static str);

impl From<SettingsKind> for SettingsKindKey {
    fn from(kind: SettingsKind) -> Self {
        Self(kind.keyword())
    }
}

impl<'a> Symbols<'a> {
    /// Collects the declarations of `files`, whose identifiers are their positions.
    pub fn collect(files: &[&'a File], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut symbols = Self::default();
        for (index, file) in files.iter().enumerate() {
            for declaration in &file.declarations {
                symbols.add(SourceId(index), declaration, diagnostics);
            }
        }
        symbols
    }

    fn add(&mut self, source: SourceId, declaration: &'a Declaration, diagnostics: &mut Vec<Diagnostic>) {
        let (kind, name): (&'static str, &'a Name) = match &declaration.kind {
            DeclarationKind::Use { .. } | DeclarationKind::Claim { .. } => return,
            DeclarationKind::Prior(definition) => ("prior", &definition.name),
            DeclarationKind::Posterior(definition) => ("posterior", &definition.name),
            DeclarationKind::Block(block) => ("block", &block.name),
            DeclarationKind::Model(model) => ("model", &model.name),
            DeclarationKind::Settings(settings) => (settings.kind.keyword(), &settings.name),
        };
        if let Some((other_kind, other_source, other)) = self.names.get(name.value.as_str()) {
            diagnostics.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("the name `{}` is declared twice", name.value),
                    source,
                    name.span,
                    "declared again here",
                )
                .label(*other_source, other.span, format!("first declared here, as a {other_kind}"))
                .help("give one of them another name"),
            );
            return;
        }
        self.names.insert(&name.value, (kind, source, name));
        match &declaration.kind {
            DeclarationKind::Prior(node) => {
                self.priors.insert(&name.value, Declared { source, node, declaration });
            }
            DeclarationKind::Posterior(node) => {
                self.posteriors.insert(&name.value, Declared { source, node, declaration });
            }
            DeclarationKind::Block(node) => {
                self.blocks.insert(&name.value, Declared { source, node, declaration });
            }
            DeclarationKind::Model(node) => {
                self.models.insert(&name.value, Declared { source, node, declaration });
            }
            DeclarationKind::Settings(node) => {
                let table = self.settings.entry(node.kind.into()).or_default();
                table.insert(&name.value, Declared { source, node, declaration });
            }
            DeclarationKind::Use { .. } | DeclarationKind::Claim { .. } => {}
        }
    }

    /// The settings of one kind by name.
    pub fn settings(&self, kind: SettingsKind) -> impl Iterator<Item = (&'a str, Declared<'a, Settings>)> + '_ {
        self.settings.get(&kind.into()).into_iter().flat_map(|table| table.iter().map(|(name, node)| (*name, *node)))
    }

    /// The settings of this kind and name.
    pub fn find_settings(&self, kind: SettingsKind, name: &str) -> Option<Declared<'a, Settings>> {
        self.settings.get(&kind.into())?.get(name).copied()
    }

    /// What `name` declares, if it declares anything: its kind and place.
    pub fn kind_of(&self, name: &str) -> Option<(&'static str, SourceId, &'a Name)> {
        self.names.get(name).copied()
    }
}
