//! The compiler's front door.

use crate::check::{Checker, Override, Overrides};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Severity, SourceId};
use crate::ir::{Estimator, Network, Run};
use crate::load::{Loaded, load};
use crate::origin::LayerOrigin;
use crate::sources::{SourceMap, Sources};
use crate::suggest;
use crate::symbols::Symbols;
use elbo_grammar::Span;
use elbo_grammar::ast::{Allow, DeclarationKind, File, SettingsKind, Statement, StatementKind};
use std::collections::{BTreeMap, BTreeSet};

/// A run that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledRun {
    /// Its name in the spec.
    pub name: String,
    /// The name of its model.
    pub model: String,
    /// What it means.
    pub run: Run,
    /// Where each of its layers was written.
    pub layers: Vec<LayerOrigin>,
    /// The file that names its data's `root`, to which the root is relative; `None` if an override
    /// does, whose paths are relative to the working directory.
    pub data_source: Option<SourceId>,
    /// Where it is declared.
    pub source: SourceId,
    /// Its name's place there.
    pub span: Span,
}

/// A model, lowered with the defaults of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledModel {
    /// Its name in the spec.
    pub name: String,
    /// Its layers.
    pub network: Network,
    /// Where each of them was written.
    pub layers: Vec<LayerOrigin>,
}

/// Everything a compilation found.
#[derive(Debug, Clone, Default)]
pub struct Compilation {
    /// The texts that were read.
    pub sources: SourceMap,
    /// What was found, in the order of the sources; one for each root cause.
    pub diagnostics: Vec<Diagnostic>,
    /// The runs without errors, in the order of their declaration.
    pub runs: Vec<CompiledRun>,
    /// The models without errors that need no arguments, in the order of their names.
    pub models: Vec<CompiledModel>,
    /// The names of all runs of the first file, also of those with errors.
    pub run_names: Vec<String>,
    /// The first file with what it uses in one text, `use` lines taken out.
    pub inlined: String,
}

impl Compilation {
    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Compiles the file at `path` with everything it uses. `overrides` apply to the run called `target`
/// (to all runs, if there is no target).
pub fn compile(path: &str, sources: &dyn Sources, target: Option<&str>, overrides: &[Override]) -> Compilation {
    let Loaded { mut sources, files: parsed, mut diagnostics } = load(path, sources);
    let files: Vec<&File> = parsed.iter().map(|parsed| &parsed.0).collect();
    let overrides = Overrides::parse(overrides, &mut sources, &mut diagnostics);
    let symbols = Symbols::collect(&files, &mut diagnostics);
    let checker = Checker::new(&symbols, &overrides, &sources);
    let models = check_models(&checker);
    check_alone(&checker, &files);
    let mut runs = Vec::new();
    let mut run_names = Vec::new();
    for (name, settings) in in_order(symbols.settings(SettingsKind::Run)) {
        if settings.source == SourceId(0) {
            run_names.push(name.to_owned());
        }
        let overridden = target.is_none_or(|target| target == name);
        if let Some(checked) = checker.run(settings, overridden) {
            runs.push(CompiledRun {
                name: name.to_owned(),
                model: checked.model,
                run: checked.run,
                layers: checked.layers,
                data_source: Some(checked.data_source).filter(|source| source.0 < files.len()),
                source: settings.source,
                span: settings.node.name.span,
            });
        }
    }
    let broken = diagnostics.iter().any(|diagnostic| diagnostic.code.is_syntax());
    // A statement that could not be read may be the very one that seems to be missing.
    diagnostics.extend(checker.finish().into_iter().filter(|found| !(broken && found.code.may_follow_from_syntax())));
    if !diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        diagnostics.extend(overrides.unused());
    }
    if let Some(target) = target
        && !run_names.iter().any(|name| name == target)
    {
        diagnostics.push(no_run(target, &run_names, &sources));
    }
    diagnostics.extend(unknown_allows(&files));
    let inlined = inline(&sources, &files);
    let diagnostics = tidy(diagnostics, &files);
    Compilation { sources, diagnostics, runs, models, run_names, inlined }
}

/// Lowers every model that can be lowered without arguments, so that each is checked once by itself.
fn check_models(checker: &Checker<'_>) -> Vec<CompiledModel> {
    let mut models = Vec::new();
    for (name, model) in &checker.symbols.models {
        if !checker.model_ends_in_time(*model) || !checker.stands_alone(*model) {
            continue;
        }
        let draft = checker.expand_model(*model, &[], (model.source, model.node.name.span));
        if let Some(lowered) = draft.and_then(|draft| checker.lower(&draft, Estimator::LocalReparameterization)) {
            models.push(CompiledModel { name: (*name).to_owned(), network: lowered.network, layers: lowered.origins });
        }
    }
    models
}

/// Checks declarations that no run may refer to: distributions, blocks, datasets, regimes, reports.
fn check_alone<'a>(checker: &Checker<'a>, files: &[&'a File]) {
    for (index, file) in files.iter().enumerate() {
        for declaration in &file.declarations {
            checker.declaration(SourceId(index), declaration);
        }
    }
}

fn in_order<'a, T>(
    declared: impl Iterator<Item = (&'a str, crate::symbols::Declared<'a, T>)>,
) -> Vec<(&'a str, crate::symbols::Declared<'a, T>)> {
    let mut all: Vec<_> = declared.collect();
    all.sort_by_key(|(_, declared)| (declared.source, declared.declaration.span.start));
    all
}

