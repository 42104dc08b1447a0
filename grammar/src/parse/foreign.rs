//! Lines of other programs: Python, C, YAML and JSON, and what PyTorch and Keras are called in.
//!
//! What is said of them stands in the table of [`habits`]; here is how they are recognised. Nothing is that a
//! slip in a line of elbo could look like.

use super::place::Place;
use super::scene::{Scene, quoted};
use crate::habits::{self, Habit};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::{Token, TokenKind};

/// Names of what passes through a network, in programs that compute it step by step.
const VARIABLES: [&str; 5] = ["x", "out", "h", "y", "hidden"];

/// The explanation of a broken piece that is a line of another program.
pub(super) fn foreign(scene: &Scene<'_>) -> Option<SyntaxError> {
    let place = match scene.place {
        Place::Layers => "layers",
        Place::Keys => "keys",
        Place::Line => "line",
        Place::Header | Place::Tail | Place::Value => return None,
    };
    let line = Line { source: scene.source, tokens: &scene.tokens, place };
    line.comment().or_else(|| line.any()).or_else(|| if place == "keys" { line.in_keys(scene) } else { None })
}

/// The same outside of any declaration; `tokens` are those up to the next one.
pub(super) fn foreign_line(source: &str, tokens: &[Token]) -> Option<SyntaxError> {
    let line = Line { source, tokens, place: "top" };
    let end = tokens.windows(2).position(|pair| source[pair[0].span.end..pair[1].span.start].contains(['\n', '\r']));
    let first = Line { tokens: &tokens[..end.map_or(tokens.len(), |last| last + 1)], ..line };
    line.comment().or_else(|| first.any())
}

/// An error about a word that a habit explains.
pub(super) fn unknown_here(kind: SyntaxErrorKind, habit: &Habit, span: Span, word: &str) -> SyntaxError {
    let error = SyntaxError {
        kind,
        message: format!("elbo has no {}", quoted(word)),
        span,
        label: "not of this language".to_owned(),
        related: None,
        help: Some(habit.help()),
        edits: Vec::new(),
    };
    match habit.spelled(word) {
        Some(spelled) => error.fixed(span, spelled),
        None => error,
    }
}

/// The tokens of a line, or of several that could not be told apart.
#[derive(Clone, Copy)]
struct Line<'l> {
    source: &'l str,
    tokens: &'l [Token],
    /// `layers`, `keys` or `top`.
    place: &'static str,
}

