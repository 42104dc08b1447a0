//! What is told of addresses and of what servers say: without credentials, and no more of it than a line or two.

/// How many characters of a server's or a library's words are told.
const LONGEST: usize = 300;

/// Words that may hold addresses: without the user, password and query of any, without line breaks and other control
/// characters, and cut off where they are very long.
pub(super) fn shown(words: &str) -> String {
    let mut result = String::new();
    let mut rest = words;
    while let Some(position) = rest.find("://") {
        let (before, address) = rest.split_at(position + 3);
        result.push_str(before);
        let end = address.find(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | '<' | '>' | ')'));
        let (address, after) = address.split_at(end.unwrap_or(address.len()));
        result.push_str(&without_secrets(address));
        rest = after;
    }
    result.push_str(rest);
    bounded(&result)
}

/// One address, whole: what is no part of a sentence may hold quotes, brackets and blanks, and may lack its scheme.
pub(super) fn shown_address(address: &str) -> String {
    let address = address.replace(char::is_whitespace, "%20");
    match address.split_once("://") {
        Some((scheme, rest)) => bounded(&format!("{scheme}://{}", without_secrets(rest))),
        None => bounded(&without_secrets(&address)),
    }
}

fn bounded(words: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut kept: String = words.chars().take(LONGEST).map(plain).collect();
    if words.chars().nth(LONGEST).is_some() {
        kept.push('…');
    }
    kept
}

/// The part of an address after `://`.
fn without_secrets(address: &str) -> String {
    let authority_end = address.find(['/', '?', '#']).unwrap_or(address.len());
    // A password may hold an `@`, and a hand-written one even a `/`.
    let user_end = match address[..authority_end].rfind('@') {
        Some(at) => Some(at),
        None => address.rfind('@').filter(|_| address[..authority_end].contains(':')),
    };
    let (secret, rest) = user_end.map_or(("", address), |at| (&address[..at], &address[at..]));
    let user = if secret.is_empty() { "" } else { "***" };
    match rest.find(['?', '#']) {
        Some(query) if query + 1 < rest.len() => format!("{user}{}{}***", &rest[..query], &rest[query..=query]),
        Some(_) | None => format!("{user}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, shown, shown_address};

    #[test]
    fn an_address_is_shown_whole_but_for_its_secrets() {
        for (address, expected) in [
            ("https://host/data", "https://host/data"),
            ("user:secret@host:3128", "***@host:3128"),
            ("host:3128", "host:3128"),
            ("http://user:se'cr)et@host/a", "http://***@host/a"),
            ("http://user:se cret@host/a?token=b", "http://***@host/a?***"),
            ("/srv/data", "/srv/data"),
            ("file:///srv/my data", "file:///srv/my%20data"),
        ] {
            assert_eq!(shown_address(address), expected);
        }
    }

    #[test]
    fn credentials_and_queries_are_not_told() {
        for (words, expected) in [
            ("https://host/data/a.gz", "https://host/data/a.gz"),
            ("https://user:secret@host/a", "https://***@host/a"),
            ("https://user:se@cret@host:81/a", "https://***@host:81/a"),
            ("http://u:a/b@host/x", "http://***@host/x"),
            ("`https://host/a?token=secret&x=1` is gone", "`https://host/a?***` is gone"),
            ("from http://a:b@c to http://d:e@f/", "from http://***@c to http://***@f/"),
            ("no address: a@b", "no address: a@b"),
        ] {
            assert_eq!(shown(words), expected);
        }
    }

    #[test]
    fn long_words_are_cut_off_and_hold_no_control_characters() {
        let told = shown(&format!("a\u{1b}[2J\n{}", "x".repeat(1 << 20)));
        assert_eq!(told.chars().count(), LONGEST + 1);
        assert!(!told.contains(char::is_control));
    }
}
