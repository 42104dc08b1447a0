//! The words of a Rust source: without its comments, its texts and what only its tests see.

/// The words of a source, a word a name or one sign; `::` is one word. Items below `#[cfg(test)]` are left out.
pub fn words(text: &str) -> Vec<String> {
    without_tests(&all_words(text))
}

/// What a piece of a source is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Space,
    Comment,
    /// A text or letter in quotes.
    Text,
    Word,
}

/// A source in pieces, which together are all of it.
fn pieces(text: &str) -> Vec<(Piece, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (piece, length) = match first {
            _ if rest.starts_with("//") => (Piece::Comment, rest.find('\n').unwrap_or(rest.len())),
            _ if rest.starts_with("/*") => (Piece::Comment, block_comment(rest)),
            '"' => (Piece::Text, quoted(rest, 0)),
            'b' if rest.starts_with("b\"") => (Piece::Text, quoted(rest, 1)),
            'r' | 'b' if raw_quoted(rest).is_some() => (Piece::Text, raw_quoted(rest).unwrap_or(rest.len())),
            '\'' => match letter(rest) {
                Some(length) => (Piece::Text, length),
                None => (Piece::Word, 1),
            },
            _ if first.is_whitespace() => (Piece::Space, first.len_utf8()),
            _ if rest.starts_with("::") => (Piece::Word, 2),
            _ if is_letter(first) => (Piece::Word, rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len())),
            _ => (Piece::Word, first.len_utf8()),
        };
        let (now, later) = rest.split_at(length);
        pieces.push((piece, now));
        rest = later;
    }
    pieces
}

fn all_words(text: &str) -> Vec<String> {
    let words = pieces(text).into_iter().filter(|(piece, _)| *piece == Piece::Word);
    words.map(|(_, word)| word.to_owned()).collect()
}

/// A source as it stands, line by line, but for its comments and what its texts say.
pub fn without_texts(text: &str) -> String {
    let lines = |text: &str| "\n".repeat(text.matches('\n').count());
    let left = pieces(text).into_iter().map(|(piece, written)| match piece {
        Piece::Space | Piece::Word => written.to_owned(),
        Piece::Comment => lines(written),
        Piece::Text => format!("\"{}\"", lines(written)),
    });
    left.collect()
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a text in quotes, which open after `before` letters.
fn quoted(text: &str, before: usize) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(before + 1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a raw text such as `r#"…"#`.
fn raw_quoted(text: &str) -> Option<usize> {
    let opened = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let hashes = opened.len() - opened.trim_start_matches('#').len();
    let body = opened[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let before = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| before + at + end.len()))
}

/// The length of a letter in quotes such as `'a'`; `None` of a lifetime.
fn letter(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some(_)) => {
            Some(letters.find(|(_, letter)| *letter == '\'').map_or(text.len(), |(at, _)| at + 1))
        }
        (Some(_), Some((at, '\''))) => Some(at + 1),
        _ => None,
    }
}

/// The words without the items that an attribute gives to tests alone.
fn without_tests(words: &[String]) -> Vec<String> {
    let mut left = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if words[at] == "#" && words.get(at + 1).is_some_and(|word| word == "[") {
            let end = closing(words, at + 1);
            let attribute = &words[at..end];
            let tests = attribute.contains(&"cfg".to_owned()) && attribute.contains(&"test".to_owned());
            if tests && !attribute.contains(&"not".to_owned()) {
                at = item_end(words, end);
                continue;
            }
            at = end;
            continue;
        }
        left.push(words[at].clone());
        at += 1;
    }
    left
}

/// The place after the bracket that closes the one at `open`.
pub fn closing(words: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    words.len()
}

/// The place after an item that begins at `start`: after its `;`, its `,` or its body in braces.
fn item_end(words: &[String], start: usize) -> usize {
    let mut at = start;
    while at < words.len() {
        match words[at].as_str() {
            ";" | "," => return at + 1,
            "{" => {
                let end = closing(words, at);
                // `use a::{b, c};` ends with its semicolon.
                return if words.get(end).is_some_and(|word| word == ";") { end + 1 } else { end };
            }
            "(" | "[" => at = closing(words, at),
            "}" => return at,
            _ => at += 1,
        }
    }
    words.len()
}
