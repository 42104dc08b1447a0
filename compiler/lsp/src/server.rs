//! The loop: one message after the other, and findings once the typing pauses.

use crate::capabilities;
use crate::diagnostics;
use crate::host::Host;
use crate::positions::{Encoding, LONGEST_TEXT};
use crate::refusal::Refusal;
use crate::requests::{self, read};
use crate::worker::{NoResult, Worker};
use crate::workspace::Workspace;
use gen_lsp_types as lsp;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client said `shutdown` and then `exit`.
    Orderly,
    /// The client said `exit` without `shutdown`, or hung up.
    Abrupt,
}

/// When findings are told after a change, and how long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Once nothing has changed for so long,
    pub quiet: Duration,
    /// and after so long at the latest, however much is typed.
    pub longest: Duration,
    /// After so long a request is answered that it took too long, and the findings are not told.
    pub patience: Duration,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(60),
            longest: Duration::from_millis(600),
            patience: Duration::from_secs(20),
        }
    }
}

/// Serves one client until it says `exit` or hangs up.
pub fn serve(connection: &Connection, host: Arc<dyn Host>, pause: Pause) -> Ending {
    let mut server =
        Server { connection, host, pause, state: State::New, queue: VecDeque::new(), worker: Worker::default() };
    loop {
        let Some(message) = server.next() else { return Ending::Abrupt };
        match message {
            Message::Request(request) => server.request(request),
            Message::Notification(notification) if notification.method == "exit" => {
                return if matches!(server.state, State::ShutDown) { Ending::Orderly } else { Ending::Abrupt };
            }
            Message::Notification(notification) => server.notification(notification),
            // What the server asks for needs no answer.
            Message::Response(_) => {}
        }
    }
}

struct Server<'c> {
    connection: &'c Connection,
    host: Arc<dyn Host>,
    pause: Pause,
    state: State,
    /// Messages that have arrived and wait for their turn.
    queue: VecDeque<Message>,
    worker: Worker,
}

/// How many messages wait here for their turn; the others wait where they come from.
const LONGEST_QUEUE: usize = 64;

/// Which part of the time for an answer paths may take to be looked up.
const PART_FOR_PATHS: u32 = 4;

enum State {
    /// `initialize` has not been said.
    New,
    Open(Box<Session>),
    /// `shutdown` has been said.
    ShutDown,
}

/// What there is between `initialize` and `shutdown`.
struct Session {
    workspace: Workspace,
    /// Whether the client asks for findings itself.
    pulls: bool,
    /// Whether it can be told to ask again.
    refreshes: bool,
    /// When the first and the last change came that no findings have been told of.
    changed: Option<(Instant, Instant)>,
    /// The files that findings were told of.
    told: BTreeSet<PathBuf>,
    /// Whether it can be asked to tell of files that change under it.
    watches: bool,
    /// How many requests the server has made.
    asked: i32,
    /// The methods, and the texts they were asked of, whose answers took too long for the texts as they are.
    too_long: BTreeSet<(String, Option<String>)>,
}

