//! Unrolls bodies: block instances, repeats, the numbering of repeated names.

use super::draft::{DraftLayer, PlacedMark, Step, join};
use super::layers;
use crate::check::Checker;
use crate::check::arguments::call;
use crate::check::environment::{Environment, Value, given};
use crate::check::marks::MARKS;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::layers::{SIGNATURES, find};
use crate::limits::LONGEST_CHAIN;
use crate::origin::MarkOrigin;
use crate::signature::names;
use crate::suggest;
use elbo_grammar::ast::{Block, Layer, Name, Statement, StatementKind};
use elbo_grammar::{Span, habits};
use std::collections::{BTreeMap, HashSet};

/// The most layers and block instances a network may unroll to; far beyond what can be trained, and
/// small enough that a mistyped `repeat` ends at once.
const LARGEST_NETWORK: usize = 200_000;

/// Where an expansion stands.
pub(super) struct Place<'s> {
    pub scope: &'s str,
    pub environment: &'s Environment,
    pub mark: Option<&'s PlacedMark>,
}

/// One line of a body, repeats unrolled.
enum Entry<'a> {
    /// A layer or block instance, and its statement.
    Layer(&'a Layer, &'a Statement),
    /// An end of a branch, and the keyword that makes it.
    End(Step<'a>, Span),
}

/// What an expansion has used up, and which blocks it is inside of.
pub(super) struct Progress<'a> {
    /// Layers and instances that may still come; `None` once it was reported that there were too many.
    remaining: Option<usize>,
    open: Vec<(SourceId, &'a Name)>,
    /// Whether one block is looked at by itself, so that all that is used up is its own.
    alone: bool,
}
impl Progress<'_> {
    /// Nothing used up yet.
    pub fn new() -> Self {
        Self { remaining: Some(LARGEST_NETWORK), open: Vec::new(), alone: false }
    }
}

impl<'a> Checker<'a> {
    /// Unrolls a block with the defaults of its parameters, for what that finds wrong with it.
    pub fn expand_block(&self, source: SourceId, block: &'a Block) {
        if self.given_up.borrow().contains(block.name.value.as_str()) {
            return;
        }
        let owner = format!("block `{}`", block.name.value);
        let parameters = block.parameters.as_deref().unwrap_or_default();
        let Some(environment) = self.bind_parameters(&owner, source, parameters, &[], (source, block.name.span)) else {
            return;
        };
        let place = Place { scope: "", environment: &environment, mark: None };
        let mut progress =
            Progress { remaining: Some(LARGEST_NETWORK), open: vec![(source, &block.name)], alone: true };
        self.expand_body(block.body.iter(), &place, &mut progress, &mut Vec::new());
    }

    /// Unrolls the statements of a body behind `layers`. False where something was reported.
    pub(super) fn expand_body(
        &self,
        body: impl Iterator<Item = &'a Statement>,
        place: &Place<'_>,
        progress: &mut Progress<'a>,
        layers: &mut Vec<DraftLayer<'a>>,
    ) -> bool {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        let mut complete = true;
        for statement in body {
            complete &= self.unroll(statement, place, progress, &mut entries);
        }
        // A name that a repeat gives more than once is numbered; a repeat of one gives the plain name.
        let mut counts: BTreeMap<&str, (Span, usize)> = BTreeMap::new();
        for entry in &entries {
            if let Entry::Layer(Layer { name: Some(name), .. }, _) = entry {
                let (first, count) = counts.entry(&name.value).or_insert((name.span, 0));
                if *first == name.span {
                    *count += 1;
                } else {
                    self.duplicate(place.environment.source, name, *first);
                    return false;
                }
            }
        }
        // The numbers that a repeat gives may also be written.
        let meets = |name: &Name| {
            let (plain, number) = name.value.strip_suffix(']')?.split_once('[')?;
            let (first, count) = counts.get(plain).filter(|(_, count)| *count > 1)?;
            number.parse::<usize>().is_ok_and(|number| number < *count).then_some(*first)
        };
        let twice = entries.iter().find_map(|entry| match entry {
            Entry::Layer(Layer { name: Some(name), .. }, _) => meets(name).map(|first| (name, first)),
            Entry::Layer(Layer { name: None, .. }, _) | Entry::End(..) => None,
        });
        if let Some((name, first)) = twice {
            self.duplicate(place.environment.source, name, first);
            return false;
        }
        let mut given: BTreeMap<&str, usize> = BTreeMap::new();
        // What a repeat has many copies of is reported for the first.
        let mut failed: HashSet<Span> = HashSet::new();
        for entry in entries {
            let (layer, statement) = match entry {
                Entry::Layer(_, statement) if failed.contains(&statement.span) => continue,
                Entry::Layer(layer, statement) => (layer, statement),
                Entry::End(step, span) => {
                    layers.push(DraftLayer {
                        scope: place.scope.to_owned(),
                        path: None,
                        written: None,
                        step,
                        environment: place.environment.clone(),
                        mark: None,
                        span,
                        statement: span,
                    });
                    continue;
                }
            };
            if let Some(name) = layer.name.as_ref().filter(|name| name.value.ends_with(']'))
                && counts[name.value.as_str()].1 > 1
            {
                self.numbered_in_repeat(place.environment.source, name);
                return false;
            }
            let position = layer.name.as_ref().and_then(|name| {
                let next = given.entry(&name.value).or_default();
                *next += 1;
                (counts[name.value.as_str()].1 > 1).then(|| *next - 1)
            });
            if !self.expand_layer((layer, statement, position), place, progress, layers) {
                failed.insert(statement.span);
                complete = false;
            }
        }
        complete
    }

