//! A conclusion, and the names in it.

/// A conclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// What it is about.
    pub about: &'static str,
    /// The conclusion in a word or two.
    pub verdict: String,
    /// The figures behind it.
    pub text: String,
}

/// Names in words: `a`, `a` and `b`, or how many there are beyond three.
pub(super) fn named(layers: &[String]) -> String {
    match layers {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [one, other] => format!("`{one}` and `{other}`"),
        [one, other, third] => format!("`{one}`, `{other}` and `{third}`"),
        [one, other, rest @ ..] => format!("`{one}`, `{other}` and {} more layers", rest.len()),
    }
}