impl<'l> Line<'l> {
    fn text(self, index: usize) -> &'l str {
        self.tokens.get(index).map_or("", |token| token.span.text(self.source))
    }

    fn is_word(self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Word)
    }

    /// Whether two tokens stand without a space between them.
    fn touch(self, index: usize) -> bool {
        matches!(self.tokens.get(index..=index + 1), Some([left, right]) if left.span.end == right.span.start)
    }

    /// What the table says of a way of writing.
    fn form(self, word: &str, tokens: std::ops::RangeInclusive<usize>) -> Option<SyntaxError> {
        let place = if self.place == "line" { "keys" } else { self.place };
        let habit = habits::form(place, word)?;
        let span = self.tokens.get(*tokens.start())?.span.to(self.tokens.get(*tokens.end())?.span);
        let kind = match self.place {
            "layers" if *tokens.start() == 0 => SyntaxErrorKind::UnknownStatement,
            "top" => SyntaxErrorKind::UnknownDeclaration,
            _ => SyntaxErrorKind::Unexpected,
        };
        let written = span.text(self.source);
        let error = unknown_here(kind, habit, span, written);
        if written.starts_with(char::is_alphabetic) {
            return Some(error);
        }
        // Signs may well be written elsewhere.
        let message = format!("elbo does not write {} here", quoted(written));
        Some(SyntaxError { message, label: "not expected here".to_owned(), ..error })
    }

    /// `// …`, `/* … */`, `-- …`; a fix writes `#` for each `//`.
    fn comment(self) -> Option<SyntaxError> {
        let starts = |index: usize| match (self.text(index), self.text(index + 1)) {
            ("/", "/" | "*") => self.touch(index),
            ("-", "-") => index == 0 && self.touch(0) && !self.touch(1),
            _ => false,
        };
        let first = (0..self.tokens.len()).find(|index| starts(*index))?;
        let mut error = self.form("//", first..=first + 1)?;
        let mut line_end = 0;
        for index in (first..self.tokens.len()).filter(|index| starts(*index)) {
            let slashes = self.tokens[index].span.to(self.tokens[index + 1].span);
            if slashes.start >= line_end && slashes.text(self.source) == "//" {
                error = error.fixed(slashes, "#");
                let rest = &self.source[slashes.end..];
                line_end = slashes.end + rest.find('\n').unwrap_or(rest.len());
            }
        }
        Some(error)
    }

    /// What stands at the beginning, or is called by a path.
    fn any(self) -> Option<SyntaxError> {
        self.quoted_line().or_else(|| self.statement()).or_else(|| self.call()).or_else(|| self.object())
    }

    /// A docstring, or a key in quotes.
    fn quoted_line(self) -> Option<SyntaxError> {
        let in_quotes = self.tokens.first()?.kind == TokenKind::Text;
        let apostrophes = (0..3).take_while(|index| self.text(*index) == "'").count();
        match self.place {
            "keys" if in_quotes && self.text(1) == ":" => self.form("\"key\"", 0..=0),
            "keys" if apostrophes == 1 && self.text(2) == "'" && self.text(3) == ":" => self.form("\"key\"", 0..=2),
            _ if in_quotes || apostrophes == 3 => self.form("\"\"\"", 0..=0),
            _ => None,
        }
    }

    /// A statement that begins with a keyword of another language, or assigns a variable.
    fn statement(self) -> Option<SyntaxError> {
        let (first, second) = (self.text(0), self.text(1));
        if matches!(first, "-" | "*") && self.tokens.len() > 1 && !self.touch(0) {
            return self.form("-", 0..=0);
        }
        if !self.is_word(0) || (second == ":" && first != "else") {
            return None;
        }
        let declares = matches!(first, "let" | "var" | "const" | "auto" | "val");
        let fits = match first {
            _ if declares => self.is_word(1),
            _ if VARIABLES.contains(&first) => false,
            "self" | "super" => false,
            // A condition is asked before its `{` is missed; a path is looked at as a call.
            _ => !matches!(second, "." | "="),
        };
        if fits { self.form(first, 0..=0) } else { None }
    }

    /// `nn.Conv2d(…)`, `optim.Adam(…)`, `x = Input(…)`
    fn call(self) -> Option<SyntaxError> {
        for index in (0..self.tokens.len()).filter(|index| self.is_word(*index) && self.text(index + 1) == "(") {
            let word = self.text(index);
            let start = self.path_start(index);
            let is_path = start < index;
            // A layer of one's own that is called, and a list of layers that grows: neither names what is meant.
            if is_path && (matches!(self.text(start), "self" | "super") || self.text(start) == "model" && word == "add")
            {
                continue;
            }
            if !is_path && !word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                continue;
            }
            let found = match self.place {
                "top" => habits::call(word).filter(|_| is_path),
                _ => habits::named(self.text(0), word),
            };
            if let Some(habit) = found {
                let span = self.tokens[start].span.to(self.tokens[index].span);
                let kind = match self.place {
                    "layers" => SyntaxErrorKind::UnknownStatement,
                    "top" => SyntaxErrorKind::UnknownDeclaration,
                    _ => SyntaxErrorKind::Unexpected,
                };
                let error = unknown_here(kind, habit, span, span.text(self.source));
                return Some(SyntaxError { edits: Vec::new(), ..error });
            }
        }
        None
    }

    /// Where the path begins that ends with this token.
    fn path_start(self, mut index: usize) -> usize {
        while index >= 2 && self.text(index - 1) == "." && self.is_word(index - 2) {
            index -= 2;
        }
        index
    }

    /// `self.conv1(x)`, `x = x + y`: what remains of programs that compute step by step.
    fn object(self) -> Option<SyntaxError> {
        if self.place != "layers" {
            return None;
        }
        let object = |index: &usize| matches!(self.text(*index), "self" | "super") && self.text(index + 1) != ":";
        if let Some(index) = (0..self.tokens.len()).find(object) {
            let habit = habits::form("layers", "self")?;
            let span = self.tokens[index].span;
            return Some(unknown_here(SyntaxErrorKind::UnknownStatement, habit, span, span.text(self.source)));
        }
        if VARIABLES.contains(&self.text(0)) && self.text(1) == "=" {
            return self.form("x", 0..=0);
        }
        self.argument_in_quotes()
    }

    /// `padding='same'`
    fn argument_in_quotes(self) -> Option<SyntaxError> {
        let quote = (3..self.tokens.len()).find(|index| self.text(*index) == "'")?;
        let (name, sign) = (quote - 2, quote - 1);
        if !self.is_word(name) || self.text(sign) != "=" {
            return None;
        }
        let opener = (1..name).rev().find(|index| self.text(*index) == "(" && self.is_word(index - 1))?;
        let habit = habits::argument(self.text(opener - 1), self.text(name))?;
        let span = self.tokens[name].span;
        Some(unknown_here(SyntaxErrorKind::Unexpected, habit, span, span.text(self.source)))
    }

    /// What goes wrong behind a key.
    fn in_keys(self, scene: &Scene<'_>) -> Option<SyntaxError> {
        let found = scene.found;
        let joined = (self.text(1), self.text(2));
        let arrow = matches!(joined, (":" | "+" | "-" | "*", "=") | ("=" | "-", ">") | ("<", "-") | (":", ":"));
        if self.is_word(0) && self.touch(1) && arrow {
            return self.form(":=", 1..=2);
        }
        if self.is_word(0) && self.is_word(1) && self.text(2) == "=" {
            return self.form("let", 0..=0);
        }
        if self.text(0) == "-" && self.text(1) == "-" {
            return self.form("let", 0..=1);
        }
        if let Some(error) = self.argument_in_quotes() {
            return Some(error);
        }
        for index in 1..self.tokens.len() {
            match self.text(index) {
                "^" => return self.form("**", index..=index),
                "*" if self.text(index + 1) == "*" && self.touch(index) => return self.form("**", index..=index + 1),
                "'" => return self.form("'", index..=index),
                "if" | "lambda" if index == found || self.text(index) == "lambda" => {
                    return self.form("if", index..=index);
                }
                "{" if index <= found => return self.form("{", index..=index),
                "," if index == found && scene.open.is_empty() => return self.form(",", index..=index),
                _ => {}
            }
        }
        None
    }
}
