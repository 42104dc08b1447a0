//! An editor for tests: a client on the other end of the server's own loop, and files in memory.
#![allow(dead_code, missing_docs)]

use elbo_lsp::{Ending, Host, Pause, serve};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Where every file of a case lies.
pub const PROJECT: &str = "/project";

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Host in memory, all of one project.
#[derive(Clone, Default)]
pub struct MemoryFiles(Arc<Mutex<BTreeMap<PathBuf, String>>>);

impl MemoryFiles {
    pub fn insert(&self, name: &str, text: &str) {
        self.0.lock().unwrap().insert(Path::new(PROJECT).join(name), text.to_owned());
    }

    pub fn remove(&self, name: &str) {
        self.0.lock().unwrap().remove(&Path::new(PROJECT).join(name));
    }
}

impl Host for MemoryFiles {
    fn read(&self, path: &Path) -> Result<String, String> {
        self.0.lock().unwrap().get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        self.read(path).map(|_| path.to_path_buf())
    }

    fn root(&self, _path: &Path) -> PathBuf {
        PROJECT.into()
    }

    fn specs(&self, folder: &Path) -> Vec<PathBuf> {
        self.0.lock().unwrap().keys().filter(|path| path.starts_with(folder)).cloned().collect()
    }
}

pub struct Client {
    connection: Connection,
    server: JoinHandle<Ending>,
    next: i32,
    version: i32,
    /// The marked positions of the texts, by marker.
    marks: BTreeMap<char, (String, Value)>,
    open: Vec<String>,
    /// What has been told of each file, since it was asked for last.
    told: BTreeMap<String, Value>,
    /// How often findings have been told.
    pub tellings: usize,
}

impl Client {
    /// Starts a server and initializes it.
    pub fn start(files: MemoryFiles, capabilities: Value) -> Self {
        let (ours, theirs) = Connection::memory();
        let pause = Pause { quiet: Duration::from_millis(5), longest: Duration::from_secs(5), patience: PATIENCE };
        let server = std::thread::Builder::new().stack_size(16 << 20);
        let server = server.spawn(move || serve(&theirs, Arc::new(files), pause)).unwrap();
        let mut client = Self {
            connection: ours,
            server,
            next: 0,
            version: 0,
            marks: BTreeMap::new(),
            open: Vec::new(),
            told: BTreeMap::new(),
            tellings: 0,
        };
        let answer =
            client.request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": capabilities }));
        assert!(answer.get("error").is_none(), "{answer}");
        client.notify("initialized", json!({}));
        client
    }

    /// Asks for an end, and sees that it comes.
    pub fn stop(mut self) {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        assert_eq!(self.server.join().unwrap(), Ending::Orderly);
    }

