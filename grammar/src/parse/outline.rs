//! The outline of a text: its statements in a row, each with its tokens, for who lays it out anew.
//!
//! The syntax tree holds what was meant. An outline holds what was written, comments, separators and broken
//! pieces included, and leaves out white space and `;` alone.

use std::ops::Range;

use pest::Parser as _;
use pest::iterators::Pair;

use super::builder::{Builder, span_of};
use super::rules::{ElboParser, Rule, is_keyword};
use super::survey::survey;
use crate::ast::Comment;
use crate::span::Span;
use crate::syntax_error::SyntaxError;

/// What a text consists of, in source order.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// Statements, headers, closing braces, comments and broken pieces.
    pub pieces: Vec<Piece>,
    /// The tokens of all pieces, those of one piece in a row.
    pub leaves: Vec<Leaf>,
}

/// One piece of an outline.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Where it stands.
    pub span: Span,
    /// Its tokens, as a range of [`Outline::leaves`]; none for comments and broken pieces.
    pub leaves: Range<usize>,
    /// Whether its line must stay as it is, though the piece itself can be read.
    pub frozen: bool,
}

/// The kinds of piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// A `language` line.
    Language,
    /// A `use` line.
    Use,
    /// A `prior` or `posterior` line.
    Definition,
    /// A `claim` line.
    Claim,
    /// An `@allow` line.
    Allow,
    /// A statement of a model or block.
    Statement,
    /// An entry of settings.
    Entry,
    /// The line that opens a body, `{` included.
    Open,
    /// The `}` of a body.
    Close,
    /// A comment, except those within brackets, which are leaves of their piece.
    Comment,
    /// What could not be read.
    Broken,
}

/// One token of a piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    /// What it is.
    pub kind: LeafKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of leaf, as far as layout depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeafKind {
    /// A name, path, key, number, text, keyword or operator between two values.
    Word,
    /// The minus before a value.
    Minus,
    /// The `=` of an entry, a definition or a parameter.
    Assign,
    /// The `=` of an argument.
    TightAssign,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// `.*`
    Star,
    /// `..`
    Dots,
    /// The bracket that opens a list or the arguments of a call.
    Open {
        /// Whether it belongs to the name before it.
        attached: bool,
    },
    /// The `(` of a part of a value.
    OpenGroup,
    /// The `(` of `@allow`.
    OpenAllow,
    /// `)` or `]`
    Close,
    /// `{`
    Brace,
    /// A comment within brackets.
    Comment,
}

/// A text that has been matched against the grammar, once for all that is asked of it.
pub(crate) struct Reading<'s> {
    source: &'s str,
    comments: Vec<Comment>,
    file: Pair<'s, Rule>,
}

impl<'s> Reading<'s> {
    /// Reads a text; `None` where it nests too deep to be read.
    pub fn new(source: &'s str) -> Option<Self> {
        let comments = survey(source).ok()?;
        let file = ElboParser::parse(Rule::file, source).ok()?.next()?;
        Some(Self { source, comments, file })
    }

    /// Takes it to pieces.
    pub fn outline(&self) -> Outline {
        let mut outline = Outline::default();
        outline.file(self.file.clone(), self.source);
        outline
    }

    /// Its syntax errors, those that [`parse`](super::parse) gives.
    pub fn errors(&self) -> Vec<SyntaxError> {
        let mut builder = Builder::new(self.source, &self.comments);
        builder.file(self.file.clone());
        builder.errors.sorted()
    }
}

impl Outline {
    fn file(&mut self, file: Pair<'_, Rule>, source: &str) {
        // The first piece of the declaration before, where it has a body.
        let mut last: Option<usize> = None;
        let mut end = 0;
        for item in file.into_inner() {
            let span = span_of(&item);
            match item.as_rule() {
                Rule::EOI => continue,
                Rule::note | Rule::allow => {}
                Rule::stray => {
                    // Which `}` is to blame for a stray text, the indentation above it tells.
                    if let Some(last) = last.take() {
                        self.broken_from(last);
                    }
                }
                rule => {
                    // A declaration on the line where another ends is an error, so that it has to stay there.
                    if last.is_some()
                        && !source[end..span.start].contains(['\n', '\r', ';'])
                        && let Some(before) = self.pieces.last_mut()
                    {
                        before.frozen = true;
                    }
                    let braced = matches!(rule, Rule::block | Rule::model | Rule::settings);
                    last = braced.then_some(self.pieces.len());
                }
            }
            self.top(item);
            end = span.end;
        }
    }

    fn top(&mut self, item: Pair<'_, Rule>) {
        match item.as_rule() {
            Rule::block | Rule::model | Rule::settings => {
                if readable(&item) {
                    self.body(item);
                } else {
                    self.push(PieceKind::Broken, span_of(&item));
                }
            }
            _ => self.line(item),
        }
    }

