//! The compiler's front door.

use crate::capitals::settle;
use crate::check::{CheckedRun, Checker, Claimed, Finished, Override, Overrides};
use crate::codes::Code;
use crate::compilation::{Compilation, CompiledClaim, CompiledModel, CompiledRun, CompiledSweep, SweepMember};
use crate::diagnostic::{Diagnostic, Label, Severity, SourceId};
use crate::fix::keep_verified;
use crate::ir::Estimator;
use crate::load::{Loaded, load};
use crate::opened::OpenedSets;
use crate::sources::{SourceMap, Sources};
use crate::suggest;
use crate::symbols::Symbols;
use elbo_grammar::Span;
use elbo_grammar::ast::{Allow, Branches, DeclarationKind, File, SettingsKind, Statement, StatementKind};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Compiles the file at `path` with everything it uses. `overrides` apply to the run, the sweep or the member
/// called `target`; without one to all runs that the file itself declares, not to those of files it uses.
///
/// The edits of its diagnostics have been tried: where they are offered, they remove their diagnostic and write nothing
/// that is an error.
pub fn compile(path: &str, sources: &dyn Sources, target: Option<&str>, overrides: &[Override]) -> Compilation {
    compile_opened(path, sources, (target, overrides), &OpenedSets::default())
}

/// The same where data of some of the runs have been opened, so that more can be said of those runs.
pub fn compile_opened(
    path: &str,
    sources: &dyn Sources,
    of: (Option<&str>, &[Override]),
    opened: &OpenedSets,
) -> Compilation {
    let (mut compilation, files) = compile_untried(path, sources, of, opened);
    let again = |sources: &dyn Sources| compile_untried(path, sources, of, opened).0;
    keep_verified(&mut compilation, files, sources, again);
    compilation
}

/// A compilation whose edits have not been tried, and how many of its sources are files.
fn compile_untried(
    path: &str,
    sources: &dyn Sources,
    (target, overrides): (Option<&str>, &[Override]),
    opened: &OpenedSets,
) -> (Compilation, usize) {
    let Loaded { mut sources, files: parsed, mut diagnostics, .. } = load(path, sources);
    settle(&mut diagnostics, &sources, &parsed);
    let files: Vec<&File> = parsed.iter().map(|parsed| &parsed.0).collect();
    let overrides = Rc::new(Overrides::parse(overrides, &mut sources, &mut diagnostics));
    let symbols = Symbols::collect(&files, &mut diagnostics);
    let checker = Checker::new(&symbols, &sources, files.len(), opened);
    let models = check_models(&checker);
    check_alone(&checker, &files);
    let mut runs = Vec::new();
    let mut run_names = Vec::new();
    let none = Rc::default();
    for (name, settings) in in_order(symbols.settings(SettingsKind::Run)) {
        if settings.source == SourceId(0) {
            run_names.push(name.to_owned());
        }
        let meant = target.map_or(settings.source == SourceId(0), |target| target == name);
        let own = if meant { &overrides } else { &none };
        if let Some(checked) = checker.under(own, || checker.run(settings)) {
            runs.push(compiled_run(name.to_owned(), checked, (settings.source, settings.node.name.span), files.len()));
        }
    }
    let sweeps = check_sweeps(&checker, &runs, target, &overrides, files.len());
    let claims = check_claims(&checker, &files, Finished { runs: &runs, sweeps: &sweeps });
    let broken = diagnostics.iter().any(|diagnostic| diagnostic.code.is_syntax());
    // A statement that could not be read may be the very one that seems to be missing.
    let places = places_of(&diagnostics);
    let follows = |found: &Diagnostic| {
        // A word that has been reported is not reported again for being no key or value.
        broken
            && (found.code.may_follow_from_syntax()
                || found.labels.first().is_some_and(|label| places.contains(&place_of(label))))
    };
    diagnostics.extend(checker.finish().into_iter().filter(|found| !follows(found)));
    if let Some(target) = target
        && let Some(unknown) = no_target(target, &symbols, &sweeps, &sources)
    {
        diagnostics.push(unknown);
    }
    if !diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        diagnostics.extend(overrides.unused(&symbols));
    }
    diagnostics.extend(unknown_allows(&files));
    let inlined = inline(&sources, &files);
    let diagnostics = tidy(diagnostics, &files);
    let compilation = Compilation { sources, diagnostics, runs, sweeps, claims, models, run_names, inlined };
    (compilation, files.len())
}

/// Where words stand that have been reported for what they are made of.
fn places_of(diagnostics: &[Diagnostic]) -> BTreeSet<(SourceId, usize, usize)> {
    let words = diagnostics.iter().filter(|found| found.code == Code::BadCharacter);
    words.filter_map(|found| found.labels.first()).map(place_of).collect()
}

fn place_of(label: &Label) -> (SourceId, usize, usize) {
    (label.source, label.span.start, label.span.end)
}

/// `place` is where the run, or its sweep, is declared; `files` how many of the sources are no overrides.
fn compiled_run(name: String, checked: CheckedRun, place: (SourceId, Span), files: usize) -> CompiledRun {
    CompiledRun {
        name,
        model: checked.model,
        data: checked.data,
        run: checked.run,
        layers: checked.layers,
        data_source: Some(checked.data_source).filter(|source| source.0 < files),
        source: place.0,
        span: place.1,
    }
}

