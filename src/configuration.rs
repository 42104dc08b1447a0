//! What an `elbo.toml` says, and what is wrong with it.

use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Diagnostic, SourceId, Span};
use elbo_compiler::suggest::{listing, nearest};
use elbo_runtime::backend::BackendChoice;
use elbo_runtime::backend::candle::DeviceChoice;
use elbo_runtime::fetch::Mirror;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// As many threads as the command line takes.
const MOST_THREADS: usize = 1024;

/// The tables and their keys.
const TABLES: [(&str, &[&str]); 3] =
    [("data", &["root", "mirror"]), ("store", &["root"]), ("defaults", &["threads", "device", "backend"])];

/// What an `elbo.toml` says. Paths are as written, relative to its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// `[data] root`: where data is looked for.
    pub data_root: Option<PathBuf>,
    /// `[data] mirror`: where `elbo data fetch` takes files from.
    pub mirror: Option<Mirror>,
    /// `[store] root`: where results are kept.
    pub store_root: Option<PathBuf>,
    /// `[defaults] threads`.
    pub threads: Option<NonZeroUsize>,
    /// `[defaults] device`.
    pub device: Option<DeviceChoice>,
    /// `[defaults] backend`.
    pub backend: Option<BackendChoice>,
    /// Every key that was given, such as `data.root`, with its value as written.
    pub given: Vec<(String, String)>,
}

impl Configuration {
    /// Reads the text of the file that `source` is.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, source: SourceId) -> Result<Self, Vec<Diagnostic>> {
        let (tables, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors.iter().map(|error| syntax_error(error, text, source)).collect());
        }
        let mut reader = Reader { text, source, found: Self::default(), diagnostics: Vec::new() };
        for (name, value) in tables.get_ref() {
            reader.table(name, value);
        }
        if reader.diagnostics.is_empty() { Ok(reader.found) } else { Err(reader.diagnostics) }
    }
}

fn syntax_error(error: &toml::de::Error, text: &str, source: SourceId) -> Diagnostic {
    let range = error.span().unwrap_or(text.len()..text.len());
    // A message may have further lines, of what was expected.
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let code = if message.contains("duplicate key") { Code::RepeatedKey } else { Code::Syntax };
    Diagnostic::new(
        code,
        format!("`elbo.toml` is not TOML: {message}"),
        source,
        Span::new(range.start, range.end),
        "here",
    )
    .help("write `[table]` lines and `key = value` lines: https://toml.io")
}