    fn duplicate(&self, source: SourceId, name: &Name, first: Span) {
        self.report(
            Diagnostic::new(
                Code::DuplicateName,
                format!("two layers are called `{}`", name.value),
                source,
                name.span,
                "the name is taken",
            )
            .label(source, first, "by this one")
            .help("give one of them another name"),
        );
    }

    fn numbered_in_repeat(&self, source: SourceId, name: &Name) {
        let plain = name.value.split('[').next().unwrap_or_default();
        self.report(
            Diagnostic::new(
                Code::DuplicateName,
                format!("`repeat` gives several layers the name `{}`", name.value),
                source,
                name.span,
                "a number of its own in a `repeat`",
            )
            .help(format!("write `{plain}`: the layers of a `repeat` are numbered `{plain}[0]`, `{plain}[1]`, …")),
        );
    }

    /// Lists the layers of a statement, repeats unrolled.
    fn unroll(
        &self,
        statement: &'a Statement,
        place: &Place<'_>,
        progress: &mut Progress<'a>,
        entries: &mut Vec<Entry<'a>>,
    ) -> bool {
        let source = place.environment.source;
        match &statement.kind {
            StatementKind::Layer(layer) => {
                if !self.spend(progress, source, statement.span) {
                    return false;
                }
                entries.push(Entry::Layer(layer, statement));
                true
            }
            StatementKind::Repeat { count, body } => {
                let Some(count) = self.whole(count, place.environment, "the count of `repeat`", 0..=i64::MAX) else {
                    return false;
                };
                let mut complete = true;
                for _ in 0..count {
                    if !self.spend(progress, source, statement.span) {
                        return false;
                    }
                    for statement in body {
                        complete &= self.unroll(statement, place, progress, entries);
                    }
                    if !complete {
                        break;
                    }
                }
                complete
            }
            StatementKind::Branches(branches) => {
                let Some(container) = self.container(branches, source) else { return false };
                let keyword = branches.container.span;
                let is_implicit = branches.branches.len() == 1;
                entries.push(Entry::End(Step::Open { is_implicit }, keyword));
                if is_implicit {
                    entries.push(Entry::End(Step::Branch, keyword));
                }
                let mut complete = true;
                for branch in &branches.branches {
                    entries.push(Entry::End(Step::Branch, branch.keyword.unwrap_or(keyword)));
                    for statement in &branch.body {
                        complete &= self.unroll(statement, place, progress, entries);
                    }
                }
                entries.push(Entry::End(Step::Join(container), keyword));
                complete && self.spend(progress, source, keyword)
            }
            _ => {
                self.report(
                    Diagnostic::new(
                        Code::MisplacedStatement,
                        "this statement belongs at the top of a model",
                        source,
                        statement.span,
                        "not inside a block, `repeat` or branches",
                    )
                    .note("a block holds layers, block instances, `repeat` and branches"),
                );
                false
            }
        }
    }

    fn spend(&self, progress: &mut Progress<'a>, source: SourceId, span: Span) -> bool {
        match progress.remaining {
            Some(0) => {
                let message = format!("the network unrolls to more than {LARGEST_NETWORK} layers");
                self.error(Code::TooLarge, source, span, message, "passes the limit here");
                progress.remaining = None;
                if progress.alone {
                    self.give_up(progress);
                }
                false
            }
            Some(remaining) => {
                progress.remaining = Some(remaining - 1);
                true
            }
            None => false,
        }
    }

    /// Notes that the blocks an expansion is inside of hold too much, so that this is reported once and not for each
    /// block around them.
    fn give_up(&self, progress: &Progress<'a>) {
        self.given_up.borrow_mut().extend(progress.open.iter().map(|(_, name)| name.value.as_str()));
    }

