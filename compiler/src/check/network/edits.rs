//! A variant's edits of its base: `mark … as`, `replace … with`, `insert before|after`.

use super::draft::{Draft, DraftLayer, PlacedMark};
use super::layers;
use crate::check::Checker;
use crate::check::arguments::call;
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::origin::MarkOrigin;
use crate::suggest;
use elbo_grammar::ast::{Layer, LayerPattern, Path, Position, Statement, StatementKind};
use std::collections::BTreeSet;
use std::ops::Range;

/// Unrolls a written layer for the scope and number it is to take: `(layer, scope, index)`.
type Expand<'x, 'a> = dyn FnMut(&'a Layer, &str, Option<usize>) -> Option<Vec<DraftLayer<'a>>> + 'x;

impl<'a> Checker<'a> {
    /// Applies one edit. False where something was reported.
    pub(super) fn edit(
        &self,
        draft: &mut Draft<'a>,
        statement: &'a Statement,
        environment: &Environment,
        expand: &mut Expand<'_, 'a>,
    ) -> bool {
        let source = environment.source;
        match &statement.kind {
            StatementKind::Mark { patterns, mark } => {
                let place = (source, mark.span);
                let Some(mark) = self.mark(mark, environment) else { return false };
                let origin = MarkOrigin::Statement { model: draft.name.value.clone(), place };
                let mut complete = true;
                for pattern in patterns {
                    match self.matching(draft, pattern, source) {
                        Some(indices) => {
                            let marks = match pattern {
                                LayerPattern::One(path) | LayerPattern::Below { path, .. } => path.to_string(),
                                LayerPattern::Range { .. } => String::new(),
                            };
                            let placed = PlacedMark { mark: mark.clone(), origin: origin.clone(), marks };
                            for index in indices {
                                draft.layers[index].mark = Some(placed.clone());
                            }
                        }
                        None => complete = false,
                    }
                }
                complete
            }
            StatementKind::Replace { path, layer } => {
                let Some(range) = self.locate(draft, path, source) else { return false };
                if let Some(name) = &layer.name {
                    self.report(
                        Diagnostic::new(
                            Code::MisplacedStatement,
                            "what replaces a layer takes its name",
                            source,
                            name.span,
                            "no name belongs here",
                        )
                        .help("remove the name"),
                    );
                    return false;
                }
                self.replace(draft, range, path, layer, source, expand)
            }
            StatementKind::Insert { position, path, layer } => {
                let Some(range) = self.locate(draft, path, source) else { return false };
                let Some(layers) = expand(layer, "", None) else { return false };
                let index = match position {
                    Position::Before => range.start,
                    Position::After => range.end,
                };
                draft.layers.splice(index..index, layers);
                draft.moved();
                true
            }
            _ => unreachable!("only edits are passed on"),
        }
    }

    fn replace(
        &self,
        draft: &mut Draft<'a>,
        range: Range<usize>,
        path: &Path,
        layer: &'a Layer,
        source: SourceId,
        expand: &mut Expand<'_, 'a>,
    ) -> bool {
        let old = &draft.layers[range.start];
        let written = path.to_string();
        let is_block = old.path.as_deref() != Some(written.as_str());
        let (scope, kept) = (old.scope.clone(), old.mark.clone());
        let function = call(&layer.operation).map(|call| call.function.value.clone()).unwrap_or_default();
        if is_block || self.symbols.blocks.contains_key(function.as_str()) {
            self.report(
                Diagnostic::new(
                    Code::MisplacedStatement,
                    "`replace` takes one layer for one layer",
                    source,
                    if is_block { path.span } else { layer.span },
                    if is_block { "a block instance" } else { "an instance of a block" },
                )
                .help("replace the layers inside one by one, such as `s1.conv[0]`"),
            );
            return false;
        }
        let Some(mut layers) = expand(layer, &scope, None) else { return false };
        for new in &mut layers {
            new.path = Some(written.clone());
            new.written.clone_from(&new.path);
            match &mut new.mark {
                // It takes the place of the layer, and so does what a file calls it.
                Some(own) if layer.mark.is_some() => own.marks.clone_from(&written),
                Some(_) => {}
                None if layers::has_parameters(&function) => new.mark.clone_from(&kept),
                None => {}
            }
        }
        // One layer for one, of the same path: where all others stand is known as before.
        let moves = range.len() != layers.len();
        draft.layers.splice(range, layers);
        if moves {
            draft.moved();
        }
        true
    }

    /// The layers with weights that a pattern means, and the normalisations among them.
    fn matching(&self, draft: &Draft<'a>, pattern: &LayerPattern, source: SourceId) -> Option<Vec<usize>> {
        let weighted = |index: &usize| is_weighted(&draft.layers[*index]);
        let marked = |index: &usize| weighted(index) || is_normalization(&draft.layers[*index]);
        match pattern {
            LayerPattern::One(path) => {
                let range = self.locate(draft, path, source)?;
                let index = range.start;
                if draft.layers[index].path.as_deref() != Some(path.to_string().as_str()) {
                    self.report(
                        Diagnostic::new(
                            Code::UnknownLayerPath,
                            format!("`{path}` is a block instance, not a layer"),
                            source,
                            path.span,
                            "several layers",
                        )
                        .help(format!("`{path}.*` means every layer with weights in it")),
                    );
                    return None;
                }
                if !is_weighted(&draft.layers[index]) {
                    self.error(
                        Code::MisplacedMark,
                        source,
                        path.span,
                        format!("`{path}` has no weights that a mark could treat"),
                        "nothing to mark",
                    );
                    return None;
                }
                Some(vec![index])
            }
            LayerPattern::Below { path, span } => {
                let prefix = path.to_string();
                let all: Vec<usize> =
                    (0..draft.layers.len()).filter(|index| draft.layers[*index].is_below(&prefix)).collect();
                if all.is_empty() {
                    self.locate(draft, path, source)?;
                    self.report(
                        Diagnostic::new(
                            Code::UnknownLayerPath,
                            format!("`{prefix}` is a single layer, with none below it"),
                            source,
                            *span,
                            "nothing below it",
                        )
                        .help(format!("write `{prefix}`")),
                    );
                    return None;
                }
                if !all.iter().any(weighted) {
                    let message = format!("no layer below `{prefix}` has weights that a mark could treat");
                    self.error(Code::MisplacedMark, source, *span, message, "nothing to mark");
                    return None;
                }
                Some(all.into_iter().filter(marked).collect())
            }
            LayerPattern::Range { first, last } => {
                let start = self.locate(draft, first, source)?.start;
                let end = self.locate(draft, last, source)?.end;
                if start >= end {
                    self.report(
                        Diagnostic::new(
                            Code::UnknownLayerPath,
                            format!("`{last}` comes before `{first}`"),
                            source,
                            first.span.to(last.span),
                            "an empty range",
                        )
                        .help(format!("write `{last}..{first}`")),
                    );
                    return None;
                }
                Some((start..end).filter(marked).collect())
            }
        }
    }

    /// Where a layer or block instance stands in the draft.
    fn locate(&self, draft: &Draft<'a>, path: &Path, source: SourceId) -> Option<Range<usize>> {
        let wanted = path.to_string();
        if let Some(index) = draft.index_of(&wanted) {
            return Some(index..index + 1);
        }
        let belongs = |layer: &DraftLayer<'_>| layer.path.as_deref() == Some(&wanted) || layer.is_below(&wanted);
        if let Some(start) = draft.layers.iter().position(belongs) {
            // What was inserted among the layers of an instance stands between them without belonging to it.
            let last = draft.layers.iter().rposition(belongs).unwrap_or(start);
            return Some(start..last + 1);
        }
        let diagnostic = Diagnostic::new(
            Code::UnknownLayerPath,
            format!("`{wanted}` is no layer of `{}`", draft.name.value),
            source,
            path.span,
            "no such layer",
        );
        let copies = copies(draft, &wanted);
        if let [first, .., last] = copies.as_slice() {
            let all = if copies.len() <= MOST_LISTED {
                suggest::listing(copies.iter().map(String::as_str))
            } else {
                format!("`{first}` to `{last}`")
            };
            // An instance of a block is several layers.
            let layer = draft.layers.iter().any(|layer| layer.path.as_ref() == Some(first));
            let one = if layer { first.clone() } else { format!("{first}.*") };
            self.report(
                diagnostic
                    .note(format!("the layers called `{wanted}` have numbers: {all}"))
                    .help(format!("write `{one}` for one of them, or the range `{first}..{last}`")),
            );
            return None;
        }
        let name = crate::check::environment::name_at(&wanted, path.span);
        let mut paths: Vec<&str> = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for layer in &draft.layers {
            let scope = Some(layer.scope.as_str()).filter(|scope| !scope.is_empty());
            for path in scope.into_iter().chain(layer.path.as_deref()) {
                if paths.len() < MOST_PATHS && seen.insert(path) {
                    paths.push(path);
                }
            }
        }
        self.report(suggest::propose_own(diagnostic, source, &name, "its layers", paths));
        None
    }
}

/// How many layers of a network are named where one does not exist.
const MOST_PATHS: usize = 64;

/// How many copies of a repeated layer are listed one by one.
const MOST_LISTED: usize = 4;

/// The numbered copies, `s[0]`, `s[1]`, …, of the layer or instance at `path`, in their order; none if it is not
/// repeated.
fn copies(draft: &Draft<'_>, path: &str) -> Vec<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut copies = Vec::new();
    for layer in &draft.layers {
        let paths = [Some(layer.scope.as_str()), layer.path.as_deref()];
        for written in paths.into_iter().flatten() {
            let Some((number, _)) = written
                .strip_prefix(path)
                .and_then(|rest| rest.strip_prefix('['))
                .and_then(|rest| rest.split_once(']'))
            else {
                continue;
            };
            let copy = format!("{path}[{number}]");
            if seen.insert(copy.clone()) {
                copies.push(copy);
            }
        }
    }
    copies
}

fn is_normalization(layer: &DraftLayer<'_>) -> bool {
    layer.call().is_some_and(|call| layers::is_normalization(&call.function.value))
}

fn is_weighted(layer: &DraftLayer<'_>) -> bool {
    layer.call().is_some_and(|call| layers::has_weights(&call.function.value))
}