struct Reader<'t> {
    text: &'t str,
    source: SourceId,
    found: Configuration,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn table(&mut self, name: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) {
        let written = name.get_ref().as_ref();
        let Some((table, keys)) = TABLES.into_iter().find(|(table, _)| *table == written) else {
            let home = TABLES.iter().find(|(_, keys)| keys.contains(&written)).filter(|_| !value.get_ref().is_table());
            let mut diagnostic = self.unknown(name, "table", "tables are", &TABLES.map(|(table, _)| table));
            if let Some((table, _)) = home {
                diagnostic = diagnostic.help(format!("write it below a line `[{table}]`"));
            }
            self.diagnostics.push(diagnostic);
            return;
        };
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong(
                Code::WrongType,
                format!("`{table}` is a table"),
                value,
                &format!("write `[{table}]` and its keys below it"),
            );
            return;
        };
        for (key, value) in entries {
            let written: &str = key.get_ref().as_ref();
            if keys.contains(&written) {
                self.key(table, written, value);
            } else {
                let what = format!("keys of `[{table}]` are");
                let diagnostic = self.unknown(key, "key", &what, keys);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn key(&mut self, table: &str, key: &str, value: &Spanned<DeValue<'_>>) {
        match (table, key) {
            ("data", "root") => self.found.data_root = self.folder(value),
            ("store", "root") => self.found.store_root = self.folder(value),
            ("data", "mirror") => self.found.mirror = self.named(value, "the address of a mirror"),
            ("defaults", "device") => self.found.device = self.named(value, "the name of a device"),
            ("defaults", "backend") => self.found.backend = self.named(value, "the name of a backend"),
            ("defaults", "threads") => self.found.threads = self.threads(value),
            _ => unreachable!("every key of the tables above has its line here"),
        }
        let written = self.text.get(value.span()).unwrap_or_default();
        self.found.given.push((format!("{table}.{key}"), written.to_owned()));
    }

    fn text_of<'v>(&mut self, value: &'v Spanned<DeValue<'_>>, what: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let found = value.get_ref().type_str();
            self.wrong(
                Code::WrongType,
                format!("a string is wanted, not a value of type `{found}`"),
                value,
                &format!("write {what} in quotes"),
            );
        }
        text
    }

    fn folder(&mut self, value: &Spanned<DeValue<'_>>) -> Option<PathBuf> {
        let text = self.text_of(value, "the path of a folder")?;
        if text.is_empty() {
            self.wrong(Code::OutOfRange, "an empty path".to_owned(), value, "name a folder; `.` is that of this file");
            return None;
        }
        Some(text.into())
    }

    fn named<T: FromStr<Err: std::fmt::Display>>(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<T> {
        match self.text_of(value, what)?.parse() {
            Ok(named) => Some(named),
            Err(error) => {
                self.wrong(Code::UnknownValue, error.to_string(), value, &format!("write {what}"));
                None
            }
        }
    }

    fn threads(&mut self, value: &Spanned<DeValue<'_>>) -> Option<NonZeroUsize> {
        let help = format!("write a number from 1 to {MOST_THREADS}, or leave it out to use all processors");
        let Some(integer) = value.get_ref().as_integer() else {
            let found = value.get_ref().type_str();
            self.wrong(Code::WrongType, format!("an integer is wanted, not a value of type `{found}`"), value, &help);
            return None;
        };
        let number =
            usize::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|&number| number <= MOST_THREADS);
        let threads = number.and_then(NonZeroUsize::new);
        if threads.is_none() {
            let written = self.text.get(value.span()).unwrap_or_default();
            self.wrong(Code::OutOfRange, format!("{written} threads"), value, &help);
        }
        threads
    }

    fn wrong(&mut self, code: Code, message: String, value: &Spanned<DeValue<'_>>, help: &str) {
        let span = Span::new(value.span().start, value.span().end);
        self.diagnostics.push(Diagnostic::new(code, message, self.source, span, "this value").help(help));
    }

    fn unknown(&self, name: &Spanned<impl AsRef<str>>, kind: &str, what: &str, known: &[&str]) -> Diagnostic {
        let written = name.get_ref().as_ref();
        let (span, message) =
            (Span::new(name.span().start, name.span().end), format!("there is no {kind} `{written}` in `elbo.toml`"));
        let diagnostic = Diagnostic::new(Code::UnknownKey, message, self.source, span, format!("no such {kind}"));
        let diagnostic = diagnostic.note(format!("{what} {}", listing(known.iter().copied())));
        match nearest(written, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use elbo_compiler::render::{Format, render};
    use elbo_compiler::sources::SourceMap;

    fn read(text: &str) -> Result<Configuration, String> {
        let mut sources = SourceMap::default();
        let source = sources.add("elbo.toml", text);
        Configuration::parse(text, source).map_err(|diagnostics| render(&diagnostics, &sources, Format::Plain, false))
    }

    #[test]
    fn every_key_acts() {
        let text = "[data]\nroot = 'a'\nmirror = \"https://host/data\"\n[store]\nroot = \"b\"\n\
                    [defaults]\nthreads = 0x10\ndevice = \"cuda:1\"\nbackend = \"candle\"\n";
        let found = read(text).unwrap();
        assert_eq!((found.data_root, found.store_root), (Some("a".into()), Some("b".into())));
        assert_eq!(found.mirror.map(|mirror| mirror.to_string()), Some("https://host/data".to_owned()));
        assert_eq!((found.threads.map(NonZeroUsize::get), found.device), (Some(16), Some(DeviceChoice::Cuda(1))));
        assert_eq!(found.backend, Some(BackendChoice::Candle));
        let keys: usize = TABLES.iter().map(|(_, keys)| keys.len()).sum();
        assert_eq!(found.given.len(), keys);
        assert!(found.given.contains(&("defaults.threads".to_owned(), "0x10".to_owned())));
        assert_eq!(read("# nothing\n"), Ok(Configuration::default()));
    }

    #[test]
    fn each_mistake_is_told_with_its_place_and_its_fix() {
        for (text, words) in [
            (
                "[data]\nrooot = \"a\"\n",
                ["E0201", "elbo.toml:2:1", "did you mean `root`?", "keys of `[data]` are `root` and `mirror`"],
            ),
            (
                "[dta]\nroot = \"a\"\n",
                ["E0201", "elbo.toml:1:2", "did you mean `data`?", "`data`, `store` and `defaults`"],
            ),
            ("threads = 2\n", ["E0201", "elbo.toml:1:1", "no table `threads`", "below a line `[defaults]`"]),
            ("data = \"a\"\n", ["E0204", "elbo.toml:1:8", "`data` is a table", "write `[data]`"]),
            ("[data]\nroot = 3\n", ["E0204", "elbo.toml:2:8", "a string is wanted", "in quotes"]),
            ("[store]\nroot = \"\"\n", ["E0205", "elbo.toml:2:8", "an empty path", "name a folder"]),
            ("[data]\nmirror = \"/srv\"\n", ["E0206", "elbo.toml:2:10", "`/srv` is no mirror", "file:///PATH"]),
            ("[defaults]\ndevice = \"tpu\"\n", ["E0206", "elbo.toml:2:10", "the device `tpu`", "`metal`"]),
            ("[defaults]\nbackend = \"torch\"\n", ["E0206", "elbo.toml:2:11", "the backend `torch`", "`candle`"]),
            ("[defaults]\nthreads = 0\n", ["E0205", "elbo.toml:2:11", "0 threads", "from 1 to 1024"]),
            ("[defaults]\nthreads = -1\n", ["E0205", "elbo.toml:2:11", "-1 threads", "from 1 to 1024"]),
            ("[defaults]\nthreads = 1.5\n", ["E0204", "elbo.toml:2:11", "an integer is wanted", "from 1 to 1024"]),
            ("[data\n", ["E0002", "elbo.toml:1:", "is not TOML", "toml.io"]),
            ("[data]\nroot = \"a\"\nroot = \"b\"\n", ["E0202", "elbo.toml:3:1", "duplicate key", "toml.io"]),
        ] {
            let told = read(text).unwrap_err();
            let joined = told.split_whitespace().collect::<Vec<_>>().join(" ");
            for word in words {
                assert!(joined.contains(word), "{text:?} does not tell {word:?}:\n{told}");
            }
        }
    }
}
