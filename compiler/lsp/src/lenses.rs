//! Code lenses: the size of a model, what a run costs, and running it.
//!
//! What a run costs takes a while to say, so an editor asks for it once the lens is in sight. The commands are the editor's to
//! carry out: `elbo.explain` and `elbo.run`, each with the file's URI and a name.

use crate::document::Document;
use crate::refusal::Refusal;
use crate::workspace::Workspace;
use elbo_compiler::analysis::count;
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::ir::grouped;
use elbo_compiler::{Compilation, CompiledModel, CompiledRun};
use elbo_grammar::ast::{DeclarationKind, SettingsKind};
use gen_lsp_types::{CodeLens, Command, Uri};
use lsp_server::ErrorCode;
use serde::{Deserialize, Serialize};

/// What a lens is about whose title is not yet said.
#[derive(Debug, Serialize, Deserialize)]
struct Subject {
    uri: Uri,
    name: String,
}

/// The lenses of a file.
pub(crate) fn of(document: &Document<'_>) -> Vec<CodeLens> {
    let compilation = document.compilation();
    let lines = document.lines();
    let Some(uri) = document.workspace.uri(&document.path) else { return Vec::new() };
    let mut lenses = Vec::new();
    for declaration in &document.tree().declarations {
        let Some((_, name, _)) = crate::outline::declared(declaration) else { continue };
        let (range, subject) = (lines.range(name.span), Subject { uri: uri.clone(), name: name.value.clone() });
        let run = |title: String| CodeLens { range, command: Some(command(title, "elbo.run", &subject)), data: None };
        let unsaid = || CodeLens { range, command: None, data: serde_json::to_value(&subject).ok().and_then(value) };
        match &declaration.kind {
            DeclarationKind::Model(_) if model(&compilation, &name.value).is_some() => lenses.push(unsaid()),
            DeclarationKind::Settings(settings)
                if settings.kind == SettingsKind::Run && own_run(&compilation, &name.value).is_some() =>
            {
                lenses.extend([unsaid(), run("run".to_owned())]);
            }
            DeclarationKind::Settings(settings) if settings.kind == SettingsKind::Sweep => {
                let sweep = compilation.sweeps.iter().find(|sweep| sweep.name == name.value);
                lenses.extend(sweep.map(|sweep| run(format!("run {} members", sweep.members.len()))));
            }
            _ => {}
        }
    }
    lenses
}

/// A lens with its title.
///
/// # Errors
/// If it is not one of this server's.
pub(crate) fn resolve(workspace: &Workspace, lens: CodeLens) -> Result<CodeLens, Refusal> {
    let data = lens.data.clone().and_then(|data| serde_json::to_value(data).ok());
    let Some(subject) = data.and_then(|data| serde_json::from_value::<Subject>(data).ok()) else {
        return Err(Refusal::new(ErrorCode::InvalidParams, "this lens is of another server"));
    };
    let document = Document::open(workspace, &subject.uri)?;
    let compilation = document.compilation();
    let title = if let Some(run) = own_run(&compilation, &subject.name) {
        let parameters = grouped(count(&run.run.network).parameters);
        let cost = workspace.host.cost(&run.run).map(|cost| format!(" · {cost}")).unwrap_or_default();
        format!("{parameters} parameters{cost}")
    } else if let Some(model) = model(&compilation, &subject.name) {
        let counts = count(&model.network);
        let operations = grouped(counts.multiply_accumulates);
        format!("{} parameters · {operations} multiply-accumulates", grouped(counts.parameters))
    } else {
        // The text has changed since the lens was made.
        "…".to_owned()
    };
    Ok(CodeLens { command: Some(command(title, "elbo.explain", &subject)), ..lens })
}

fn command(title: String, command: &str, subject: &Subject) -> Command {
    let arguments = [subject.uri.to_string(), subject.name.clone()].into_iter();
    let arguments = arguments.filter_map(|argument| value(argument.into())).collect();
    Command { title, tooltip: None, command: command.to_owned(), arguments: Some(arguments) }
}

fn value(value: serde_json::Value) -> Option<gen_lsp_types::LspAny> {
    serde_json::from_value(value).ok()
}

fn own_run<'c>(compilation: &'c Compilation, name: &str) -> Option<&'c CompiledRun> {
    compilation.runs.iter().find(|run| run.source == SourceId(0) && run.name == name)
}

fn model<'c>(compilation: &'c Compilation, name: &str) -> Option<&'c CompiledModel> {
    compilation.models.iter().find(|model| model.name == name)
}
