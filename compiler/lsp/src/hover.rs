//! What is said of the word at a place.

use crate::context::{Context, Place, Slot};
use crate::document::Document;
use crate::facts::{self, Facts};
use elbo_compiler::Compilation;
use elbo_compiler::analysis::{Ledger, count};
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::explain::{figure, mark_origins};
use elbo_compiler::ir::{grouped, mark_text, operation_text};
use elbo_compiler::resolution::{Names, Occurrence, Symbol};
use elbo_compiler::vocabulary::{self, Parameter, Signature};
use elbo_grammar::ast::{Declaration, DeclarationKind};
use elbo_grammar::{Span, reserved};
use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind};

/// How many layers that come from one place are listed.
const MOST_INSTANCES: usize = 8;

/// What is said of the word at an offset.
pub(crate) fn at(document: &Document<'_>, offset: usize) -> Option<Hover> {
    let context = Context::at(document.text(), offset);
    if context.inert || context.word.start == context.word.end {
        return None;
    }
    let names = document.syntax.names();
    let occurrences = document.syntax.occurrences();
    let own = |occurrence: &&Occurrence| {
        occurrence.source == SourceId(0) && occurrence.span.start <= offset && offset <= occurrence.span.end
    };
    let said = match occurrences.iter().find(own) {
        Some(occurrence) => of_symbol(document, &names, occurrences, occurrence),
        None => of_word(&context, &names, document.text()),
    }?;
    let range = Some(document.lines().range(context.word));
    Some(Hover { contents: Contents::MarkupContent(markdown(said)), range })
}

/// A text in Markdown.
pub(crate) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

/// A word of the language.
fn of_word(context: &Context<'_>, names: &Names<'_>, text: &str) -> Option<String> {
    let word = context.word.text(text);
    let slot = Slot::of(context, names);
    if context.next == "=" {
        if let Some((signature, _)) = &slot.call {
            return signature.parameter(word).map(|parameter| parameter_text(parameter, Some(signature.name)));
        }
        if let Place::Key(kind) = slot.place {
            let key = vocabulary::keys(kind).iter().find(|key| key.name == word);
            return key.map(|key| parameter_text(key, None));
        }
    }
    if let Place::Key(kind) = slot.place
        && let Some(key) = vocabulary::keys(kind).iter().find(|key| key.name == word)
    {
        return Some(parameter_text(key, None));
    }
    // A figure's name is two words with a dot between them.
    let value = slot.values.iter().find(|value| value.name == word || value.name.split('.').any(|part| part == word));
    if let Some(value) = value {
        return Some(signature_text(value));
    }
    if slot.place == Place::Warning {
        let code = Code::ALL.iter().find(|code| code.identifier() == word)?;
        return Some(format!("`{word}`: {}", code.title()));
    }
    if context.next == "{"
        && let Some(container) = vocabulary::CONTAINERS.iter().find(|container| container.name == word)
    {
        return Some(container.documentation.to_owned());
    }
    reserved::meaning(word).map(str::to_owned)
}

/// A function with its parameters.
pub(crate) fn signature_text(signature: &Signature) -> String {
    let mut said = format!("```elbo\n{}\n```\n{}", signature_label(signature).0, signature.documentation);
    for parameter in signature.parameters {
        said.push_str(&format!("\n- `{}`: {}", parameter.name, sentence(parameter)));
    }
    said
}

/// `conv2d(width, kernel, stride=1, …)`, and where each parameter stands in it.
pub(crate) fn signature_label(signature: &Signature) -> (String, Vec<Span>) {
    let mut label = signature.name.to_owned();
    let mut spans = Vec::new();
    if !signature.parameters.is_empty() {
        label.push('(');
        for (position, parameter) in signature.parameters.iter().enumerate() {
            if position > 0 {
                label.push_str(", ");
            }
            let start = label.len();
            label.push_str(parameter.name);
            if let Some(default) = parameter.default {
                label.push_str(&format!("={default}"));
            } else if position >= signature.required {
                label.push_str("=…");
            }
            spans.push(Span::new(start, label.len()));
        }
        label.push(')');
    }
    (label, spans)
}

/// A key or parameter with its values.
fn parameter_text(parameter: &Parameter, function: Option<&str>) -> String {
    let of = function.map(|function| format!("  # of {function}")).unwrap_or_default();
    let mut said = format!("```elbo\n{} = …{of}\n```\n{}", parameter.name, sentence(parameter));
    if !parameter.values.is_empty() {
        let values: Vec<String> = parameter.values.iter().map(|value| format!("`{}`", value.name)).collect();
        said.push_str(&format!("\n\nValues: {}", values.join(", ")));
    }
    said
}

/// What a parameter means, and its default.
pub(crate) fn sentence(parameter: &Parameter) -> String {
    let default = parameter.default.map(|default| format!(" Default: `{default}`.")).unwrap_or_default();
    format!("{}{default}", parameter.documentation)
}

