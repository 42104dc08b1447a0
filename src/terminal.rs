//! Where messages go, and whether in colour.

use clap::ValueEnum;
use elbo_compiler::diagnostic::Diagnostic;
use elbo_compiler::render::{Format, escape, render};
use elbo_compiler::sources::SourceMap;
use elbo_runtime::output::for_stream;
use elbo_runtime::spec_files::Skipped;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// The values of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal that does not ask otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Standard output and standard error, with the choices of the command line.
#[derive(Debug)]
pub struct Terminal {
    color: bool,
    /// Whether results, which go to standard output, are coloured.
    result_color: bool,
    interactive: bool,
    quiet: bool,
    verbose: bool,
    /// Whether something could not be written to standard output.
    failed: AtomicBool,
}

impl Terminal {
    /// Looks at the streams and the environment once.
    pub fn new(color: ColorChoice, quiet: bool, verbose: bool) -> Self {
        let interactive = std::io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colored = |is_terminal: bool| match color {
            ColorChoice::Auto => is_terminal && !refused && !dumb,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let (color, result_color) = (colored(interactive), colored(std::io::stdout().is_terminal()));
        Self { color, result_color, interactive: interactive && !dumb, quiet, verbose, failed: AtomicBool::new(false) }
    }

    /// Whether standard error is a screen on which a progress bar can move.
    pub fn shows_progress(&self) -> bool {
        self.interactive && !self.quiet
    }

    /// Whether results are coloured.
    pub fn colors_results(&self) -> bool {
        self.result_color
    }

    /// Whether more than results and errors may be printed.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The format of diagnostics where none is asked for.
    pub fn default_format(&self) -> Format {
        if self.interactive { Format::Fancy } else { Format::Plain }
    }

    /// Prints diagnostics where their format belongs: for people on standard error, for programs on
    /// standard output.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &SourceMap, format: Format) {
        let text = render(diagnostics, sources, format, self.color);
        match format {
            Format::Fancy | Format::Plain => write_all(std::io::stderr(), &text),
            Format::Json | Format::Sarif | Format::Github => self.data(&text),
        }
    }

    /// Prints a result for programs: as it is, but for a terminal without what it would obey.
    pub fn data(&self, text: &str) {
        self.result(&for_stream(text, &std::io::stdout()));
    }

    /// Prints a result in our own colours, as it is.
    pub fn result(&self, text: &str) {
        let mut stream = std::io::stdout();
        let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        // A reader that has gone away has read what it wanted.
        if let Err(error) = written
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.error(&format!("standard output cannot be written: {error}"));
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    /// Prints a result for people. What a terminal would obey, such as an escape sequence in a name, is written out.
    pub fn text(&self, text: &str) {
        self.result(&escape::text(text));
    }

    /// Prints a name that programs read, in a line of its own; a terminal gets it without what it would obey.
    pub fn name(&self, name: &str) {
        self.data(&format!("{}\n", if std::io::stdout().is_terminal() { escape::line(name) } else { name.to_owned() }));
    }

    /// Prints what is wrong with one of several things, and what to do about it.
    pub fn failure(&self, problem: &str, help: Option<&str>) {
        let help = help.map_or_else(String::new, |help| format!("\n  help: {help}"));
        self.error(&format!("{problem}{help}"));
    }

    /// Says what a walk over folders has left out. Where that may be files, the command has not done all that was
    /// asked.
    pub fn skipped(&self, skipped: &Skipped) {
        match skipped {
            Skipped::NoFile(_) => self.note(&skipped.to_string()),
            Skipped::Folder(_) => {
                self.error(&skipped.to_string());
                self.failed.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Whether a result could not be printed, or not all was done.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Prints an error, with causes and proposals in further lines.
    pub fn error(&self, message: &str) {
        say(&format!("error: {message}\n"));
    }

    /// Prints how the program ended where it is stopped, also if asked to be quiet.
    pub fn ending(&self, message: &str) {
        write_ending(message);
    }

    /// Prints something worth knowing, unless asked to be quiet.
    pub fn note(&self, message: &str) {
        if !self.quiet {
            say(&format!("{message}\n"));
        }
    }

    /// Prints a detail, if asked to be verbose.
    pub fn detail(&self, message: &str) {
        if self.verbose {
            say(&format!("{message}\n"));
        }
    }
}

/// As [`Terminal::ending`], from wherever the program ends.
pub fn write_ending(message: &str) {
    say(&format!("{message}\n"));
}

/// As [`Terminal::result`], from wherever the program ends.
pub fn write_result(text: &str) {
    write_all(std::io::stdout(), text);
}

/// Writes a message, whatever names stand in it.
fn say(text: &str) {
    write_all(std::io::stderr(), &escape::message(text));
}

/// Writes messages as far as that is possible: there is nowhere left to say that it is not.
fn write_all(mut stream: impl Write, text: &str) {
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}