    pub fn open(&mut self, name: &str, text: &str) {
        let text = self.unmarked(name, text);
        self.version += 1;
        let item = json!({ "uri": uri(name), "languageId": "elbo", "version": self.version, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": item }));
        self.open.push(name.to_owned());
    }

    pub fn edit(&mut self, name: &str, text: &str) {
        let text = self.unmarked(name, text);
        self.version += 1;
        let document = json!({ "uri": uri(name), "version": self.version });
        let parameters = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.notify("textDocument/didChange", parameters);
    }

    pub fn close(&mut self, name: &str) {
        self.open.retain(|open| open != name);
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(name) } }));
    }

    pub fn notify(&self, method: &str, params: Value) {
        self.connection.sender.send(Notification { method: method.to_owned(), params }.into()).unwrap();
    }

    /// Asks, and gives the result or the error.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = RequestId::from(self.next);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(request.into()).unwrap();
        loop {
            match self.connection.receiver.recv_timeout(PATIENCE).expect("the server answers") {
                Message::Response(Response { id: answered, response_result }) if answered == id => {
                    return match response_result {
                        Ok(result) => result,
                        Err(error) => json!({ "error": { "code": error.code, "message": error.message } }),
                    };
                }
                other => self.note(other),
            }
        }
    }

    fn note(&mut self, message: Message) {
        if let Message::Request(Request { method, params, .. }) = message {
            self.told.insert(method, params);
        } else if let Message::Notification(Notification { method, params }) = message {
            let name = match method.as_str() {
                "textDocument/publishDiagnostics" => name(params["uri"].as_str().unwrap_or_default()),
                other => other.to_owned(),
            };
            let told = if method == "textDocument/publishDiagnostics" {
                self.tellings += 1;
                assert_eq!(params["version"].is_number(), self.open.contains(&name), "a version for what is open");
                params["diagnostics"].clone()
            } else {
                params
            };
            self.told.insert(name, told);
        }
    }

    /// What the server tells of every open file, and of others.
    pub fn findings(&mut self) -> Value {
        while !self.open.iter().all(|open| self.told.contains_key(open)) {
            let message = self.connection.receiver.recv_timeout(PATIENCE).expect("the server tells its findings");
            self.note(message);
        }
        // Everything that is told at once is in the queue before an answer to what is asked now.
        self.request("textDocument/none", Value::Null);
        std::mem::take(&mut self.told).into_iter().collect::<Map<_, _>>().into()
    }

    /// Whole parameters: the first text at the marked positions, where `given` does not say otherwise.
    pub fn parameters(&self, first: Option<&str>, given: Value) -> Value {
        let mut parameters = json!({});
        let mark = |marker| self.marks.get(&marker).cloned();
        let document = mark('0').map(|(name, _)| name).or(first.map(str::to_owned)).unwrap_or_default();
        parameters["textDocument"] = json!({ "uri": uri(&document) });
        if let Some((_, start)) = mark('0') {
            parameters["position"] = start.clone();
            parameters["positions"] = json!([start]);
            let end = mark('1').map_or(start.clone(), |(_, end)| end);
            parameters["range"] = json!({ "start": start, "end": end });
        }
        parameters["options"] = json!({ "tabSize": 2, "insertSpaces": true });
        parameters["context"] =
            json!({ "diagnostics": [], "includeDeclaration": true, "triggerKind": 1, "isRetrigger": false });
        for (key, value) in given.as_object().expect("parameters are an object") {
            parameters[key] = value.clone();
        }
        parameters
    }

    /// A text without its markers, whose positions (in UTF-16) are noted.
    fn unmarked(&mut self, name: &str, text: &str) -> String {
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let marker = rest[at + 1..].chars().next();
            plain.push_str(&rest[..at]);
            match marker.filter(char::is_ascii_digit) {
                Some(marker) => {
                    let line = plain.matches('\n').count();
                    let start = plain.rfind('\n').map_or(0, |newline| newline + 1);
                    let character = plain[start..].encode_utf16().count();
                    self.marks.insert(marker, (name.to_owned(), json!({ "line": line, "character": character })));
                    rest = &rest[at + 2..];
                }
                None => {
                    plain.push('$');
                    rest = &rest[at + 1..];
                }
            }
        }
        plain.push_str(rest);
        plain
    }
}

pub fn uri(name: &str) -> String {
    format!("file://{PROJECT}/{name}")
}

fn name(uri: &str) -> String {
    uri.strip_prefix(&uri_prefix()).unwrap_or(uri).to_owned()
}

fn uri_prefix() -> String {
    format!("file://{PROJECT}/")
}

/// An answer as cases show it.
pub fn show(answer: Value) -> String {
    let mut text = serde_json::to_string_pretty(&short(answer)).unwrap();
    text.push('\n');
    text
}

/// Ranges and positions as one text each, names of files without their folder, texts of several lines as lists.
fn short(value: Value) -> Value {
    let position = |value: &Value| match (&value["line"], &value["character"]) {
        (Value::Number(line), Value::Number(character)) => Some(format!("{line}:{character}")),
        _ => None,
    };
    match value {
        Value::Object(object) => {
            let whole = Value::Object(object.clone());
            if object.len() == 2 {
                if let Some(position) = position(&whole) {
                    return position.into();
                }
                if let (Some(start), Some(end)) = (position(&whole["start"]), position(&whole["end"])) {
                    return format!("{start}-{end}").into();
                }
            }
            object.into_iter().map(|(key, value)| (name(&key), short(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(short).collect::<Vec<_>>().into(),
        Value::String(text) if text.trim_end().contains('\n') => {
            text.lines().map(Value::from).collect::<Vec<_>>().into()
        }
        Value::String(text) => name(&text).into(),
        other => other,
    }
}