    /// Appends one layer, or the layers of a block instance.
    pub(super) fn expand_layer(
        &self,
        (layer, statement, position): (&'a Layer, &'a Statement, Option<usize>),
        place: &Place<'_>,
        progress: &mut Progress<'a>,
        layers: &mut Vec<DraftLayer<'a>>,
    ) -> bool {
        let environment = place.environment;
        let source = environment.source;
        let Some(call) = self.expect_call(&layer.operation, source, "a layer, such as `relu` or `linear(10)`,") else {
            return false;
        };
        let written = layer.name.as_ref().map(|name| join(place.scope, &name.value));
        let path = written.clone().map(|written| match position {
            Some(index) => format!("{written}[{index}]"),
            None => written,
        });
        let mark = match &layer.mark {
            None => place.mark.cloned(),
            Some(given) => match self.mark(given, environment) {
                Some(mark) => {
                    let here = (source, given.span);
                    let marks = written.clone().unwrap_or_default();
                    let is_block = self.symbols.blocks.contains_key(call.function.value.as_str());
                    let origin = if is_block { MarkOrigin::Instance(here) } else { MarkOrigin::Layer(here) };
                    Some(PlacedMark { mark, origin, marks })
                }
                None => return false,
            },
        };
        let Some(block) = self.symbols.blocks.get(call.function.value.as_str()).copied() else {
            return self.expand_single(layer, statement, [path, written], mark, place, layers);
        };
        if let Some(position) = progress.open.iter().position(|(_, name)| name.value == block.node.name.value) {
            self.circle("blocks contain", &progress.open[position..]);
            return false;
        }
        // It has been reported by itself, with the defaults of its parameters.
        if call.arguments.is_empty() && self.given_up.borrow().contains(block.node.name.value.as_str()) {
            if progress.alone {
                self.give_up(progress);
            }
            return false;
        }
        if progress.open.len() >= LONGEST_CHAIN {
            self.long_chain("blocks that contain one another", block.source, &block.node.name);
            self.give_up(progress);
            return false;
        }
        let Some(path) = path else {
            self.report(
                Diagnostic::new(
                    Code::UnnamedLayer,
                    format!(
                        "an instance of block `{}` needs a name, as its layers are named after it",
                        call.function.value
                    ),
                    source,
                    call.span,
                    "has no name",
                )
                .help(format!("name it, for example `stage1: {}`", call.function.value)),
            );
            return false;
        };
        let owner = format!("block `{}`", block.node.name.value);
        let parameters = block.node.parameters.as_deref().unwrap_or_default();
        let arguments = given(call.arguments, environment);
        let bound = self.bind_parameters(&owner, block.source, parameters, &arguments, (source, call.span));
        let Some(inner) = bound else { return false };
        if !self.spend(progress, source, call.span) {
            return false;
        }
        progress.open.push((block.source, &block.node.name));
        let place = Place { scope: &path, environment: &inner, mark: mark.as_ref() };
        let complete = self.expand_body(block.node.body.iter(), &place, progress, layers);
        progress.open.pop();
        complete
    }

    fn expand_single(
        &self,
        layer: &'a Layer,
        statement: &'a Statement,
        [path, written]: [Option<String>; 2],
        mark: Option<PlacedMark>,
        place: &Place<'_>,
        layers: &mut Vec<DraftLayer<'a>>,
    ) -> bool {
        let environment = place.environment;
        let source = environment.source;
        let function = call(&layer.operation).expect("it was taken apart by the caller").function;
        let is_parameter = matches!(environment.get(&function.value), Some(Value::Activation(_)));
        if !is_parameter && find(&function.value).is_none() {
            self.unknown_layer(source, function, environment);
            return false;
        }
        let own_mark = if layers::has_parameters(&function.value) { mark } else { None };
        if let (Some(mark), false) = (&layer.mark, layers::has_weights(&function.value)) {
            self.report(
                Diagnostic::new(
                    Code::MisplacedMark,
                    format!("`{}` has no weights that a mark could treat", function.value),
                    source,
                    mark.span,
                    "nothing to mark",
                )
                .help("remove the mark, or write it before a layer with weights"),
            );
            return false;
        }
        layers.push(DraftLayer {
            scope: place.scope.to_owned(),
            path,
            written,
            step: Step::Operation(&layer.operation),
            environment: environment.clone(),
            mark: own_mark,
            span: layer.operation.span,
            statement: statement.span,
        });
        true
    }

    fn unknown_layer(&self, source: SourceId, function: &Name, environment: &Environment) {
        let diagnostic = Diagnostic::new(
            Code::UnknownLayer,
            format!("there is no layer or block `{}`", function.value),
            source,
            function.span,
            "no such layer",
        );
        // A name that differs from a layer's by its underscores is a slip.
        let plain = |name: &str| name.replace('_', "");
        let slip = names(SIGNATURES).any(|layer| plain(layer) == plain(&function.value));
        if let (false, Some(habit)) = (slip, habits::layer(&function.value)) {
            self.report(diagnostic.help(habit.help()));
            return;
        }
        if names(MARKS).any(|mark| mark == function.value) {
            self.report(diagnostic.help(format!(
                "`{}` is a mark: write it before a layer's name, `{} NAME: linear(…)`, or as `default {}`",
                function.value, function.value, function.value
            )));
            return;
        }
        let blocks = self.symbols.blocks.keys().copied();
        let own = blocks.chain(environment.activations());
        let layers = names(SIGNATURES);
        self.report(suggest::propose_among(diagnostic, source, function, "layers and blocks", layers, own));
    }
}
