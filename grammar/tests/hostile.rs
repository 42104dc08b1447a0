//! Texts made to be slow, deep or large: bounded time, bounded errors, and cost linear in the size.
//!
//! `cargo test --release -p elbo-grammar --test hostile -- --ignored --nocapture` prints what 10 MB cost.

mod support;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use elbo_grammar::{MAXIMUM_ERRORS, SyntaxErrorKind, format, parse};

/// What a text is made of: a name, how it begins, what is repeated, how it ends.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    ("round brackets", "", "(", ""),
    ("square brackets", "", "[", ""),
    ("braces", "", "{", ""),
    ("closing brackets", "", ")", ""),
    ("closing braces", "", "}", ""),
    ("words", "", "abc ", ""),
    ("one name", "train t {\n  ", "a", " = 3\n}\n"),
    ("one number", "train t {\n  a = ", "1", "\n}\n"),
    ("digits", "", "1", ""),
    ("commas", "", ",", ""),
    ("quotes", "", "\"", ""),
    ("one text", "prior p = f(\"", "ab ", "\")\n"),
    ("unknown escapes", "prior p = f(\"", "\\q", "\")\n"),
    ("one comment", "", "#", ""),
    ("NUL", "", "\0", ""),
    ("control characters", "model m {\n", "a\u{1}b\u{7f}c\n", "}\n"),
    ("byte order marks", "", "\u{feff}", ""),
    ("spaces", "", " ", ""),
    ("empty lines", "", "\n", ""),
    ("semicolons", "", ";", ""),
    ("declarations", "", "train t {\n  a = 3\n}\n", ""),
    ("declarations on a line", "", "train t { a = 3 }; ", ""),
    ("declarations unseparated", "", "model m { } ", ""),
    ("priors", "", "prior p = f(1)\n", ""),
    ("entries", "train t {\n", "a = f(3)\n", "}\n"),
    ("entries on a line", "train t {", "a=3;", "}"),
    ("layers", "model m {\n", "a: linear(10)\n", "}\n"),
    ("bodies", "model m {\n", "repeat 2 {\nrelu\n}\n", "}\n"),
    ("bodies askew", "model m {\n", "repeat 2 {\n  }\n", "}\n}\n"),
    ("broken statements", "model m {\n", "a b\n", "}\n"),
    ("broken entries", "train t {\n", "a b\n", "}\n"),
    ("broken statements on a line", "model m {", "} a ", ""),
    ("broken headers", "", "model 3 {\n", ""),
    ("broken declarations", "", "model 3 {\n}\n", ""),
    ("lines outside", "", "foo bar\n", ""),
    ("closers between", "", "}\nmodel m {\n}\n", ""),
    ("late braces", "", "model m\n{\n}\n", ""),
    ("unclosed models", "", "model m {\n", ""),
    ("unclosed parameters", "model m {\n", "model a(\n", ""),
    ("unclosed calls", "train t {\n", "x = f(\n", ""),
    ("unclosed texts", "train t {\n", "x = \"a\n", "}\n"),
    ("allows", "", "@allow(W1)\n", ""),
    ("allows apart", "model m {\n", "@allow(W1)\n\n", "}\n"),
    ("comments", "", "# a\n", ""),
    ("doc comments", "", "## a\n", "model m {}\n"),
    ("comments behind", "train t {\n", "a = 3 # b\n", "}\n"),
    ("comments within", "prior p = f(", "# a\n", ")\n"),
    ("comments before commas", "prior p = f(", "a # a\n,\n", ")\n"),
    ("a list", "prior p = f([", "1, ", "])\n"),
    ("a broken list", "prior p = f([", "1 ", "])\n"),
    ("a list unclosed", "prior p = f([", "1, ", ""),
    ("a chain", "prior p = ", "1+", "1\n"),
    ("minus signs", "prior p = ", "-", "1\n"),
    ("a path", "model m {\nmark a", ".a", " as bayes\n}\n"),
    ("paths", "model m {\nmark a", ", a.*", " as bayes\n}\n"),
    ("parameters", "model m(", "a: int, ", ") {\n}\n"),
    ("wrong names", "train t {\n", "A = 3\n", "}\n"),
    ("long numbers", "train t {\n", "a = 1e999\n", "}\n"),
];