    /// Makes one broken piece of the piece at `first` and all behind it.
    fn broken_from(&mut self, first: usize) {
        let (Some(start), Some(end)) = (self.pieces.get(first), self.pieces.last()) else { return };
        let span = start.span.to(end.span);
        self.leaves.truncate(start.leaves.start);
        self.pieces.truncate(first);
        self.push(PieceKind::Broken, span);
    }

    fn push(&mut self, kind: PieceKind, span: Span) {
        let end = self.leaves.len();
        self.pieces.push(Piece { kind, span, leaves: end..end, frozen: false });
    }

    /// Whatever has a header and a body: a declaration, `repeat`, or what holds branches.
    fn body(&mut self, pair: Pair<'_, Rule>) {
        let first = self.leaves.len();
        let mut span = span_of(&pair);
        for part in pair.into_inner() {
            if !matches!(part.as_rule(), Rule::layers | Rule::keys) {
                self.leaves(part);
                continue;
            }
            for line in part.into_inner() {
                match line.as_rule() {
                    Rule::lbrace => {
                        self.leaves(line);
                        span.end = self.leaves.last().map_or(span.end, |brace| brace.span.end);
                        let leaves = first..self.leaves.len();
                        self.pieces.push(Piece { kind: PieceKind::Open, span, leaves, frozen: false });
                    }
                    Rule::close => self.push(PieceKind::Close, span_of(&line)),
                    Rule::repeat | Rule::residual | Rule::shortcut | Rule::branch | Rule::container => self.body(line),
                    _ => self.line(line),
                }
            }
        }
    }

    /// What stands on a line of its own.
    fn line(&mut self, pair: Pair<'_, Rule>) {
        let span = span_of(&pair);
        let kind = match pair.as_rule() {
            Rule::note => PieceKind::Comment,
            Rule::language => PieceKind::Language,
            Rule::allow => PieceKind::Allow,
            Rule::import => PieceKind::Use,
            Rule::prior | Rule::posterior => PieceKind::Definition,
            Rule::claim => PieceKind::Claim,
            Rule::entry => PieceKind::Entry,
            Rule::layer | Rule::input | Rule::output | Rule::default | Rule::mark | Rule::replace | Rule::insert => {
                PieceKind::Statement
            }
            _ => PieceKind::Broken,
        };
        let first = self.leaves.len();
        if !matches!(kind, PieceKind::Comment | PieceKind::Broken) {
            self.leaves(pair);
        }
        self.pieces.push(Piece { kind, span, leaves: first..self.leaves.len(), frozen: false });
    }

    /// The tokens of a pair, in order.
    fn leaves(&mut self, pair: Pair<'_, Rule>) {
        let root = pair.as_rule();
        // What the next opening bracket is, and what those that are open are.
        let mut owner = root;
        let mut open: Vec<Rule> = Vec::new();
        let mut end = 0;
        for part in std::iter::once(pair.clone()).chain(pair.into_inner().flatten()) {
            let span = span_of(&part);
            // Within a path, key or number.
            if span.start < end {
                continue;
            }
            let kind = match part.as_rule() {
                rule @ (Rule::arguments | Rule::parameters | Rule::list | Rule::group | Rule::allow) => {
                    owner = rule;
                    continue;
                }
                Rule::lparen | Rule::lbracket => {
                    open.push(owner);
                    match owner {
                        Rule::group => LeafKind::OpenGroup,
                        Rule::allow => LeafKind::OpenAllow,
                        Rule::list => LeafKind::Open { attached: root == Rule::input && open.len() == 1 },
                        _ => LeafKind::Open { attached: true },
                    }
                }
                Rule::rparen | Rule::rbracket => {
                    open.pop();
                    LeafKind::Close
                }
                Rule::assign if matches!(open.last(), None | Some(Rule::parameters)) => LeafKind::Assign,
                Rule::assign => LeafKind::TightAssign,
                Rule::lbrace => LeafKind::Brace,
                Rule::colon => LeafKind::Colon,
                Rule::comma => LeafKind::Comma,
                Rule::star => LeafKind::Star,
                Rule::dots => LeafKind::Dots,
                Rule::minus => LeafKind::Minus,
                Rule::note => LeafKind::Comment,
                rule if is_word(rule) => LeafKind::Word,
                _ => continue,
            };
            end = span.end;
            self.leaves.push(Leaf { kind, span });
        }
    }
}

/// Whether a rule is one token to a reader, which layout leaves alone.
fn is_word(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::name
            | Rule::numbered
            | Rule::key
            | Rule::path
            | Rule::number
            | Rule::whole
            | Rule::text
            | Rule::code
            | Rule::operator
            | Rule::position
            | Rule::settings_kind
    ) || is_keyword(rule)
}

/// Whether a declaration has both its braces where they belong.
fn readable(declaration: &Pair<'_, Rule>) -> bool {
    declaration.clone().into_inner().all(|part| match part.as_rule() {
        Rule::late_brace | Rule::no_brace => false,
        Rule::layers | Rule::keys => {
            let close = part.into_inner().next_back();
            close.is_some_and(|close| close.into_inner().all(|part| part.as_rule() != Rule::unclosed))
        }
        _ => true,
    })
}
