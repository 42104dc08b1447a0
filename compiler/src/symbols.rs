//! What every name stands for, over all files of a compilation, in any order.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use elbo_grammar::ast::{
    Block, Declaration, DeclarationKind, Definition, File, Model, Name, Parameter, Settings, SettingsKind,
};
use std::collections::{BTreeMap, HashSet};

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
    /// What every name declares.
    names: BTreeMap<&'a str, Named<'a>>,
}

/// What a name declares, of whatever kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    /// The keyword of its kind.
    pub kind: &'static str,
    pub source: SourceId,
    pub name: &'a Name,
    pub declaration: &'a Declaration,
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
        let Some((kind, name)) = declared(declaration) else { return };
        if let Some(other) = self.names.get(name.value.as_str()) {
            diagnostics.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("the name `{}` is declared twice", name.value),
                    source,
                    name.span,
                    "declared again here",
                )
                .label(other.source, other.name.span, format!("first declared here, as a {}", other.kind))
                .help("give one of them another name"),
            );
            return;
        }
        self.names.insert(&name.value, Named { kind, source, name, declaration });
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

    /// What `name` declares, if it declares anything.
    pub fn named(&self, name: &str) -> Option<Named<'a>> {
        self.names.get(name).copied()
    }

    /// Everything that is declared, in the order of the names.
    pub fn all(&self) -> impl Iterator<Item = Named<'a>> + '_ {
        self.names.values().copied()
    }

    /// Every parameter that `model` takes, those of its bases that are still open included: what it passes on to its
    /// base itself is none of them.
    pub fn parameters_of(&self, model: Declared<'a, Model>) -> Vec<&'a Parameter> {
        let mut parameters: Vec<&'a Parameter> = Vec::new();
        // Parameters that are listed, or that an argument fills.
        let mut known: HashSet<&str> = HashSet::new();
        let mut next = Some(model);
        let mut steps = 0;
        while let Some(current) = next {
            for parameter in current.node.parameters.as_deref().unwrap_or_default() {
                if known.insert(&parameter.name.value) {
                    parameters.push(parameter);
                }
            }
            let reference = current.node.extends.as_ref();
            steps += 1;
            next = reference
                .filter(|_| steps <= self.models.len())
                .and_then(|reference| self.models.get(reference.name.value.as_str()).copied());
            let arguments = reference.and_then(|reference| reference.arguments.as_deref()).unwrap_or_default();
            // By position an argument fills the base's own parameters in their order.
            let own = next.and_then(|base| base.node.parameters.as_deref()).unwrap_or_default();
            for (position, argument) in arguments.iter().enumerate() {
                let name = argument.name.as_ref().or_else(|| own.get(position).map(|parameter| &parameter.name));
                known.extend(name.map(|name| name.value.as_str()));
            }
        }
        parameters
    }
}

/// The keyword and the name of a declaration that has a name.
pub(crate) fn declared(declaration: &Declaration) -> Option<(&'static str, &Name)> {
    match &declaration.kind {
        DeclarationKind::Use { .. } | DeclarationKind::Claim { .. } => None,
        DeclarationKind::Prior(definition) => Some(("prior", &definition.name)),
        DeclarationKind::Posterior(definition) => Some(("posterior", &definition.name)),
        DeclarationKind::Block(block) => Some(("block", &block.name)),
        DeclarationKind::Model(model) => Some(("model", &model.name)),
        DeclarationKind::Settings(settings) => Some((settings.kind.keyword(), &settings.name)),
    }
}
