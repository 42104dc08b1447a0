//! Every place where a name stands.

use super::names::{Names, Symbol, operation};
use crate::check::vocabulary;
use crate::diagnostic::SourceId;
use crate::limits::LONGEST_CHAIN;
use crate::symbols::declared;
use elbo_grammar::Span;
use elbo_grammar::ast::{
    Argument, Branches, Declaration, DeclarationKind, Expression, ExpressionKind, Layer, LayerPattern, Name, Parameter,
    Path, Reference, Segment, Settings, SettingsKind, Statement, StatementKind,
};
use std::borrow::Cow;

/// A place where a name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// In which file.
    pub source: SourceId,
    /// Where there.
    pub span: Span,
    /// What it stands for.
    pub symbol: Symbol,
    /// Whether the name is declared here.
    pub defines: bool,
}

impl<'a> Names<'a> {
    /// The layer that a step of a path names, with the model or block it is written in, its name there, and what of the
    /// step is that name: a layer may be written with its number, else the number is one that a `repeat` gives.
    fn stepped<'s>(&self, owner: &str, segment: &'s Segment) -> Option<(&'a str, &'a Layer, Cow<'s, str>, Span)> {
        let Name { value: name, span } = &segment.name;
        if let Some(index) = &segment.index {
            let numbered = format!("{name}[{}]", index.value);
            if let Some((owner, layer)) = self.layer(owner, &numbered) {
                // The bracket follows its number at once.
                return Some((owner, layer, numbered.into(), Span::new(span.start, index.span.end + 1)));
            }
        }
        self.layer(owner, name).map(|(owner, layer)| (owner, layer, name.into(), *span))
    }

    /// Every place where a name stands, file by file in the order of the text.
    pub fn occurrences(&self) -> Vec<Occurrence> {
        let mut all = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            let mut walk = Walk { names: self, source: SourceId(index), owner: None, found: Vec::new() };
            file.declarations.iter().for_each(|declaration| walk.declaration(declaration));
            walk.found.sort_by_key(|occurrence| occurrence.span);
            all.append(&mut walk.found);
        }
        all
    }
}

/// One file being read.
struct Walk<'n, 'a> {
    names: &'n Names<'a>,
    source: SourceId,
    /// The model or block it is in.
    owner: Option<&'a str>,
    found: Vec<Occurrence>,
}

