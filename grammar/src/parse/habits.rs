//! Mistakes that have a cause one can name: slips of the pen and habits from other languages.

use super::Rule;
use super::explain::Place;
use super::scene::{Scene, quoted};
use crate::nearest::nearest;
use crate::reserved::{DECLARATIONS, LAYERS, MARKS, STATEMENTS, is_reserved};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::TokenKind;

/// The explanation of the first habit that fits.
pub(super) fn habit(scene: &Scene<'_>) -> Option<SyntaxError> {
    point_without_digits(scene)
        .or_else(|| foreign_symbol(scene))
        .or_else(|| called_path(scene))
        .or_else(|| match scene.place {
            Place::Layers => in_layers(scene),
            Place::Keys => in_keys(scene),
            Place::Line | Place::Header | Place::Tail | Place::Value => None,
        })
        .or_else(|| reserved_for_layer(scene))
}

/// With a proposal that a machine can apply.
fn mended(error: SyntaxError, help: String, span: Span, text: impl Into<String>) -> Option<SyntaxError> {
    helped(error.mended(span, text), help)
}

fn helped(error: SyntaxError, help: String) -> Option<SyntaxError> {
    Some(SyntaxError { help: Some(help), ..error })
}

/// `.5` and `1.`
fn point_without_digits(scene: &Scene<'_>) -> Option<SyntaxError> {
    if scene.text(scene.found) != "." {
        return None;
    }
    let dot = scene.tokens[scene.found].span;
    let number = |index: usize| scene.tokens.get(index).filter(|token| token.kind == TokenKind::Number);
    let after = number(scene.found + 1).filter(|token| token.span.start == dot.end);
    let before = scene.found.checked_sub(1).and_then(number).filter(|token| token.span.end == dot.start);
    let (span, proposal) = match (before, after) {
        (None, Some(after)) => (dot.to(after.span), format!("0.{}", after.span.text(scene.source))),
        (Some(before), None) => (before.span.to(dot), format!("{}.0", before.span.text(scene.source))),
        _ => return None,
    };
    let message = format!("{} is no number: its point needs a digit on both sides", quoted(span.text(scene.source)));
    let error = SyntaxError { span, ..scene.error(SyntaxErrorKind::BadNumber, message) };
    mended(error, format!("write `{proposal}`"), span, proposal)
}

/// A token with the blanks behind it on its line.
fn with_blanks(scene: &Scene<'_>, index: usize) -> Span {
    let span = scene.tokens[index].span;
    let behind = &scene.source[span.end..];
    Span::new(span.start, span.end + (behind.len() - behind.trim_start_matches([' ', '\t']).len()))
}

/// Operators of other languages, and `:` or `=` in each other's place.
fn foreign_symbol(scene: &Scene<'_>) -> Option<SyntaxError> {
    let found = scene.text(scene.found);
    let unexpected = |message: &str| scene.error(SyntaxErrorKind::Unexpected, message.to_owned());
    match found {
        "==" | "!=" => helped(
            unexpected(&format!("`{found}` is no operator")),
            "a key takes one `=`; values are compared with `<`, `<=`, `>` and `>=`".to_owned(),
        ),
        ":" if scene.innermost() == "(" && scene.expects(&[Rule::assign]) => mended(
            unexpected("a named argument takes `=`, not `:`"),
            format!("write `{}=…`", scene.text(scene.found - 1)),
            with_blanks(scene, scene.found),
            "=",
        ),
        "=" if scene.place == Place::Header && scene.expects(&[Rule::colon]) => helped(
            unexpected("a parameter's type comes before its default"),
            format!("write `{}: int = …`, with its type", scene.text(scene.found - 1)),
        ),
        "*" if scene.text(scene.found + 1) == "*" || scene.text(scene.found.wrapping_sub(1)) == "*" => {
            helped(unexpected("`**` is no operator"), "write a power out as a product".to_owned())
        }
        "{" if matches!(scene.place, Place::Line | Place::Keys) && scene.expects(&[Rule::value, Rule::inner]) => {
            helped(unexpected("`{` begins no value"), "lists stand in `[ ]`, named values in a call's `( )`".to_owned())
        }
        _ => None,
    }
}

