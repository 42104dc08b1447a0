//! Unrolls models: variants over their base, statements in the order written.

use super::body::{Place, Progress};
use super::draft::{Draft, DraftLayer, Index, Input, Output, PlacedMark};
use crate::check::Checker;
use crate::check::chains::Link;
use crate::check::environment::{Environment, Given, GivenValue, given};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::origin::MarkOrigin;
use crate::symbols::Declared;
use elbo_grammar::Span;
use elbo_grammar::ast::{Model, Name, Parameter, Statement, StatementKind};
use std::collections::{BTreeMap, HashSet};

impl<'a> Checker<'a> {
    /// Whether the chain of models that `model` extends is short enough to be followed; reports it if not.
    pub fn model_ends_in_time(&self, model: Declared<'a, Model>) -> bool {
        let link = |model: Declared<'a, Model>| Link {
            source: model.source,
            name: &model.node.name,
            base: model.node.extends.as_ref().map(|reference| reference.name.value.as_str()),
        };
        self.ends_in_time("models", link(model), |name| self.symbols.models.get(name).copied().map(link))
    }

    /// Unrolls `model` with these arguments. `call` is the place that asks for it.
    pub fn expand_model(
        &self,
        model: Declared<'a, Model>,
        arguments: &[Given<'_>],
        call: (SourceId, Span),
    ) -> Option<Draft<'a>> {
        if !self.model_ends_in_time(model) {
            return None;
        }
        self.expand_variant(model, arguments, call, &mut Vec::new())
    }

    fn expand_variant(
        &self,
        model: Declared<'a, Model>,
        arguments: &[Given<'_>],
        place: (SourceId, Span),
        open: &mut Vec<(SourceId, &'a Name)>,
    ) -> Option<Draft<'a>> {
        let node = model.node;
        if let Some(position) = open.iter().position(|(_, name)| name.value == node.name.value) {
            self.circle("models extend", &open[position..]);
            return None;
        }
        let plain = arguments.is_empty();
        if let (true, Some(draft)) = (plain, self.unrolled.drafts.borrow().get(node.name.value.as_str())) {
            return Some(draft.clone());
        }
        let recorded = self.recorded();
        open.push((model.source, &node.name));
        let arguments = self.by_name(model, arguments)?;
        let owner = format!("model `{}`", node.name.value);
        let own: &[Parameter] = node.parameters.as_deref().unwrap_or_default();
        self.check_parameter_names(model.source, own);
        // What the variant does not declare itself is passed on to its base.
        let declared: HashSet<&str> = own.iter().map(|parameter| parameter.name.value.as_str()).collect();
        let (mine, passed): (Vec<Given<'_>>, Vec<Given<'_>>) = arguments.iter().cloned().partition(|argument| {
            node.extends.is_none() || argument.name.is_some_and(|name| declared.contains(name.value.as_str()))
        });
        let environment = self.bind_parameters(&owner, model.source, own, &mine, place)?;
        let draft = match &node.extends {
            None => Draft {
                input: None,
                output: None,
                default: None,
                layers: Vec::new(),
                source: model.source,
                name: &node.name,
                index: Index::default(),
            },
            Some(reference) => {
                let Some(base) = self.symbols.models.get(reference.name.value.as_str()).copied() else {
                    let names = self.symbols.models.keys().copied().filter(|name| *name != node.name.value);
                    self.unknown_name(model.source, &reference.name, "model", names);
                    return None;
                };
                let written = given(reference.arguments.as_deref().unwrap_or_default(), &environment);
                let mut arguments = self.by_name(base, &written)?;
                arguments.extend(passed);
                // A parameter that variant and base both declare is one parameter.
                let mut filled: HashSet<&str> =
                    arguments.iter().filter_map(|argument| argument.name).map(|name| name.value.as_str()).collect();
                for parameter in self.symbols.parameters_of(base) {
                    let name = &parameter.name;
                    let value = environment.get(&name.value).filter(|_| filled.insert(&name.value));
                    if let Some(value) = value {
                        let value = GivenValue::Value(value.clone());
                        let span = reference.span;
                        arguments.push(Given { name: Some(name), value, span, source: model.source });
                    }
                }
                let base = self.expand_variant(base, &arguments, (model.source, reference.span), open)?;
                Draft { source: model.source, name: &node.name, ..base }
            }
        };
        open.pop();
        let draft = self.apply_statements(draft, model, &environment)?;
        // What was found must be found again, as it may have been an attempt whose findings are forgotten.
        if plain && self.recorded() == recorded {
            self.unrolled.drafts.borrow_mut().insert(&node.name.value, draft.clone());
        }
        Some(draft)
    }

    /// The arguments with those given by position under the names of the parameters they fill.
    fn by_name<'g>(&self, model: Declared<'a, Model>, arguments: &[Given<'g>]) -> Option<Vec<Given<'g>>>
    where
        'a: 'g,
    {
        let parameters = self.symbols.parameters_of(model);
        let named = arguments.iter().enumerate().map(|(position, argument)| {
            let name = argument.name.or_else(|| parameters.get(position).map(|parameter| &parameter.name));
            if name.is_none() {
                let message = format!(
                    "model `{}` takes {} arguments, not {}",
                    model.node.name.value,
                    parameters.len(),
                    arguments.len()
                );
                self.error(Code::TooManyArguments, argument.source, argument.span, message, "one too many");
            }
            name.map(|name| Given { name: Some(name), ..argument.clone() })
        });
        named.collect()
    }

    /// Applies a model's statements, in order, to the draft of its base (or to an empty one).
    fn apply_statements(
        &self,
        mut draft: Draft<'a>,
        model: Declared<'a, Model>,
        environment: &Environment,
    ) -> Option<Draft<'a>> {
        let mut complete = true;
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut progress = Progress::new();
        let mut plain: Vec<&'a Statement> = Vec::new();
        for statement in &model.node.body {
            let single = match &statement.kind {
                StatementKind::Input { .. } => "input",
                StatementKind::Output { .. } => "output",
                StatementKind::Default { .. } => "default",
                _ => "",
            };
            if !single.is_empty()
                && let Some(first) = seen.insert(single, statement.span)
            {
                self.report(
                    Diagnostic::new(
                        Code::RepeatedStatement,
                        format!("a model has one `{single}`"),
                        model.source,
                        statement.span,
                        "a second one",
                    )
                    .label(model.source, first, "the first"),
                );
                complete = false;
                continue;
            }
            match &statement.kind {
                StatementKind::Input { kind, sizes } => {
                    let environment = environment.clone();
                    draft.input = Some(Input { kind, sizes, environment, span: statement.span });
                }
                StatementKind::Output { value } => {
                    let environment = environment.clone();
                    draft.output = Some(Output { value, environment });
                }
                StatementKind::Default { mark: written } => match self.mark(written, environment) {
                    Some(mark) => {
                        let place = (model.source, written.span);
                        let origin = MarkOrigin::Default { model: model.node.name.value.clone(), place };
                        draft.default = Some(PlacedMark { mark, origin, marks: String::new() });
                    }
                    None => complete = false,
                },
                StatementKind::Layer(_) | StatementKind::Repeat { .. } | StatementKind::Branches(_) => {
                    plain.push(statement);
                }
                StatementKind::Mark { .. } | StatementKind::Replace { .. } | StatementKind::Insert { .. } => {
                    // Edits see the layers written before them.
                    complete &= self.append(&mut draft, &plain, environment, &mut progress);
                    plain.clear();
                    complete &= self.edit(&mut draft, statement, environment, &mut |layer, scope, position| {
                        let place = Place { scope, environment, mark: None };
                        let mut layers = Vec::new();
                        let entry = (layer, statement, position);
                        self.expand_layer(entry, &place, &mut progress, &mut layers).then_some(layers)
                    });
                }
            }
        }
        complete &= self.append(&mut draft, &plain, environment, &mut progress);
        complete &= self.check_paths(&draft);
        complete.then_some(draft)
    }

    fn append(
        &self,
        draft: &mut Draft<'a>,
        statements: &[&'a Statement],
        environment: &Environment,
        progress: &mut Progress<'a>,
    ) -> bool {
        if statements.is_empty() {
            return true;
        }
        draft.moved();
        let place = Place { scope: "", environment, mark: None };
        self.expand_body(statements.iter().copied(), &place, progress, &mut draft.layers)
    }

    /// Reports two layers of one path, as a variant's additions may bring about.
    fn check_paths(&self, draft: &Draft<'a>) -> bool {
        let mut seen: BTreeMap<&str, &DraftLayer<'_>> = BTreeMap::new();
        for layer in &draft.layers {
            let Some(path) = layer.path.as_deref() else { continue };
            if let Some(first) = seen.insert(path, layer) {
                self.report(
                    Diagnostic::new(
                        Code::DuplicateName,
                        format!("two layers are called `{path}`"),
                        layer.environment.source,
                        layer.span,
                        "the name is taken",
                    )
                    .label(first.environment.source, first.span, "by this one"),
                );
                return false;
            }
        }
        true
    }
}
