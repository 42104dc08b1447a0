//! Mistakes that have a cause one can name: slips of the pen and habits from other languages.

use super::joins::joins;
use super::place::Place;
use super::rules::Rule;
use super::scene::{Scene, quoted};
use crate::layer_names::{CONTAINERS, NAMED_LAYERS, is_layer};
use crate::nearest::{is_certain, nearest};
use crate::reserved::{DECLARATIONS, MARKS, STATEMENTS, is_reserved};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::TokenKind;

/// The explanation of the first habit that fits.
pub(super) fn habit(scene: &Scene<'_>) -> Option<SyntaxError> {
    point_without_digits(scene)
        .or_else(|| foreign_symbol(scene))
        .or_else(|| called_path(scene))
        .or_else(|| match scene.place {
            Place::Layers => joins(scene).or_else(|| in_layers(scene)),
            Place::Keys => in_keys(scene),
            Place::Line | Place::Header | Place::Tail | Place::Value => None,
        })
        .or_else(|| reserved_for_layer(scene))
}

/// With a proposal that a machine can apply: it must be the only thing that can be meant.
fn fixed(error: SyntaxError, help: String, span: Span, text: impl Into<String>) -> Option<SyntaxError> {
    helped(error.fixed(span, text), help)
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
    // In `features.0` the point separates a name from what is no name.
    let joined = scene.found.checked_sub(1).map(|index| scene.tokens[index]);
    if joined.is_some_and(|token| token.span.end == dot.start && token.kind == TokenKind::Word) && after.is_some() {
        return numbered_name(scene);
    }
    let before = scene.found.checked_sub(1).and_then(number).filter(|token| token.span.end == dot.start);
    let (span, proposal) = match (before, after) {
        (None, Some(after)) => (dot.to(after.span), format!("0.{}", after.span.text(scene.source))),
        (Some(before), None) => (before.span.to(dot), format!("{}.0", before.span.text(scene.source))),
        _ => return None,
    };
    let message = format!("{} is no number: its point needs a digit on both sides", quoted(span.text(scene.source)));
    let error = SyntaxError { span, ..scene.error(SyntaxErrorKind::BadNumber, message) };
    fixed(error, format!("write `{proposal}`"), span, proposal)
}

