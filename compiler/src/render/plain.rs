//! For people without a terminal, such as in logs: the source drawn with ASCII, 100 columns, no colour.

use super::report::{Look, reports};
use crate::diagnostic::Diagnostic;
use crate::sources::SourceMap;
use miette::{ThemeCharacters, ThemeStyles};

/// Writes each diagnostic with the lines it is about.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let (characters, styles) = (ThemeCharacters::ascii(), ThemeStyles::none());
    reports(diagnostics, sources, &Look { characters, styles, color: false, ellipsis: "..." })
}
