//! Texts that somebody else chose, such as names of files, classes and columns, on their way into what this program
//! writes: one function for each medium. A terminal would obey escape sequences, Markdown and HTML would take signs
//! for marks, and a bidirectional override would show a name in another order than it is read in.

use elbo_compiler::render::escape::{self, is_hidden};
use std::borrow::Cow;

/// One line for a terminal: what a terminal would obey, reorder or hide is written out as `\u{1b}`, line breaks
/// included.
pub fn terminal(text: &str) -> String {
    escape::line(text)
}

/// A whole text for programs on its way to a terminal: the same, but line breaks and tabs stay.
pub fn terminal_text(text: &str) -> Cow<'_, str> {
    let hidden = |letter: char| is_hidden(letter) && !matches!(letter, '\n' | '\t');
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let escaped = |letter: char| if hidden(letter) { letter.escape_unicode().to_string() } else { letter.to_string() };
    Cow::Owned(text.chars().map(escaped).collect())
}

/// A piece of a line of Markdown in the GitHub dialect: what would end a cell or begin a mark stands behind a
/// backslash, what cannot be seen is replaced.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' => escaped.extend(['\\', letter]),
            // Else the name of a letter would stand for that letter.
            '&' => escaped.push_str("&amp;"),
            '\n' | '\r' | '\t' => escaped.push(' '),
            letter if is_hidden(letter) => escaped.push(char::REPLACEMENT_CHARACTER),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A cell of CSV (RFC 4180), in quotes where it must be. It reads back as it was: what a spreadsheet would take for a
/// formula is not altered, as programs that read names of files would no longer find them.
pub fn csv(cell: &str) -> String {
    let ends_blank = |end: Option<char>| end.is_some_and(char::is_whitespace);
    let in_quotes = cell.contains([',', '"', '\n', '\r'])
        || ends_blank(cell.chars().next())
        || ends_blank(cell.chars().next_back());
    if in_quotes { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// Text of an HTML or SVG element or of an attribute in double quotes; what XML cannot hold or cannot be seen is
/// replaced.
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            letter if is_hidden(letter) || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A whole page in which everything that cannot be seen is replaced, but for line breaks and tabs.
pub fn without_hidden(page: String) -> String {
    let hidden = |letter: char| is_hidden(letter) && !matches!(letter, '\n' | '\t');
    if page.contains(hidden) { page.replace(hidden, "\u{fffd}") } else { page }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An escape sequence, a bell, a line break, an order from right to left, marks of Markdown, a formula.
    const HOSTILE: &str = "=cmd|' /C'!A0\u{1b}[31m\u{7}\n\u{202e}`x`|<b>\"";

    #[test]
    fn each_medium_gets_one_line_without_anything_to_obey() {
        for written in [terminal(HOSTILE), markdown(HOSTILE), html(HOSTILE)] {
            assert!(!written.chars().any(is_hidden), "{written:?}");
        }
        assert_eq!(terminal("a\u{1b}[31m\u{7}\nb\u{202e}"), "a\\u{1b}[31m\\u{7}\\u{a}b\\u{202e}");
        assert_eq!(terminal_text("a\u{1b}[31m\tb\r\nc\u{9b}"), "a\\u{1b}[31m\tb\\u{d}\nc\\u{9b}");
        assert_eq!(markdown("a|b `c` <d>\ne\u{1b}"), "a\\|b \\`c\\` \\<d\\> e\u{fffd}");
        assert_eq!(without_hidden("a\n\tb\u{202e}\u{1b}".to_owned()), "a\n\tb\u{fffd}\u{fffd}");
        assert_eq!(html("<a href=\"x\">\u{202e}&"), "&lt;a href=&quot;x&quot;&gt;\u{fffd}&amp;");
    }

    #[test]
    fn cells_read_back_as_they_were() {
        for cell in [HOSTILE, "=cmd", " blank", "plain", "", "a,b", "\"\"", "line\r\nbreak"] {
            let text = format!("{},end\n", csv(cell));
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let record = reader.records().next().expect("there is one").expect("it is well formed");
            assert_eq!((&record[0], &record[1]), (cell, "end"));
        }
        assert_eq!(csv("=cmd"), "=cmd");
    }
}
