//! What the server says it can do.

use crate::highlighting;
use crate::positions::Encoding;
use gen_lsp_types as lsp;
use serde_json::{Value, json};

/// The answer to `initialize`.
pub(crate) fn answer(encoding: Encoding) -> Value {
    json!({
        "capabilities": capabilities(encoding),
        "serverInfo": lsp::ServerInfo { name: "elbo".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) },
    })
}

/// Written as the protocol writes them: its types have a variant for every form that a server may choose from.
fn capabilities(encoding: Encoding) -> Value {
    json!({
        "positionEncoding": encoding.kind(),
        "textDocumentSync": { "openClose": true, "change": 1, "save": false },
        "diagnosticProvider": { "interFileDependencies": true, "workspaceDiagnostics": false },
        "documentFormattingProvider": true,
        "documentRangeFormattingProvider": true,
        "documentOnTypeFormattingProvider": { "firstTriggerCharacter": "}", "moreTriggerCharacter": ["\n"] },
        "documentSymbolProvider": true,
        "hoverProvider": true,
        "completionProvider": { "triggerCharacters": [".", "(", ",", "=", ":", "\"", "@"] },
        "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
        "definitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "renameProvider": { "prepareProvider": true },
        "workspaceSymbolProvider": true,
        "codeActionProvider": { "codeActionKinds": ["quickfix", "source.fixAll", "refactor.rewrite", "refactor.extract"] },
        "inlayHintProvider": true,
        "semanticTokensProvider": {
            "legend": { "tokenTypes": highlighting::TYPES, "tokenModifiers": highlighting::MODIFIERS },
            "full": true,
            "range": true,
        },
        "codeLensProvider": { "resolveProvider": true },
        "foldingRangeProvider": true,
        "selectionRangeProvider": true,
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
    })
}