/// The processor time of this thread where the system tells it, so that a busy machine changes little; else the
/// time of day.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next().and_then(|first| first.parse().ok()));
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Parses and formats a text; how many errors it has and how long both took.
fn measured(source: &str) -> (usize, Duration, Duration) {
    let start = clock();
    let (_, errors) = parse(source);
    let parsed = clock() - start;
    assert!(errors.len() <= MAXIMUM_ERRORS + 1);
    let start = clock();
    let text = format(source);
    let formatted = clock() - start;
    assert!(text.len() < 4 * source.len() + 100, "{} bytes became {}", source.len(), text.len());
    (errors.len(), parsed, formatted)
}

/// Prints a row for each text and asserts that none takes longer than `limit`, which for quadratic cost would
/// have to be minutes.
fn table(sizes: &[usize], limit: Duration) {
    println!("{:>28}  errors  milliseconds to parse and to format {sizes:?} bytes", "");
    for (name, head, unit, tail) in TEXTS {
        let mut row = String::new();
        let mut count = 0;
        for size in sizes {
            let text = format!("{head}{}{tail}", unit.repeat(size / unit.len()));
            let (errors, parsed, formatted) = measured(&text);
            count = errors;
            row += &format!("  {:>6} {:>6}", parsed.as_millis(), formatted.as_millis());
            assert!(parsed + formatted < limit, "{name}: {:?} for {size} bytes", parsed + formatted);
        }
        println!("{name:>28}  {count:>6}{row}");
    }
}

#[test]
fn cost_is_linear() {
    table(&[50_000, 200_000], Duration::from_secs(30));
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn ten_megabytes_cost() {
    table(&[2_500_000, 10_000_000], Duration::from_secs(60));
}

#[test]
fn what_is_far_too_deep_is_one_error() {
    for bracket in ["(", "{", "["] {
        let (file, errors) = parse(&bracket.repeat(10_000_000));
        assert!(file.declarations.is_empty());
        assert_eq!((errors.len(), errors[0].kind), (1, SyntaxErrorKind::TooDeep));
    }
}

#[test]
fn a_hundred_thousand_declarations_are_read() {
    let source = "prior p = normal(mean=0, std=0.1)\n".repeat(100_000);
    let (file, errors) = parse(&source);
    assert_eq!((file.declarations.len(), errors), (100_000, Vec::new()));
    assert_eq!(format(&source), source);
}

#[test]
fn errors_are_capped_and_the_last_one_says_so() {
    let source = |lines: usize| format!("model m {{\n{}}}\n", "  a b\n".repeat(lines));
    let (_, errors) = parse(&source(MAXIMUM_ERRORS));
    assert_eq!(errors.len(), MAXIMUM_ERRORS);
    assert!(errors.iter().all(|error| error.message == errors[0].message));
    let (_, errors) = parse(&source(50 * MAXIMUM_ERRORS));
    assert_eq!(errors.len(), MAXIMUM_ERRORS + 1);
    let last = errors.last().expect("there are some");
    assert!(last.message.contains("more than 1000 syntax errors"), "{}", last.message);
    assert!(errors.iter().all(|error| error.span <= last.span));
}

#[test]
fn control_characters_in_names_are_named() {
    for (source, shown) in [("model a\0b {\n}\n", "\\u{0}"), ("train t {\n  a\u{1b}[31m = 3\n}\n", "\\u{1b}")] {
        let (_, errors) = parse(source);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].message.contains(shown), "{errors:?}");
        support::layout::assert_kept(source);
    }
}
