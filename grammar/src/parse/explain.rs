//! What is wrong with a broken piece of text.
//!
//! The piece is read again, alone, to find how far it makes sense. Then the first of these that applies
//! explains it: the words of another program (`foreign`), a malformed token, a bracket without partner, a habit from elsewhere (`habits`), and at last
//! what stands there against what would have fitted (`expected`).

use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};

use super::expected::sentence;
use super::foreign::foreign;
use super::habits::habit;
use super::place::Place;
use super::rules::{ElboParser, Rule};
use super::scene::{Scene, quoted};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::{Token, TokenKind};

/// Says what is wrong with a piece that the grammar could only match as junk.
pub(super) fn explain(source: &str, piece: Span, place: Place) -> SyntaxError {
    let scene = scene(source, piece, place);
    foreign(&scene)
        .or_else(|| malformed(&scene))
        .or_else(|| unmatched(&scene))
        .or_else(|| habit(&scene))
        .unwrap_or_else(|| misfit(&scene))
}

/// Reads a piece alone and notes how far that goes.
fn scene(source: &str, piece: Span, place: Place) -> Scene<'_> {
    // Nothing fits behind a `}`.
    if place == Place::Tail {
        return Scene::new(source, piece, place, piece.start, vec![Rule::EOI]);
    }
    let text = piece.text(source);
    match ElboParser::parse(place.rule(), text) {
        Ok(_) => Scene::new(source, piece, place, piece.end, Vec::new()),
        Err(error) => {
            let position = match error.location {
                InputLocation::Pos(position) | InputLocation::Span((position, _)) => position,
            };
            let expected = match error.variant {
                ErrorVariant::ParsingError { positives, .. } => positives,
                ErrorVariant::CustomError { .. } => Vec::new(),
            };
            Scene::new(source, piece, place, piece.start + position, expected)
        }
    }
}

/// A token that is no token, at or before the place where things stop making sense.
pub(super) fn malformed(scene: &Scene<'_>) -> Option<SyntaxError> {
    let read = &scene.tokens[..scene.tokens.len().min(scene.found + 1)];
    read.iter().find_map(|token| malformed_token(scene.source, *token))
}

/// The error of a token that is no token.
pub(super) fn malformed_token(source: &str, token: Token) -> Option<SyntaxError> {
    let text = token.span.text(source);
    let error = |kind, message: String, label: &str, help: Option<&str>| {
        let (label, help) = (label.to_owned(), help.map(str::to_owned));
        Some(SyntaxError { kind, message, span: token.span, label, related: None, help, edits: Vec::new() })
    };
    // `×` may stand between the sides of a kernel, and `–` between the ends of a range.
    let substitute = match text {
        "−" => Some("-"),
        "\u{A0}" => Some(" "),
        _ => None,
    };
    match token.kind {
        TokenKind::OpenText => error(
            SyntaxErrorKind::BadString,
            "this text has no closing quote".to_owned(),
            "a `\"` is missing on this line",
            Some("close it with `\"`; a line break within is written `\\n`"),
        ),
        TokenKind::Number if ElboParser::parse(Rule::lone_number, text).is_err() => error(
            SyntaxErrorKind::BadNumber,
            format!("{} is no number", quoted(text)),
            "cannot be read as a number",
            Some(if text.bytes().any(|byte| byte == b'x') {
                "a size is written `[3, 3]`, a product `3 * 3`"
            } else if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('_') {
                "`_` stands between two digits, as in `5_000`; names begin with a letter"
            } else {
                "numbers are written like `10`, `0.5`, `1e-3`, `5_000`, `20min` or `8GiB`"
            }),
        ),
        TokenKind::Unknown => error(
            SyntaxErrorKind::BadCharacter,
            format!("the language does not use {}", quoted(text)),
            "means nothing here",
            match text {
                "'" | "`" | "“" | "”" | "‘" | "’" | "„" => Some("texts stand in `\"`"),
                "%" => Some("write a share as a number between 0 and 1"),
                "×" => Some("write `*` for a product, `[3, 3]` for a size"),
                "−" => Some("write `-`"),
                "–" => Some("write `-` for a minus, `..` for a range of layers"),
                "^" => Some("write a power out as a product"),
                "\u{A0}" => Some("this is a no-break space; write a plain one"),
                _ => None,
            },
        )
        .map(|error| match substitute {
            Some(substitute) => error.fixed(token.span, substitute),
            None => error,
        }),
        _ => None,
    }
}

