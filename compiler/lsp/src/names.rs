//! Which name stands for which declaration, parameter or layer.

use crate::outline::declared;
use crate::workspace::Syntax;
use elbo_compiler::diagnostic::SourceId;
use elbo_grammar::ast::{
    Declaration, DeclarationKind, ExpressionKind, File, Layer, Parameter, Reference, Statement, StatementKind,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many models in a row may extend each other; the compiler allows no more.
pub(crate) const LONGEST_CHAIN: usize = 64;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Symbol {
    /// A declaration; names are shared by all kinds.
    Declaration(String),
    /// A parameter of a model or block; of a parameter that models in a chain share, the owner is the first of them.
    Parameter { owner: String, name: String },
    /// A layer or block instance of a model or block.
    Layer { owner: String, name: String },
}

/// The declarations of several files by name.
pub(crate) struct Names<'a> {
    pub files: Vec<&'a File>,
    declarations: BTreeMap<&'a str, (SourceId, &'a Declaration)>,
    /// Of each model and block.
    members: HashMap<&'a str, Members<'a>>,
}

/// What is declared in a model or block itself, by name; of two of one name the first.
#[derive(Default)]
struct Members<'a> {
    parameters: HashMap<&'a str, &'a Parameter>,
    layers: HashMap<&'a str, Written<'a>>,
    /// The names of layers by the part before their numbers.
    plain: HashMap<&'a str, Vec<&'a str>>,
}

/// A layer with a name.
#[derive(Clone, Copy)]
struct Written<'a> {
    layer: &'a Layer,
    /// Whether it stands in a `repeat`, which numbers it.
    repeated: bool,
}

impl<'a> Members<'a> {
    fn of(parameters: &'a [Parameter], body: &'a [Statement]) -> Self {
        let mut members = Self::default();
        for parameter in parameters {
            members.parameters.entry(&parameter.name.value).or_insert(parameter);
        }
        walk(body, false, &mut |layer, repeated| {
            let Some(name) = &layer.name else { return };
            members.layers.entry(&name.value).or_insert(Written { layer, repeated });
            members.plain.entry(plain(&name.value)).or_default().push(&name.value);
        });
        members
    }
}