impl Server<'_> {
    /// The next message; tells findings while none comes. `None` if the client has hung up.
    fn next(&mut self) -> Option<Message> {
        loop {
            let room = LONGEST_QUEUE.saturating_sub(self.queue.len());
            self.queue.extend(self.connection.receiver.try_iter().take(room));
            if let Some(message) = self.queue.pop_front() {
                return Some(message);
            }
            let State::Open(session) = &mut self.state else { return self.connection.receiver.recv().ok() };
            let Some((first, last)) = session.changed else { return self.connection.receiver.recv().ok() };
            let due = (last + self.pause.quiet).min(first + self.pause.longest);
            let wait = due.saturating_duration_since(Instant::now());
            match self.connection.receiver.recv_timeout(wait) {
                Ok(message) => return Some(message),
                Err(error) if error.is_timeout() => {
                    session.changed = None;
                    if let Err(none) = session.tell(self.connection, &mut self.worker, self.pause.patience) {
                        self.log(&format!("the diagnostics could not be sent: {}", self.explained(none)));
                    }
                }
                Err(_) => return None,
            }
        }
    }

    fn request(&mut self, Request { id, method, params }: Request) {
        let cancelled = self.queue.iter().position(|message| cancels(message, &id));
        let of = params.pointer("/textDocument/uri").and_then(Value::as_str).map(str::to_owned);
        let asked = (method.clone(), of);
        let answer = if let Some(position) = cancelled {
            self.queue.remove(position);
            Err(Refusal::new(ErrorCode::RequestCanceled, "cancelled"))
        } else {
            match (&mut self.state, method.as_str()) {
                (State::New, "initialize") => self.initialize(params),
                (State::New, _) => Err(Refusal::new(ErrorCode::ServerNotInitialized, "`initialize` comes first")),
                (State::Open(_), "initialize") => {
                    Err(Refusal::new(ErrorCode::InvalidRequest, "`initialize` has been said already"))
                }
                (State::Open(_), "shutdown") => {
                    self.state = State::ShutDown;
                    Ok(Value::Null)
                }
                (State::Open(session), method) if session.too_long.contains(&asked) => {
                    let message =
                        format!("`{method}` took too long for this text; it is tried again once the text changes");
                    Err(Refusal::new(ErrorCode::RequestFailed, message))
                }
                (State::Open(session), method) => {
                    let named = method.to_owned();
                    let work = move |workspace: &Workspace| requests::answer(workspace, &named, params);
                    let patience = session.settle(&mut self.worker, self.pause.patience);
                    match self.worker.work(&mut session.workspace, patience, work) {
                        Ok(answer) => answer,
                        Err(none) => {
                            if none == NoResult::TooLong {
                                session.too_long.insert(asked);
                            }
                            let code = match none {
                                NoResult::TooLong | NoResult::NoThread => ErrorCode::RequestFailed,
                                NoResult::Panicked => ErrorCode::InternalError,
                            };
                            Err(Refusal::new(code, format!("`{method}`: {}", self.explained(none))))
                        }
                    }
                }
                (State::ShutDown, _) => Err(Refusal::new(ErrorCode::InvalidRequest, "the server was shut down")),
            }
        };
        let response_result = answer.map_err(|Refusal { code, message }| ResponseError { code, message, data: None });
        self.send(Response { id, response_result });
    }

    fn initialize(&mut self, parameters: Value) -> Result<Value, Refusal> {
        let given: lsp::InitializeParams = read(parameters)?;
        let client = &given.capabilities;
        let encoding = Encoding::negotiated(client);
        let documents = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let items = documents.and_then(|documents| documents.completion.as_ref()?.completion_item.as_ref());
        let snippets = items.is_some_and(|items| items.snippet_support == Some(true));
        let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let refresh = workspace.and_then(|workspace| workspace.diagnostics.as_ref());
        self.state = State::Open(Box::new(Session {
            workspace: Workspace::new(Arc::clone(&self.host), encoding, snippets),
            pulls: documents.is_some_and(|documents| documents.diagnostic.is_some()),
            refreshes: refresh.is_some_and(|diagnostics| diagnostics.refresh_support == Some(true)),
            changed: None,
            told: BTreeSet::new(),
            watches: watched.is_some_and(|watched| watched.dynamic_registration == Some(true)),
            asked: 0,
            too_long: BTreeSet::new(),
        }));
        Ok(capabilities::answer(encoding))
    }

    fn notification(&mut self, Notification { method, params }: Notification) {
        let State::Open(session) = &mut self.state else { return };
        if method == "initialized" {
            session.watch(self.connection);
            return;
        }
        let noted = AssertUnwindSafe(|| session.note(&method, params));
        match catch_unwind(noted) {
            Ok(Ok(())) => {}
            Ok(Err(refusal)) => self.log(&format!("`{method}`: {}", refusal.message)),
            Err(_) => self.log(&format!("`{method}`: an internal error of elbo")),
        }
    }

    /// Why something has no result, in words.
    fn explained(&self, none: NoResult) -> String {
        match none {
            NoResult::TooLong => {
                format!("it took longer than {} s, and was given up", self.pause.patience.as_secs_f64())
            }
            NoResult::NoThread => "what was given up earlier has not ended; start the server again".to_owned(),
            NoResult::Panicked => "an internal error of elbo".to_owned(),
        }
    }

    /// Tells the editor's log; a notification has no answer.
    fn log(&self, message: &str) {
        let params = json!({ "type": lsp::MessageType::Error, "message": message });
        self.send(Notification { method: "window/logMessage".to_owned(), params });
    }

    fn send(&self, message: impl Into<Message>) {
        // A client that hung up is noticed when the next message is waited for.
        let _ = self.connection.sender.send(message.into());
    }
}

/// Whether a message takes a request back.
fn cancels(message: &Message, id: &RequestId) -> bool {
    let Message::Notification(Notification { method, params }) = message else { return false };
    method == "$/cancelRequest"
        && serde_json::from_value::<RequestId>(params["id"].clone()).is_ok_and(|cancelled| cancelled == *id)
}

impl Session {
    /// Takes in what the client says.
    fn note(&mut self, method: &str, parameters: Value) -> Result<(), Refusal> {
        match method {
            "textDocument/didOpen" => {
                let lsp::DidOpenTextDocumentParams { text_document: opened } = read(parameters)?;
                let text = fitting(opened.text)?;
                self.workspace.open((opened.uri, opened.version, text));
            }
            "textDocument/didChange" => self.edit(read(parameters)?)?,
            "textDocument/didClose" => {
                let closed: lsp::DidCloseTextDocumentParams = read(parameters)?;
                self.workspace.buffers.remove(&self.workspace.spelled(&closed.text_document.uri));
            }
            "workspace/didChangeWatchedFiles" => {}
            // What begins with `$/` may be ignored, and so may what is of no use here.
            _ => return Ok(()),
        }
        self.workspace.changed();
        self.too_long.clear();
        let now = Instant::now();
        self.changed = Some((self.changed.map_or(now, |(first, _)| first), now));
        Ok(())
    }

