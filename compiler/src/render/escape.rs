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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        assert_eq!(text("a\u{1b}[31m\r\tb\u{202e}\u{9b}"), "a\\u{1b}[31m\\u{d}\\u{9}b\\u{202e}\\u{9b}");
        assert_eq!(text("é漢 line\nline"), "é漢 line\nline");
        assert_eq!(line("a\nb"), "a\\u{a}b");
    }
}
