//! What every check needs, and how it reports.

use super::chains::Chains;
use super::defaults::Defaults;
use super::network::Unrolled;
use super::overrides::Overrides;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::opened::OpenedSets;
use crate::sources::SourceMap;
use crate::suggest;
use crate::symbols::Symbols;
use elbo_grammar::ast::Name;
use elbo_grammar::{Span, habits};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

/// What every check needs: the names, the texts, the overrides that hold at the moment, and where findings go.
pub(crate) struct Checker<'a> {
    pub symbols: &'a Symbols<'a>,
    /// The texts, for fixes that keep to their layout.
    pub sources: &'a SourceMap,
    /// What is known of data that were opened.
    pub opened: &'a OpenedSets,
    /// How many of the sources are files; those after them are overrides.
    pub files: usize,
    pub(super) overrides: RefCell<Rc<Overrides>>,
    pub(super) diagnostics: RefCell<Vec<Diagnostic>>,
    pub(super) defaults: Defaults,
    /// What models have unrolled to so far.
    pub(super) unrolled: Unrolled<'a>,
    pub(super) chains: Chains<'a>,
    /// The blocks that unroll to too much, or contain too long a chain, which has been reported.
    pub(super) given_up: RefCell<HashSet<&'a str>>,
}

impl<'a> Checker<'a> {
    /// A checker without findings, under no overrides.
    /// `files` is how many of the sources are no overrides.
    pub fn new(symbols: &'a Symbols<'a>, sources: &'a SourceMap, files: usize, opened: &'a OpenedSets) -> Self {
        Self {
            symbols,
            sources,
            opened,
            files,
            overrides: RefCell::default(),
            diagnostics: RefCell::default(),
            defaults: Defaults::new(),
            unrolled: Unrolled::default(),
            chains: Chains::default(),
            given_up: RefCell::default(),
        }
    }

    /// The overrides that hold at the moment: none while a declaration is checked by itself.
    pub fn overrides(&self) -> Rc<Overrides> {
        Rc::clone(&self.overrides.borrow())
    }

    /// Runs `check` while `overrides` hold.
    pub fn under<T>(&self, overrides: &Rc<Overrides>, check: impl FnOnce() -> T) -> T {
        let before = self.overrides.replace(Rc::clone(overrides));
        // What has unrolled under other priors and posteriors would still have them.
        let unrolled = overrides.shape_distributions().then(|| self.unrolled.set_aside());
        let result = check();
        if let Some(unrolled) = unrolled {
            self.unrolled.restore(unrolled);
        }
        self.overrides.replace(before);
        result
    }

    /// Records a finding.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Records a finding that is a single sentence about a single place.
    pub fn error(
        &self,
        code: Code,
        source: SourceId,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
    ) {
        self.report(Diagnostic::new(code, message, source, span, label));
    }

    /// Reports that declarations refer to each other in a cycle. Whichever member it was found at, the
    /// finding stands at the first in the sources, so that one circle is one finding.
    pub fn circle(&self, what: &str, members: &[(SourceId, &Name)]) {
        let Some(first) = (0..members.len()).min_by_key(|index| (members[*index].0, members[*index].1.span)) else {
            return;
        };
        let round = (0..=members.len()).map(|step| members[(first + step) % members.len()].1);
        let names: Vec<String> = round.map(|name| format!("`{}`", name.value)).collect();
        let (source, name) = members[first];
        let message = format!("{what} each other in a cycle: {}", names.join(" → "));
        self.error(Code::Cycle, source, name.span, message, "part of the cycle");
    }

    /// How many findings have been recorded.
    pub fn recorded(&self) -> usize {
        self.diagnostics.borrow().len()
    }

    /// Everything recorded so far.
    pub fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }

    /// Runs `attempt` and forgets what it recorded: for trying whether a proposal would work.
    pub fn silently<T>(&self, attempt: impl FnOnce() -> T) -> T {
        let before = self.diagnostics.borrow().len();
        let given_up = self.given_up.borrow().clone();
        let result = attempt();
        self.diagnostics.borrow_mut().truncate(before);
        self.given_up.replace(given_up);
        result
    }

    /// Reports that no `what` is called `name`.
    pub fn unknown_name<'n>(
        &self,
        source: SourceId,
        name: &Name,
        what: &str,
        candidates: impl IntoIterator<Item = &'n str>,
    ) {
        self.unknown_name_or_word(source, name, what, [], candidates);
    }

    /// The same where one of a few `words` of the language may stand as well.
    pub fn unknown_name_or_word<'n>(
        &self,
        source: SourceId,
        name: &Name,
        what: &str,
        words: impl IntoIterator<Item = &'n str>,
        declared: impl IntoIterator<Item = &'n str>,
    ) {
        let words: Vec<&str> = words.into_iter().collect();
        let diagnostic = match self.symbols.named(&name.value) {
            Some(other) => Diagnostic::new(
                Code::WrongKindOfName,
                format!("`{}` is a {}, but a {what} is wanted here", name.value, other.kind),
                source,
                name.span,
                format!("wants a {what}"),
            )
            .label(other.source, other.name.span, format!("declared as a {}", other.kind)),
            None => Diagnostic::new(
                Code::UnknownName,
                format!("there is no {what} `{}`", name.value),
                source,
                name.span,
                format!("no such {what}"),
            ),
        };
        let listed = if words.is_empty() { format!("declared {what}s") } else { format!("{what}s") };
        let habit = habits::value(what, &name.value).filter(|_| self.symbols.named(&name.value).is_none());
        let proposed = suggest::propose_among(diagnostic, source, name, &listed, words, declared);
        self.report(suggest::explained(proposed, habit));
    }

    /// Reports that `name` is none of the choices.
    pub fn unknown_value<'n>(
        &self,
        source: SourceId,
        name: &Name,
        what: &str,
        candidates: impl IntoIterator<Item = &'n str>,
    ) {
        let diagnostic = Diagnostic::new(
            Code::UnknownValue,
            format!("`{}` is no {what}", name.value),
            source,
            name.span,
            format!("no such {what}"),
        );
        let proposed = suggest::propose(diagnostic, source, name, "the choices are", candidates);
        self.report(suggest::explained(proposed, habits::value(what, &name.value)));
    }
}
