//! Showing characters that a terminal would obey, reorder or hide.
//!
//! A source is data from anywhere: an escape sequence in it must not reach the terminal, and a
//! bidirectional override must not show a line in another order than the one it is read in
//! (Boucher and Anderson, "Trojan Source", 2021).

use std::borrow::Cow;

/// Whether a character does something other than be seen.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text for people with its hidden characters written as `\u{…}`; line breaks stay.
pub fn text(text: &str) -> Cow<'_, str> {
    let hidden = |character| character != '\n' && is_hidden(character);
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if hidden(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// The same for a text that must stay on one line, such as a path.
pub fn line(line: &str) -> String {
    text(line).replace('\n', "\\u{a}")
}

/// The characters of a message's line that are shown from its beginning, and from its end, where it is longer.
const SHOWN: (usize, usize) = (3_000, 500);

/// A message for people: its hidden characters are written as `\u{…}`, and what is left out of the middle of a line
/// that nobody would read to its end, such as one that quotes a whole file, is counted.
pub fn message(message: &str) -> String {
    let (first, last) = SHOWN;
    let mut shown = String::new();
    for line in text(message).split_inclusive('\n') {
        let left_out = line.chars().count().saturating_sub(first + last);
        if left_out == 0 {
            shown.push_str(line);
        } else {
            shown.extend(line.chars().take(first));
            shown.push_str(&format!(" … {left_out} more characters … "));
            shown.extend(line.chars().skip(first + left_out));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_quotes_a_whole_file_is_cut_in_the_middle() {
        for short in ["", "error: a\n  help: b\n", "no line break", &"é".repeat(3_500)] {
            assert_eq!(message(short), short);
        }
        let long =
            message(&format!("error: unknown `{}` at line 1\n  help: {}\n", "漢".repeat(1_000_000), "x".repeat(10)));
        assert!(long.len() < 12_000, "{} bytes", long.len());
        assert!(long.starts_with("error: unknown `漢漢") && long.ends_with("漢` at line 1\n  help: xxxxxxxxxx\n"));
        assert!(long.contains(" … 996528 more characters … "));
    }

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        assert_eq!(text("a\u{1b}[31m\r\tb\u{202e}\u{9b}"), "a\\u{1b}[31m\\u{d}\\u{9}b\\u{202e}\\u{9b}");
        assert_eq!(text("é漢 line\nline"), "é漢 line\nline");
        assert_eq!(line("a\nb"), "a\\u{a}b");
    }
}
