//! Messages on two streams, `Content-Length` before each.
//!
//! What is no message gets the error that the protocol has for it, and reading goes on with the next one.

use crate::Host;
use crate::server::{Ending, Pause, serve};
use crate::worker::STACK;
use crossbeam_channel::bounded;
use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value, json};
use std::io::{BufRead, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest message that is read: far more than any spec.
const LONGEST_MESSAGE: u64 = 64 << 20;

/// The longest line of a header.
const LONGEST_HEADER: u64 = 4096;

/// How many messages wait on their way in. A client that sends and never reads is not read either once these and those
/// on their way out are full, so that what waits stays bounded.
const LONGEST_WAIT_IN: usize = 16;

/// How many messages wait on their way out: few, for the answer to a request about a large text is larger than the
/// text.
const LONGEST_WAIT_OUT: usize = 2;

/// How long what was told last may take to be read once the server has ended.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why nothing can be served.
#[derive(Debug)]
pub enum ServeError {
    /// The system gives no thread.
    NoThread(std::io::Error),
    /// A defect of the server.
    Internal,
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoThread(error) => write!(formatter, "no thread can be started: {error}"),
            Self::Internal => formatter.write_str("the server stopped on an internal error"),
        }
    }
}

impl std::error::Error for ServeError {}

/// Serves an editor on the other ends of `input` and `output` until it says `exit` or hangs up.
///
/// # Errors
/// Why a thread could not be started, or what was read was no protocol at all.
pub fn serve_streams(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    host: Arc<dyn Host>,
) -> Result<Ending, ServeError> {
    let (to_server, from_client) = bounded(LONGEST_WAIT_IN);
    let (to_client, from_server) = bounded(LONGEST_WAIT_OUT);
    let ours = Connection { sender: to_client, receiver: from_client };
    let output = Arc::new(Mutex::new(output));
    let server = std::thread::Builder::new().name("server".to_owned()).stack_size(STACK);
    let server = server.spawn(move || serve(&ours, host, Pause::default())).map_err(ServeError::NoThread)?;
    let (written, all_written) = bounded::<()>(0);
    let client = Arc::clone(&output);
    let writer = move || {
        let _written = written;
        from_server.iter().try_for_each(|message| write(&client, &message))
    };
    let _ = std::thread::Builder::new().name("writer".to_owned()).spawn(writer).map_err(ServeError::NoThread)?;
    let reader = move || read(input, &|message| to_server.send(message).is_ok(), &output);
    // It is not waited for: it hangs in a read when the server has been told to exit.
    let _ = std::thread::Builder::new().name("reader".to_owned()).spawn(reader).map_err(ServeError::NoThread)?;
    let ending = server.join().map_err(|_| ServeError::Internal)?;
    // A client that hung up has nothing to be told, and one that never reads is not waited for: the writer's end of
    // this goes when it has written everything.
    let _ = all_written.recv_timeout(FAREWELL);
    Ok(ending)
}

/// Hands on messages until the stream ends or can no longer be followed.
fn read(mut input: impl BufRead, messages: &impl Receive, output: &Mutex<impl Write>) {
    loop {
        let length = match header(&mut input) {
            Ok(Some(length)) => length,
            Ok(None) => return,
            Err(problem) => {
                refuse(output, Value::Null, ErrorCode::ParseError, &problem);
                return;
            }
        };
        if length > LONGEST_MESSAGE {
            let problem = format!("a message of {length} bytes is longer than {LONGEST_MESSAGE}");
            refuse(output, Value::Null, ErrorCode::InvalidRequest, &problem);
            if std::io::copy(&mut input.by_ref().take(length), &mut std::io::sink()).is_err() {
                return;
            }
            continue;
        }
        let mut body = Vec::new();
        match input.by_ref().take(length).read_to_end(&mut body) {
            Ok(read) if read as u64 == length => {}
            _ => return,
        }
        match serde_json::from_slice::<Value>(&body) {
            Err(error) => refuse(output, Value::Null, ErrorCode::ParseError, &format!("this is no JSON: {error}")),
            Ok(value) => {
                let id = value.get("id").cloned().unwrap_or(Value::Null);
                match serde_json::from_value::<Message>(value) {
                    Ok(message) => {
                        if !messages.receive(message) {
                            return;
                        }
                    }
                    Err(_) => refuse(output, id, ErrorCode::InvalidRequest, "this is no message of JSON-RPC 2.0"),
                }
            }
        }
    }
}

/// What takes messages.
trait Receive {
    /// Whether there is still someone who does.
    fn receive(&self, message: Message) -> bool;
}

impl<F: Fn(Message) -> bool> Receive for F {
    fn receive(&self, message: Message) -> bool {
        self(message)
    }
}

/// The length of the next message; `None` at the end of the stream.
fn header(input: &mut impl BufRead) -> Result<Option<u64>, String> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut line);
        if read.map_err(|error| error.to_string())? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            return match length {
                Some(length) => Ok(Some(length)),
                None => Err("a header without `Content-Length`".to_owned()),
            };
        }
        let Some((name, value)) = line.split_once(':') else { return Err(format!("`{line}` is no header")) };
        if name.trim().eq_ignore_ascii_case("content-length") {
            let value = value.trim();
            length = Some(value.parse().map_err(|_| format!("`{value}` is no length"))?);
        }
    }
}

fn refuse(output: &Mutex<impl Write>, id: Value, code: ErrorCode, problem: &str) {
    // If the client cannot be told, reading its next message says so.
    let _ = write(output, &json!({ "id": id, "error": { "code": code as i32, "message": problem } }));
}

fn write(output: &Mutex<impl Write>, message: &impl serde::Serialize) -> std::io::Result<()> {
    let mut value = serde_json::to_value(message)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("jsonrpc".to_owned(), "2.0".into());
    }
    let body = serde_json::to_vec(&value)?;
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    write!(output, "Content-Length: {}\r\n\r\n", body.len())?;
    output.write_all(&body)?;
    output.flush()
}
