//! A network between its syntax and its IR: a flat list of layers whose arguments are still expressions.

use crate::check::call::{Call, call};
use crate::check::environment::Environment;
use crate::check::mark_choice::MarkChoice;
use crate::diagnostic::SourceId;
use crate::layers::Operation;
use crate::layers::container::Container;
use crate::origin::MarkOrigin;
use elbo_grammar::Span;
use elbo_grammar::ast::{Expression, Name};
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

/// A model unrolled, with its variant's edits applied.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'a> {
    /// The `input` statement in force.
    pub input: Option<Input<'a>>,
    /// The `output` statement in force.
    pub output: Option<Output<'a>>,
    /// The mark in force where a layer has none of its own.
    pub default: Option<PlacedMark>,
    /// Layers in order of execution, and the ends of the branches around them.
    pub layers: Vec<DraftLayer<'a>>,
    /// Where the model itself is declared.
    pub source: SourceId,
    /// Its name there.
    pub name: &'a Name,
    pub index: Index,
}

/// Where the layers with a path stand. Building it costs as much as some tens of searches, so that is put off
/// until that many have been made since a layer last moved.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    searches: Cell<u32>,
    positions: OnceCell<HashMap<String, usize>>,
}

/// How many searches are made without an index.
const PATIENCE: u32 = 16;

impl Draft<'_> {
    /// Where the layer of this path stands, if that is known without a search.
    pub fn index_of(&self, path: &str) -> Option<usize> {
        self.index.searches.set(self.index.searches.get().saturating_add(1));
        if self.index.searches.get() < PATIENCE {
            return None;
        }
        let index = self.index.positions.get_or_init(|| {
            let mut index = HashMap::new();
            for (position, layer) in self.layers.iter().enumerate() {
                if let Some(path) = &layer.path {
                    index.entry(path.clone()).or_insert(position);
                }
            }
            index
        });
        index.get(path).copied()
    }

    /// Notes that layers have come, gone or moved.
    pub fn moved(&mut self) {
        self.index = Index::default();
    }
}

/// An `input` statement.
#[derive(Debug, Clone)]
pub(crate) struct Input<'a> {
    pub kind: &'a Name,
    pub sizes: &'a [Expression],
    pub environment: Environment,
    pub span: Span,
}

/// An `output` statement.
#[derive(Debug, Clone)]
pub(crate) struct Output<'a> {
    pub value: &'a Expression,
    pub environment: Environment,
}

/// A mark and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct PlacedMark {
    pub mark: MarkChoice,
    pub origin: MarkOrigin,
    /// The path of the layer or block instance that it marks as a whole, as it is written: without the number that a
    /// `repeat` gives it. Empty for a default and a range. What a mark says that a file calls it stands in place of this.
    pub marks: String,
}

/// What one line of a draft is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// A layer: a name or a call.
    Operation(&'a Expression),
    /// The beginning of branches. The first may be without layers because none is written: the input of a `residual`.
    Open { is_implicit: bool },
    /// The beginning of a branch, and the end of the one before it.
    Branch,
    /// The end of the last branch, where they are joined.
    Join(&'static Container<Operation>),
}

/// A layer whose arguments have not been read yet, or an end of a branch.
#[derive(Debug, Clone)]
pub(crate) struct DraftLayer<'a> {
    /// The path of the block instance it stands in; empty at the top.
    pub scope: String,
    /// Its own path, if it has a name.
    pub path: Option<String>,
    /// The same as it is written: without the number that a `repeat` gives it.
    pub written: Option<String>,
    /// What it does.
    pub step: Step<'a>,
    /// The parameters in scope, and the file.
    pub environment: Environment,
    /// A mark of its own, which beats any default. A normalisation takes no more of it than the file it starts from.
    pub mark: Option<PlacedMark>,
    /// The place to point at: the operation.
    pub span: Span,
    /// Where a statement in front of it would go.
    pub statement: Span,
}

impl<'a> DraftLayer<'a> {
    /// The layer's name or call; `None` for an end of a branch.
    pub fn call(&self) -> Option<Call<'a>> {
        match self.step {
            Step::Operation(operation) => call(operation),
            _ => None,
        }
    }

    /// Whether it stands in the block instance `path`, at any depth.
    pub fn is_below(&self, path: &str) -> bool {
        self.scope.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// `scope.name`, or `name` at the top.
pub(crate) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}
