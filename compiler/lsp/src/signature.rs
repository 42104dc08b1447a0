//! Signature help: the parameters of the call that is being written.

use crate::context::{Context, Slot};
use crate::document::Document;
use crate::hover::{markdown, sentence, signature_label};
use elbo_grammar::Span;
use gen_lsp_types as lsp;
use gen_lsp_types::{SignatureHelp, SignatureInformation};

/// The parameters of the call around an offset.
pub(crate) fn at(document: &Document<'_>, offset: usize) -> Option<SignatureHelp> {
    let context = Context::at(document.text(), offset);
    let names = document.syntax.names();
    let slot = Slot::of(&context, &names);
    let (label, spans, documentation, parameters, open, positional) = if let Some((signature, open)) = slot.call {
        let (label, spans) = signature_label(signature);
        let parameters: Vec<(String, String)> =
            signature.parameters.iter().map(|parameter| (parameter.name.to_owned(), sentence(parameter))).collect();
        (label, spans, signature.documentation.to_owned(), parameters, open, signature.positional)
    } else {
        let open = slot.own_call?;
        let (_, declaration) = names.declaration(open.function)?;
        let mut label = format!("{}(", open.function);
        let (mut spans, mut parameters) = (Vec::new(), Vec::new());
        for (position, parameter) in names.parameters(open.function).into_iter().enumerate() {
            if position > 0 {
                label.push_str(", ");
            }
            let start = label.len();
            label.push_str(&format!("{}: {}", parameter.name.value, parameter.kind.value));
            spans.push(Span::new(start, label.len()));
            parameters.push((parameter.name.value.clone(), String::new()));
        }
        label.push(')');
        let positional = parameters.len();
        (label, spans, declaration.doc.clone().unwrap_or_default(), parameters, open, positional)
    };
    let active = match open.name {
        Some(name) => parameters.iter().position(|(parameter, _)| parameter == name),
        None => Some(open.argument).filter(|argument| *argument < positional),
    };
    let units = |offset: usize| label[..offset].encode_utf16().count() as u32;
    let parameters = parameters.into_iter().zip(&spans).map(|((_, said), span)| lsp::ParameterInformation {
        label: lsp::ParameterInformationLabel::Tuple((units(span.start), units(span.end))),
        documentation: (!said.is_empty()).then(|| lsp::Documentation::MarkupContent(markdown(said))),
    });
    let information = SignatureInformation {
        parameters: Some(parameters.collect()),
        documentation: (!documentation.is_empty()).then(|| lsp::Documentation::MarkupContent(markdown(documentation))),
        label,
        active_parameter: None,
    };
    let active_parameter = active.map(|active| lsp::ActiveParameter::from(active as u32));
    Some(SignatureHelp { signatures: vec![information], active_signature: Some(0), active_parameter })
}
