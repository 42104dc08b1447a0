//! The file and its declarations.

use pest::iterators::Pair;

use super::braces;
use super::builder::{Builder, children, span_of};
use super::documentation::doc_above;
use super::place::Place;
use super::rules::Rule;
use crate::ast::{
    Allow, Block, Declaration, DeclarationKind, Definition, File, Margin, Model, Parameter, Settings, SettingsKind,
};
use crate::reserved::DECLARATIONS;
use crate::span::{Span, Spanned};
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};

impl Builder<'_> {
    /// The whole file.
    pub(super) fn file(&mut self, pair: Pair<'_, Rule>) -> File {
        let mut file = File::default();
        let mut allows: Vec<Allow> = Vec::new();
        let mut last: Option<(Span, Rule)> = None;
        for item in children(pair) {
            let (span, rule) = (span_of(&item), item.as_rule());
            if rule == Rule::tail {
                self.doubtful.clear();
            }
            self.errors.extend(self.doubtful.drain(..));
            let known = self.errors.len();
            match rule {
                Rule::allow => {
                    allows.extend(self.allow(item));
                    continue;
                }
                Rule::language => self.language(item, &mut file, last.is_some()),
                Rule::tail => self.broken(span, Place::Tail),
                // What follows the tail of a declaration is outside for the same reason as the tail.
                Rule::stray if last.is_some_and(|(_, rule)| rule == Rule::tail) => {}
                Rule::stray => self.stray(span, last.map(|(span, _)| span)),
                Rule::broken_line => self.broken(span, Place::Line),
                Rule::broken_network | Rule::broken_settings => self.broken_block(item),
                _ => {
                    self.separated(last.map(|(span, _)| span), span);
                    let doc = self.doc(span.start, &allows);
                    let allows = std::mem::take(&mut allows);
                    if let Some(kind) = self.declaration(item) {
                        file.declarations.push(Declaration { doc, allows, kind, span });
                    }
                }
            }
            if self.errors.len() > known {
                self.doubtful.clear();
            }
            // Where a brace is open, statements stand in the wrong body: one of their errors is enough.
            let brace_open =
                |error: &SyntaxError| error.kind == SyntaxErrorKind::Unclosed && error.span.text(self.source) == "{";
            let open = self.errors.since(known).iter().position(brace_open);
            self.errors.truncate(open.map_or(usize::MAX, |open| known + open + 2));
            // What stands above a broken declaration is silent with it.
            allows.clear();
            last = Some((span, rule));
        }
        self.dangling(&allows);
        self.errors.extend(self.doubtful.drain(..));
        file
    }

    /// Reports a declaration that begins on the line where another ends.
    fn separated(&mut self, last: Option<Span>, span: Span) {
        let Some(last) = last.filter(|last| last.text(self.source).ends_with('}')) else { return };
        let between = Span::new(last.end, span.start).text(self.source);
        let text = span.text(self.source);
        let word = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
        if between.contains(['\n', '\r', ';']) || !DECLARATIONS.contains(&&text[..word]) {
            return;
        }
        self.errors.push(SyntaxError {
            kind: SyntaxErrorKind::Unexpected,
            message: format!("expected a new line after `}}`, but found `{}`", &text[..word]),
            span: Span::new(span.start, span.start + word),
            label: "stands on the line where another declaration ends".to_owned(),
            related: None,
            help: Some("begin a new line".to_owned()),
            edits: vec![(Span::new(last.end, span.start), "\n".to_owned())],
        });
    }

    /// The doc comment above something, or above the `@allow` lines before it.
    pub(super) fn doc(&self, start: usize, allows: &[Allow]) -> Option<String> {
        doc_above(self.source, self.comments, start)
            .or_else(|| allows.first().and_then(|allow| doc_above(self.source, self.comments, allow.span.start)))
    }

    /// An `@allow` line.
    pub(super) fn allow(&mut self, pair: Pair<'_, Rule>) -> Option<Allow> {
        let span = span_of(&pair);
        let code = children(pair).next()?;
        Some(Allow { code: Spanned::new(code.as_str().to_owned(), span_of(&code)), span })
    }

    /// Reports `@allow` lines that nothing follows.
    pub(super) fn dangling(&mut self, allows: &[Allow]) {
        if let Some(last) = allows.last() {
            self.doubtful.push(SyntaxError {
                kind: SyntaxErrorKind::Unexpected,
                message: "this `@allow` covers nothing".to_owned(),
                span: last.span,
                label: "nothing follows it here".to_owned(),
                related: None,
                help: Some("put it on the line above what it is meant for".to_owned()),
                edits: Vec::new(),
            });
        }
    }

    fn language(&mut self, pair: Pair<'_, Rule>, file: &mut File, late: bool) {
        let span = span_of(&pair);
        let Some(version) = children(pair).next().and_then(|version| self.whole(&version)) else { return };
        let problem = |message: &str, related| SyntaxError {
            kind: SyntaxErrorKind::BadLanguageLine,
            message: message.to_owned(),
            span,
            label: "not expected here".to_owned(),
            related,
            help: Some("keep one `language` line, at the top of the file".to_owned()),
            edits: Vec::new(),
        };
        if let Some(first) = &file.language {
            let related = Some((first.span, "the version is given here".to_owned()));
            self.errors.push(problem("the `language` line is written twice", related));
        } else if late {
            self.errors.push(problem("the `language` line must be the first of the file", None));
        } else {
            file.language = Some(version);
        }
    }

    fn declaration(&mut self, pair: Pair<'_, Rule>) -> Option<DeclarationKind> {
        let span = span_of(&pair);
        match pair.as_rule() {
            Rule::import => {
                let path = self.text(&children(pair).next()?);
                Some(DeclarationKind::Use { path })
            }
            Rule::prior => self.definition(pair).map(DeclarationKind::Prior),
            Rule::posterior => self.definition(pair).map(DeclarationKind::Posterior),
            Rule::claim => {
                let mut parts = children(pair);
                let text = self.text(&parts.next()?);
                let condition = self.expression(parts.next()?);
                let (mut margin, mut estimand) = (None, None);
                for part in parts {
                    match part.as_rule() {
                        Rule::margin => margin = Some(self.margin(part)?),
                        _ => estimand = children(part).next().map(|name| self.name(&name)),
                    }
                }
                Some(DeclarationKind::Claim { text, condition: condition?, margin, estimand })
            }
            Rule::settings => self.settings(pair, span).map(DeclarationKind::Settings),
            rule => self.network(pair, span, rule),
        }
    }

    /// `within 1.5 points`
    fn margin(&mut self, pair: Pair<'_, Rule>) -> Option<Margin> {
        let span = span_of(&pair);
        let points = pair.clone().into_inner().find(|part| part.as_rule() == Rule::k_points);
        let value = self.expression(children(pair).next()?)?;
        Some(Margin { value, points: points.map(|points| span_of(&points)), span })
    }

    fn definition(&mut self, pair: Pair<'_, Rule>) -> Option<Definition> {
        let mut parts = children(pair);
        let name = self.declared_name(&parts.next()?);
        let value = self.expression(parts.next()?)?;
        Some(Definition { name, value })
    }

    /// A `block` or `model`.
    fn network(&mut self, pair: Pair<'_, Rule>, span: Span, rule: Rule) -> Option<DeclarationKind> {
        let mut parts = children(pair);
        let header = parts.next()?;
        let header_span = span_of(&header);
        let mut header = children(header);
        let name = self.declared_name(&header.next()?);
        let mut parameters = None;
        let mut extends = None;
        let mut readable = true;
        for part in header {
            if part.as_rule() == Rule::parameters {
                parameters = self.parameters(part);
                readable &= parameters.is_some();
            } else {
                extends = children(part).next().and_then(|reference| self.reference(reference));
                readable &= extends.is_some();
            }
        }
        let opened = self.opened(parts, header_span, span);
        let body = opened.map(|opened| self.within(opened, Self::layers)).unwrap_or_default();
        if !readable {
            return None;
        }
        Some(if rule == Rule::block {
            DeclarationKind::Block(Block { name, parameters, body })
        } else {
            DeclarationKind::Model(Model { name, parameters, extends, body })
        })
    }

    fn settings(&mut self, pair: Pair<'_, Rule>, span: Span) -> Option<Settings> {
        let mut parts = children(pair);
        let header = parts.next()?;
        let header_span = span_of(&header);
        let mut header = children(header);
        let kind = settings_kind(header.next()?.as_str());
        let name = self.declared_name(&header.next()?);
        let extends = match header.next() {
            None => Some(None),
            Some(part) => children(part).next().and_then(|reference| self.reference(reference)).map(Some),
        };
        let opened = self.opened(parts, header_span, span);
        let entries = opened.map(|opened| self.within(opened, Self::entries)).unwrap_or_default();
        Some(Settings { kind, name, extends: extends?, entries })
    }

    fn parameters(&mut self, pair: Pair<'_, Rule>) -> Option<Vec<Parameter>> {
        let parameters: Vec<Option<Parameter>> = children(pair).map(|part| self.parameter(part)).collect();
        parameters.into_iter().collect()
    }

    fn parameter(&mut self, pair: Pair<'_, Rule>) -> Option<Parameter> {
        let span = span_of(&pair);
        let mut parts = children(pair);
        let name = self.declared_name(&parts.next()?);
        let kind = self.name(&parts.next()?);
        let default = match parts.next() {
            Some(value) => Some(self.expression(value)?),
            None => None,
        };
        Some(Parameter { name, kind, default, span })
    }

    /// A block, model or settings whose header could not be read. Its body is still looked through, so that
    /// its own mistakes show as well, unless the brace is missing, too.
    fn broken_block(&mut self, pair: Pair<'_, Rule>) {
        let span = span_of(&pair);
        let settings = pair.as_rule() == Rule::broken_settings;
        let mut parts = children(pair);
        let Some(header) = parts.next() else { return };
        self.broken(span_of(&header), Place::Header);
        if let Some(body) = parts.find(|part| matches!(part.as_rule(), Rule::layers | Rule::keys)) {
            let known = self.errors.len();
            self.closed(&body, span);
            if settings {
                self.entries(body);
            } else {
                self.layers(body);
            }
            // Many errors are one: the body is not of the kind that the broken header makes it.
            if self.errors.len() > known + 1 {
                self.errors.truncate(known);
            }
        }
    }

    /// The body after a header. Reports a `{` that is missing or on a line of its own, and a missing `}`.
    fn opened<'p>(
        &mut self,
        parts: impl Iterator<Item = Pair<'p, Rule>>,
        header: Span,
        declaration: Span,
    ) -> Option<Opened<'p>> {
        let mut braceless = false;
        for part in parts {
            match part.as_rule() {
                Rule::no_brace => {
                    self.errors.push(SyntaxError {
                        kind: SyntaxErrorKind::Unexpected,
                        message: "expected `{` at the end of this line".to_owned(),
                        span: Span::new(header.end - last_length(header.text(self.source)), header.end),
                        label: "no `{` follows".to_owned(),
                        related: None,
                        help: Some("add `{`, and `}` where the body ends".to_owned()),
                        edits: Vec::new(),
                    });
                    braceless = true;
                }
                Rule::late_brace => {
                    let end = span_of(&part).end;
                    let (behind, brace) = (Span::new(header.end, header.end), Span::new(end - 1, end));
                    self.errors.push(SyntaxError {
                        kind: SyntaxErrorKind::Unexpected,
                        message: "this `{` stands below its header".to_owned(),
                        span: brace,
                        label: "a newline ends the header before it".to_owned(),
                        related: Some((header, "belongs to the end of this line".to_owned())),
                        help: Some("write `{` at the end of the header's line".to_owned()),
                        edits: vec![(behind, " {".to_owned()), (brace, String::new())],
                    });
                }
                _ => {
                    if !braceless {
                        self.closed(&part, declaration);
                    }
                    return Some(Opened { body: part, braceless });
                }
            }
        }
        None
    }

    /// Reads a body. What looks wrong below a missing `{` may come from just that, so it waits until the brace
    /// is there.
    fn within<'p, T>(&mut self, opened: Opened<'p>, read: impl Fn(&mut Self, Pair<'p, Rule>) -> T) -> T {
        let known = self.errors.len();
        let body = read(self, opened.body);
        if opened.braceless {
            self.errors.truncate(known);
        }
        body
    }

    /// Reports the brace left open, if the body's `}` is missing.
    fn closed(&mut self, body: &Pair<'_, Rule>, declaration: Span) {
        let close = body.clone().into_inner().next_back();
        let open = close.is_some_and(|close| close.into_inner().any(|part| part.as_rule() == Rule::unclosed));
        if open && !self.errors.is_full() {
            self.errors.extend(braces::left_open(self.source, declaration));
        }
    }
}

/// A body, and whether its `{` is missing.
struct Opened<'p> {
    body: Pair<'p, Rule>,
    braceless: bool,
}

/// The length of a text's last character.
fn last_length(text: &str) -> usize {
    text.chars().next_back().map_or(0, char::len_utf8)
}

fn settings_kind(keyword: &str) -> SettingsKind {
    match keyword {
        "dataset" => SettingsKind::Dataset,
        "train" => SettingsKind::Train,
        "report" => SettingsKind::Report,
        "run" => SettingsKind::Run,
        _ => SettingsKind::Sweep,
    }
}
