//! SARIF 2.1.0, the OASIS standard that code scanning reads.
//!
//! One run of one tool. Every code of the registry is a rule, so that a result's `ruleIndex` is its
//! place in the registry. Columns count Unicode scalar values, which `columnKind` says (§3.14.17);
//! machine-applicable edits are one fix (§3.55), since they hold together.

use super::places::{Place, Places};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::sources::SourceMap;
use serde::Serialize;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: String,
    short_description: Message,
    help: Message,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize, PartialEq)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Message,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

/// Writes diagnostics as one SARIF log.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let places = Places::new(sources);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "elbo",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: Code::ALL.iter().map(|code| rule(*code)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: diagnostics.iter().map(|diagnostic| finding(diagnostic, &places)).collect(),
        }],
    };
    let mut text =
        serde_json::to_string_pretty(&log).expect("structures of strings and whole numbers always serialise");
    text.push('\n');
    text
}

fn rule(code: Code) -> Rule {
    Rule {
        id: code.identifier(),
        name: format!("{code:?}"),
        short_description: Message { text: code.title().to_owned() },
        help: Message { text: format!("`elbo explain {code}` shows an example that has it and one that has not") },
        default_configuration: Configuration { level: level(code.severity()) },
    }
}

fn finding(diagnostic: &Diagnostic, places: &Places<'_>) -> Finding {
    let mut text = diagnostic.message.clone();
    for note in &diagnostic.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    let (mut locations, mut related_locations) = (Vec::new(), Vec::new());
    for (number, label) in diagnostic.labels.iter().enumerate() {
        let Some(place) = places.of(label) else { continue };
        let message = (!label.message.is_empty()).then(|| Message { text: label.message.clone() });
        let physical_location = PhysicalLocation { artifact_location: artifact(&place), region: region(&place) };
        if number == 0 {
            locations.push(Location { id: None, physical_location, message });
        } else {
            related_locations.push(Location { id: Some(number), physical_location, message });
        }
    }
    Finding {
        rule_id: diagnostic.code.identifier(),
        rule_index: Code::ALL.iter().position(|code| *code == diagnostic.code),
        level: level(diagnostic.severity),
        message: Message { text },
        locations,
        related_locations,
        fixes: fix(diagnostic, places).into_iter().collect(),
    }
}

/// The edits as one fix; none if there are no edits or one of them is in a source that is not known.
fn fix(diagnostic: &Diagnostic, places: &Places<'_>) -> Option<Fix> {
    let mut artifact_changes: Vec<ArtifactChange> = Vec::new();
    for edit in &diagnostic.edits {
        let place = places.place(edit.source, edit.span)?;
        let artifact_location = artifact(&place);
        let replacement =
            Replacement { deleted_region: region(&place), inserted_content: Message { text: edit.text.clone() } };
        match artifact_changes.iter_mut().find(|change| change.artifact_location == artifact_location) {
            Some(change) => change.replacements.push(replacement),
            None => artifact_changes.push(ArtifactChange { artifact_location, replacements: vec![replacement] }),
        }
    }
    let description = diagnostic.help.as_ref().unwrap_or(&diagnostic.message).clone();
    (!artifact_changes.is_empty()).then_some(Fix { description: Message { text: description }, artifact_changes })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn region(place: &Place) -> Region {
    Region {
        start_line: place.line,
        start_column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

fn artifact(place: &Place) -> ArtifactLocation {
    ArtifactLocation { uri: uri(&place.file) }
}

/// A path as a URI reference (RFC 3986): relative paths stay relative, absolute ones become `file:` URIs.
fn uri(path: &str) -> String {
    let bytes = path.as_bytes();
    let drive =
        bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'/' | b'\\');
    let path = if drive || cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let mut uri = String::from(match path.starts_with('/') {
        true => "file://",
        false if drive => "file:///",
        false => "",
    });
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            b':' if drive && at == 1 => uri.push(':'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("specs/lenet5.elbo"), "specs/lenet5.elbo");
        assert_eq!(uri("my specs/ä:1.elbo"), "my%20specs/%C3%A4%3A1.elbo");
        assert_eq!(uri("/tmp/a#b.elbo"), "file:///tmp/a%23b.elbo");
        assert_eq!(uri("C:\\specs\\a.elbo"), "file:///C:/specs/a.elbo");
    }
}