/// A bracket without its partner.
fn unmatched(scene: &Scene<'_>) -> Option<SyntaxError> {
    let found = scene.text(scene.found);
    let opener = scene.open.last().map(|index| scene.tokens[*index].span);
    let partner = match scene.innermost() {
        "(" => ")",
        "[" => "]",
        "{" => "}",
        _ => "",
    };
    // Only within the file do newlines end a value.
    let (Some(opener), "") = (opener, found) else {
        return match (found, opener) {
            (")" | "]" | "}", None) if scene.found > 0 || scene.tokens.len() == 1 => Some(unopened(scene)),
            (")" | "]", Some(opener)) if found != partner => {
                let error =
                    scene.error(SyntaxErrorKind::Unclosed, format!("expected `{partner}`, but found `{found}`"));
                let error = SyntaxError {
                    related: Some((opener, format!("`{}` is still open", scene.innermost()))),
                    help: Some(format!("write `{partner}`")),
                    ..error
                };
                // Where a bracket of this kind is open further out, the partner may as well be missing before it; where
                // more follows, the bracket may be one too many.
                let outer = if found == ")" { "(" } else { "[" };
                let ambiguous =
                    scene.open.iter().any(|index| scene.text(*index) == outer) || scene.found + 1 < scene.tokens.len();
                Some(if ambiguous { error } else { error.fixed(scene.spot(), partner) })
            }
            ("{", Some(opener)) if scene.innermost() != "{" => Some(left_open(scene, opener, partner)),
            _ => None,
        };
    };
    Some(left_open(scene, opener, partner))
}

fn unopened(scene: &Scene<'_>) -> SyntaxError {
    let found = scene.text(scene.found);
    let opener = match found {
        ")" => "(",
        "]" => "[",
        _ => "{",
    };
    let error = scene.error(SyntaxErrorKind::Unopened, format!("this `{found}` closes nothing"));
    let label = format!("no `{opener}` is open here");
    // A second one at the very end is a slip; elsewhere its partner may have been forgotten.
    if scene.found + 1 == scene.tokens.len() && scene.text(scene.found.wrapping_sub(1)) == found {
        let error = SyntaxError { label, help: Some("remove it".to_owned()), ..error };
        return error.fixed(scene.spot(), "");
    }
    SyntaxError { label, help: Some(format!("remove it, or add the `{opener}` it belongs to")), ..error }
}

fn left_open(scene: &Scene<'_>, opener: Span, partner: &str) -> SyntaxError {
    let last = scene.tokens[scene.found - 1].span;
    let message = format!("this `{}` is never closed", opener.text(scene.source));
    let error = SyntaxError {
        span: opener,
        label: format!("no `{partner}` belongs to it"),
        related: (last != opener).then(|| (last, format!("a `{partner}` is missing after this"))),
        help: Some(format!("add `{partner}`")),
        ..scene.error(SyntaxErrorKind::Unclosed, message)
    };
    // At the end of the bracket's own line, after a whole value, the partner belongs there, unless a bracket further in
    // may have taken it: in `f(g(a, b)` either may end after `a`.
    let behind = &scene.source[last.end..];
    let line_ends = behind.trim_start_matches([' ', '\t', '\r']).starts_with(['\n', '#']) || behind.trim().is_empty();
    let one_line = !scene.source[opener.start..last.end].contains('\n');
    let whole = !matches!(last.text(scene.source), "(" | "[" | "{" | "," | "=" | "+" | "-" | "*" | "/");
    let certain = line_ends && one_line && whole && partner != "}" && !shared(scene);
    if certain { error.fixed(Span::new(last.end, last.end), partner) } else { error }
}

