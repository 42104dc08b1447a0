//! Every case in `tests/cases/`: texts, what the editor says, and what the server answers.
//!
//! A case is a file. Its first lines say what it shows; then come parts, each a line `--- KIND ARGUMENT` and a body:
//! `open FILE` a text that the editor opens, `disk FILE` one that lies on the disk, `client` capabilities of the editor,
//! `edit FILE` the text after a change, `close FILE`, `delete FILE`, `notify METHOD` with parameters, `request METHOD` with parameters or without, `findings` for what
//! the server tells by itself. What follows a `request` or `findings` up to the next part is the answer, which
//! `ELBO_UPDATE=1` writes. `$0` and `$1` in the texts mark positions; a request without parameters is about the first text
//! at `$0`, its range ends at `$1`. Ranges in answers are written `line:column-line:column`, from 0.

mod client;

use client::{Client, MemoryFiles};
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn every_case_is_answered_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    cases.sort();
    let count = cases.len();
    let update = std::env::var_os("ELBO_UPDATE").is_some();
    let mut failed = Vec::new();
    for path in cases {
        let written = std::fs::read_to_string(&path).unwrap();
        let played = std::panic::catch_unwind(|| play(&written)).unwrap_or_else(|_| panic!("{}", path.display()));
        if written != played {
            if update {
                std::fs::write(&path, played).unwrap();
            } else {
                failed.push(format!("{}:\n{}", path.display(), difference(&written, &played)));
            }
        }
    }
    assert!(count >= 60, "{count} cases");
    assert!(failed.is_empty(), "{}\nELBO_UPDATE=1 writes the answers", failed.join("\n"));
}

fn difference(written: &str, played: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (written.lines().collect(), played.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let show =
        |lines: &[&str]| lines.iter().skip(same).take(12).map(|line| format!("    {line}\n")).collect::<String>();
    format!("  expected from line {}:\n{}  answered:\n{}", same + 1, show(&old), show(&new))
}

/// The case with the answers that the server gives now.
fn play(case: &str) -> String {
    let mut parts: Vec<(&str, String)> = Vec::new();
    let mut title = String::new();
    for line in case.split_inclusive('\n') {
        match line.strip_prefix("--- ") {
            Some(head) => parts.push((head.trim_end(), String::new())),
            None => match parts.last_mut() {
                Some((_, body)) => body.push_str(line),
                None => title.push_str(line),
            },
        }
    }
    let files = MemoryFiles::default();
    for (head, body) in &parts {
        if let Some(name) = head.strip_prefix("disk ") {
            files.insert(name, body);
        }
    }
    let capabilities = parts.iter().find(|(head, _)| *head == "client").map(|(_, body)| body.as_str());
    let capabilities: Value = serde_json::from_str(capabilities.unwrap_or("{}")).expect("`client` holds JSON");
    let mut client = Client::start(files.clone(), capabilities);
    let mut result = title;
    let mut first: Option<String> = None;
    for (head, body) in &parts {
        result.push_str(&format!("--- {head}\n"));
        let (kind, argument) = head.split_once(' ').unwrap_or((head, ""));
        match kind {
            "open" => {
                client.open(argument, body);
                first.get_or_insert(argument.to_owned());
            }
            "edit" => client.edit(argument, body),
            "close" => client.close(argument),
            "delete" => files.remove(argument),
            "notify" => client.notify(argument, serde_json::from_str(body).expect("`notify` holds JSON")),
            _ => {}
        }
        let answer = match kind {
            "findings" => client.findings(),
            "request" => {
                let (method, given) = argument.split_once(' ').unwrap_or((argument, "{}"));
                let given: Value = serde_json::from_str(given).expect("parameters are JSON");
                client.request(method, client.parameters(first.as_deref(), given))
            }
            _ => {
                result.push_str(body);
                continue;
            }
        };
        result.push_str(&client::show(answer));
    }
    client.stop();
    result
}

#[test]
fn positions_that_do_not_exist_are_refused_or_clamped() {
    let mut client = Client::start(MemoryFiles::default(), json!({}));
    client.open("a.elbo", "model m {\n}\n");
    let at = |line: u32, character: u32| json!({ "textDocument": { "uri": "file:///project/a.elbo" }, "position": { "line": line, "character": character } });
    assert_eq!(client.request("textDocument/hover", at(99, 0))["error"]["code"], -32602);
    assert!(client.request("textDocument/hover", at(1, 9999)).get("error").is_none());
    client.stop();
}
