//! Answers that do not come, and clients that do not listen.

mod client;

use client::MemoryFiles;
use elbo_lsp::{Host, Pause, serve, serve_streams};
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A host of which one question is never answered: what a project holds.
struct Stuck(MemoryFiles);

impl Host for Stuck {
    fn read(&self, path: &Path) -> Result<String, String> {
        self.0.read(path)
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        self.0.real(path)
    }

    fn root(&self, path: &Path) -> PathBuf {
        self.0.root(path)
    }

    fn specs(&self, _folder: &Path) -> Vec<PathBuf> {
        loop {
            std::thread::park();
        }
    }
}

const PATIENCE: Duration = Duration::from_millis(300);
const SPEC: &str = "prior narrow = normal(mean=0, std=0.1)\n";

#[test]
fn an_answer_that_does_not_come_is_given_up_and_others_come() {
    let (ours, theirs) = Connection::memory();
    let pause = Pause { quiet: Duration::from_millis(5), longest: Duration::from_secs(5), patience: PATIENCE };
    let host = Arc::new(Stuck(MemoryFiles::default()));
    let server = std::thread::spawn(move || serve(&theirs, host, pause));
    let mut next = 0;
    let mut request = |method: &str, params: Value| {
        next += 1;
        let id = RequestId::from(next);
        ours.sender.send(Request { id: id.clone(), method: method.to_owned(), params }.into()).unwrap();
        let start = Instant::now();
        loop {
            let message = ours.receiver.recv_timeout(Duration::from_secs(30)).expect("the server answers");
            if let Message::Response(response) = message
                && response.id == id
            {
                let answer = response.response_result.map_err(|error| (error.code, error.message));
                return (answer, start.elapsed());
            }
        }
    };
    request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} })).0.unwrap();
    let uri = format!("file://{}/a.elbo", client::PROJECT);
    let open = json!({ "textDocument": { "uri": uri, "languageId": "elbo", "version": 1, "text": SPEC } });
    ours.sender.send(Notification { method: "textDocument/didOpen".to_owned(), params: open }.into()).unwrap();
    let place = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 8 },
        "context": { "includeDeclaration": true } });
    // References are looked for in the whole project.
    let (answer, time) = request("textDocument/references", place.clone());
    let (code, message) = answer.unwrap_err();
    assert_eq!(code, -32803, "{message}");
    assert!(message.contains("took longer than 0.3 s") && time >= PATIENCE, "{message}");
    // What the text is and what is known of it stays.
    let (symbols, _) = request("textDocument/documentSymbol", place.clone());
    assert_eq!(symbols.unwrap().as_array().map(Vec::len), Some(1));
    // The same is not waited for again as long as the text is the same.
    let (answer, time) = request("textDocument/references", place.clone());
    assert!(answer.unwrap_err().1.contains("once the text changes") && time < PATIENCE);
    let change =
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": SPEC.repeat(2) }] });
    ours.sender.send(Notification { method: "textDocument/didChange".to_owned(), params: change }.into()).unwrap();
    let (answer, _) = request("textDocument/references", place.clone());
    assert!(answer.unwrap_err().1.contains("took longer"));
    let (symbols, _) = request("textDocument/documentSymbol", place);
    assert_eq!(symbols.unwrap().as_array().map(Vec::len), Some(2));
    request("shutdown", Value::Null).0.unwrap();
    ours.sender.send(Notification { method: "exit".to_owned(), params: Value::Null }.into()).unwrap();
    server.join().unwrap();
}

#[test]
fn a_client_that_never_reads_is_not_read_for_ever_either() {
    let (from_client, mut to_server) = std::io::pipe().unwrap();
    let (_unread, to_client) = std::io::pipe().unwrap();
    std::thread::spawn(move || serve_streams(BufReader::new(from_client), to_client, Arc::new(MemoryFiles::default())));
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    // Writing waits once the server no longer reads; this thread ends with the test.
    std::thread::spawn(move || {
        let mut send = |value: Value| {
            let body = value.to_string();
            write!(to_server, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
            count.fetch_add(body.len(), Ordering::Relaxed);
        };
        let parameters = json!({ "processId": null, "rootUri": null, "capabilities": {} });
        send(json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": parameters }));
        let padding = "x".repeat(1 << 16);
        for id in 1.. {
            send(json!({ "jsonrpc": "2.0", "id": id, "method": "elbo/page", "params": { "code": padding } }));
        }
    });
    let mut before = usize::MAX;
    for _ in 0..200 {
        std::thread::sleep(Duration::from_millis(100));
        let now = sent.load(Ordering::Relaxed);
        if now == before && now > 0 {
            assert!(now < 64 << 20, "{now} bytes were taken from a client that never reads");
            return;
        }
        before = now;
    }
    panic!("{before} bytes were taken from a client that never reads, and more");
}
