//! What joins branches, and branches, in forms that they do not have: with names, with arguments, in capitals.

use super::scene::{Scene, quoted};
use crate::layer_names::CONTAINERS;
use crate::nearest::{is_certain, nearest};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};

const BRANCH: &str = "branch";

/// The explanation of a piece that begins with what joins branches, or with a branch.
pub(super) fn joins(scene: &Scene<'_>) -> Option<SyntaxError> {
    let at = unlabelled(scene, 0);
    let word = scene.text(at);
    if word == BRANCH {
        return branch(scene, 0);
    }
    if !CONTAINERS.contains(&word) {
        return in_other_letters(scene, 0);
    }
    let brace = behind_arguments(scene, at + 1);
    if scene.text(brace) != "{" {
        return None;
    }
    let help = format!("write `{word} {{`");
    if at > 0 {
        return Some(refused(scene, (0, at - 1), format!("`{word}` takes no name"), format!("{help} alone")));
    }
    if brace > 1 {
        let message = format!("`{word}` takes no arguments");
        let error =
            refused(scene, (1, brace - 1), message, format!("{help}; it joins as many branches as stand in it"));
        // What is in brackets may have been meant.
        let span = error.span;
        return Some(if brace == 3 { error.fixed(span, "") } else { error });
    }
    branch(scene, brace + 1).or_else(|| in_other_letters(scene, brace + 1)).or_else(|| {
        let first = scene.text(unlabelled(scene, brace + 1));
        let message = format!("`{word}` holds branches, and {} begins none", quoted(first));
        let help =
            format!("{help}, for each branch `branch {{`, layers, `}}`, and `}}`; an empty branch passes on its input");
        (first != BRANCH).then(|| refused(scene, (brace + 1, brace + 1), message, help))
    })
}

/// What is wrong with the branch at a token, where its form is.
fn branch(scene: &Scene<'_>, first: usize) -> Option<SyntaxError> {
    let at = unlabelled(scene, first);
    if scene.text(at) != BRANCH {
        return None;
    }
    let end = behind_arguments(scene, at + 1);
    let named = "`branch` takes no name".to_owned();
    let help = "write `branch {`; its layers may have names";
    if at > first {
        Some(refused(scene, (first, at - 1), named, help.to_owned()))
    } else if scene.is_word(at + 1) && scene.text(at + 2) == "{" {
        Some(refused(scene, (at + 1, at + 1), named, help.to_owned()))
    } else if end > at + 1 && scene.text(end) == "{" {
        Some(refused(scene, (at + 1, end - 1), "`branch` takes no arguments".to_owned(), "write `branch {`".to_owned()))
    } else {
        None
    }
}

/// `Branch {`
fn in_other_letters(scene: &Scene<'_>, at: usize) -> Option<SyntaxError> {
    let first = scene.text(at);
    let near =
        |at: usize| scene.is_word(at) && scene.text(at + 1) == "{" && nearest(scene.text(at), [BRANCH]).is_some();
    if !near(at) {
        return None;
    }
    let message = format!("{} is no statement; did you mean `{BRANCH}`?", quoted(first));
    let error = refused(scene, (at, at), message, format!("write `{BRANCH}`"));
    // All of them, as one alone leaves the others without a meaning.
    let certain = (at..scene.tokens.len()).filter(|&at| near(at) && is_certain(scene.text(at), BRANCH));
    let edits = certain.map(|at| (scene.tokens[at].span, BRANCH.to_owned())).collect();
    Some(SyntaxError { kind: SyntaxErrorKind::UnknownStatement, label: "not a statement".to_owned(), edits, ..error })
}

/// The token behind a label, if there is one.
fn unlabelled(scene: &Scene<'_>, at: usize) -> usize {
    if scene.is_word(at) && scene.text(at + 1) == ":" { at + 2 } else { at }
}

/// The token behind the arguments that begin at a token, if they do and have an end.
fn behind_arguments(scene: &Scene<'_>, at: usize) -> usize {
    let mut depth = 0_usize;
    for index in at..scene.tokens.len() {
        match scene.text(index) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return if index > at { index + 1 } else { at };
        }
    }
    at
}

/// An error at the tokens from one to another.
fn refused(scene: &Scene<'_>, (first, last): (usize, usize), message: String, help: String) -> SyntaxError {
    let token = |index: usize| scene.tokens.get(index).map_or(scene.spot(), |token| token.span);
    SyntaxError {
        kind: SyntaxErrorKind::Unexpected,
        message,
        span: Span::new(token(first).start, token(last).end),
        label: "not expected here".to_owned(),
        related: None,
        help: Some(help),
        edits: Vec::new(),
    }
}