impl<'a> Walk<'_, 'a> {
    fn add(&mut self, span: Span, symbol: Symbol, defines: bool) {
        self.found.push(Occurrence { source: self.source, span, symbol, defines });
    }

    fn refer(&mut self, name: &Name) {
        self.add(name.span, Symbol::Declaration(name.value.clone()), false);
    }

    fn declaration(&mut self, declaration: &'a Declaration) {
        // Of two declarations of one name the first counts.
        if let Some((_, name)) = declared(declaration)
            && self.names.declaration(&name.value).is_some_and(|(_, known)| std::ptr::eq(known, declaration))
        {
            self.add(name.span, Symbol::Declaration(name.value.clone()), true);
        }
        match &declaration.kind {
            DeclarationKind::Use { .. } => {}
            DeclarationKind::Prior(definition) => self.expression(&definition.value, Some("prior")),
            DeclarationKind::Posterior(definition) => self.expression(&definition.value, Some("posterior")),
            DeclarationKind::Block(block) => {
                self.network(&block.name.value, block.parameters.as_deref(), None, &block.body);
            }
            DeclarationKind::Model(model) => {
                self.network(&model.name.value, model.parameters.as_deref(), model.extends.as_ref(), &model.body);
            }
            DeclarationKind::Settings(settings) => self.settings(settings),
            DeclarationKind::Claim { condition, .. } => self.expression(condition, Some("run")),
        }
    }

    fn network(
        &mut self,
        name: &'a str,
        parameters: Option<&'a [Parameter]>,
        base: Option<&'a Reference>,
        body: &'a [Statement],
    ) {
        self.owner = Some(name);
        for parameter in parameters.unwrap_or_default() {
            let shared = self.names.parameter(name, &parameter.name.value);
            let owner = shared.map_or(name, |(owner, _)| owner).to_owned();
            let symbol = Symbol::Parameter { owner, name: parameter.name.value.clone() };
            let first = shared.is_none_or(|(_, first)| std::ptr::eq(first, parameter));
            self.add(parameter.name.span, symbol, first);
            if let Some(default) = &parameter.default {
                self.expression(default, Some(&parameter.kind.value));
            }
        }
        if let Some(base) = base {
            if self.names.kind(&base.name.value) == Some("model") {
                self.refer(&base.name);
            }
            self.own_arguments(&base.name.value, base.arguments.as_deref().unwrap_or_default());
        }
        self.statements(name, body);
        self.owner = None;
    }

    fn statements(&mut self, owner: &'a str, body: &'a [Statement]) {
        for statement in body {
            match &statement.kind {
                StatementKind::Input { sizes, .. } => sizes.iter().for_each(|size| self.expression(size, None)),
                StatementKind::Output { value } => self.expression(value, None),
                StatementKind::Default { mark } => self.expression(mark, None),
                StatementKind::Layer(layer) => self.layer(owner, layer),
                StatementKind::Repeat { count, body } => {
                    self.expression(count, None);
                    self.statements(owner, body);
                }
                StatementKind::Branches(Branches { branches, .. }) => {
                    branches.iter().for_each(|branch| self.statements(owner, &branch.body));
                }
                StatementKind::Mark { patterns, mark } => {
                    for pattern in patterns {
                        match pattern {
                            LayerPattern::One(path) | LayerPattern::Below { path, .. } => self.path(owner, path),
                            LayerPattern::Range { first, last } => {
                                self.path(owner, first);
                                self.path(owner, last);
                            }
                        }
                    }
                    self.expression(mark, None);
                }
                StatementKind::Replace { path, layer } => {
                    self.path(owner, path);
                    layer.mark.iter().for_each(|mark| self.expression(mark, None));
                    self.expression(&layer.operation, None);
                }
                StatementKind::Insert { path, layer, .. } => {
                    self.path(owner, path);
                    self.layer(owner, layer);
                }
            }
        }
    }

    fn layer(&mut self, owner: &str, layer: &'a Layer) {
        layer.mark.iter().for_each(|mark| self.expression(mark, None));
        if let Some(name) = &layer.name {
            self.add(name.span, Symbol::Layer { owner: owner.to_owned(), name: name.value.clone() }, true);
        }
        self.expression(&layer.operation, None);
    }

    /// The segments of a path to a layer, each in the block that the one before it is an instance of.
    fn path(&mut self, owner: &str, path: &Path) {
        let mut owner = owner.to_owned();
        for segment in &path.segments {
            let Some((found, layer, name, span)) = self.names.stepped(&owner, segment) else { return };
            self.add(span, Symbol::Layer { owner: found.to_owned(), name: name.into_owned() }, false);
            let Some(block) = operation(layer) else { return };
            owner = block.to_owned();
        }
    }

    fn settings(&mut self, settings: &'a Settings) {
        if let Some(base) = &settings.extends
            && self.names.kind(&base.name.value) == Some(settings.kind.keyword())
        {
            self.refer(&base.name);
        }
        for entry in &settings.entries {
            let [first, rest @ ..] = entry.key.as_slice() else { continue };
            if settings.kind == SettingsKind::Sweep && first.value == "vary" {
                let expected = self.varied(settings, rest);
                self.expression(&entry.value, expected);
            } else if settings.kind == SettingsKind::Sweep && first.value == "zip" {
                let ExpressionKind::Call { arguments, .. } = &entry.value.kind else { continue };
                for argument in arguments {
                    let path = argument.name.as_ref().map(split).unwrap_or_default();
                    let expected = self.varied(settings, &path);
                    self.expression(&argument.value, expected);
                }
            } else {
                let key = vocabulary::keys(settings.kind).iter().find(|key| key.name == first.value);
                self.expression(&entry.value, key.and_then(|key| key.refers_to));
            }
        }
    }

    /// The names in a path that varies, and what its values refer to.
    fn varied(&mut self, sweep: &Settings, path: &[Name]) -> Option<&'static str> {
        match path {
            [kind, name, ..] if kind.value == "prior" || kind.value == "posterior" => {
                if self.names.kind(&name.value) == Some(kind.value.as_str()) {
                    self.refer(name);
                }
                None
            }
            [root, parameter] if root.value == "model" => {
                let model = self.model_of(sweep)?;
                let (owner, _) = self.names.parameter(model, &parameter.value)?;
                let symbol = Symbol::Parameter { owner: owner.to_owned(), name: parameter.value.clone() };
                self.add(parameter.span, symbol, false);
                None
            }
            [root] => {
                let key = vocabulary::keys(SettingsKind::Run).iter().find(|key| key.name == root.value);
                key.and_then(|key| key.refers_to)
            }
            _ => None,
        }
    }

    /// The model of a sweep's run.
    fn model_of(&self, sweep: &Settings) -> Option<&'a str> {
        let run = sweep.entries.iter().find(|entry| entry.key.len() == 1 && entry.key[0].value == "run")?;
        let mut next = called(&run.value);
        for _ in 0..LONGEST_CHAIN {
            let DeclarationKind::Settings(run) = &self.names.declaration(next?)?.1.kind else { return None };
            let model = run.entries.iter().find(|entry| entry.key.len() == 1 && entry.key[0].value == "model");
            if let Some(model) = model {
                return called(&model.value).and_then(|model| self.names.chain(model).first().copied());
            }
            next = run.extends.as_ref().map(|base| base.name.value.as_str());
        }
        None
    }

    /// `expected` is the kind of declaration, or the type, whose name may stand here.
    fn expression(&mut self, value: &'a Expression, expected: Option<&str>) {
        match &value.kind {
            ExpressionKind::Number(_) | ExpressionKind::Text(_) | ExpressionKind::Boolean(_) => {}
            ExpressionKind::Path(path) => {
                if let Some(name) = path.as_name() {
                    self.name(name, expected);
                }
            }
            ExpressionKind::Call { function, arguments } => {
                let kind = self.names.kind(&function.value);
                if matches!(kind, Some("block" | "model")) {
                    self.refer(function);
                    self.own_arguments(&function.value, arguments);
                    return;
                }
                self.name(function, expected.filter(|_| arguments.is_empty()));
                for argument in arguments {
                    let expected = match argument.name.as_ref().map(|name| name.value.as_str()) {
                        Some(name @ ("prior" | "posterior")) => Some(name),
                        _ => expected,
                    };
                    self.expression(&argument.value, expected);
                }
            }
            ExpressionKind::List(items) => items.iter().for_each(|item| self.expression(item, expected)),
            ExpressionKind::Binary { left, right, .. } => {
                self.expression(left, expected);
                self.expression(right, expected);
            }
            ExpressionKind::Negate(operand) => self.expression(operand, expected),
        }
    }

    fn name(&mut self, name: &Name, expected: Option<&str>) {
        let owner = self.owner.filter(|owner| self.names.is_in_scope(owner, &name.value));
        let parameter = owner.and_then(|owner| self.names.parameter(owner, &name.value));
        if let Some((owner, _)) = parameter {
            let symbol = Symbol::Parameter { owner: owner.to_owned(), name: name.value.clone() };
            self.add(name.span, symbol, false);
            return;
        }
        match (self.names.kind(&name.value), expected) {
            (Some("block"), None) => self.refer(name),
            (Some(kind), Some(expected)) if kind == expected || (kind, expected) == ("sweep", "run") => {
                self.refer(name);
            }
            _ => {}
        }
    }

    /// The arguments of a block or model: their names are its parameters.
    fn own_arguments(&mut self, callee: &str, arguments: &'a [Argument]) {
        let parameters = self.names.parameters(callee);
        for (position, argument) in arguments.iter().enumerate() {
            let parameter = match &argument.name {
                Some(name) => self.names.parameter(callee, &name.value).map(|(owner, parameter)| {
                    let symbol = Symbol::Parameter { owner: owner.to_owned(), name: name.value.clone() };
                    self.add(name.span, symbol, false);
                    parameter
                }),
                None => parameters.get(position).copied(),
            };
            self.expression(&argument.value, parameter.map(|parameter| parameter.kind.value.as_str()));
        }
    }
}

/// The name that a name or call refers to.
fn called(value: &Expression) -> Option<&str> {
    match &value.kind {
        ExpressionKind::Path(path) => path.as_name().map(|name| name.value.as_str()),
        ExpressionKind::Call { function, .. } => Some(&function.value),
        _ => None,
    }
}

/// The parts of names joined by dots.
fn split(name: &Name) -> Vec<Name> {
    let mut start = name.span.start;
    let part = |part: &str| {
        let span = Span::new(start, start + part.len());
        start = span.end + 1;
        Name { value: part.to_owned(), span }
    };
    name.value.split('.').map(part).collect()
}
