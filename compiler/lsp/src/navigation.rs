//! From a name to its declaration, to every place where it stands, and to another name.

use crate::document::Document;
use crate::refusal::Refusal;
use crate::workspace::{Syntax, Workspace};
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::resolution::{Occurrence, Symbol};
use elbo_grammar::ast::DeclarationKind;
use elbo_grammar::{Span, reserved};
use gen_lsp_types as lsp;
use gen_lsp_types::{Location, TextEdit, Uri};
use lsp_server::ErrorCode;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// A range of a file.
type Spot = (PathBuf, Span);

/// Where what stands at an offset is declared; for a `use` the file.
pub(crate) fn definition(document: &Document<'_>, offset: usize) -> Option<Location> {
    for declaration in &document.tree().declarations {
        if let DeclarationKind::Use { path } = &declaration.kind
            && path.span.start <= offset
            && offset <= path.span.end
        {
            let used = document.workspace.used(&document.path, &path.value)?;
            let start = lsp::Position { line: 0, character: 0 };
            return Some(Location { uri: document.workspace.uri(&used)?, range: lsp::Range { start, end: start } });
        }
    }
    let occurrences = document.syntax.occurrences();
    let symbol = &under(occurrences, offset)?.symbol;
    let defined = occurrences.iter().find(|other| other.defines && other.symbol == *symbol)?;
    document.workspace.location(&document.syntax.sources, defined.source, defined.span)
}

/// Every place where what stands at an offset is named, in every file of the project.
pub(crate) fn references(document: &Document<'_>, offset: usize, with_declaration: bool) -> Vec<Location> {
    let Some((symbol, spots)) = project_spots(document, offset) else { return Vec::new() };
    let _ = symbol;
    let spots = spots.into_iter().filter(|(_, defines)| with_declaration || !defines);
    spots.filter_map(|((path, span), _)| location(document.workspace, &path, span)).collect()
}

/// The places in this file where what stands at an offset is named.
pub(crate) fn highlights(document: &Document<'_>, offset: usize) -> Vec<lsp::DocumentHighlight> {
    let occurrences = document.syntax.occurrences();
    let Some(symbol) = under(occurrences, offset).map(|occurrence| occurrence.symbol.clone()) else {
        return Vec::new();
    };
    let lines = document.lines();
    let same = occurrences.iter().filter(|other| other.source == SourceId(0) && other.symbol == symbol);
    same.map(|other| lsp::DocumentHighlight {
        range: lines.range(other.span),
        kind: Some(if other.defines { lsp::DocumentHighlightKind::Write } else { lsp::DocumentHighlightKind::Read }),
    })
    .collect()
}

/// The name at an offset, if it can be renamed.
pub(crate) fn renamed_word(document: &Document<'_>, offset: usize) -> Option<lsp::Range> {
    let occurrences = document.syntax.occurrences();
    under(occurrences, offset).map(|occurrence| document.lines().range(occurrence.span))
}

/// The edits that give what stands at an offset another name, in every file of the project.
///
/// # Errors
/// If nothing that could be renamed stands there, or the name cannot be given.
pub(crate) fn rename(document: &Document<'_>, offset: usize, name: &str) -> Result<lsp::WorkspaceEdit, Refusal> {
    let refused = |message: String| Err(Refusal::new(ErrorCode::RequestFailed, message));
    let (plain, number) = match name.strip_suffix(']').and_then(|numbered| numbered.split_once('[')) {
        Some((plain, number)) => (plain, Some(number)),
        None => (name, None),
    };
    if !is_name(plain) || number.is_some_and(|number| !is_index(number)) {
        return refused(format!("`{name}` is no name: names are `[a-z_][a-z0-9_]*`"));
    }
    if let Some(why) = reserved::why_reserved(plain) {
        return refused(format!("`{plain}` is reserved: {why}"));
    }
    let Some((symbol, spots)) = project_spots(document, offset) else {
        return refused("nothing that could be renamed stands here".to_owned());
    };
    let names = document.syntax.names();
    let repeated = match &symbol {
        Symbol::Layer { owner, name } => names.is_repeated(owner, name),
        Symbol::Declaration(_) | Symbol::Parameter { .. } => false,
    };
    if number.is_some() && (repeated || !matches!(symbol, Symbol::Layer { .. })) {
        let why = if repeated { "`repeat` numbers what is in it" } else { "only layers have numbers" };
        return refused(format!("`{name}` cannot be the name here: {why}; write `{plain}`"));
    }
    let files: BTreeSet<PathBuf> = spots.keys().map(|(path, _)| path.clone()).collect();
    for path in &files {
        let syntax = document.workspace.syntax(path);
        let names = syntax.names();
        let (Symbol::Declaration(old) | Symbol::Parameter { name: old, .. } | Symbol::Layer { name: old, .. }) =
            &symbol;
        if old == name {
            continue;
        }
        let taken = match &symbol {
            Symbol::Declaration(_) => names.declaration(name).map(|_| name),
            Symbol::Parameter { owner, .. } => {
                (names.parameter(owner, name).is_some() || names.declaration(name).is_some()).then_some(name)
            }
            Symbol::Layer { owner, .. } => names.alike(owner, name, repeated),
        };
        if let Some(taken) = taken {
            return refused(format!("there is a `{taken}` already"));
        }
    }
    let mut edits: BTreeMap<PathBuf, Vec<(Span, String)>> = BTreeMap::new();
    for (path, span) in spots.into_keys() {
        edits.entry(path).or_default().push((span, name.to_owned()));
    }
    Ok(workspace_edit(document.workspace, edits))
}

