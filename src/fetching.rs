//! Fetching as it happens: a bar on a terminal, a line a file elsewhere.

use crate::terminal::Terminal;
use elbo_compiler::render::escape;
use elbo_runtime::fetch::{FetchEvent, FetchObserver};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Shows events on standard error.
pub struct Fetching<'t> {
    terminal: &'t Terminal,
    bar: Option<ProgressBar>,
}

impl<'t> Fetching<'t> {
    /// Shows nothing yet.
    pub fn new(terminal: &'t Terminal) -> Self {
        Self { terminal, bar: None }
    }

    /// Takes the bar off the screen.
    pub fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(escape::message(text)),
            None => self.terminal.note(text),
        }
    }

    fn start(&mut self, name: &str, bytes: u64, from: u64) {
        self.clear();
        if self.terminal.shows_progress() {
            let template = "{bar:24} {percent:>3} %  {msg}  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
            let style = ProgressStyle::with_template(template).expect("the template is well formed");
            let bar = ProgressBar::new(bytes).with_style(style.progress_chars("━╸ ")).with_position(from);
            bar.set_message(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            self.bar = Some(bar);
        }
    }
}

impl FetchObserver for Fetching<'_> {
    fn event(&mut self, event: &FetchEvent<'_>) {
        match event {
            FetchEvent::Present { path } => self.terminal.detail(&format!("{} is there", path.display())),
            FetchEvent::Began { name, url, bytes, from } => {
                let onward = if *from > 0 { format!(", from byte {from} on") } else { String::new() };
                self.line(&format!("fetching {url}{onward}"));
                self.start(name, *bytes, *from);
            }
            FetchEvent::Progress { done } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(*done);
                }
            }
            FetchEvent::Checking => self.clear(),
            FetchEvent::Unpacking => self.terminal.detail("unpacking"),
            FetchEvent::Placed { path } => self.terminal.detail(&format!("{} is as published", path.display())),
            FetchEvent::Remark { text } => self.line(text),
        }
    }
}
