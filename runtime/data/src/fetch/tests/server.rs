//! A server on the loopback that answers as it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server does with one request.
pub(super) enum Answer {
    /// Sends the file, or the part of it that is asked for.
    File(Vec<u8>),
    /// Sends the whole file, whatever part is asked for.
    Whole(Vec<u8>),
    /// Declares the whole file, sends its first bytes and hangs up.
    Truncated(Vec<u8>, usize),
    /// The same, but keeps the connection open in silence.
    Stalled(Vec<u8>, usize),
    /// Sends the file without saying how long it is.
    Unmeasured(Vec<u8>),
    /// Answers with this status line and these headers alone.
    Status(&'static str, String),
}

/// A server that gives its answers in order, one a connection, and then no more.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Server {
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        Self::with(|_| answers)
    }

    /// The same, where answers hold the server's own address.
    pub(super) fn with(answers: impl FnOnce(&str) -> Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = answers(&url);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                seen.lock().unwrap().push(serve(stream, &answer));
            }
        });
        Self { url, requests }
    }

    /// How many requests were answered.
    pub(super) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// Answers one request and gives its lines.
fn serve(stream: TcpStream, answer: &Answer) -> Vec<String> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines: Vec<String> = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let range =
        lines.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let from: Option<usize> = range.map(|range| range.trim_end_matches('-').parse().unwrap());
    // The client may hang up first, which is for it to judge.
    let _ = answer_to(stream, answer, from);
    lines
}

fn answer_to(mut stream: TcpStream, answer: &Answer, from: Option<usize>) -> std::io::Result<()> {
    let whole = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    match answer {
        Answer::File(bytes) => match from {
            Some(from) => {
                let (last, size) = (bytes.len() - 1, bytes.len());
                write!(
                    stream,
                    "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{last}/{size}\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n",
                    size - from
                )?;
                stream.write_all(&bytes[from..])
            }
            None => {
                stream.write_all(whole(bytes.len()).as_bytes())?;
                stream.write_all(bytes)
            }
        },
        Answer::Whole(bytes) => {
            stream.write_all(whole(bytes.len()).as_bytes())?;
            stream.write_all(bytes)
        }
        Answer::Truncated(bytes, count) => {
            stream.write_all(whole(bytes.len()).as_bytes())?;
            stream.write_all(&bytes[..*count])
        }
        Answer::Stalled(bytes, count) => {
            stream.write_all(whole(bytes.len()).as_bytes())?;
            stream.write_all(&bytes[..*count])?;
            // Until the client has had enough.
            stream.read(&mut [0]).map(drop)
        }
        Answer::Unmeasured(bytes) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            stream.write_all(bytes)
        }
        Answer::Status(status, headers) => {
            write!(stream, "HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n")
        }
    }
}
