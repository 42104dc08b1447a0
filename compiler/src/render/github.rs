//! GitHub workflow commands, which the runner turns into annotations of a pull request.
//!
//! The form is `::error file=…,line=…,col=…,title=…::message` ("Workflow commands for GitHub Actions");
//! the escapes are those of the `@actions/toolkit` package: `%`, `\r`, `\n` everywhere, `:` and `,` in
//! properties as well.

use super::escape;
use super::places::Places;
use crate::diagnostic::{Diagnostic, Severity};
use crate::sources::SourceMap;

/// Writes each diagnostic as one command on a line of its own.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let places = Places::new(sources);
    diagnostics.iter().map(|diagnostic| command(diagnostic, &places)).collect()
}

fn command(diagnostic: &Diagnostic, places: &Places<'_>) -> String {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let code = diagnostic.code.identifier();
    let properties = match diagnostic.labels.first().and_then(|label| places.of(label)) {
        Some(place) => {
            format!(
                "file={},line={},col={},title={code}",
                property(&escape::text(&place.file)),
                place.line,
                place.column
            )
        }
        None => format!("title={code}"),
    };
    let mut message = diagnostic.message.clone();
    for (number, label) in diagnostic.labels.iter().enumerate() {
        match places.of(label) {
            _ if label.message.is_empty() => {}
            // The annotation stands at the primary label, so that only the others need their place said.
            Some(place) if number > 0 => {
                message.push_str(&format!("\n{}:{}:{}: {}", place.file, place.line, place.column, label.message));
            }
            _ => message.push_str(&format!("\nhere: {}", label.message)),
        }
    }
    for note in &diagnostic.notes {
        message.push_str(&format!("\nnote: {note}"));
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    format!("::{name} {properties}::{}\n", data(&escape::text(&message)))
}

/// Escapes the text after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_ends_it() {
        assert_eq!(property("a:b,c%\r\nd"), "a%3Ab%2Cc%25%0D%0Ad");
        assert_eq!(data("50 %: a, b\nc"), "50 %25: a, b%0Ac");
    }
}
