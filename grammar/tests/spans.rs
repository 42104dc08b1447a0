//! The text under every span is what its node says.

mod support;

use elbo_grammar::ast::*;
use elbo_grammar::{Span, Spanned, parse, parse_expression};

/// Walks a tree and cuts out every span.
struct Walk<'s> {
    source: &'s str,
    nodes: usize,
}

impl Walk<'_> {
    fn name(&mut self, name: &Name) {
        self.nodes += 1;
        assert_eq!(name.span.text(self.source), name.value);
    }

    /// A span must not begin or end with white space.
    fn tight(&mut self, span: Span) -> &str {
        self.nodes += 1;
        let text = span.text(self.source);
        assert!(!text.is_empty() && text == text.trim(), "{text:?}");
        text
    }

    fn expression(&mut self, value: &Expression) {
        let text = self.tight(value.span);
        let again = parse_expression(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        assert_eq!(support::dump::expression(&again), support::dump::expression(value), "{text:?}");
        match &value.kind {
            ExpressionKind::Number(number) => number.unit.iter().for_each(|unit| self.name(unit)),
            ExpressionKind::Text(_) | ExpressionKind::Boolean(_) => {}
            ExpressionKind::Path(path) => self.path(path),
            ExpressionKind::Call { function, arguments } => {
                self.name(function);
                self.arguments(arguments);
            }
            ExpressionKind::List(values) => values.iter().for_each(|value| self.expression(value)),
            ExpressionKind::Binary { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            ExpressionKind::Negate(value) => self.expression(value),
        }
    }

    fn path(&mut self, path: &Path) {
        assert_eq!(self.tight(path.span), path.to_string());
        for segment in &path.segments {
            self.name(&segment.name);
            if let Some(Spanned { value, span }) = &segment.index {
                assert_eq!(span.text(self.source), value.to_string());
            }
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            let start = argument.name.as_ref().map_or(argument.value.span.start, |name| name.span.start);
            assert_eq!(argument.span, Span::new(start, argument.value.span.end));
            argument.name.iter().for_each(|name| self.name(name));
            self.expression(&argument.value);
        }
    }

    fn reference(&mut self, reference: &Reference) {
        let text = self.tight(reference.span);
        assert!(parse_expression(text).is_ok(), "{text:?}");
        self.name(&reference.name);
        self.arguments(reference.arguments.as_deref().unwrap_or_default());
    }

    fn layer(&mut self, layer: &Layer) {
        let start = layer.mark.as_ref().map(|mark| mark.span).or(layer.name.as_ref().map(|name| name.span));
        let start = start.unwrap_or(layer.operation.span).start;
        assert_eq!(layer.span, Span::new(start, layer.operation.span.end));
        layer.mark.iter().for_each(|mark| self.expression(mark));
        layer.name.iter().for_each(|name| self.name(name));
        self.expression(&layer.operation);
    }

    fn allows(&mut self, allows: &[Allow]) {
        for allow in allows {
            assert_eq!(self.tight(allow.span), format!("@allow({})", allow.code.value));
            assert_eq!(allow.code.span.text(self.source), allow.code.value);
        }
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.allows(&statement.allows);
            let text = self.tight(statement.span).to_owned();
            let (again, errors) = parse(&format!("model m {{\n{text}\n}}"));
            assert!(errors.is_empty(), "{text:?}: {errors:?}");
            assert_eq!(again.declarations.len(), 1);
            match &statement.kind {
                StatementKind::Input { kind, sizes } => {
                    self.name(kind);
                    sizes.iter().for_each(|size| self.expression(size));
                }
                StatementKind::Output { value } | StatementKind::Default { mark: value } => self.expression(value),
                StatementKind::Layer(layer) => self.layer(layer),
                StatementKind::Repeat { count, body } => {
                    self.expression(count);
                    self.statements(body);
                }
                StatementKind::Branches(Branches { container, branches }) => {
                    assert_eq!(container.span.text(self.source), container.value);
                    for branch in branches {
                        let word = branch.keyword.map(|keyword| keyword.text(self.source));
                        assert!(matches!(word, None | Some("branch" | "shortcut")), "{word:?}");
                        self.statements(&branch.body);
                    }
                }
                StatementKind::Mark { patterns, mark } => {
                    for pattern in patterns {
                        match pattern {
                            LayerPattern::One(path) => self.path(path),
                            LayerPattern::Below { path, span } => {
                                assert_eq!(span.text(self.source), format!("{path}.*"));
                                self.path(path);
                            }
                            LayerPattern::Range { first, last } => {
                                self.path(first);
                                self.path(last);
                            }
                        }
                    }
                    self.expression(mark);
                }
                StatementKind::Replace { path, layer } | StatementKind::Insert { path, layer, .. } => {
                    self.path(path);
                    self.layer(layer);
                }
            }
        }
    }

    fn parameters(&mut self, parameters: Option<&[Parameter]>) {
        for parameter in parameters.unwrap_or_default() {
            self.tight(parameter.span);
            self.name(&parameter.name);
            self.name(&parameter.kind);
            parameter.default.iter().for_each(|value| self.expression(value));
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        self.allows(&declaration.allows);
        let text = self.tight(declaration.span).to_owned();
        let (again, errors) = parse(&text);
        assert!(errors.is_empty() && again.declarations.len() == 1, "{text:?}: {errors:?}");
        match &declaration.kind {
            DeclarationKind::Use { path } => assert_eq!(path.span.text(self.source), format!("{:?}", path.value)),
            DeclarationKind::Prior(definition) | DeclarationKind::Posterior(definition) => {
                self.name(&definition.name);
                self.expression(&definition.value);
            }
            DeclarationKind::Block(block) => {
                self.name(&block.name);
                self.parameters(block.parameters.as_deref());
                self.statements(&block.body);
            }
            DeclarationKind::Model(model) => {
                self.name(&model.name);
                self.parameters(model.parameters.as_deref());
                model.extends.iter().for_each(|reference| self.reference(reference));
                self.statements(&model.body);
            }
            DeclarationKind::Settings(settings) => {
                self.name(&settings.name);
                settings.extends.iter().for_each(|reference| self.reference(reference));
                for entry in &settings.entries {
                    self.allows(&entry.allows);
                    self.tight(entry.span);
                    entry.key.iter().for_each(|name| self.name(name));
                    self.expression(&entry.value);
                }
            }
            DeclarationKind::Claim { text, condition, margin, estimand } => {
                assert!(text.span.text(self.source).starts_with('"'));
                self.expression(condition);
                if let Some(margin) = margin {
                    self.tight(margin.span);
                    self.expression(&margin.value);
                }
                estimand.iter().for_each(|name| self.name(name));
            }
        }
    }
}

#[test]
fn every_span_covers_its_node() {
    let mut nodes = 0;
    for (_, path) in support::files("good") {
        let source = support::text(&path);
        let mut walk = Walk { source: &source, nodes: 0 };
        parse(&source).0.declarations.iter().for_each(|declaration| walk.declaration(declaration));
        nodes += walk.nodes;
    }
    assert!(nodes > 500, "{nodes} nodes are too few to mean anything");
}
