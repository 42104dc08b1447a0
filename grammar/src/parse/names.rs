//! Names: their letters, and which of them are reserved.

use pest::iterators::Pair;

use super::builder::{Builder, span_of};
use super::foreign::unknown_here;
use super::rules::Rule;
use crate::ast::Name;
use crate::habits::{self, Habit};
use crate::layer_names::is_layer;
use crate::reserved::{is_reserved, why_reserved};
use crate::span::{Span, Spanned};
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};

impl Builder<'_> {
    /// A name that refers to something. Wrong letters are reported, the name is kept. The edit is a proposal for those
    /// who know which names there are.
    pub(super) fn name(&mut self, pair: &Pair<'_, Rule>) -> Name {
        self.name_or(pair, |source, span| habits::named(first_of_line(source, span.start), span.text(source)))
    }

    /// The name of an argument.
    pub(super) fn argument_name(&mut self, pair: &Pair<'_, Rule>) -> Name {
        self.name_or(pair, |source, span| habits::any_argument(span.text(source)))
    }

    /// A name whose wrong letters are explained by a habit, if there is one.
    fn name_or(&mut self, pair: &Pair<'_, Rule>, habit: impl Fn(&str, Span) -> Option<&'static Habit>) -> Name {
        let name = Spanned::new(pair.as_str().to_owned(), span_of(pair));
        if name.value.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
            return name;
        }
        self.errors.push(match habit(self.source, name.span) {
            Some(habit) => unknown_here(SyntaxErrorKind::BadCharacter, habit, name.span, &name.value),
            None => wrong_letters(&name),
        });
        name
    }

    /// The name of a layer with its number, `features[0]`, as paths have it.
    pub(super) fn numbered_name(&mut self, pair: Pair<'_, Rule>) -> Option<Name> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let name = self.declared_name(&parts.next()?);
        let number = self.whole(&parts.next()?)?;
        Some(Spanned::new(format!("{}[{}]", name.value, number.value), span))
    }

    /// A name that something is given here, so that it must not be reserved.
    pub(super) fn declared_name(&mut self, pair: &Pair<'_, Rule>) -> Name {
        let name = self.name_or(pair, |_, _| None);
        if let Some(why) = why_reserved(&name.value) {
            self.errors.push(SyntaxError {
                kind: SyntaxErrorKind::ReservedName,
                message: format!("`{}` is reserved: {why}", name.value),
                span: name.span,
                label: "cannot be a name".to_owned(),
                related: None,
                help: Some(format!("choose another name, for example `{}1`", name.value)),
                edits: Vec::new(),
            });
        }
        name
    }
}

/// The first word of the line that holds a place; empty where the line is too long to look for it.
fn first_of_line(source: &str, place: usize) -> &str {
    let from = source.floor_char_boundary(place.saturating_sub(200));
    let before = &source[from..place];
    let line = match before.rfind(['\n', '\r', ';']) {
        Some(end) => &before[end + 1..],
        None if from == 0 => before,
        None => "",
    };
    line.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// That a name has letters which names have not.
fn wrong_letters(name: &Name) -> SyntaxError {
    let proposal = lower_case(&name.value);
    SyntaxError {
        kind: SyntaxErrorKind::BadCharacter,
        message: format!("`{}` is no name: names are of `a` to `z`, digits and `_`", name.value),
        span: name.span,
        label: if name.value.is_ascii() { "has capital letters" } else { "has letters beyond `a` to `z`" }.to_owned(),
        related: None,
        help: proposal.as_ref().map(|proposal| format!("write `{proposal}`")),
        edits: proposal.map(|proposal| (name.span, proposal)).into_iter().collect(),
    }
}

/// The name in the language's letters, if it has some: `AlexNet` → `alex_net`, `ReLU` → `relu`.
fn lower_case(name: &str) -> Option<String> {
    if !name.is_ascii() {
        return None;
    }
    let flat = name.to_ascii_lowercase();
    if is_reserved(&flat) || is_layer(&flat) {
        return Some(flat);
    }
    let mut parts = String::new();
    let mut after_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_small {
            parts.push('_');
        }
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        parts.push(c.to_ascii_lowercase());
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::lower_case;

    #[test]
    fn proposals_are_names() {
        assert_eq!(lower_case("AlexNet").as_deref(), Some("alex_net"));
        assert_eq!(lower_case("ReLU").as_deref(), Some("relu"));
        assert_eq!(lower_case("Conv2d").as_deref(), Some("conv2d"));
        assert_eq!(lower_case("VGG16").as_deref(), Some("vgg16"));
        assert_eq!(lower_case("größe"), None);
    }
}
