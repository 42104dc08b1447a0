//! The span of everything in a tree, from the outside in.

use elbo_grammar::Span;
use elbo_grammar::ast::{
    Argument, Branches, DeclarationKind, Expression, ExpressionKind, File, Layer, LayerPattern, Parameter, Path,
    Reference, Statement, StatementKind,
};

/// Calls `visit` with the span of every declaration, statement, entry, expression and name.
pub(crate) fn visit(file: &File, visit: &mut dyn FnMut(Span)) {
    for declaration in &file.declarations {
        visit(declaration.span);
        match &declaration.kind {
            DeclarationKind::Use { path } => visit(path.span),
            DeclarationKind::Prior(definition) | DeclarationKind::Posterior(definition) => {
                visit(definition.name.span);
                expression(&definition.value, visit);
            }
            DeclarationKind::Block(block) => {
                visit(block.name.span);
                parameters(block.parameters.as_deref(), visit);
                statements(&block.body, visit);
            }
            DeclarationKind::Model(model) => {
                visit(model.name.span);
                parameters(model.parameters.as_deref(), visit);
                model.extends.iter().for_each(|base| reference(base, visit));
                statements(&model.body, visit);
            }
            DeclarationKind::Settings(settings) => {
                visit(settings.name.span);
                settings.extends.iter().for_each(|base| reference(base, visit));
                for entry in &settings.entries {
                    visit(entry.span);
                    entry.key.iter().for_each(|name| visit(name.span));
                    expression(&entry.value, visit);
                }
            }
            DeclarationKind::Claim { text, condition, margin, estimand } => {
                visit(text.span);
                expression(condition, visit);
                margin.iter().for_each(|margin| expression(&margin.value, visit));
                estimand.iter().for_each(|name| visit(name.span));
            }
        }
    }
}

fn parameters(parameters: Option<&[Parameter]>, visit: &mut dyn FnMut(Span)) {
    for parameter in parameters.unwrap_or_default() {
        visit(parameter.span);
        visit(parameter.name.span);
        visit(parameter.kind.span);
        parameter.default.iter().for_each(|default| expression(default, visit));
    }
}

fn reference(reference: &Reference, visit: &mut dyn FnMut(Span)) {
    visit(reference.span);
    visit(reference.name.span);
    arguments(reference.arguments.as_deref().unwrap_or_default(), visit);
}

fn arguments(arguments: &[Argument], visit: &mut dyn FnMut(Span)) {
    for argument in arguments {
        visit(argument.span);
        argument.name.iter().for_each(|name| visit(name.span));
        expression(&argument.value, visit);
    }
}

fn statements(statements: &[Statement], visit: &mut dyn FnMut(Span)) {
    for statement in statements {
        visit(statement.span);
        match &statement.kind {
            StatementKind::Input { kind, sizes } => {
                visit(kind.span);
                sizes.iter().for_each(|size| expression(size, visit));
            }
            StatementKind::Output { value } | StatementKind::Default { mark: value } => expression(value, visit),
            StatementKind::Layer(written) => layer(written, visit),
            StatementKind::Repeat { count, body } => {
                expression(count, visit);
                self::statements(body, visit);
            }
            StatementKind::Branches(Branches { branches, .. }) => {
                branches.iter().for_each(|branch| self::statements(&branch.body, visit));
            }
            StatementKind::Mark { patterns, mark } => {
                for pattern in patterns {
                    match pattern {
                        LayerPattern::One(one) => path(one, visit),
                        LayerPattern::Below { path: below, span } => {
                            visit(*span);
                            path(below, visit);
                        }
                        LayerPattern::Range { first, last } => {
                            visit(first.span.to(last.span));
                            path(first, visit);
                            path(last, visit);
                        }
                    }
                }
                expression(mark, visit);
            }
            StatementKind::Replace { path: replaced, layer: written }
            | StatementKind::Insert { path: replaced, layer: written, .. } => {
                path(replaced, visit);
                layer(written, visit);
            }
        }
    }
}

fn layer(layer: &Layer, visit: &mut dyn FnMut(Span)) {
    visit(layer.span);
    layer.mark.iter().for_each(|mark| expression(mark, visit));
    layer.name.iter().for_each(|name| visit(name.span));
    expression(&layer.operation, visit);
}

fn path(path: &Path, visit: &mut dyn FnMut(Span)) {
    visit(path.span);
    path.segments.iter().for_each(|segment| visit(segment.name.span));
}

fn expression(value: &Expression, visit: &mut dyn FnMut(Span)) {
    visit(value.span);
    match &value.kind {
        ExpressionKind::Number(_) | ExpressionKind::Text(_) | ExpressionKind::Boolean(_) => {}
        ExpressionKind::Path(written) => path(written, visit),
        ExpressionKind::Call { function, arguments: given } => {
            visit(function.span);
            arguments(given, visit);
        }
        ExpressionKind::List(items) => items.iter().for_each(|item| expression(item, visit)),
        ExpressionKind::Binary { left, right, .. } => {
            expression(left, visit);
            expression(right, visit);
        }
        ExpressionKind::Negate(operand) => expression(operand, visit),
    }
}
