//! Ten thousand random edits, and what the server says after each, against a compilation from scratch.

mod client;

use client::{Client, MemoryFiles, uri};
use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const EDITS: usize = 10_000;

const START: &str = include_str!("../../../tests/editors/broken.elbo");

/// What is typed: words of the language, brackets, line ends of both kinds, signs of one to four bytes.
const PIECES: [&str; 30] = [
    "\n",
    "\r\n",
    " ",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "=",
    ",",
    ":",
    "#",
    "\"",
    "𝄞",
    "漢",
    "é",
    "1e-3",
    "bayes ",
    "point",
    "conv2d(4, kernel=3)",
    "\n  relu\n",
    "model m {",
    "train t extends regime {}\n",
    "@allow(W0102)\n",
    "epochs",
    ".",
    "..",
    "prior",
    "\u{feff}",
];

/// A generator that every machine draws the same from (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

/// The lines of a text as UTF-16, without what ends them, and the byte each starts at: written as plainly as possible,
/// since it is what the server is compared with.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].encode_utf16().count())
}

/// The byte at a line and column as the protocol means them.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut start = 0;
    for _ in 0..line {
        start += text[start..].find('\n')? + 1;
    }
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let content = text[start..end].trim_end_matches('\r');
    let mut units = 0;
    for (at, sign) in content.char_indices() {
        if units + sign.len_utf16() > column {
            return Some(start + at);
        }
        units += sign.len_utf16();
    }
    Some(start + content.len())
}

/// Code and range of what a compilation from scratch finds.
fn expected(text: &str) -> Vec<(String, [usize; 4])> {
    let path = "/project/a.elbo";
    let compilation = compile(path, &MemorySources::single(path, text), None, &[]);
    let mut all: Vec<_> = compilation
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.labels[0].span;
            let ((start_line, start), (end_line, end)) = (position(text, span.start), position(text, span.end));
            (diagnostic.code.identifier().to_owned(), [start_line, start, end_line, end])
        })
        .collect();
    all.sort();
    all
}

fn answered(report: &Value) -> Vec<(String, [usize; 4])> {
    let number = |value: &Value| value.as_u64().expect("a number") as usize;
    let items = report["items"].as_array().unwrap_or_else(|| panic!("no report: {report}"));
    let mut all: Vec<_> = items
        .iter()
        .map(|item| {
            let (start, end) = (&item["range"]["start"], &item["range"]["end"]);
            let range = [&start["line"], &start["character"], &end["line"], &end["character"]].map(number);
            (item["code"].as_str().expect("a code").to_owned(), range)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn after_random_edits_the_server_says_what_a_compilation_from_scratch_says() {
    let mut random = Random(7);
    let mut client = Client::start(MemoryFiles::default(), json!({ "textDocument": { "diagnostic": {} } }));
    client.open("a.elbo", START);
    let document = json!({ "uri": uri("a.elbo") });
    let mut text = START.to_owned();
    let mut refused = 0;
    let mut codes = BTreeSet::new();
    for edit in 0..EDITS {
        if text.len() > 2 * START.len() || edit % 40 == 0 {
            text = START.to_owned();
            client.edit("a.elbo", &text);
        }
        let lines = text.matches('\n').count() + 1;
        // One line in twenty does not exist, one column in four is behind the end of its line.
        let mut place = || (random.below(lines + lines / 20 + 1), random.below(50));
        let (start, mut end) = (place(), place());
        let long = random.below(4) == 0;
        if !long {
            end = (start.0, start.1 + random.below(3));
        }
        let piece = PIECES[random.below(PIECES.len())];
        let piece = if random.below(3) == 0 { "" } else { piece };
        let at = |(line, character): (usize, usize)| json!({ "line": line, "character": character });
        let range = json!({ "start": at(start), "end": at(end) });
        let change = json!({ "range": range, "text": piece });
        let versioned = json!({ "uri": uri("a.elbo"), "version": edit + 2 });
        client.notify("textDocument/didChange", json!({ "textDocument": versioned, "contentChanges": [change] }));
        match (offset(&text, start.0, start.1), offset(&text, end.0, end.1)) {
            (Some(from), Some(to)) => text.replace_range(from..to.max(from), piece),
            _ => refused += 1,
        }
        let report = client.request("textDocument/diagnostic", json!({ "textDocument": document }));
        let expected = expected(&text);
        assert_eq!(answered(&report), expected, "edit {edit}: {text:?}");
        codes.extend(expected.into_iter().map(|(code, _)| code));
        if edit % 5 == 0 {
            let mut parameters = client.parameters(Some("a.elbo"), json!({}));
            parameters["position"] = at(start);
            parameters["positions"] = json!([at(start)]);
            parameters["range"] = range;
            parameters["newName"] = "renamed".into();
            let methods = [
                "hover",
                "completion",
                "signatureHelp",
                "definition",
                "references",
                "documentHighlight",
                "rename",
                "codeAction",
                "inlayHint",
                "semanticTokens/full",
                "codeLens",
                "formatting",
                "foldingRange",
                "selectionRange",
                "documentSymbol",
                "onTypeFormatting",
                "rangeFormatting",
                "prepareRename",
            ];
            let method = format!("textDocument/{}", methods[(edit / 5) % methods.len()]);
            parameters["ch"] = "}".into();
            let answer = client.request(&method, parameters);
            assert_ne!(answer["error"]["code"], -32603, "{method} after edit {edit}: {answer} {text:?}");
            assert_ne!(answer["error"]["code"], -32601, "{method}");
        }
    }
    assert!(refused > 100, "{refused} edits were outside the text");
    assert!(codes.len() >= 20, "few kinds of mistake were made: {codes:?}");
    client.stop();
}

#[test]
fn a_burst_of_edits_is_told_of_once_or_few_times_and_the_last_counts() {
    let mut client = Client::start(MemoryFiles::default(), json!({}));
    client.open("a.elbo", "");
    for edit in 0..400 {
        client.edit("a.elbo", &format!("prior p = normal(std=0.{edit:03}1)\n"));
    }
    client.edit("a.elbo", "prior p = normal(sdt=0.1)\n");
    let mut told = client.findings();
    // Findings of an earlier text may have been on their way.
    while told["a.elbo"].as_array().is_none_or(Vec::is_empty) {
        told = client.findings();
    }
    assert_eq!(told["a.elbo"][0]["code"], "E0208");
    assert!(client.tellings < 100, "findings were told {} times of 401 edits", client.tellings);
    client.stop();
}
