//! Reports for people, drawn by miette's graphical handler.
//!
//! A report is a sequence of sections, each a heading, a text, and the lines of one source, if any:
//! first the problem with the labels of the primary label's file, then one section for each further
//! file, then notes and help. miette has one source a diagnostic and no notes, so each section is a
//! diagnostic of its own to it.

use super::escape;
use super::excerpt::{Excerpt, Mark};
use super::places::Places;
use crate::diagnostic::{Diagnostic, Severity, SourceId};
use crate::sources::SourceMap;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

/// The columns that texts are wrapped at. miette counts its margin of two among them.
const WIDTH: usize = 102;

/// How reports are drawn.
pub(super) struct Look {
    pub(super) characters: ThemeCharacters,
    pub(super) styles: ThemeStyles,
    /// Whether the primary label is told from the others by colour.
    pub(super) color: bool,
    /// What stands for the parts of a long line that are not shown.
    pub(super) ellipsis: &'static str,
}

/// How many diagnostics of one file are drawn; nobody reads more, and the first explain most of the rest.
const MOST_PER_FILE: usize = 200;

/// Writes each diagnostic, an empty line between two, then where to read more.
pub(super) fn reports(diagnostics: &[Diagnostic], sources: &SourceMap, look: &Look) -> String {
    let places = Places::new(sources);
    let mut text = String::new();
    let mut drawn_of: BTreeMap<Option<SourceId>, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let drawn = drawn_of.entry(diagnostic.labels.first().map(|label| label.source)).or_default();
        *drawn += 1;
        if *drawn > MOST_PER_FILE {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        for (number, section) in sections(diagnostic, &places, look).iter().enumerate() {
            let drawn = section.draw(look);
            text.push_str(if number == 0 { drawn.trim_start() } else { &drawn });
        }
    }
    for (source, count) in drawn_of.into_iter().filter(|(_, count)| *count > MOST_PER_FILE) {
        let path = source.and_then(|source| places.file(source)).map_or("", |(path, _)| path);
        let left_out = count - MOST_PER_FILE;
        let _ = writeln!(text, "\nnote: {left_out} more diagnostics in `{}` are not shown", escape::line(path));
    }
    if let Some(reference) = reference(diagnostics) {
        let _ = writeln!(text, "\n{reference}");
    }
    text
}

/// Where to read more about what was found, in one line for all of it.
fn reference(diagnostics: &[Diagnostic]) -> Option<String> {
    let worst = diagnostics.iter().map(|diagnostic| diagnostic.severity).min()?;
    let codes = diagnostics.iter().filter(|diagnostic| diagnostic.severity == worst).map(|diagnostic| diagnostic.code);
    let codes: BTreeSet<_> = codes.collect();
    let first = codes.first()?.identifier();
    Some(match codes.len() {
        1 => format!("for more on {first}, run `elbo explain {first}`"),
        2..=4 => {
            let names: Vec<&str> = codes.iter().map(|code| code.identifier()).collect();
            let (last, others) = names.split_last()?;
            format!("for more on {} or {last}, run `elbo explain {first}`", others.join(", "))
        }
        count => format!("for more on {first} and {} other codes, run `elbo explain {first}`", count - 1),
    })
}

fn sections(diagnostic: &Diagnostic, places: &Places<'_>, look: &Look) -> Vec<Section> {
    let severity = match diagnostic.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Note => miette::Severity::Advice,
    };
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut files: Vec<SourceId> = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.source) && places.file(label.source).is_some() {
            files.push(label.source);
        }
    }
    let mut files = files.into_iter();
    let mut sections = vec![Section {
        heading: format!("{name}[{}]:", diagnostic.code.identifier()),
        severity,
        text: escape::text(&diagnostic.message).into_owned(),
        excerpt: files.next().and_then(|file| excerpt(diagnostic, file, places, look)),
    }];
    let aside = |heading: &str, text: &str, excerpt| Section {
        heading: heading.to_owned(),
        severity: miette::Severity::Advice,
        text: escape::text(text).into_owned(),
        excerpt,
    };
    for file in files {
        let path = places.file(file).map_or("", |(path, _)| path);
        let text = format!("see also `{}`", escape::line(path));
        sections.push(aside("note:", &text, excerpt(diagnostic, file, places, look)));
    }
    sections.extend(diagnostic.notes.iter().map(|note| aside("note:", note, None)));
    let fixable = if diagnostic.edits.is_empty() { "" } else { "[fix available]" };
    match (&diagnostic.help, fixable) {
        (Some(help), "") => sections.push(aside("help:", help, None)),
        (Some(help), fixable) => sections.push(aside("help:", &format!("{help} {fixable}"), None)),
        (None, "") => {}
        (None, fixable) => sections.push(aside("help:", fixable, None)),
    }
    sections
}

fn excerpt(diagnostic: &Diagnostic, file: SourceId, places: &Places<'_>, look: &Look) -> Option<Excerpt> {
    let (path, index) = places.file(file)?;
    let marks: Vec<_> = diagnostic
        .labels
        .iter()
        .enumerate()
        .filter(|(_, label)| label.source == file)
        .map(|(number, label)| Mark { span: label.span, message: &label.message, primary: number == 0 })
        .collect();
    Some(Excerpt::new(path, index, &marks, look.ellipsis))
}

/// A part of a report, as miette takes it.
#[derive(Debug)]
struct Section {
    /// What stands in front of the text, such as `error[E0302]:`.
    heading: String,
    severity: miette::Severity,
    text: String,
    excerpt: Option<Excerpt>,
}

impl Section {
    fn draw(&self, look: &Look) -> String {
        let mut styles = look.styles.clone();
        let severity_style = match self.severity {
            miette::Severity::Error => &mut styles.error,
            miette::Severity::Warning => &mut styles.warning,
            miette::Severity::Advice => &mut styles.advice,
        };
        if look.color {
            *severity_style = severity_style.bold();
            let primary = *severity_style;
            let labels = self.excerpt.iter().flat_map(Excerpt::labels);
            styles.highlights = labels
                .map(|label| if label.primary() { primary } else { ThemeStyles::none().help.blue().bold() })
                .chain([primary]) // miette cycles through them, which must not be empty
                .collect();
        }
        // The heading takes the place of miette's sign for the severity, so that it leads the text on the
        // same line; the bar that would lead the text's further lines adds nothing.
        let mut characters = look.characters.clone();
        let bar = std::mem::replace(&mut characters.vbar, ' ');
        characters.error.clone_from(&self.heading);
        characters.warning.clone_from(&self.heading);
        characters.advice.clone_from(&self.heading);
        if self.excerpt.is_some() {
            characters.vbar = bar;
        }
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_width(WIDTH)
            .with_break_words(false)
            .with_context_lines(1)
            .tab_width(4)
            .without_syntax_highlighting();
        let mut drawn = String::new();
        handler.render_report(&mut drawn, self).expect("writing to a string and reading an excerpt cannot fail");
        drawn.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
    }
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for Section {}

impl miette::Diagnostic for Section {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.excerpt.as_ref()?.labels();
        Some(Box::new(labels.iter().cloned()))
    }
}
