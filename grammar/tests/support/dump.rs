//! A tree as short text: a statement a line, names and values without their spans.

use std::fmt::Write as _;

use elbo_grammar::ast::*;

/// The whole tree.
pub fn file(file: &File) -> String {
    let mut out = String::new();
    if let Some(version) = &file.language {
        let _ = writeln!(out, "(language {})", version.value);
    }
    for declaration in &file.declarations {
        lead(&mut out, 0, declaration.doc.as_deref(), &declaration.allows);
        declaration_kind(&mut out, &declaration.kind);
    }
    let _ = writeln!(out, "({} comments)", file.comments.len());
    out
}

fn lead(out: &mut String, depth: usize, doc: Option<&str>, allows: &[Allow]) {
    let indent = "  ".repeat(depth);
    if let Some(doc) = doc {
        let _ = writeln!(out, "{indent}(doc {doc:?})");
    }
    for allow in allows {
        let _ = writeln!(out, "{indent}(allow {})", allow.code.value);
    }
}

fn declaration_kind(out: &mut String, kind: &DeclarationKind) {
    let _ = match kind {
        DeclarationKind::Use { path } => writeln!(out, "(use {:?})", path.value),
        DeclarationKind::Prior(definition) => {
            writeln!(out, "(prior {} {})", definition.name.value, expression(&definition.value))
        }
        DeclarationKind::Posterior(definition) => {
            writeln!(out, "(posterior {} {})", definition.name.value, expression(&definition.value))
        }
        DeclarationKind::Block(block) => {
            let _ = writeln!(out, "(block {}{}", block.name.value, parameters(block.parameters.as_deref()));
            statements(out, 1, &block.body);
            writeln!(out, ")")
        }
        DeclarationKind::Model(model) => {
            let extends = model.extends.as_ref().map(reference).unwrap_or_default();
            let _ = writeln!(out, "(model {}{}{extends}", model.name.value, parameters(model.parameters.as_deref()));
            statements(out, 1, &model.body);
            writeln!(out, ")")
        }
        DeclarationKind::Settings(settings) => {
            let extends = settings.extends.as_ref().map(reference).unwrap_or_default();
            let _ = writeln!(out, "({} {}{extends}", settings.kind.keyword(), settings.name.value);
            for entry in &settings.entries {
                lead(out, 1, None, &entry.allows);
                let key: Vec<&str> = entry.key.iter().map(|name| name.value.as_str()).collect();
                let _ = writeln!(out, "  ({} {})", key.join("."), expression(&entry.value));
            }
            writeln!(out, ")")
        }
        DeclarationKind::Claim { text, condition, margin, estimand } => {
            let points = |points: Option<_>| if points.is_some() { " points" } else { "" };
            let margin = margin.as_ref();
            let margin = margin.map(|is| format!(" (within {}{})", expression(&is.value), points(is.points)));
            let estimand = estimand.as_ref().map(|name| format!(" (of {})", name.value));
            let tail = [margin, estimand].map(Option::unwrap_or_default).concat();
            writeln!(out, "(claim {:?} {}{tail})", text.value, expression(condition))
        }
    };
}

fn parameters(parameters: Option<&[Parameter]>) -> String {
    let Some(parameters) = parameters else { return String::new() };
    let shown: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let default = parameter.default.as_ref().map(|value| format!("={}", expression(value)));
            format!("{}:{}{}", parameter.name.value, parameter.kind.value, default.unwrap_or_default())
        })
        .collect();
    format!(" ({})", shown.join(" "))
}

fn reference(reference: &Reference) -> String {
    format!(" < {}{}", reference.name.value, reference.arguments.as_deref().map(arguments).unwrap_or_default())
}

fn statements(out: &mut String, depth: usize, body: &[Statement]) {
    let indent = "  ".repeat(depth);
    for statement in body {
        lead(out, depth, statement.doc.as_deref(), &statement.allows);
        let _ = match &statement.kind {
            StatementKind::Input { kind, sizes } => {
                writeln!(out, "{indent}(input {} {})", kind.value, list(sizes))
            }
            StatementKind::Output { value } => writeln!(out, "{indent}(output {})", expression(value)),
            StatementKind::Default { mark } => writeln!(out, "{indent}(default {})", expression(mark)),
            StatementKind::Layer(value) => writeln!(out, "{indent}({})", layer(value)),
            StatementKind::Repeat { count, body } => {
                let _ = writeln!(out, "{indent}(repeat {}", expression(count));
                statements(out, depth + 1, body);
                writeln!(out, "{indent})")
            }
            StatementKind::Branches(Branches { container, branches }) => {
                let _ = writeln!(out, "{indent}({}", container.value);
                for branch in branches {
                    match branch.keyword {
                        None => statements(out, depth + 1, &branch.body),
                        Some(_) => {
                            let word = if container.value == "residual" { "shortcut" } else { "branch" };
                            let _ = writeln!(out, "{indent}  ({word}");
                            statements(out, depth + 2, &branch.body);
                            let _ = writeln!(out, "{indent}  )");
                        }
                    }
                }
                writeln!(out, "{indent})")
            }
            StatementKind::Mark { patterns, mark } => {
                let patterns: Vec<String> = patterns.iter().map(pattern).collect();
                writeln!(out, "{indent}(mark [{}] {})", patterns.join(" "), expression(mark))
            }
            StatementKind::Replace { path, layer: value } => writeln!(out, "{indent}(replace {path} {})", layer(value)),
            StatementKind::Insert { position, path, layer: value } => {
                writeln!(out, "{indent}(insert {position:?} {path} {})", layer(value))
            }
        };
    }
}

fn pattern(pattern: &LayerPattern) -> String {
    match pattern {
        LayerPattern::One(path) => path.to_string(),
        LayerPattern::Below { path, .. } => format!("{path}.*"),
        LayerPattern::Range { first, last } => format!("{first}..{last}"),
    }
}

fn layer(layer: &Layer) -> String {
    let mark = layer.mark.as_ref().map(|mark| format!("@{} ", expression(mark))).unwrap_or_default();
    let name = layer.name.as_ref().map(|name| format!("{}: ", name.value)).unwrap_or_default();
    format!("{mark}{name}{}", expression(&layer.operation))
}

fn list(values: &[Expression]) -> String {
    format!("[{}]", values.iter().map(expression).collect::<Vec<_>>().join(" "))
}

fn arguments(arguments: &[Argument]) -> String {
    let shown: Vec<String> = arguments
        .iter()
        .map(|argument| {
            let name = argument.name.as_ref().map(|name| format!("{}=", name.value)).unwrap_or_default();
            name + &expression(&argument.value)
        })
        .collect();
    format!("({})", shown.join(" "))
}

/// One value.
pub fn expression(value: &Expression) -> String {
    match &value.kind {
        ExpressionKind::Number(number) => {
            let unit = number.unit.as_ref().map(|unit| format!("`{}", unit.value)).unwrap_or_default();
            match number.whole {
                Some(whole) => format!("{whole}{unit}"),
                None => format!("{:?}{unit}", number.value),
            }
        }
        ExpressionKind::Text(text) => format!("{text:?}"),
        ExpressionKind::Boolean(value) => format!("#{value}"),
        ExpressionKind::Path(path) => path.to_string(),
        ExpressionKind::Call { function, arguments: values } => function.value.clone() + &arguments(values),
        ExpressionKind::List(values) => list(values),
        ExpressionKind::Binary { left, operator, right } => {
            format!("<{operator:?} {} {}>", expression(left), expression(right))
        }
        ExpressionKind::Negate(value) => format!("-{}", expression(value)),
    }
}
