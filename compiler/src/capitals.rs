//! Names with capital letters, and the lower-case names they can only be.
//!
//! The parser, which reads one file alone, proposes the name in lower case; whether anything is called so is known here.

use crate::check::vocabulary;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Edit, Label};
use crate::sources::{Parsed, SourceMap};
use crate::suggest;
use crate::vocabulary::{Parameter, Signature};
use elbo_grammar::ast::{
    Block, Branches, Declaration, DeclarationKind, Definition, File, Model, Settings, SettingsKind, Statement,
    StatementKind,
};
use std::collections::BTreeSet;

/// Leaves the edits of diagnostics about names with capital letters only where they lead to what is meant: a name that is
/// declared in the same wrong spelling, and so is put right with it, or the one word of the language that differs in case
/// and `_` alone.
pub(crate) fn settle(diagnostics: &mut [Diagnostic], sources: &SourceMap, files: &[Parsed]) {
    let in_question = |diagnostic: &Diagnostic| diagnostic.code == Code::BadCharacter && diagnostic.edits.len() <= 1;
    if !diagnostics.iter().any(in_question) {
        return;
    }
    let mut declared: BTreeSet<&str> = BTreeSet::new();
    for parsed in files {
        names_of(&parsed.0, &mut declared);
    }
    let files_of_weights = sources.iter().any(|(_, source)| source.text.contains("weights("));
    let words: BTreeSet<&str> = words();
    // Names of one's own are asked for, and never written: another may be meant, or one still to be declared.
    let mut known = words.clone();
    known.extend(declared.iter().copied().filter(|name| !name.contains(|c: char| c.is_ascii_uppercase())));
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| in_question(diagnostic)) {
        // A word from elsewhere, of which more is known than its spelling, comes without an edit.
        let Some(edit) = diagnostic.edits.first_mut() else {
            let Some(Label { source, span, .. }) = diagnostic.labels.first() else { continue };
            let (source, span) = (*source, *span);
            let written = sources.get(source).text.get(span.start..span.end).unwrap_or_default();
            if is_name(written)
                && !declared.contains(written)
                && let Some(name) = suggest::certain(written, known.iter().copied()).filter(|name| words.contains(name))
            {
                diagnostic.edits.push(Edit { source, span, text: name.to_owned() });
            }
            continue;
        };
        let written = sources.get(edit.source).text.get(edit.span.start..edit.span.end).unwrap_or_default();
        // Other characters that look alike are put right by an edit as well.
        if !is_name(written) {
            continue;
        }
        if declared.contains(written) {
            // A file of weights is looked up by the names of layers: another spelling is another tensor.
            if files_of_weights {
                diagnostic.edits.clear();
            }
            continue;
        }
        match suggest::certain(written, known.iter().copied()).filter(|name| words.contains(name)) {
            // What is known of a word from elsewhere says more than its spelling.
            Some(name) if edit.text == name => {
                // But where that is about another word, the help would be of one edit and the fix another.
                let of_it =
                    |help: &String| help.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
                if diagnostic.help.as_ref().is_some_and(|help| !of_it(help)) {
                    diagnostic.help = Some(format!("write `{name}`"));
                }
            }
            Some(name) => {
                diagnostic.help = Some(format!("write `{name}`"));
                edit.text = name.to_owned();
            }
            None => {
                diagnostic.help = suggest::question(&written.to_ascii_lowercase(), known.iter().copied());
                diagnostic.edits.clear();
            }
        }
    }
}

/// Whether a text has only characters that names of other languages have.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Every word of the language that may stand where a name may.
fn words() -> BTreeSet<&'static str> {
    let mut words: BTreeSet<&str> = elbo_grammar::reserved::RESERVED.into_iter().collect();
    let tables = [
        vocabulary::LAYERS,
        vocabulary::MARKS,
        vocabulary::PRIORS,
        vocabulary::POSTERIORS,
        vocabulary::INPUTS,
        vocabulary::OUTPUTS,
        vocabulary::METRICS,
    ];
    tables.into_iter().flatten().for_each(|signature| add(signature, &mut words));
    words.extend(vocabulary::TYPES);
    use SettingsKind::{Dataset, Report, Run, Sweep, Train};
    for kind in [Dataset, Train, Report, Run, Sweep] {
        vocabulary::keys(kind).iter().for_each(|key| add_parameter(key, &mut words));
    }
    words
}

fn add(signature: &'static Signature, words: &mut BTreeSet<&'static str>) {
    words.insert(signature.name);
    signature.parameters.iter().for_each(|parameter| add_parameter(parameter, words));
}

fn add_parameter(parameter: &'static Parameter, words: &mut BTreeSet<&'static str>) {
    words.insert(parameter.name);
    parameter.values.iter().for_each(|value| add(value, words));
}

/// The names that a file gives: of declarations, parameters and layers.
fn names_of<'f>(file: &'f File, names: &mut BTreeSet<&'f str>) {
    for Declaration { kind, .. } in &file.declarations {
        let (parameters, body) = match kind {
            DeclarationKind::Prior(Definition { name, .. })
            | DeclarationKind::Posterior(Definition { name, .. })
            | DeclarationKind::Settings(Settings { name, .. }) => {
                names.insert(&name.value);
                continue;
            }
            DeclarationKind::Block(Block { name, parameters, body })
            | DeclarationKind::Model(Model { name, parameters, body, .. }) => {
                names.insert(&name.value);
                (parameters, body)
            }
            DeclarationKind::Use { .. } | DeclarationKind::Claim { .. } => continue,
        };
        names.extend(parameters.iter().flatten().map(|parameter| parameter.name.value.as_str()));
        layers_of(body, names);
    }
}

fn layers_of<'f>(body: &'f [Statement], names: &mut BTreeSet<&'f str>) {
    for statement in body {
        match &statement.kind {
            StatementKind::Layer(layer)
            | StatementKind::Replace { layer, .. }
            | StatementKind::Insert { layer, .. } => {
                names.extend(layer.name.as_ref().map(|name| name.value.as_str()));
            }
            StatementKind::Repeat { body, .. } => layers_of(body, names),
            StatementKind::Branches(Branches { branches, .. }) => {
                branches.iter().for_each(|branch| layers_of(&branch.body, names));
            }
            StatementKind::Input { .. }
            | StatementKind::Output { .. }
            | StatementKind::Default { .. }
            | StatementKind::Mark { .. } => {}
        }
    }
}
