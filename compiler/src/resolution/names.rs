//! Which name stands for which declaration, parameter or layer.

use crate::diagnostic::SourceId;
use crate::limits::LONGEST_CHAIN;
use crate::symbols::Symbols;
use elbo_grammar::ast::{
    Branches, Declaration, ExpressionKind, File, Layer, Parameter, Reference, Statement, StatementKind,
};
use std::collections::HashMap;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symbol {
    /// A declaration; names are shared by all kinds.
    Declaration(String),
    /// A parameter of a model or block; of a parameter that models in a chain share, the owner is the first of them.
    Parameter {
        /// That model or block.
        owner: String,
        /// Its name.
        name: String,
    },
    /// A layer or block instance of a model or block.
    Layer {
        /// That model or block.
        owner: String,
        /// Its name, with a number if it is written with one.
        name: String,
    },
}

/// The names of several files: what they declare, for the checker, too, and the parameters and layers in it.
pub struct Names<'a> {
    pub(super) files: Vec<&'a File>,
    symbols: Symbols<'a>,
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
    /// The names of these files; of two equal ones the first counts.
    pub fn new(files: impl IntoIterator<Item = &'a File>) -> Self {
        let files: Vec<&File> = files.into_iter().collect();
        // What is declared twice is the checker's to say.
        let symbols = Symbols::collect(&files, &mut Vec::new());
        let mut names = Self { files, symbols, members: HashMap::new() };
        let declared: Vec<&'a str> = names.symbols.all().map(|named| named.name.value.as_str()).collect();
        for name in declared {
            if let Some((parameters, body, _)) = names.network(name) {
                names.members.insert(name, Members::of(parameters, body));
            }
        }
        names
    }

    /// What is declared by a name.
    pub fn declaration(&self, name: &str) -> Option<(SourceId, &'a Declaration)> {
        self.symbols.named(name).map(|named| (named.source, named.declaration))
    }

    /// The keyword of what is declared by a name.
    pub fn kind(&self, name: &str) -> Option<&'static str> {
        self.symbols.named(name).map(|named| named.kind)
    }

    /// The names of a kind of declaration, in their order.
    pub fn of_kind<'n>(&'n self, kind: &'n str) -> impl Iterator<Item = (&'a str, &'a Declaration)> + 'n {
        let all = self.symbols.all().filter(move |named| named.kind == kind);
        all.map(|named| (named.name.value.as_str(), named.declaration))
    }

    /// Parameters, statements and base of a model or block.
    pub fn network(&self, name: &str) -> Option<(&'a [Parameter], &'a [Statement], Option<&'a Reference>)> {
        if let Some(model) = self.symbols.models.get(name) {
            let parameters = model.node.parameters.as_deref().unwrap_or_default();
            return Some((parameters, &model.node.body, model.node.extends.as_ref()));
        }
        let block = self.symbols.blocks.get(name)?;
        Some((block.node.parameters.as_deref().unwrap_or_default(), &block.node.body, None))
    }

    /// A model and those it extends, one after the other; or a block.
    pub fn chain(&self, name: &str) -> Vec<&'a str> {
        let mut chain: Vec<&'a str> = Vec::new();
        let mut next = self.symbols.named(name).map(|named| named.name.value.as_str());
        while let Some(name) = next.filter(|name| !chain.contains(name) && chain.len() < LONGEST_CHAIN) {
            chain.push(name);
            let base = self.network(name).and_then(|(_, _, base)| base);
            next = base.map(|base| base.name.value.as_str());
        }
        chain
    }

    /// Every parameter that a model or block takes, those of a model's bases that are still open included.
    pub fn parameters(&self, name: &str) -> Vec<&'a Parameter> {
        match self.symbols.models.get(name) {
            Some(model) => self.symbols.parameters_of(*model),
            None => self.network(name).map(|(parameters, ..)| parameters.iter().collect()).unwrap_or_default(),
        }
    }

    /// A parameter with the model that declared it first.
    pub fn parameter(&self, owner: &str, name: &str) -> Option<(&'a str, &'a Parameter)> {
        let own = |owner: &'a str| Some((owner, *self.members.get(owner)?.parameters.get(name)?));
        self.chain(owner).into_iter().rev().find_map(own)
    }

    /// Whether an expression in the body of a model or block may use a parameter of this name: only its own, as a base's
    /// are not passed on to a variant's statements.
    pub fn is_in_scope(&self, owner: &str, name: &str) -> bool {
        self.members.get(owner).is_some_and(|members| members.parameters.contains_key(name))
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
pub fn layers<'a>(body: &'a [Statement], visit: &mut dyn FnMut(&'a Layer)) {
    walk(body, false, &mut |layer, _| visit(layer));
}

/// Every layer written in a body, at any depth, with whether it stands in a `repeat`.
fn walk<'a>(body: &'a [Statement], repeated: bool, visit: &mut dyn FnMut(&'a Layer, bool)) {
    for statement in body {
        match &statement.kind {
            StatementKind::Layer(layer) | StatementKind::Insert { layer, .. } => visit(layer, repeated),
            StatementKind::Repeat { body, .. } => walk(body, true, visit),
            StatementKind::Branches(Branches { branches, .. }) => {
                branches.iter().for_each(|branch| walk(&branch.body, repeated, visit));
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
pub fn operation(layer: &Layer) -> Option<&str> {
    match &layer.operation.kind {
        ExpressionKind::Path(path) => path.as_name().map(|name| name.value.as_str()),
        ExpressionKind::Call { function, .. } => Some(&function.value),
        _ => None,
    }
}
