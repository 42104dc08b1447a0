//! Files of TOML tables, read with the same diagnostics as the language: `elbo.toml`, the manifest of a batch.
//!
//! A [`Reader`] checks the tables and keys against what is known, then its methods take values out, each of which
//! reports what is wrong with it and gives `None`.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId, Span};
use crate::suggest::{listing, nearest};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
pub type Value<'v> = Spanned<DeValue<'v>>;

/// A table that a file may have.
#[derive(Debug, Clone, Copy)]
pub struct TableForm {
    /// Its name.
    pub name: &'static str,
    /// Whether it may stand there several times, as `[[name]]`.
    pub repeats: bool,
    /// Its keys.
    pub keys: &'static [&'static str],
}

/// A table of a file, whose keys are all known.
#[derive(Debug)]
pub struct Table<'v> {
    /// Its name.
    pub name: &'static str,
    /// Where it begins.
    pub span: Span,
    /// Its keys and their values.
    pub entries: Vec<(&'static str, &'v Value<'v>)>,
}

impl<'v> Table<'v> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'v Value<'v>> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }
}

/// Reads one file.
#[derive(Debug)]
pub struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    source: SourceId,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    /// A reader of `text`, which is the source `source` and is called `file` in messages.
    pub fn new(file: &'t str, text: &'t str, source: SourceId) -> Self {
        Self { file, text, source, diagnostics: Vec::new() }
    }

    /// The file as TOML; `None` if it is none.
    pub fn parse(&mut self) -> Option<DeTable<'t>> {
        let (tables, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let diagnostic = self.syntax_error(error);
            self.diagnostics.push(diagnostic);
        }
        errors.is_empty().then(|| tables.into_inner())
    }

    fn syntax_error(&self, error: &toml::de::Error) -> Diagnostic {
        let range = error.span().unwrap_or(self.text.len()..self.text.len());
        // A message may have further lines, of what was expected.
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        let code = if message.contains("duplicate key") { Code::RepeatedKey } else { Code::Syntax };
        let message = format!("`{}` is not TOML: {message}", self.file);
        Diagnostic::new(code, message, self.source, Span::new(range.start, range.end), "here")
            .help("write `[table]` lines and `key = value` lines: https://toml.io")
    }

    /// The tables of a file, in no particular order; what is not known is reported and left out.
    pub fn tables<'v>(&mut self, root: &'v DeTable<'v>, forms: &'static [TableForm]) -> Vec<Table<'v>> {
        let mut tables = Vec::new();
        for (name, value) in root {
            let written: &str = name.get_ref().as_ref();
            let Some(form) = forms.iter().find(|form| form.name == written) else {
                self.unknown_table(name, value, forms);
                continue;
            };
            match value.get_ref() {
                DeValue::Table(entries) => tables.push(self.table(form, value, entries)),
                DeValue::Array(items) if form.repeats && items.iter().all(|item| item.get_ref().is_table()) => {
                    for item in items {
                        tables.extend(item.get_ref().as_table().map(|entries| self.table(form, item, entries)));
                    }
                }
                _ => {
                    let header = if form.repeats { format!("[[{written}]]") } else { format!("[{written}]") };
                    self.wrong(
                        Code::WrongType,
                        format!("`{written}` is a table"),
                        value,
                        &format!("write `{header}` and its keys below it"),
                    );
                }
            }
        }
        tables.sort_by_key(|table| table.span.start);
        tables
    }

    fn table<'v>(&mut self, form: &TableForm, value: &'v Value<'v>, entries: &'v DeTable<'v>) -> Table<'v> {
        let mut known = Vec::new();
        for (key, value) in entries {
            let written: &str = key.get_ref().as_ref();
            if let Some(name) = form.keys.iter().find(|name| **name == written) {
                known.push((*name, value));
            } else {
                let what = format!("keys of `[{}]` are", form.name);
                let diagnostic = self.unknown(key, "key", &what, form.keys);
                self.diagnostics.push(diagnostic);
            }
        }
        Table { name: form.name, span: span(value), entries: known }
    }

    fn unknown_table(&mut self, name: &Spanned<impl AsRef<str>>, value: &Value<'_>, forms: &[TableForm]) {
        let written = name.get_ref().as_ref();
        let home = forms.iter().find(|form| form.keys.contains(&written)).filter(|_| !value.get_ref().is_table());
        let names: Vec<&str> = forms.iter().map(|form| form.name).collect();
        let mut diagnostic = self.unknown(name, "table", "tables are", &names);
        if let Some(form) = home {
            diagnostic = diagnostic.help(format!("write it below a line `[{}]`", form.name));
        }
        self.diagnostics.push(diagnostic);
    }

    fn unknown(&self, name: &Spanned<impl AsRef<str>>, kind: &str, what: &str, known: &[&str]) -> Diagnostic {
        let written = name.get_ref().as_ref();
        let span = Span::new(name.span().start, name.span().end);
        let message = format!("there is no {kind} `{written}` in `{}`", self.file);
        let diagnostic = Diagnostic::new(Code::UnknownKey, message, self.source, span, format!("no such {kind}"));
        let diagnostic = diagnostic.note(format!("{what} {}", listing(known.iter().copied())));
        match nearest(written, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    }

    /// Reports that `table` lacks a key.
    pub fn missing(&mut self, table: &Table<'_>, key: &str, example: &str) {
        let message = format!("`[{}]` has no `{key}`", table.name);
        let diagnostic = Diagnostic::new(Code::MissingKey, message, self.source, table.span, "in this table");
        self.diagnostics.push(diagnostic.help(format!("add `{key} = {example}`")));
    }

    /// Reports what is wrong with a value.
    pub fn wrong(&mut self, code: Code, message: String, value: &Value<'_>, help: &str) {
        let diagnostic = Diagnostic::new(code, message, self.source, span(value), "this value");
        self.diagnostics.push(diagnostic.help(help));
    }

    /// A value as it is written.
    pub fn written(&self, value: &Value<'_>) -> &'t str {
        self.text.get(value.span()).unwrap_or_default()
    }

    /// A string; `what` it should say.
    pub fn text<'v>(&mut self, value: &'v Value<'_>, what: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type("a string", value, &format!("write {what} in quotes"));
        }
        text
    }

    /// A string that is not empty.
    pub fn filled_text<'v>(&mut self, value: &'v Value<'_>, what: &str) -> Option<&'v str> {
        let text = self.text(value, what)?;
        if text.trim().is_empty() {
            self.wrong(Code::OutOfRange, "an empty string".to_owned(), value, &format!("write {what}"));
            return None;
        }
        Some(text)
    }

    /// The path of a folder.
    pub fn folder(&mut self, value: &Value<'_>) -> Option<PathBuf> {
        let text = self.text(value, "the path of a folder")?;
        if text.is_empty() {
            self.wrong(Code::OutOfRange, "an empty path".to_owned(), value, "name a folder; `.` is that of this file");
            return None;
        }
        Some(text.into())
    }

    /// Something that is written as a string of its own form.
    pub fn named<T: FromStr<Err: Display>>(&mut self, value: &Value<'_>, what: &str) -> Option<T> {
        match self.text(value, what)?.parse() {
            Ok(named) => Some(named),
            Err(error) => {
                self.wrong(Code::UnknownValue, error.to_string(), value, &format!("write {what}"));
                None
            }
        }
    }

    /// A whole number within a range, counting `what`, such as `threads`.
    pub fn count(
        &mut self,
        value: &Value<'_>,
        range: RangeInclusive<usize>,
        (what, help): (&str, &str),
    ) -> Option<usize> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type("an integer", value, help);
            return None;
        };
        let number = usize::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(Code::OutOfRange, format!("{} {what}", self.written(value)), value, help);
        }
        number
    }

    /// Every item of an array of strings.
    pub fn texts<'v>(&mut self, value: &'v Value<'v>, what: &str) -> Option<Vec<(&'v str, &'v Value<'v>)>> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type("an array", value, &format!("write {what} as `[\"…\", \"…\"]`"));
            return None;
        };
        let texts: Vec<_> = items.iter().map(|item| Some((self.filled_text(item, what)?, item))).collect();
        texts.into_iter().collect()
    }

    fn wrong_type(&mut self, wanted: &str, value: &Value<'_>, help: &str) {
        let found = value.get_ref().type_str();
        let message = format!("{wanted} is wanted, not a value of type `{found}`");
        self.wrong(Code::WrongType, message, value, help);
    }
}

/// Where a value stands.
pub fn span(value: &Value<'_>) -> Span {
    Span::new(value.span().start, value.span().end)
}
