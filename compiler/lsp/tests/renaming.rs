//! Names are understood: every one in every spec can be given another without an error appearing, in every file it stands in;
//! and what is extracted compiles.

mod client;

use client::{Client, MemoryFiles, PROJECT, uri};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The specs and examples by name.
fn specs() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut specs = BTreeMap::new();
    for folder in ["specs", "examples"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "elbo") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                specs.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    specs
}

/// A text after edits, whose positions count bytes.
fn apply(text: &str, edits: &[Value]) -> String {
    let offset = |position: &Value| {
        let (line, column) = (position["line"].as_u64().unwrap(), position["character"].as_u64().unwrap());
        let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
        start + column as usize
    };
    let mut places: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    places.sort_unstable();
    let mut result = text.to_owned();
    for (start, end, new) in places.into_iter().rev() {
        result.replace_range(start..end, new);
    }
    result
}

/// Where every symbol of an outline is named.
fn selections(symbols: &Value, found: &mut Vec<Value>) {
    for symbol in symbols.as_array().into_iter().flatten() {
        found.push(symbol["selectionRange"]["start"].clone());
        selections(&symbol["children"], found);
    }
}

fn utf8() -> Value {
    json!({ "general": { "positionEncodings": ["utf-8"] }, "textDocument": { "diagnostic": {} } })
}

/// The errors in a file and in those it uses, without the names in them.
fn errors(client: &mut Client, name: &str) -> Vec<Value> {
    let report = client.request("textDocument/diagnostic", json!({ "textDocument": { "uri": uri(name) } }));
    let related = report["relatedDocuments"].as_object().into_iter().flat_map(|related| related.values());
    let all = std::iter::once(&report).chain(related).flat_map(|report| report["items"].as_array().unwrap());
    all.filter(|item| item["severity"] == 1).cloned().collect()
}

#[test]
fn every_name_in_every_spec_can_be_given_another() {
    let specs = specs();
    let files = MemoryFiles::default();
    for (name, text) in &specs {
        files.insert(name, text);
    }
    let mut client = Client::start(files, utf8());
    for (name, text) in &specs {
        client.open(name, text);
    }
    let mut renamed = 0;
    for name in specs.keys() {
        assert_eq!(errors(&mut client, name), Vec::<Value>::new(), "{name}");
        let document = json!({ "uri": uri(name) });
        let mut places = Vec::new();
        let symbols = client.request("textDocument/documentSymbol", json!({ "textDocument": document }));
        selections(&symbols, &mut places);
        for position in places {
            let parameters = json!({ "textDocument": document, "position": position, "newName": "another_name" });
            let answer = client.request("textDocument/rename", parameters);
            // Keys, `repeat` and claims are no names.
            let Some(changes) = answer["changes"].as_object() else { continue };
            for (changed, edits) in changes {
                let changed = changed.rsplit('/').next().unwrap();
                client.edit(changed, &apply(&specs[changed], edits.as_array().unwrap()));
            }
            for user in specs.keys() {
                let found = errors(&mut client, user);
                assert_eq!(found, Vec::<Value>::new(), "{user} after renaming at {position} of {name}: {answer}");
            }
            for changed in changes.keys() {
                let changed = changed.rsplit('/').next().unwrap();
                client.edit(changed, &specs[changed]);
            }
            renamed += 1;
        }
    }
    assert!(renamed > 100, "{renamed} names in {PROJECT}");
    client.stop();
}

#[test]
fn what_is_extracted_compiles() {
    let text = "model net(width: int = 4, act: activation = relu) {\n  input image[1, 8, 8]\n  default bayes\n  conv: conv2d(width, kernel=3)\n  \
                act\n  repeat 2 {\n    norm: batchnorm()\n  }\n  flatten\n  head: linear(10)\n  output categorical\n}\n";
    let mut client = Client::start(MemoryFiles::default(), utf8());
    client.open("a.elbo", text);
    let range = json!({ "start": { "line": 3, "character": 0 }, "end": { "line": 8, "character": 9 } });
    let context = json!({ "diagnostics": [], "only": ["refactor.extract"] });
    let document = json!({ "uri": uri("a.elbo") });
    let parameters = json!({ "textDocument": document, "range": range, "context": context });
    let actions = client.request("textDocument/codeAction", parameters);
    let edits = actions[0]["edit"]["changes"][uri("a.elbo")].as_array().unwrap().clone();
    let extracted = apply(text, &edits);
    assert!(extracted.contains("block extracted(width: int, act: activation)"), "{extracted}");
    client.edit("a.elbo", &extracted);
    assert_eq!(errors(&mut client, "a.elbo"), Vec::<Value>::new(), "{extracted}");
    client.stop();
}

#[test]
fn every_fix_and_every_mark_that_is_offered_keeps_a_spec_readable() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ui/bad");
    let mut client = Client::start(MemoryFiles::default(), utf8());
    let mut applied = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if path.extension().is_none_or(|extension| extension != "elbo") {
            continue;
        }
        client.open("a.elbo", &text);
        let document = json!({ "uri": uri("a.elbo") });
        let lines = text.matches('\n').count();
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": lines, "character": 0 } });
        let context = json!({ "diagnostics": [], "only": ["quickfix"] });
        let parameters = json!({ "textDocument": document, "range": range, "context": context });
        let actions = client.request("textDocument/codeAction", parameters);
        let report = client.request("textDocument/diagnostic", json!({ "textDocument": document }));
        let found = report["items"].as_array().unwrap();
        for action in actions.as_array().unwrap() {
            let Some(edits) = action["edit"]["changes"][uri("a.elbo")].as_array() else { continue };
            let code = &action["diagnostics"][0]["code"];
            let place = &action["diagnostics"][0]["message"];
            client.edit("a.elbo", &apply(&text, edits));
            let report = client.request("textDocument/diagnostic", json!({ "textDocument": document }));
            let left = report["items"].as_array().unwrap();
            // Others of the same words may stand elsewhere, with a fix or without one.
            let count = |items: &[Value]| {
                items.iter().filter(|item| item["code"] == *code && item["message"] == *place).count()
            };
            assert!(count(left) < count(found).max(1), "{}: {action} leaves {left:?}", path.display());
            applied += 1;
        }
        client.close("a.elbo");
    }
    assert!(applied > 25, "{applied} fixes");
    client.stop();
}
