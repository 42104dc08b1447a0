//! Code lenses: the size of a model, what a run costs, and running it.

use crate::document::Document;
use elbo_compiler::analysis::count;
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::ir::grouped;
use elbo_grammar::ast::{DeclarationKind, SettingsKind};
use gen_lsp_types::{CodeLens, Command};

/// The lenses of a file. Their commands are the editor's: `elbo.explain` and `elbo.run`, each with the file's URI and a name.
pub(crate) fn of(document: &Document<'_>) -> Vec<CodeLens> {
    let compilation = document.compilation();
    let lines = document.lines();
    let mut lenses = Vec::new();
    for declaration in &document.tree().declarations {
        let Some((_, name, _)) = crate::outline::declared(declaration) else { continue };
        let mut add = |title: String, command: &str| {
            let uri = document.workspace.uri(&document.path).map(|uri| uri.to_string());
            lenses.push(CodeLens {
                range: lines.range(name.span),
                command: Some(Command {
                    title,
                    tooltip: None,
                    command: command.to_owned(),
                    arguments: Some(vec![uri.unwrap_or_default().into(), name.value.clone().into()]),
                }),
                data: None,
            });
        };
        match &declaration.kind {
            DeclarationKind::Model(_) => {
                if let Some(model) = compilation.models.iter().find(|model| model.name == name.value) {
                    let counts = count(&model.network);
                    let parameters = grouped(counts.parameters);
                    let operations = grouped(counts.multiply_accumulates);
                    add(format!("{parameters} parameters · {operations} multiply-accumulates"), "elbo.explain");
                }
            }
            DeclarationKind::Settings(settings) if settings.kind == SettingsKind::Run => {
                let own = |run: &&elbo_compiler::CompiledRun| run.source == SourceId(0) && run.name == name.value;
                let Some(run) = compilation.runs.iter().find(own) else { continue };
                let parameters = grouped(count(&run.run.network).parameters);
                let cost = document.workspace.host.cost(&run.run).map(|cost| format!(" · {cost}")).unwrap_or_default();
                add(format!("{parameters} parameters{cost}"), "elbo.explain");
                add("run".to_owned(), "elbo.run");
            }
            DeclarationKind::Settings(settings) if settings.kind == SettingsKind::Sweep => {
                let Some(sweep) = compilation.sweeps.iter().find(|sweep| sweep.name == name.value) else { continue };
                add(format!("run {} members", sweep.members.len()), "elbo.run");
            }
            _ => {}
        }
    }
    lenses
}
