//! Measures what typing in a long spec costs: from a change to its findings, beyond the pause; completion; memory.
//!
//! `cargo run --release -p elbo-lsp --example latency -- LINES EDITS`

use elbo_lsp::{Host, Pause, serve};
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const URI: &str = "file:///project/long.elbo";

struct NoFiles;

impl Host for NoFiles {
    fn read(&self, _path: &Path) -> Result<String, String> {
        Err("there is no such file".to_owned())
    }

    fn real(&self, _path: &Path) -> Result<PathBuf, String> {
        Err("there is no such file".to_owned())
    }

    fn root(&self, _path: &Path) -> PathBuf {
        "/project".into()
    }

    fn specs(&self, _folder: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// A spec of about so many lines: a block, regimes, and models with variants and runs of 30 lines each.
fn spec(lines: usize) -> String {
    let mut text = "block stage(width: int) {\n  conv: conv2d(width, kernel=3, pad=1)\n  relu\n}\n\n".to_owned();
    text.push_str("dataset data {\n  source = mnist()\n  split  = fraction(train=0.9, validation=0.1)\n}\n\n");
    for number in 0..lines.saturating_sub(10) / 30 {
        text.push_str(&format!(
            "model net{number}(classes: int = 10) {{\n  input image[1, 28, 28]\n  default point\n  s1: stage({width})\n  maxpool(2)\n  \
             s2: stage(32)\n  maxpool(2)\n  flatten\n  fc: linear(64)\n  relu\n  head: linear(classes)\n  output categorical\n}}\n\n\
             model net{number}_bayes extends net{number} {{\n  mark s2.*, head as bayes\n}}\n\n\
             train regime{number} {{\n  objective = elbo(kl=exact)\n  optimizer = adam(lr=1e-3)\n  epochs    = 10\n  batch     = 64\n}}\n\n\
             run run{number} {{\n  model = net{number}_bayes\n  data  = data\n  train = regime{number}\n}}\n\n",
            width = 8 + number % 24,
        ));
    }
    text
}

/// Resident memory of this process, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN);
    kibibytes / 1024.0
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn main() {
    let argument = |index: usize, default: usize| {
        std::env::args().nth(index).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (lines, edits) = (argument(1, 2_000), argument(2, 10_000));
    let (ours, theirs) = Connection::memory();
    let pause = Pause { quiet: Duration::ZERO, longest: Duration::ZERO, ..Pause::default() };
    let server =
        std::thread::Builder::new().stack_size(16 << 20).spawn(move || serve(&theirs, Arc::new(NoFiles), pause));
    let server = server.expect("a thread can be started");
    let mut id = 0;
    let mut request = |method: &str, params: Value| {
        id += 1;
        let request = Request { id: id.into(), method: method.to_owned(), params };
        ours.sender.send(request.into()).expect("the server listens");
        let wanted = RequestId::from(id);
        while !matches!(ours.receiver.recv(), Ok(Message::Response(response)) if response.id == wanted) {}
    };
    let notify = |method: &str, params: Value| {
        let notification = Notification { method: method.to_owned(), params };
        ours.sender.send(notification.into()).expect("the server listens");
    };
    let findings = || while !matches!(ours.receiver.recv(), Ok(Message::Notification(_))) {};
    request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
    let text = spec(lines);
    let item = json!({ "uri": URI, "languageId": "elbo", "version": 0, "text": text });
    notify("textDocument/didOpen", json!({ "textDocument": item }));
    findings();
    println!("{} lines, {:.1} MiB after opening", text.lines().count(), resident());
    let at = text.find("optimizer = adam(").expect("the spec has one") + "optimizer = adam(".len();
    let line = text[..at].matches('\n').count();
    let position = json!({ "line": line, "character": "  optimizer = adam(".len() });
    let (mut told, mut completed) = (Vec::new(), Vec::new());
    for edit in 1..=edits {
        let (before, after) = text.split_at(at);
        let typed = &"beta"[..1 + edit % 4];
        let changed = format!("{before}{typed}{after}");
        let document = json!({ "uri": URI, "version": edit });
        let start = Instant::now();
        notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": changed }] }));
        findings();
        told.push(start.elapsed());
        if edit % 10 == 0 {
            // As an editor asks right after a letter, before anything has been computed.
            let document = json!({ "uri": URI, "version": edit });
            notify(
                "textDocument/didChange",
                json!({ "textDocument": document, "contentChanges": [{ "text": changed + "\n" }] }),
            );
            let start = Instant::now();
            request("textDocument/completion", json!({ "textDocument": { "uri": URI }, "position": position }));
            completed.push(start.elapsed());
            findings();
        }
        if edit % (edits / 5).max(1) == 0 {
            println!("{edit} edits: {:.1} MiB", resident());
        }
    }
    println!("findings {:.1} ms, completion {:.1} ms (medians)", median(told), median(completed));
    request("shutdown", Value::Null);
    notify("exit", Value::Null);
    println!("{:?}", server.join().expect("the server ends"));
}