/// Whether a partner of the innermost open bracket could stand earlier: another bracket of its kind is around it, or
/// one within it holds several items.
fn shared(scene: &Scene<'_>) -> bool {
    let Some((innermost, outer)) = scene.open.split_last() else { return false };
    let kind = scene.text(*innermost);
    let mut depth = 0usize;
    let mut several = false;
    for index in innermost + 1..scene.found {
        match scene.text(index) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "," if depth > 0 => several = true,
            _ => {}
        }
    }
    // A list within brackets ends with its own kind.
    let within = (innermost + 1..scene.found).any(|index| scene.text(index) == kind);
    outer.iter().any(|index| scene.text(*index) == kind) || several && within
}

/// Something stands where something else was expected.
fn misfit(scene: &Scene<'_>) -> SyntaxError {
    if scene.place == Place::Tail {
        let message = format!("expected a new line after `}}`, but found {}", quoted(scene.text(0)));
        let shortcut = scene.text(0) == "shortcut";
        let help = shortcut.then(|| "write `shortcut` as the last statement within `residual { … }`".to_owned());
        return SyntaxError { help, ..scene.error(SyntaxErrorKind::Unexpected, message) };
    }
    if scene.tokens.is_empty() {
        return scene.error(SyntaxErrorKind::Unexpected, "expected a value, but found nothing".to_owned());
    }
    let language = scene.place == Place::Line && scene.text(0) == "language";
    let kind = if language { SyntaxErrorKind::BadLanguageLine } else { SyntaxErrorKind::Unexpected };
    // In the midst of a value, the form of the whole is no help.
    let first = if scene.open.is_empty() { scene.text(0) } else { "" };
    let help = form(first, scene.place).map(|form| format!("the form is {form}"));
    let opener = scene
        .open
        .last()
        .map(|index| scene.tokens[*index].span)
        .filter(|_| scene.expects(&[Rule::rparen, Rule::rbracket]));
    SyntaxError {
        related: opener.map(|span| (span, format!("within this `{}`", span.text(scene.source)))),
        help,
        ..scene.error(kind, sentence(scene))
    }
}

/// How what begins with this word is written.
fn form(first: &str, place: Place) -> Option<&'static str> {
    Some(match (place, first) {
        (Place::Line, "use") => "`use \"file.elbo\"`",
        (Place::Line, "prior") => "`prior narrow = normal(mean=0, std=0.1)`",
        (Place::Line, "posterior") => "`posterior wide = gaussian(mean=zeros(), rho=-3)`",
        (Place::Line, "claim") => "`claim \"sentence\": nll(run_a) < nll(run_b)`",
        (Place::Line, "language") => "`language 1`",
        (Place::Header, "block") => "`block name(width: int, depth: int = 2) {`",
        (Place::Header, "model") => "`model name(classes: int = 10) {` or `model name extends other {`",
        (Place::Header, "dataset") => "`dataset name {` or `dataset name extends other {`",
        (Place::Header, "train") => "`train name {` or `train name extends other {`",
        (Place::Header, "report") => "`report name {` or `report name extends other {`",
        (Place::Header, "run") => "`run name {` or `run name extends other {`",
        (Place::Header, "sweep") => "`sweep name {`",
        (_, "@") if place != Place::Header => "`@allow(W0106)`, on the line above what it is meant for",
        (Place::Layers, "input") => "`input image[3, 32, 32]`, `input sequence[1, 128]` or `input vector[13]`",
        (Place::Layers, "output") => "`output categorical` or `output gaussian(noise=learned)`",
        (Place::Layers, "default") => "`default point`, `default bayes(prior=narrow)` or `default dropout(p=0.5)`",
        (Place::Layers, "mark") => "`mark s5.*, fc1, conv1..conv3 as bayes`",
        (Place::Layers, "replace") => "`replace head with linear(100)`",
        (Place::Layers, "insert") => "`insert after s3: norm3: batchnorm()`",
        (Place::Layers, "repeat") => "`repeat 3 {`, statements, `}`",
        (Place::Layers, "residual") => "`residual {`, statements, `}`",
        (Place::Layers, "shortcut") => "`shortcut {`, statements, `}`",
        (Place::Keys, first) if !first.is_empty() => "`key = value`",
        _ => return None,
    })
}
