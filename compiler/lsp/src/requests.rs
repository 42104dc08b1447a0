//! Which function answers which request.

use crate::document::Document;
use crate::refusal::Refusal;
use crate::workspace::Workspace;
use crate::{
    actions, completion, diagnostics, explanation, folding, highlighting, hints, hover, layout, lenses, navigation,
    outline, selection, signature,
};
use gen_lsp_types as lsp;
use lsp_server::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;

pub(crate) type Answer = Result<Value, Refusal>;

/// Answers a request.
pub(crate) fn answer(workspace: &Workspace, method: &str, parameters: Value) -> Answer {
    match method {
        "textDocument/diagnostic" => {
            let asked: lsp::DocumentDiagnosticParams = read(parameters)?;
            pulled(workspace, &Document::open(workspace, &asked.text_document.uri)?.path)
        }
        "textDocument/formatting" => {
            let asked: lsp::DocumentFormattingParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            value(layout::edits(document.text(), &document.lines(), None))
        }
        "textDocument/rangeFormatting" => {
            let asked: lsp::DocumentRangeFormattingParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            let within = document.span(asked.range)?;
            value(layout::edits(document.text(), &document.lines(), Some(within)))
        }
        "textDocument/onTypeFormatting" => {
            let asked: lsp::DocumentOnTypeFormattingParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            let offset = document.offset(asked.position)?;
            let within = layout::just_typed(document.text(), document.tree(), offset, &asked.ch);
            value(layout::edits(document.text(), &document.lines(), Some(within)))
        }
        "textDocument/documentSymbol" => {
            let asked: lsp::DocumentSymbolParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            value(outline::symbols(document.text(), document.tree(), &document.lines()))
        }
        "textDocument/foldingRange" => {
            let asked: lsp::FoldingRangeParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            value(folding::ranges(document.text(), document.tree(), &document.lines()))
        }
        "textDocument/selectionRange" => {
            let asked: lsp::SelectionRangeParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            let lines = document.lines();
            let ranges = asked.positions.iter().map(|position| {
                let offset = document.offset(*position)?;
                Ok(selection::around(document.text(), document.tree(), &lines, offset))
            });
            value(ranges.collect::<Result<Vec<_>, Refusal>>()?)
        }
        "textDocument/hover" => {
            let asked: lsp::HoverParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(hover::at(&document, offset))
        }
        "textDocument/completion" => {
            let asked: lsp::CompletionParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(completion::at(&document, offset))
        }
        "textDocument/signatureHelp" => {
            let asked: lsp::SignatureHelpParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(signature::at(&document, offset))
        }
        "textDocument/definition" => {
            let asked: lsp::DefinitionParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(navigation::definition(&document, offset))
        }
        "textDocument/references" => {
            let asked: lsp::ReferenceParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(navigation::references(&document, offset, asked.context.include_declaration))
        }
        "textDocument/documentHighlight" => {
            let asked: lsp::DocumentHighlightParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(navigation::highlights(&document, offset))
        }
        "textDocument/prepareRename" => {
            let asked: lsp::PrepareRenameParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(navigation::renamed_word(&document, offset))
        }
        "textDocument/rename" => {
            let asked: lsp::RenameParams = read(parameters)?;
            let (document, offset) = placed(workspace, &asked.text_document_position_params)?;
            value(navigation::rename(&document, offset, &asked.new_name)?)
        }
        "workspace/symbol" => {
            let asked: lsp::WorkspaceSymbolParams = read(parameters)?;
            value(navigation::workspace_symbols(workspace, &asked.query))
        }
        "textDocument/codeAction" => {
            let asked: lsp::CodeActionParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            let mut actions = actions::at(&document, document.span(asked.range)?);
            if let Some(only) = &asked.context.only {
                // `refactor` asks for `refactor.extract`, too.
                let wanted =
                    |kind: &lsp::CodeActionKind| only.iter().any(|only| is_below(&kind.to_string(), &only.to_string()));
                actions.retain(|action| action.kind.as_ref().is_some_and(wanted));
            }
            value(actions)
        }
        "textDocument/inlayHint" => {
            let asked: lsp::InlayHintParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            value(hints::within(&document, document.span(asked.range)?))
        }
        "textDocument/semanticTokens/full" => {
            let asked: lsp::SemanticTokensParams = read(parameters)?;
            value(highlighting::of(&Document::open(workspace, &asked.text_document.uri)?, None))
        }
        "textDocument/semanticTokens/range" => {
            let asked: lsp::SemanticTokensRangeParams = read(parameters)?;
            let document = Document::open(workspace, &asked.text_document.uri)?;
            let within = document.span(asked.range)?;
            value(highlighting::of(&document, Some(within)))
        }
        "textDocument/codeLens" => {
            let asked: lsp::CodeLensParams = read(parameters)?;
            value(lenses::of(&Document::open(workspace, &asked.text_document.uri)?))
        }
        "codeLens/resolve" => value(lenses::resolve(workspace, read(parameters)?)?),
        "elbo/page" => {
            let asked: explanation::AskedPage = read(parameters)?;
            explanation::page(&asked.code).map(Value::String)
        }
        "elbo/explain" => {
            let asked: explanation::Asked = read(parameters)?;
            explanation::of(&Document::open(workspace, &asked.text_document.uri)?, &asked.name).map(Value::String)
        }
        _ => Err(Refusal::new(ErrorCode::MethodNotFound, format!("there is no method `{method}`"))),
    }
}

/// Whether a kind of action is another or of it.
fn is_below(kind: &str, above: &str) -> bool {
    kind.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The file and the place in it that a request is about.
fn placed<'w>(
    workspace: &'w Workspace,
    asked: &lsp::TextDocumentPositionParams,
) -> Result<(Document<'w>, usize), Refusal> {
    let document = Document::open(workspace, &asked.text_document.uri)?;
    let offset = document.offset(asked.position)?;
    Ok((document, offset))
}

/// Reads parameters.
pub(crate) fn read<T: DeserializeOwned>(parameters: Value) -> Result<T, Refusal> {
    serde_json::from_value(parameters).map_err(|error| Refusal::new(ErrorCode::InvalidParams, error.to_string()))
}

/// Writes a result.
fn value(result: impl serde::Serialize) -> Answer {
    serde_json::to_value(result).map_err(|error| Refusal::new(ErrorCode::InternalError, error.to_string()))
}

/// The findings in a file, with those in files it uses beside them.
fn pulled(workspace: &Workspace, path: &Path) -> Answer {
    let mut by_file = diagnostics::of_file(workspace, path);
    let own = by_file.remove(path).unwrap_or_default();
    // What is open is asked for by itself.
    let others = by_file.into_iter().filter(|(path, _)| !workspace.buffers.contains_key(path));
    let others = others.filter_map(|(path, items)| Some((workspace.uri(&path)?, items)));
    let related: serde_json::Map<String, Value> =
        others.map(|(uri, items)| (uri.to_string(), json!({ "kind": "full", "items": items }))).collect();
    Ok(json!({ "kind": "full", "items": own, "relatedDocuments": related }))
}