    /// Looks up the paths of texts that were opened since, for which a part of `patience` is enough or they stay as
    /// they are spelled. Gives what is left of it.
    fn settle(&mut self, worker: &mut Worker, patience: Duration) -> Duration {
        let unsettled = self.workspace.unsettled();
        // A disk that has not answered yet is not asked again meanwhile: each time would leave one more thread with it.
        if unsettled.is_empty() || worker.is_behind() {
            return patience;
        }
        let start = Instant::now();
        let known = unsettled.clone();
        let look_up = move |workspace: &Workspace| {
            let looked_up = |path: PathBuf| {
                let real = workspace.host.real(&path).unwrap_or_else(|_| path.clone());
                (path, real)
            };
            known.into_iter().map(looked_up).collect::<Vec<_>>()
        };
        let found = worker.work(&mut self.workspace, patience / PART_FOR_PATHS, look_up);
        let as_spelled = || unsettled.into_iter().map(|path| (path.clone(), path)).collect();
        self.workspace.settle(found.unwrap_or_else(|_| as_spelled()));
        patience.saturating_sub(start.elapsed())
    }

    fn edit(&mut self, changed: lsp::DidChangeTextDocumentParams) -> Result<(), Refusal> {
        let lsp::VersionedTextDocumentIdentifier { version, text_document_identifier } = changed.text_document;
        let path = self.workspace.spelled(&text_document_identifier.uri);
        let Some(buffer) = self.workspace.buffers.get(&path) else {
            let message = format!("`{}` is not open", text_document_identifier.uri);
            return Err(Refusal::new(ErrorCode::InvalidParams, message));
        };
        let mut text = Arc::clone(&buffer.text);
        for change in changed.content_changes {
            text = fitting(match change {
                lsp::TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => whole.text,
                lsp::TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    // Nobody is asked to send parts; who does is understood.
                    let Some(span) = self.workspace.lines(&text).span(part.range) else {
                        return Err(Refusal::new(ErrorCode::InvalidParams, "the change lies outside the text"));
                    };
                    format!("{}{}{}", &text[..span.start], part.text, &text[span.end..])
                }
            })?;
        }
        if let Some(buffer) = self.workspace.buffers.get_mut(&path) {
            buffer.text = text;
            buffer.version = version;
        }
        Ok(())
    }

    /// Asks the client to tell of files that change under it.
    fn watch(&mut self, connection: &Connection) {
        if self.watches {
            let watchers = json!([{ "globPattern": "**/*.elbo" }, { "globPattern": "**/elbo.toml" }]);
            let method = "workspace/didChangeWatchedFiles";
            let registration = json!({ "id": "files", "method": method, "registerOptions": { "watchers": watchers } });
            self.ask(connection, "client/registerCapability", json!({ "registrations": [registration] }));
        }
    }

    fn ask(&mut self, connection: &Connection, method: &str, params: Value) {
        self.asked += 1;
        // As for answers: a client that hung up is noticed when the next message is waited for.
        let _ = connection.sender.send(Request { id: self.asked.into(), method: method.to_owned(), params }.into());
    }

    /// Tells the findings, or that there may be others than before.
    fn tell(&mut self, connection: &Connection, worker: &mut Worker, patience: Duration) -> Result<(), NoResult> {
        if self.pulls {
            if self.refreshes {
                self.ask(connection, "workspace/diagnostic/refresh", Value::Null);
            }
            return Ok(());
        }
        let patience = self.settle(worker, patience);
        let mut by_file = worker.work(&mut self.workspace, patience, diagnostics::of_all)?;
        self.workspace.tidy();
        let told = by_file.keys().cloned().collect();
        for gone in self.told.difference(&told) {
            by_file.insert(gone.clone(), Vec::new());
        }
        self.told = told;
        for (path, diagnostics) in by_file {
            let Some(uri) = self.workspace.uri(&path) else { continue };
            let version = self.workspace.buffers.get(&path).map(|buffer| buffer.version);
            let parameters = lsp::PublishDiagnosticsParams { uri, version, diagnostics };
            let params = serde_json::to_value(parameters).unwrap_or_default();
            let method = "textDocument/publishDiagnostics".to_owned();
            // As above.
            let _ = connection.sender.send(Notification { method, params }.into());
        }
        Ok(())
    }
}

/// A text that is not too long to be indexed.
fn fitting(text: String) -> Result<Arc<str>, Refusal> {
    if text.len() > LONGEST_TEXT {
        let message = format!("a text of {} bytes is longer than a spec may be, {LONGEST_TEXT}", text.len());
        return Err(Refusal::new(ErrorCode::InvalidParams, message));
    }
    Ok(text.into())
}
