//! Answers that do not come, and clients that do not listen.

mod client;

use client::MemoryFiles;
use elbo_lsp::{Ending, Host, Pause, serve, serve_streams};
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A host that does not answer some questions.
#[derive(Default)]
struct Stuck {
    files: MemoryFiles,
    /// What a project holds,
    specs: bool,
    /// and which path a file has on disk.
    paths: bool,
}

fn wait_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

impl Host for Stuck {
    fn read(&self, path: &Path) -> Result<String, String> {
        self.files.read(path)
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        if self.paths { wait_for_ever() } else { self.files.real(path) }
    }

    fn root(&self, path: &Path) -> PathBuf {
        self.files.root(path)
    }

    fn specs(&self, folder: &Path) -> Vec<PathBuf> {
        if self.specs { wait_for_ever() } else { self.files.specs(folder) }
    }
}

const PATIENCE: Duration = Duration::from_secs(1);
const SPEC: &str = "prior narrow = normal(mean=0, std=0.1)\n";

/// A client that takes the time of answers.
struct Timed {
    connection: Connection,
    server: JoinHandle<Ending>,
    asked: i32,
}

impl Timed {
    fn start(host: Stuck) -> Self {
        let (connection, theirs) = Connection::memory();
        let pause = Pause { quiet: Duration::from_millis(5), longest: Duration::from_secs(5), patience: PATIENCE };
        let server = std::thread::spawn(move || serve(&theirs, Arc::new(host), pause));
        let mut client = Self { connection, server, asked: 0 };
        client.request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} })).0.unwrap();
        client
    }

    fn notify(&self, method: &str, params: Value) {
        self.connection.sender.send(Notification { method: method.to_owned(), params }.into()).unwrap();
    }

    fn open(&self, name: &str) {
        let item = json!({ "uri": client::uri(name), "languageId": "elbo", "version": 1, "text": SPEC });
        self.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    fn request(&mut self, method: &str, params: Value) -> (Result<Value, (i32, String)>, Duration) {
        self.asked += 1;
        let id = RequestId::from(self.asked);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(request.into()).unwrap();
        let start = Instant::now();
        loop {
            let message = self.connection.receiver.recv_timeout(Duration::from_secs(30)).expect("the server answers");
            if let Message::Response(response) = message
                && response.id == id
            {
                let answer = response.response_result.map_err(|error| (error.code, error.message));
                return (answer, start.elapsed());
            }
        }
    }

    /// Asks for something about the third word of a text.
    fn ask(&mut self, method: &str, name: &str) -> (Result<Value, (i32, String)>, Duration) {
        let place = json!({ "textDocument": { "uri": client::uri(name) }, "position": { "line": 0, "character": 8 },
            "context": { "includeDeclaration": true } });
        self.request(method, place)
    }

    /// How many declarations a text has.
    fn declarations(&mut self, name: &str) -> usize {
        self.ask("textDocument/documentSymbol", name).0.unwrap().as_array().map_or(0, Vec::len)
    }

    fn stop(mut self) {
        self.request("shutdown", Value::Null).0.unwrap();
        self.notify("exit", Value::Null);
        assert_eq!(self.server.join().unwrap(), Ending::Orderly);
    }
}

#[test]
fn an_answer_that_does_not_come_is_given_up_and_others_come() {
    let mut client = Timed::start(Stuck { specs: true, ..Stuck::default() });
    client.open("a.elbo");
    // References are looked for in the whole project.
    let (answer, time) = client.ask("textDocument/references", "a.elbo");
    let (code, message) = answer.unwrap_err();
    assert_eq!(code, -32803, "{message}");
    assert!(message.contains("took longer than 1 s") && time >= PATIENCE / 2, "{message}");
    // What the text is and what is known of it stays.
    assert_eq!(client.declarations("a.elbo"), 1);
    // The same is not waited for again as long as the text is the same.
    let (answer, time) = client.ask("textDocument/references", "a.elbo");
    assert!(answer.unwrap_err().1.contains("once the text changes") && time < PATIENCE);
    let document = json!({ "uri": client::uri("a.elbo"), "version": 2 });
    let change = json!({ "textDocument": document, "contentChanges": [{ "text": SPEC.repeat(2) }] });
    client.notify("textDocument/didChange", change);
    assert!(client.ask("textDocument/references", "a.elbo").0.unwrap_err().1.contains("took longer"));
    assert_eq!(client.declarations("a.elbo"), 2);
    client.stop();
}

#[test]
fn what_took_too_long_for_one_text_is_tried_for_another() {
    let mut client = Timed::start(Stuck { specs: true, ..Stuck::default() });
    client.open("a.elbo");
    client.open("b.elbo");
    assert!(client.ask("textDocument/references", "a.elbo").0.unwrap_err().1.contains("took longer"));
    // Neither another question about the same text nor the same question about another is refused for it.
    assert!(client.ask("textDocument/definition", "a.elbo").0.is_ok());
    assert!(client.ask("textDocument/references", "b.elbo").0.unwrap_err().1.contains("took longer"));
    assert!(client.ask("textDocument/references", "b.elbo").0.unwrap_err().1.contains("once the text changes"));
    client.stop();
}

#[test]
fn a_disk_that_does_not_answer_holds_up_no_text_that_is_open() {
    let mut client = Timed::start(Stuck { paths: true, ..Stuck::default() });
    for number in 0..12 {
        let name = format!("{number}.elbo");
        client.open(&name);
        // The time of an answer includes what is done of the texts opened before it.
        let (answer, time) = client.ask("textDocument/documentSymbol", &name);
        assert_eq!(answer.unwrap().as_array().map(Vec::len), Some(1));
        assert!(time < PATIENCE, "{time:?}");
    }
    client.stop();
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
