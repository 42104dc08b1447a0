//! For people at a terminal: the source drawn with Unicode, coloured where wanted.

use super::report::{Look, reports};
use crate::diagnostic::Diagnostic;
use crate::sources::SourceMap;
use miette::{ThemeCharacters, ThemeStyles};

/// Writes each diagnostic with the lines it is about.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, color: bool) -> String {
    let styles = if color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    reports(diagnostics, sources, &Look { characters: ThemeCharacters::unicode(), styles, color, ellipsis: "…" })
}