/// What goes wrong in the bodies of models and blocks.
fn in_layers(scene: &Scene<'_>) -> Option<SyntaxError> {
    let first = scene.text(0);
    let found = scene.text(scene.found);
    let statement = |message: String| SyntaxError {
        span: scene.tokens[0].span,
        label: "not a statement".to_owned(),
        ..scene.error(SyntaxErrorKind::UnknownStatement, message)
    };
    let fits = STATEMENTS.contains(&first) || MARKS.contains(&first);
    if scene.is_word(0) && !fits && scene.found <= 2 && scene.text(1) != ":" {
        let meant = nearest(first, STATEMENTS.iter().copied());
        // `imput image[…]` and `repaet 3 {` go wrong behind their first word.
        if let (Some(meant), false) = (meant, LAYERS.contains(&first) || scene.text(1) == "(") {
            let message = format!("`{first}` is no statement; did you mean `{meant}`?");
            return mended(statement(message), format!("write `{meant}`"), scene.tokens[0].span, meant);
        }
        if scene.text(1) == "=" {
            let message = format!("a model or block holds no keys, but `{first}` is given a value");
            let help = format!("a layer is written `{first}: …`; keys stand in `dataset`, `train`, `report` and `run`");
            return helped(statement(message), help);
        }
        if scene.found > 0 && (1..scene.tokens.len()).any(|index| scene.text(index) == "{") {
            let message = format!("`{first}` is no statement with a body");
            return helped(statement(message), "bodies follow `repeat N`, `residual` and `shortcut`".to_owned());
        }
        if scene.found == 0 && DECLARATIONS.contains(&first) {
            let message = format!("`{first}` opens a declaration, which cannot stand inside another");
            return helped(
                scene.error(SyntaxErrorKind::Unexpected, message),
                "move it to the top level; perhaps a `}` is missing above".to_owned(),
            );
        }
    }
    let before = scene.found.checked_sub(1).map_or("", |index| scene.text(index));
    if before == ":" && matches!(found, "repeat" | "residual" | "shortcut") {
        let message = format!("`{found}` takes no name");
        let named = Span::new(scene.tokens[0].span.start, scene.spot().start);
        let error = scene.error(SyntaxErrorKind::Unexpected, message);
        return mended(error, format!("write `{found}` alone"), named, "");
    }
    if scene.open.is_empty() && scene.is_word(scene.found) && scene.is_word(scene.found.wrapping_sub(1)) {
        return two_words(scene, before, found);
    }
    None
}

/// Two words in a row where only one can be.
fn two_words(scene: &Scene<'_>, before: &str, found: &str) -> Option<SyntaxError> {
    let unexpected = |message: String| scene.error(SyntaxErrorKind::Unexpected, message);
    if MARKS.contains(&before) && scene.found == 3 && scene.text(1) == ":" {
        let message = format!("the mark `{before}` stands behind the layer's name");
        let error = SyntaxError { span: scene.tokens[2].span, ..unexpected(message) };
        let (name, mark) = (scene.tokens[0].span, scene.tokens[2].span);
        let error = error.mended(Span::new(name.start, name.start), format!("{before} "));
        let behind = Span::new(mark.start, scene.tokens[3].span.start);
        return mended(error, format!("write `{before} {}: {found}…`", scene.text(0)), behind, "");
    }
    if LAYERS.contains(&found) && !is_reserved(before) && !STATEMENTS.contains(&scene.text(0)) {
        let message = format!("expected `:` between the name `{before}` and the layer `{found}`");
        let end = scene.tokens[scene.found - 1].span.end;
        return mended(unexpected(message), format!("write `{before}: {found}`"), Span::new(end, end), ":");
    }
    None
}

/// What goes wrong in the bodies of settings.
fn in_keys(scene: &Scene<'_>) -> Option<SyntaxError> {
    let first = scene.text(0);
    if scene.found != 1 || !scene.is_word(0) {
        return None;
    }
    if scene.text(1) == ":" {
        let message = format!("the key `{first}` takes `=`, not `:`");
        let error = scene.error(SyntaxErrorKind::Unexpected, message);
        return mended(error, format!("write `{first} = …`"), with_blanks(scene, 1), " = ");
    }
    if STATEMENTS.contains(&first) && !scene.text(1).is_empty() {
        let message = format!("`{first}` is a statement of models and blocks, not a key");
        let error = scene.error(SyntaxErrorKind::UnknownStatement, message);
        return helped(
            SyntaxError { span: scene.tokens[0].span, ..error },
            "keys are written `key = value`".to_owned(),
        );
    }
    None
}

/// A reserved word where a layer should be.
fn reserved_for_layer(scene: &Scene<'_>) -> Option<SyntaxError> {
    let before = scene.found.checked_sub(1).map_or("", |index| scene.text(index));
    let found = scene.text(scene.found);
    let layer_due = scene.place == Place::Layers && scene.open.is_empty() && matches!(before, ":" | "with");
    if layer_due && is_reserved(found) {
        let message = format!("expected a layer, but found the keyword {}", quoted(found));
        return Some(scene.error(SyntaxErrorKind::Unexpected, message));
    }
    None
}

/// `validation.ece(bins=15)`
fn called_path(scene: &Scene<'_>) -> Option<SyntaxError> {
    if scene.text(scene.found) != "(" || scene.found < 3 || scene.text(scene.found - 2) != "." {
        return None;
    }
    let message = "only a plain name can be called, not a path".to_owned();
    let name = scene.text(scene.found - 1);
    helped(scene.error(SyntaxErrorKind::Unexpected, message), format!("call `{name}(…)` or leave the brackets away"))
}