/// Edits by file as the protocol has them.
pub(crate) fn workspace_edit(
    workspace: &Workspace,
    edits: BTreeMap<PathBuf, Vec<(Span, String)>>,
) -> lsp::WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (path, edits) in edits {
        let Some(uri) = workspace.uri(&path) else { continue };
        let syntax = workspace.syntax(&path);
        let lines = workspace.lines(syntax.text());
        let edits = edits.into_iter().map(|(span, new_text)| TextEdit { range: lines.range(span), new_text });
        changes.insert(uri, edits.collect());
    }
    lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() }
}

/// The declarations of all files of the projects that are open whose names have the letters of `query` in order.
pub(crate) fn workspace_symbols(workspace: &Workspace, query: &str) -> Vec<lsp::SymbolInformation> {
    let mut files: BTreeSet<PathBuf> = BTreeSet::new();
    for open in workspace.buffers.keys() {
        if !files.contains(open) {
            files.extend(workspace.project(open));
        }
    }
    let mut symbols = Vec::new();
    for path in files {
        let syntax = workspace.syntax(&path);
        for declaration in &syntax.tree().declarations {
            let Some((kind, name, _)) = crate::outline::declared(declaration) else { continue };
            if !matches(&name.value, query) {
                continue;
            }
            let Some(location) = workspace.location(&syntax.sources, SourceId(0), name.span) else { continue };
            let container_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            #[allow(deprecated)]
            symbols.push(lsp::SymbolInformation {
                base_symbol_information: lsp::BaseSymbolInformation {
                    name: name.value.clone(),
                    kind,
                    tags: None,
                    container_name,
                },
                deprecated: None,
                location,
            });
        }
    }
    symbols
}

/// Whether the letters of `query` stand in `name` in order.
fn matches(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().flat_map(char::to_lowercase).all(|wanted| letters.any(|letter| letter == wanted))
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_lowercase() || first == '_')
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// Whether these are the digits of a layer's number, as messages and files write it.
fn is_index(number: &str) -> bool {
    number.parse::<u64>().is_ok_and(|value| value.to_string() == number)
}

fn under(occurrences: &[Occurrence], offset: usize) -> Option<&Occurrence> {
    occurrences.iter().find(|occurrence| {
        occurrence.source == SourceId(0) && occurrence.span.start <= offset && offset <= occurrence.span.end
    })
}

fn spot(syntax: &Syntax, occurrence: &Occurrence) -> Spot {
    (PathBuf::from(&syntax.sources.get(occurrence.source).path), occurrence.span)
}

/// What stands at an offset, and every place in the project that names it, with whether it is declared there.
fn project_spots(document: &Document<'_>, offset: usize) -> Option<(Symbol, BTreeMap<Spot, bool>)> {
    let own = document.syntax.occurrences();
    let symbol = under(own, offset)?.symbol.clone();
    let is_definition = |other: &&Occurrence| other.defines && other.symbol == symbol;
    let defined = spot(&document.syntax, own.iter().find(is_definition)?);
    let mut spots: BTreeMap<Spot, bool> = BTreeMap::new();
    for path in document.workspace.project(&document.path) {
        let syntax = document.workspace.syntax(&path);
        let occurrences = syntax.occurrences();
        // Another file may declare the same name for itself.
        if occurrences.iter().find(is_definition).map(|other| spot(&syntax, other)).as_ref() == Some(&defined) {
            let same = occurrences.iter().filter(|other| other.symbol == symbol);
            spots.extend(same.map(|other| (spot(&syntax, other), other.defines)));
        }
    }
    Some((symbol, spots))
}

fn location(workspace: &Workspace, path: &Path, span: Span) -> Option<Location> {
    let syntax = workspace.syntax(path);
    workspace.location(&syntax.sources, SourceId(0), span)
}
