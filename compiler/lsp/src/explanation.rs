//! What `elbo explain` says of a model or run, for an editor that shows it beside the file.

use crate::document::Document;
use crate::refusal::Refusal;
use elbo_compiler::codes::Code;
use elbo_compiler::explain::{Subject, text};
use gen_lsp_types::TextDocumentIdentifier;
use lsp_server::ErrorCode;
use serde::Deserialize;

/// The parameters of `elbo/explain`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The file.
    pub text_document: TextDocumentIdentifier,
    /// The model or run; an empty name is the first run, else the first model.
    pub name: String,
}

/// The parameters of `elbo/page`.
#[derive(Debug, Deserialize)]
pub(crate) struct AskedPage {
    /// The code of a diagnostic, such as `E0302`.
    pub code: String,
}

/// The page of a code, in Markdown.
///
/// # Errors
/// If there is no such code.
pub(crate) fn page(code: &str) -> Result<String, Refusal> {
    let known = Code::ALL.iter().find(|known| known.identifier() == code);
    known
        .map(|known| known.page().to_owned())
        .ok_or_else(|| Refusal::new(ErrorCode::RequestFailed, format!("there is no code `{code}`")))
}

/// The words on a model or run.
///
/// # Errors
/// If there is none of this name without errors.
pub(crate) fn of(document: &Document<'_>, name: &str) -> Result<String, Refusal> {
    let compilation = document.compilation();
    let named = |candidate: &str| name.is_empty() || candidate == name;
    let run = compilation.runs.iter().find(|run| named(&run.name));
    let model = compilation.models.iter().find(|model| named(&model.name));
    let subject = run.map(|run| Subject::run(run, &compilation.sources));
    let subject = subject.or_else(|| model.map(|model| Subject::model(model, &compilation.sources)));
    let missing =
        || Refusal::new(ErrorCode::RequestFailed, format!("there is no model or run `{name}` without errors"));
    subject.map(|subject| text(&subject, &[])).ok_or_else(missing)
}
