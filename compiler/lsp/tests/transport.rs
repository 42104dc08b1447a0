//! What comes over the wire and is no message, comes in the wrong order, or never ends.

mod client;

use client::MemoryFiles;
use elbo_lsp::{Ending, serve_streams};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn framed(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

fn message(value: Value) -> String {
    framed(&value.to_string())
}

/// What the server answers to a stream of bytes, and how it ends.
fn answers(input: String) -> (Vec<Value>, Ending) {
    let output = Output::default();
    let host = Arc::new(MemoryFiles::default());
    let ending = serve_streams(Cursor::new(input.into_bytes()), output.clone(), host).unwrap();
    let bytes = output.0.lock().unwrap().clone();
    let mut rest = std::str::from_utf8(&bytes).unwrap();
    let mut all = Vec::new();
    while let Some((header, body)) = rest.split_once("\r\n\r\n") {
        let length: usize = header.strip_prefix("Content-Length: ").unwrap().parse().unwrap();
        all.push(serde_json::from_str(&body[..length]).unwrap());
        rest = &body[length..];
    }
    (all, ending)
}

fn initialize() -> String {
    let parameters = json!({ "processId": null, "rootUri": null, "capabilities": {} });
    message(json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters }))
        + &message(json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }))
}

fn end() -> String {
    message(json!({ "jsonrpc": "2.0", "id": 99, "method": "shutdown" }))
        + &message(json!({ "jsonrpc": "2.0", "method": "exit" }))
}

fn code_of(answers: &[Value], id: Value) -> Option<i64> {
    answers.iter().find(|answer| answer["id"] == id)?["error"]["code"].as_i64()
}

#[test]
fn what_is_no_json_or_no_message_is_refused_and_the_next_is_answered() {
    let noise = framed("{ this is no JSON") + &framed("[1, 2]") + &framed(r#"{"jsonrpc":"2.0","id":5}"#);
    let (answers, ending) = answers(noise + &initialize() + &end());
    assert_eq!(ending, Ending::Orderly);
    assert_eq!(code_of(&answers, Value::Null), Some(-32700));
    assert_eq!(code_of(&answers, json!(5)), Some(-32600));
    assert!(answers.iter().any(|answer| answer["id"] == 1 && answer["result"]["capabilities"].is_object()));
    assert!(answers.iter().all(|answer| answer["jsonrpc"] == "2.0"));
}

#[test]
fn a_header_that_cannot_be_followed_ends_the_stream_with_an_error() {
    for header in ["Content-Length: many\r\n\r\n{}", "Content-Type: text\r\n\r\n{}", "nonsense\r\n\r\n"] {
        let (answers, ending) = answers(initialize() + header);
        assert_eq!(ending, Ending::Abrupt, "{header}");
        assert_eq!(code_of(&answers, Value::Null), Some(-32700), "{header}");
    }
}

#[test]
fn a_message_that_claims_to_be_endless_is_refused() {
    let (answers, ending) = answers(initialize() + "Content-Length: 99999999999\r\n\r\n{}");
    assert_eq!((code_of(&answers, Value::Null), ending), (Some(-32600), Ending::Abrupt));
}

#[test]
fn requests_out_of_order_get_the_errors_of_the_protocol() {
    let hover = |id: i32| message(json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": {} }));
    let shutdown = message(json!({ "jsonrpc": "2.0", "id": 7, "method": "shutdown" }));
    let exit = message(json!({ "jsonrpc": "2.0", "method": "exit" }));
    let (answers, ending) = answers(hover(2) + &initialize() + &hover(3) + &shutdown + &hover(4) + &exit);
    assert_eq!(ending, Ending::Orderly);
    assert_eq!(code_of(&answers, json!(2)), Some(-32002), "before `initialize`");
    assert_eq!(code_of(&answers, json!(3)), Some(-32602), "wrong parameters");
    assert_eq!(code_of(&answers, json!(4)), Some(-32600), "after `shutdown`");
}

#[test]
fn an_end_without_shutdown_or_exit_is_abrupt() {
    let exit = message(json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(answers(initialize() + &exit).1, Ending::Abrupt);
    assert_eq!(answers(initialize()).1, Ending::Abrupt);
    let shutdown = message(json!({ "jsonrpc": "2.0", "id": 7, "method": "shutdown" }));
    assert_eq!(answers(initialize() + &shutdown).1, Ending::Abrupt);
    assert_eq!(answers(String::new()).1, Ending::Abrupt);
}

#[test]
fn a_text_of_five_megabytes_is_served() {
    let text =
        "# a comment that is not short, in a file that is far too long\nprior p = normal(std=0.1)\n".repeat(57_000);
    assert!(text.len() > 5_000_000);
    let uri = "file:///project/long.elbo";
    let item = json!({ "uri": uri, "languageId": "elbo", "version": 1, "text": text });
    let opened = json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": item } });
    let parameters = json!({ "textDocument": { "uri": uri } });
    let asked = json!({ "jsonrpc": "2.0", "id": 2, "method": "textDocument/documentSymbol", "params": parameters });
    let (answers, ending) = answers(initialize() + &message(opened) + &message(asked) + &end());
    assert_eq!(ending, Ending::Orderly);
    let symbols = answers.iter().find(|answer| answer["id"] == 2).unwrap();
    assert_eq!(symbols["result"].as_array().map(Vec::len), Some(57_000));
}
