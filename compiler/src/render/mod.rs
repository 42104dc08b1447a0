//! Renderers of diagnostics: for people at a terminal, for scripts, for code scanning, for workflows.
//!
//! All take the same [`Diagnostic`]s over the same [`SourceMap`] and turn byte offsets into lines and
//! columns by one [`LineIndex`](crate::line_index::LineIndex) a file. Whatever the spans are, they are clamped to their
//! source; whatever the source holds, what is written for people has no control characters in it.

pub mod comparison;
pub mod escape;
mod excerpt;
pub mod fancy;
pub mod github;
pub mod json;
pub mod page;
mod places;
pub mod plain;
mod report;
pub mod sarif;
#[cfg(test)]
mod tests;

pub use places::Place;

use crate::diagnostic::Diagnostic;
use crate::sources::SourceMap;

/// The forms diagnostics are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: the source with Unicode drawing, coloured where wanted.
    Fancy,
    /// For people: the source with ASCII drawing, never coloured.
    Plain,
    /// For scripts: the stable form of [`json`].
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For GitHub workflows: commands that become annotations.
    Github,
}

impl Format {
    /// Every form, in the order help texts list them.
    pub const ALL: [Self; 5] = [Self::Fancy, Self::Plain, Self::Json, Self::Sarif, Self::Github];

    /// The name it is chosen by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fancy => "fancy",
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that no [`Format`] has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no format `{0}`; choose `fancy`, `plain`, `json`, `sarif` or `github`")]
pub struct UnknownFormat(String);

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Writes diagnostics in a form; `color` matters to [`Format::Fancy`] alone.
///
/// The result is empty or ends with a line break. [`Format::Json`] and [`Format::Sarif`] are one whole
/// document, also when there is nothing to report.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, format: Format, color: bool) -> String {
    match format {
        Format::Fancy => fancy::render(diagnostics, sources, color),
        Format::Plain => plain::render(diagnostics, sources),
        Format::Json => json::render(diagnostics, sources),
        Format::Sarif => sarif::render(diagnostics, sources),
        Format::Github => github::render(diagnostics, sources),
    }
}