fn of_symbol(
    document: &Document<'_>,
    names: &Names<'_>,
    occurrences: &[Occurrence],
    occurrence: &Occurrence,
) -> Option<String> {
    let compilation = document.compilation();
    match &occurrence.symbol {
        Symbol::Declaration(name) => {
            let (source, declaration) = names.declaration(name)?;
            let text = &document.syntax.sources.get(source).text;
            let mut said = format!("```elbo\n{}\n```", head(text, declaration));
            if let Some(doc) = &declaration.doc {
                said.push_str(&format!("\n{}", doc.trim()));
            }
            if let Some(facts) = of_network(&compilation, name) {
                said.push_str(&format!("\n\n{facts}"));
            }
            Some(said)
        }
        Symbol::Parameter { owner, name } => {
            let (owner, parameter) = names.parameter(owner, name)?;
            let (source, _) = names.declaration(owner)?;
            let written = parameter.span.text(&document.syntax.sources.get(source).text);
            Some(format!("```elbo\n{written}\n```\nA parameter of `{owner}`."))
        }
        Symbol::Layer { owner, name } => {
            let defined = occurrences.iter().find(|other| other.defines && other.symbol == occurrence.symbol)?;
            let (_, layer) = names.layer(owner, name)?;
            let text = &document.syntax.sources.get(defined.source).text;
            let mut said = format!("```elbo\n{}\n```", layer.span.text(text));
            let viewed = Context::at(document.text(), occurrence.span.start).network().unwrap_or(owner);
            said.push_str(&of_layers(&compilation, defined.source, layer.span, viewed, name));
            Some(said)
        }
    }
}

/// A declaration without its body.
fn head<'t>(text: &'t str, declaration: &Declaration) -> &'t str {
    let written = declaration.span.text(text);
    match declaration.kind {
        DeclarationKind::Prior(_) | DeclarationKind::Posterior(_) => written,
        _ => written.split('{').next().unwrap_or(written).trim_end(),
    }
}

/// Counts of a model or run.
fn of_network(compilation: &Compilation, name: &str) -> Option<String> {
    let run = compilation.runs.iter().find(|run| run.name == name);
    let model = compilation.models.iter().find(|model| model.name == name);
    let network = run.map(|run| &run.run.network).or(model.map(|model| &model.network))?;
    let counts = count(network);
    let mut said = format!(
        "{} layers, {} parameters, {} multiply-accumulates per example; {} → {}",
        network.layers.len(),
        grouped(counts.parameters),
        grouped(counts.multiply_accumulates),
        network.input,
        network.layers.last().map_or(network.input, |layer| layer.output),
    );
    let ledger = Ledger::of(network);
    if !ledger.entries.is_empty()
        && let Some(kl) = ledger.entries.iter().map(|entry| entry.kl.map(|kl| kl.mean)).sum::<Option<f64>>()
    {
        said.push_str(&format!("; KL as training starts {} nats", figure(kl)));
    }
    Some(said)
}

/// Shapes, counts and marks of the layers that come from a place.
fn of_layers(compilation: &Compilation, source: SourceId, span: Span, viewed: &str, name: &str) -> String {
    let mut facts = Facts::of(compilation).at(source, span, Some(viewed));
    if facts.is_empty() {
        // An instance of a block: what is below it is written elsewhere.
        let below = facts::networks(compilation).into_iter().find(|(model, ..)| *model == viewed);
        let Some((_, network, _)) = below else { return String::new() };
        let prefix = format!("{name}.");
        let inside: Vec<_> = network.layers.iter().filter(|layer| layer.name.starts_with(&prefix)).collect();
        let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return String::new() };
        let parameters: usize = inside.iter().map(|layer| facts::parameters(layer)).sum();
        return format!("\n{} → {}, {} parameters", first.input, last.output, grouped(parameters));
    }
    let others = facts.len().saturating_sub(MOST_INSTANCES);
    facts.truncate(MOST_INSTANCES);
    let mut said = String::new();
    for fact in &facts {
        let layer = fact.layer;
        let parameters = facts::parameters(layer);
        said.push_str(&format!(
            "\n\n`{}` of `{}`: {}\n- {} → {}",
            layer.name,
            fact.model,
            operation_text(&layer.operation, layer.input),
            layer.input,
            layer.output
        ));
        if parameters > 0 {
            let multiplications = grouped(facts::multiplications(layer));
            said.push_str(&format!("\n- {} parameters, {multiplications} multiply-accumulates", grouped(parameters)));
        }
        if let Some(mark) = &layer.mark {
            let origin = mark_origins([fact.origin], &compilation.sources).concat();
            said.push_str(&format!("\n- `{}` ({origin})", mark_text(mark)));
            let networks = facts::networks(compilation);
            let network = networks.into_iter().find(|(model, ..)| *model == fact.model).map(|(_, network, _)| network);
            if let Some(kl) = network.and_then(|network| facts::divergence(&Ledger::of(network), layer)) {
                said.push_str(&format!("\n- KL as training starts: {} nats", figure(kl)));
            }
        }
    }
    if others > 0 {
        said.push_str(&format!("\n\nand {others} more"));
    }
    said
}