/// Checks every sweep; the one that `target` names, or a member of, is checked under `overrides`.
fn check_sweeps(
    checker: &Checker<'_>,
    runs: &[CompiledRun],
    target: Option<&str>,
    overrides: &Overrides,
    files: usize,
) -> Vec<CompiledSweep> {
    let none = Overrides::default();
    let mut sweeps = Vec::new();
    for (name, settings) in in_order(checker.symbols.settings(SettingsKind::Sweep)) {
        let own = if target.is_some_and(|target| sweep_of(target) == name) { overrides } else { &none };
        let sound = |run: &str| runs.iter().any(|compiled| compiled.name == run);
        let Some(checked) = checker.sweep(settings, own, sound) else { continue };
        let place = (settings.source, settings.node.name.span);
        let members = checked.members.into_iter().map(|member| {
            let varied: Vec<String> = member.varied.iter().map(|(path, value)| format!("{path}={value}")).collect();
            let name = format!("{name}/{}", varied.join(","));
            let run = compiled_run(name.clone(), member.run, place, files);
            SweepMember { name, varied: member.varied, run }
        });
        let members = members.collect();
        sweeps.push(CompiledSweep { name: name.to_owned(), run: checked.run, members, source: place.0, span: place.1 });
    }
    sweeps
}

/// The sweep that a target names, itself or by a member.
fn sweep_of(target: &str) -> &str {
    target.split_once('/').map_or(target, |(sweep, _)| sweep)
}

fn check_claims(checker: &Checker<'_>, files: &[&File], finished: Finished<'_>) -> Vec<CompiledClaim> {
    let mut known: BTreeMap<&str, (SourceId, Span)> = BTreeMap::new();
    let mut claims = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let source = SourceId(index);
        for declaration in &file.declarations {
            let DeclarationKind::Claim { text, condition, margin, estimand } = &declaration.kind else { continue };
            if let Some((first, span)) = known.get(text.value.as_str()) {
                let message = "two claims have the same text";
                let label = "claimed again here";
                checker.report(
                    Diagnostic::new(Code::DuplicateName, message, source, text.span, label)
                        .label(*first, *span, "first claimed here")
                        .help("say in each what sets it apart; reports name claims by their text"),
                );
                continue;
            }
            known.insert(&text.value, (source, text.span));
            if let Some(claim) = checker.claim(source, text, &Claimed { condition, margin, estimand }, finished) {
                claims.push(CompiledClaim { claim, source, span: text.span });
            }
        }
    }
    claims
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

/// A finding if `target` names neither a run nor a sweep of the first file, nor a member of one.
fn no_target(target: &str, symbols: &Symbols<'_>, sweeps: &[CompiledSweep], sources: &SourceMap) -> Option<Diagnostic> {
    let names = |kind| {
        let declared = in_order(symbols.settings(kind)).into_iter();
        declared.filter(|(_, settings)| settings.source == SourceId(0)).map(|(name, _)| name).collect::<Vec<_>>()
    };
    let (runs, declared) = (names(SettingsKind::Run), names(SettingsKind::Sweep));
    if runs.contains(&target) || declared.contains(&target) {
        return None;
    }
    let path = &sources.get(SourceId(0)).path;
    let finding = |message: String, candidates: &[&str]| {
        let diagnostic = Diagnostic::new(Code::NoRun, message, SourceId(0), Span::default(), "");
        match suggest::question(target, candidates.iter().copied()) {
            Some(question) => diagnostic.help(question),
            None => diagnostic,
        }
    };
    if target.contains('/') && declared.contains(&sweep_of(target)) {
        // A sweep with errors has no members that could be named.
        let sweep = sweeps.iter().find(|sweep| sweep.name == sweep_of(target))?;
        let members: Vec<&str> = sweep.members.iter().map(|member| member.name.as_str()).collect();
        if members.contains(&target) {
            return None;
        }
        let message = format!("sweep `{}` has no member `{target}`", sweep.name);
        let note = match members.as_slice() {
            [first, _, ..] => format!("it has {} members, from `{first}` on", members.len()),
            _ => format!("its only member is {}", suggest::listing(members.iter().copied())),
        };
        return Some(finding(message, &members).note(note));
    }
    let all: Vec<&str> = runs.iter().chain(&declared).copied().collect();
    let what = if declared.is_empty() { "run" } else { "run or sweep" };
    if symbols.models.contains_key(target) {
        let message = format!("`{target}` is a model, and a {what} is wanted here");
        let diagnostic = Diagnostic::new(Code::NoRun, message, SourceId(0), Span::default(), "")
            .help(format!("a model is described by `elbo explain {path}#{target}`"));
        return Some(if runs.is_empty() {
            diagnostic.note(format!("`{path}` has no run yet: `run NAME {{ model = {target}; data = …; train = … }}`"))
        } else {
            diagnostic.note(format!("its runs: {}", suggest::listing(runs)))
        });
    }
    let mut diagnostic = finding(format!("`{path}` has no {what} `{target}`"), &all);
    diagnostic = diagnostic.note(format!("its runs: {}", suggest::listing(runs)));
    if !declared.is_empty() {
        diagnostic = diagnostic.note(format!("its sweeps: {}", suggest::listing(declared)));
    }
    Some(diagnostic)
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
                StatementKind::Branches(Branches { branches, .. }) => {
                    for branch in branches {
                        add(result, &branch.allows, branch.span);
                        walk(result, &branch.body);
                    }
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