/// `features.0`, as PyTorch numbers the layers of a `Sequential`.
fn numbered_name(scene: &Scene<'_>) -> Option<SyntaxError> {
    let (name, number) = (scene.text(scene.found - 1), scene.text(scene.found + 1));
    let span = scene.tokens[scene.found - 1].span.to(scene.tokens[scene.found + 1].span);
    let message = format!("{} is no name: names are of `a` to `z`, digits and `_`", quoted(span.text(scene.source)));
    let error = SyntaxError { span, ..scene.error(SyntaxErrorKind::Unexpected, message) };
    let index = if number.bytes().all(|byte| byte.is_ascii_digit()) { number } else { "0" };
    let proposal = if scene.found == 1 {
        format!("name the layer without a point, for example `{name}{index}`")
    } else {
        format!("a copy of a repeated layer is `{name}[{index}]`")
    };
    helped(error, proposal)
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
        ":" if scene.innermost() == "(" && scene.expects(&[Rule::assign]) => fixed(
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
    if let (Some(help), false) = (branching(first), matches!(scene.text(1), ":" | "=")) {
        let message = format!("`{first}` is no statement: layers run one after the other, from top to bottom");
        return helped(statement(message), help);
    }
    let fits = STATEMENTS.contains(&first) || MARKS.contains(&first);
    if scene.is_word(0) && !fits && scene.found <= 2 && scene.text(1) != ":" {
        let meant = nearest(first, STATEMENTS.iter().copied());
        // `imput image[…]` and `repaet 3 {` go wrong behind their first word.
        if let (Some(meant), false) = (meant, is_layer(first) || scene.text(1) == "(") {
            let message = format!("`{first}` is no statement; did you mean `{meant}`?");
            let error = helped(statement(message), format!("write `{meant}`"))?;
            return Some(if is_certain(first, meant) { error.fixed(scene.tokens[0].span, meant) } else { error });
        }
        if scene.text(1) == "=" {
            let message = format!("a model or block holds no keys, but `{first}` is given a value");
            let help = format!("a layer is written `{first}: …`; keys stand in `dataset`, `train`, `report` and `run`");
            return helped(statement(message), help);
        }
        if scene.found > 0 && (1..scene.tokens.len()).any(|index| scene.text(index) == "{") {
            let message = format!("`{first}` is no statement with a body");
            return helped(statement(message), bodies());
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
        return helped(scene.error(SyntaxErrorKind::Unexpected, message), format!("write `{found}` alone"));
    }
    if scene.open.is_empty() && scene.is_word(scene.found) && scene.is_word(scene.found.wrapping_sub(1)) {
        return two_words(scene, before, found);
    }
    None
}

/// What a model has in place of the branches and loops of a program.
fn branching(word: &str) -> Option<String> {
    let help = match word {
        "if" | "else" | "elif" | "match" | "switch" => {
            "there are no conditions: write a model for each case, `model other extends this {`, or a parameter, \
             `model net(width: int = 8) {`"
        }
        "for" | "while" | "loop" => "write `repeat N {`, layers, `}`; copies of a layer `s` are then `s[0]`, `s[1]`, …",
        "concat" | "concatenate" | "cat" | "branch" | "parallel" | "split" if CONTAINERS.is_empty() => {
            "branches cannot be concatenated; the one way to branch is a sum, `residual {`, layers, `}`, with an \
             optional `shortcut {`, layers, `}` as its last statement"
        }
        "concatenate" | "cat" | "branch" | "parallel" | "split" => return Some(container(CONTAINERS[0])),
        _ if CONTAINERS.contains(&word) => return Some(container(word)),
        _ => return None,
    };
    Some(help.to_owned())
}

/// How branches are written.
fn container(name: &str) -> String {
    format!(
        "write `{name} {{`, for each branch `branch {{`, layers, `}}`, and `}}`; an empty branch passes on its input"
    )
}

/// What a body may follow.
fn bodies() -> String {
    let containers = CONTAINERS.iter().map(|name| format!("`{name}`"));
    let words: Vec<String> =
        ["`repeat N`", "`residual`", "`shortcut`"].map(str::to_owned).into_iter().chain(containers).collect();
    let (last, first) = words.split_last().expect("there are some");
    format!("bodies follow {} and {last}", first.join(", "))
}

/// Two words in a row where only one can be.
fn two_words(scene: &Scene<'_>, before: &str, found: &str) -> Option<SyntaxError> {
    let unexpected = |message: String| scene.error(SyntaxErrorKind::Unexpected, message);
    if MARKS.contains(&before) && scene.found == 3 && scene.text(1) == ":" {
        let message = format!("the mark `{before}` stands after the layer's name");
        let error = SyntaxError { span: scene.tokens[2].span, ..unexpected(message) };
        let (name, mark) = (scene.tokens[0].span, scene.tokens[2].span);
        let error = error.fixed(Span::new(name.start, name.start), format!("{before} "));
        let behind = Span::new(mark.start, scene.tokens[3].span.start);
        return fixed(error, format!("write `{before} {}: {found}…`", scene.text(0)), behind, "");
    }
    if is_layer(found) && !is_layer(before) && !is_reserved(before) && !STATEMENTS.contains(&scene.text(0)) {
        let message = format!("expected `:` between the name `{before}` and the layer `{found}`");
        let end = scene.tokens[scene.found - 1].span.end;
        let (error, help) = (unexpected(message), format!("write `{before}: {found}`"));
        // Further on, two words in a row are something else.
        let first = scene.found == 1 || scene.found == 2 && MARKS.contains(&scene.text(0));
        // Layers without weights need no name, so that the first word may be one as well, without its newline.
        return if first && NAMED_LAYERS.contains(&found) {
            fixed(error, help, Span::new(end, end), ":")
        } else {
            helped(error, help)
        };
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
        return fixed(error, format!("write `{first} = …`"), with_blanks(scene, 1), " = ");
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