/// The name of a layer without its number.
fn plain(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

impl<'a> Names<'a> {
    /// The names of a file and all it uses; of two equal ones the first counts, as for the compiler.
    pub fn new(syntax: &'a Syntax) -> Self {
        let files: Vec<&File> = syntax.trees.iter().map(|tree| &tree.0).collect();
        let mut declarations = BTreeMap::new();
        for (index, file) in files.iter().enumerate() {
            for declaration in &file.declarations {
                if let Some((_, name, keyword)) = declared(declaration)
                    && keyword != "claim"
                {
                    declarations.entry(name.value.as_str()).or_insert((SourceId(index), declaration));
                }
            }
        }
        let mut names = Self { files, declarations, members: HashMap::new() };
        let declared: Vec<&'a str> = names.declarations.keys().copied().collect();
        for name in declared {
            if let Some((parameters, body, _)) = names.network(name) {
                names.members.insert(name, Members::of(parameters, body));
            }
        }
        names
    }

    /// What is declared by a name.
    pub fn declaration(&self, name: &str) -> Option<(SourceId, &'a Declaration)> {
        self.declarations.get(name).copied()
    }

    /// The keyword of what is declared by a name.
    pub fn kind(&self, name: &str) -> Option<&'static str> {
        declared(self.declaration(name)?.1).map(|(_, _, keyword)| keyword)
    }

    /// The names of a kind of declaration; a run stands for sweeps, too, where figures are compared.
    pub fn of_kind<'n>(&'n self, kind: &'n str) -> impl Iterator<Item = (&'a str, &'a Declaration)> + 'n {
        self.declarations
            .iter()
            .map(|(name, (_, declaration))| (*name, *declaration))
            .filter(move |(name, _)| self.kind(name) == Some(kind))
    }

    /// Parameters, statements and base of a model or block.
    pub fn network(&self, name: &str) -> Option<(&'a [Parameter], &'a [Statement], Option<&'a Reference>)> {
        match &self.declaration(name)?.1.kind {
            DeclarationKind::Model(model) => {
                Some((model.parameters.as_deref().unwrap_or_default(), &model.body, model.extends.as_ref()))
            }
            DeclarationKind::Block(block) => Some((block.parameters.as_deref().unwrap_or_default(), &block.body, None)),
            _ => None,
        }
    }

    /// A model and those it extends, one after the other; or a block.
    pub fn chain(&self, name: &str) -> Vec<&'a str> {
        let mut chain: Vec<&'a str> = Vec::new();
        let mut next = self.declarations.get_key_value(name).map(|(name, _)| *name);
        while let Some(name) = next.filter(|name| !chain.contains(name) && chain.len() < LONGEST_CHAIN) {
            chain.push(name);
            let base = self.network(name).and_then(|(_, _, base)| base);
            next = base.map(|base| base.name.value.as_str());
        }
        chain
    }

    /// Every parameter of a model, those of its bases included, or of a block.
    pub fn parameters(&self, name: &str) -> Vec<&'a Parameter> {
        let mut seen: HashSet<&str> = HashSet::new();
        let own = |owner| self.network(owner).map(|(parameters, ..)| parameters).unwrap_or_default();
        let all = self.chain(name).into_iter().flat_map(own);
        all.filter(|parameter| seen.insert(&parameter.name.value)).collect()
    }

    /// A parameter with the model that declared it first.
    pub fn parameter(&self, owner: &str, name: &str) -> Option<(&'a str, &'a Parameter)> {
        let own = |owner: &'a str| Some((owner, *self.members.get(owner)?.parameters.get(name)?));
        self.chain(owner).into_iter().rev().find_map(own)
    }

    /// A layer with the model or block that it is written in.
    pub fn layer(&self, owner: &str, name: &str) -> Option<(&'a str, &'a Layer)> {
        self.written(owner, name).map(|(owner, written)| (owner, written.layer))
    }

    fn written(&self, owner: &str, name: &str) -> Option<(&'a str, Written<'a>)> {
        let own = |owner: &'a str| Some((owner, *self.members.get(owner)?.layers.get(name)?));
        self.chain(owner).into_iter().find_map(own)
    }

    /// Whether a layer stands in a `repeat`, which numbers it.
    pub fn is_repeated(&self, owner: &str, name: &str) -> bool {
        self.written(owner, name).is_some_and(|(_, written)| written.repeated)
    }

    /// The name of a layer of a model or block that another called `name` could not be told from; `repeated` if that
    /// one is in a `repeat`, which numbers it.
    pub fn alike(&self, owner: &str, name: &str, repeated: bool) -> Option<&'a str> {
        self.chain(owner).into_iter().find_map(|owner| {
            let members = self.members.get(owner)?;
            let numbers_meet = |other: &str| repeated || members.layers[other].repeated;
            let others = members.plain.get(plain(name))?;
            others.iter().copied().find(|other| *other == name || numbers_meet(other))
        })
    }
}

/// Every layer written in a body, at any depth.
pub(crate) fn layers<'a>(body: &'a [Statement], visit: &mut dyn FnMut(&'a Layer)) {
    walk(body, false, &mut |layer, _| visit(layer));
}

/// Every layer written in a body, at any depth, with whether it stands in a `repeat`.
fn walk<'a>(body: &'a [Statement], repeated: bool, visit: &mut dyn FnMut(&'a Layer, bool)) {
    for statement in body {
        match &statement.kind {
            StatementKind::Layer(layer) | StatementKind::Insert { layer, .. } => visit(layer, repeated),
            StatementKind::Repeat { body, .. } => walk(body, true, visit),
            StatementKind::Residual { body, shortcut } => {
                walk(body, repeated, visit);
                walk(shortcut.as_deref().unwrap_or_default(), repeated, visit);
            }
            StatementKind::Input { .. }
            | StatementKind::Output { .. }
            | StatementKind::Default { .. }
            | StatementKind::Mark { .. }
            | StatementKind::Replace { .. } => {}
        }
    }
}

/// The name that a layer's operation calls.
pub(crate) fn operation(layer: &Layer) -> Option<&str> {
    match &layer.operation.kind {
        ExpressionKind::Path(path) => path.as_name().map(|name| name.value.as_str()),
        ExpressionKind::Call { function, .. } => Some(&function.value),
        _ => None,
    }
}