fn no_run(target: &str, names: &[String], sources: &SourceMap) -> Diagnostic {
    let path = &sources.get(SourceId(0)).path;
    let message = format!("`{path}` has no run `{target}`");
    let diagnostic = Diagnostic::new(Code::NoRun, message, SourceId(0), Span::default(), "");
    let near = suggest::nearest(target, names.iter().map(String::as_str));
    let mut diagnostic = match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    };
    diagnostic = diagnostic.note(format!("its runs: {}", suggest::listing(names.iter().map(String::as_str))));
    diagnostic
}

/// The first file with the files it uses in front of it, `use` and `language` lines taken out.
fn inline(sources: &SourceMap, files: &[&File]) -> String {
    if files.len() == 1 {
        return sources.get(SourceId(0)).text.clone();
    }
    let mut result = String::new();
    for (index, file) in files.iter().enumerate().rev() {
        let source = sources.get(SourceId(index));
        result.push_str(&format!("# from {}\n", source.path));
        let mut position = 0;
        let uses = file.declarations.iter().filter(|d| matches!(d.kind, DeclarationKind::Use { .. })).map(|d| d.span);
        for span in file.language.iter().map(|language| language.span).chain(uses) {
            result.push_str(&source.text[position..span.start]);
            position = span.end;
        }
        result.push_str(&source.text[position..]);
        result.push('\n');
    }
    result
}

/// A finding for each `@allow` of something that is no warning.
fn unknown_allows(files: &[&File]) -> Vec<Diagnostic> {
    let warnings = || Code::ALL.iter().filter(|code| code.severity() != Severity::Error).map(|code| code.identifier());
    let allows = files
        .iter()
        .enumerate()
        .flat_map(|(index, file)| allowed(file).into_iter().map(move |(_, allow)| (SourceId(index), &allow.code)));
    allows
        .filter(|(_, code)| warnings().all(|warning| warning != code.value))
        .map(|(source, code)| {
            let message = format!("`{}` is no warning that could be allowed", code.value);
            let diagnostic = Diagnostic::new(Code::UnknownValue, message, source, code.span, "no such warning");
            suggest::propose(diagnostic, source, code, "the warnings are", warnings())
        })
        .collect()
}

/// Drops warnings that are silenced where they stand and repetitions of one root cause, and puts the
/// rest in the order of the sources.
fn tidy(diagnostics: Vec<Diagnostic>, files: &[&File]) -> Vec<Diagnostic> {
    let silenced = Silenced::of(files);
    let mut seen: BTreeSet<(SourceId, Span, Code)> = BTreeSet::new();
    let mut kept: Vec<Diagnostic> = diagnostics
        .into_iter()
        .filter(|diagnostic| {
            let Some(label) = diagnostic.labels.first() else { return true };
            let silent = diagnostic.severity != Severity::Error
                && silenced.covers(label.source, diagnostic.code.identifier(), label.span);
            !silent && seen.insert((label.source, label.span, diagnostic.code))
        })
        .collect();
    kept.sort_by_key(|diagnostic| {
        let label = diagnostic.labels.first().map(|label| (label.source, label.span));
        (label, diagnostic.severity, diagnostic.code)
    });
    kept
}

/// Where warnings are silenced.
struct Silenced<'f> {
    /// By source and code, in order of their starts, the ranges covered: where each starts, and the furthest
    /// end of those that start no later.
    ranges: BTreeMap<(SourceId, &'f str), Vec<(usize, usize)>>,
}

impl<'f> Silenced<'f> {
    fn of(files: &[&'f File]) -> Self {
        let mut ranges: BTreeMap<(SourceId, &'f str), Vec<(usize, usize)>> = BTreeMap::new();
        for (index, file) in files.iter().copied().enumerate() {
            for (span, allow) in allowed(file) {
                ranges.entry((SourceId(index), &allow.code.value)).or_default().push((span.start, span.end));
            }
        }
        for ranges in ranges.values_mut() {
            ranges.sort_unstable();
            let mut furthest = 0;
            for (_, end) in ranges {
                furthest = furthest.max(*end);
                *end = furthest;
            }
        }
        Self { ranges }
    }

    fn covers(&self, source: SourceId, code: &str, span: Span) -> bool {
        let Some(ranges) = self.ranges.get(&(source, code)) else { return false };
        let before = ranges.partition_point(|(start, _)| *start <= span.start);
        before > 0 && span.end <= ranges[before - 1].1
    }
}

/// Every `@allow` with the range it covers.
fn allowed(file: &File) -> Vec<(Span, &Allow)> {
    fn add<'f>(result: &mut Vec<(Span, &'f Allow)>, allows: &'f [Allow], span: Span) {
        result.extend(allows.iter().map(|allow| (span, allow)));
    }
    fn walk<'f>(result: &mut Vec<(Span, &'f Allow)>, statements: &'f [Statement]) {
        for statement in statements {
            add(result, &statement.allows, statement.span);
            match &statement.kind {
                StatementKind::Repeat { body, .. } => walk(result, body),
                StatementKind::Residual { body, shortcut } => {
                    walk(result, body);
                    walk(result, shortcut.as_deref().unwrap_or_default());
                }
                _ => {}
            }
        }
    }
    let mut result = Vec::new();
    for declaration in &file.declarations {
        add(&mut result, &declaration.allows, declaration.span);
        match &declaration.kind {
            DeclarationKind::Block(block) => walk(&mut result, &block.body),
            DeclarationKind::Model(model) => walk(&mut result, &model.body),
            DeclarationKind::Settings(settings) => {
                for entry in &settings.entries {
                    add(&mut result, &entry.allows, entry.span);
                }
            }
            _ => {}
        }
    }
    result
}
