//! The stable form for scripts: one JSON document with a version.
//!
//! `{"version":1,"diagnostics":[…]}`; see [`Document`]. Texts are exactly those of the diagnostic, and
//! spans are clamped to their source.

use super::places::{Place, Places};
use crate::diagnostic::{Diagnostic, Severity};
use crate::sources::SourceMap;
use serde::{Deserialize, Serialize};

/// The version of the form; it changes only when a reader of the old one could misread the new one.
pub const VERSION: u32 = 1;

/// All findings of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// [`VERSION`].
    pub version: u32,
    /// The findings in the order they were given.
    pub diagnostics: Vec<Finding>,
}

/// One finding. Its place is that of its primary label and `null` throughout if it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The code, such as `E0302`.
    pub code: String,
    /// How much it matters.
    pub severity: Level,
    /// The problem.
    pub message: String,
    /// A proposed fix.
    pub help: Option<String>,
    /// The path as it is shown to people.
    pub file: Option<String>,
    /// The line it starts in, from 1.
    pub line: Option<usize>,
    /// The column it starts at, from 1, in Unicode scalar values.
    pub column: Option<usize>,
    /// The line it ends in.
    pub end_line: Option<usize>,
    /// The column after its last character.
    pub end_column: Option<usize>,
    /// The offset of its first byte.
    pub start_byte: Option<usize>,
    /// The offset after its last byte.
    pub end_byte: Option<usize>,
    /// Every label, the primary one first.
    pub labels: Vec<LabelledPlace>,
    /// Context.
    pub notes: Vec<String>,
    /// The fix as edits, all of them or none.
    pub edits: Vec<Replacement>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing can be run.
    Error,
    /// Something is legal and most likely not what was meant.
    Warning,
    /// Something worth knowing.
    Note,
}

/// A place with what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelledPlace {
    /// What it shows.
    pub message: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

/// A replacement of one range of the finding's file by another text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The offset of the first byte replaced.
    pub start_byte: usize,
    /// The offset after the last byte replaced; equal to the first for an insertion.
    pub end_byte: usize,
    /// By what.
    pub text: String,
    /// The file, given only where it is not the finding's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Writes diagnostics as one line of JSON.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut text = serde_json::to_string(&document(diagnostics, sources))
        .expect("structures of strings and whole numbers always serialise");
    text.push('\n');
    text
}

/// The document that [`render`] writes.
pub fn document(diagnostics: &[Diagnostic], sources: &SourceMap) -> Document {
    let places = Places::new(sources);
    let diagnostics = diagnostics.iter().map(|diagnostic| finding(diagnostic, &places)).collect();
    Document { version: VERSION, diagnostics }
}

fn finding(diagnostic: &Diagnostic, places: &Places<'_>) -> Finding {
    let primary = diagnostic.labels.first().and_then(|label| places.of(label));
    let labels = diagnostic
        .labels
        .iter()
        .filter_map(|label| Some(LabelledPlace { message: label.message.clone(), place: places.of(label)? }))
        .collect();
    let edits = diagnostic
        .edits
        .iter()
        .map(|edit| {
            let place = places.place(edit.source, edit.span)?;
            let elsewhere = primary.as_ref().is_none_or(|primary| primary.file != place.file);
            Some(Replacement {
                start_byte: place.start_byte,
                end_byte: place.end_byte,
                text: edit.text.clone(),
                file: elsewhere.then_some(place.file),
            })
        })
        // All or none: a fix of which a part has no file is no fix.
        .collect::<Option<Vec<_>>>()
        .unwrap_or_default();
    Finding {
        code: diagnostic.code.identifier().to_owned(),
        severity: diagnostic.severity.into(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        line: primary.as_ref().map(|place| place.line),
        column: primary.as_ref().map(|place| place.column),
        end_line: primary.as_ref().map(|place| place.end_line),
        end_column: primary.as_ref().map(|place| place.end_column),
        start_byte: primary.as_ref().map(|place| place.start_byte),
        end_byte: primary.as_ref().map(|place| place.end_byte),
        file: primary.map(|place| place.file),
        labels,
        notes: diagnostic.notes.clone(),
        edits,
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }
}
