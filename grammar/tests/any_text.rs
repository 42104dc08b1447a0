//! Any text at all: no panic, no hang, every span within the source.

mod support;

use std::time::{Duration, Instant};

use elbo_grammar::ast::*;
use elbo_grammar::{MAXIMUM_DEPTH, Span, SyntaxErrorKind, parse, parse_expression, tokens};
use proptest::prelude::*;

fn assert_sound(source: &str) {
    let (file, errors) = parse(source);
    let check = |span: Span| {
        assert!(span.start <= span.end && source.get(span.start..span.end).is_some(), "{span:?} in {source:?}");
    };
    for error in &errors {
        check(error.span);
        if let Some((span, _)) = &error.related {
            check(*span);
        }
        let shown = format!("{}{}{}", error.message, error.label, error.help.as_deref().unwrap_or_default());
        assert!(!error.message.is_empty() && !error.label.is_empty());
        assert!(!shown.contains(char::is_control), "{shown:?}");
        assert!(!error.message.ends_with('.'), "{shown:?}");
    }
    // The derived form names every span of the tree, however deep.
    if source.len() < 10_000 {
        for shown in format!("{file:?}").split("Span { start: ").skip(1) {
            let (start, rest) = shown.split_once(", end: ").unwrap();
            let end = &rest[..rest.find(' ').unwrap()];
            check(Span::new(start.parse().unwrap(), end.parse().unwrap()));
        }
    }
    for comment in &file.comments {
        assert!(comment.span.text(source).ends_with(&comment.text));
    }
    let covered: usize = tokens(source).map(|token| token.span.text(source).len()).sum();
    assert_eq!(covered, source.len());
    if let Err(error) = parse_expression(source) {
        check(error.span);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string(source in "(?s).{0,200}") {
        assert_sound(&source);
    }

    #[test]
    fn any_soup_of_tokens(
        picks in prop::collection::vec((0..support::PIECES.len(), any::<bool>()), 0..120)
    ) {
        let piece = |(pick, space): (usize, bool)| format!("{}{}", support::PIECES[pick], if space { " " } else { "" });
        let source: String = picks.into_iter().map(piece).collect();
        assert_sound(&source);
    }

    #[test]
    fn any_end_of_a_good_file(cut in 0.0..1.0f64) {
        let source = include_str!("good/network.elbo");
        let mut end = (source.len() as f64 * cut) as usize;
        while !source.is_char_boundary(end) {
            end -= 1;
        }
        assert_sound(&source[..end]);
        assert!(parse(&source[..end]).1.len() <= 2, "{:#?}", parse(&source[..end]).1);
    }
}

/// Texts made to be slow or deep.
#[test]
fn hostile_texts_take_bounded_time() {
    let line = |unit: &str, bytes: usize| unit.repeat(bytes / unit.len());
    let within = |head: &str, unit: &str| format!("{head}{}", line(unit, 40_000));
    let cases = [
        line("(", 10_000_000),
        line("{", 1_000_000),
        line("- ", 100_000),
        line(")", 100_000),
        format!("train t {{\n  x = [{}]\n}}\n", line("1, ", 1_000_000)),
        format!("train t {{\n  x = \"{}\"\n}}\n", line("ab ", 1_000_000)),
        within("train t {\n  x = ", "1+"),
        within("train t {\n  x = ", "-"),
        within("model m {\n", "a b\n"),
        within("model m {\n", "a: linear(\n"),
        within("model m {\n", "repeat 2 {\n a } c\n}\n"),
        within("model m {\n", "repeat 2 {\n"),
        within("", "model m {\n"),
        within("", "model m("),
        within("", "model m(\na:("),
        within("", "model m(\n"),
        within("model m {\n", "{} "),
        within("model m {\n", "} a "),
        within("", "@allow(W1)\n"),
        within("model m {\n", "@allow(W1)\n\n"),
        within("model m {\n", "## doc\n"),
        within("model m {\n", "a; "),
        within("model m {\n", "\""),
        within("model ", ";"),
        within("model ", "{"),
        within("model ", "{}"),
        within("x", "\n\n"),
        within("", "#\n"),
        within("", "\r"),
        within(&format!("train t {{\n x = {}", "f(\n".repeat(60)), "a = 1,\n"),
        within(&format!("train t {{\n x = {}", "f(".repeat(60)), "a "),
        within("model m {\n mark a", ".a"),
        within("model m {\n mark a", "[1]"),
    ];
    for case in cases {
        let start = Instant::now();
        assert_sound(&case);
        let shown: String = case.chars().take(40).collect();
        let taken = start.elapsed();
        println!("{taken:?} {} bytes {shown:?}", case.len());
        // Generous, for a slow machine and a build without optimisation; quadratic time would take minutes.
        assert!(taken < Duration::from_secs(20), "{taken:?} for {shown:?}…");
    }
}

#[test]
fn depth_is_bounded_on_a_small_stack() {
    let run = || {
        let brackets = MAXIMUM_DEPTH - 1;
        let value = format!("train t {{\n  x = {}1{}\n}}\n", "f([".repeat(brackets / 2), "])".repeat(brackets / 2));
        assert_eq!(parse(&value).1, []);
        let bodies = format!("model m {{\n{}relu\n{}}}\n", "repeat 2 {\n".repeat(brackets), "}\n".repeat(brackets));
        assert_eq!(parse(&bodies).1, []);
        let broken = bodies.replace("}\n", "} x\n");
        assert!(parse(&broken).1.len() >= brackets);
        let deep = "model m {\n".to_owned() + &"repeat 2 {\n".repeat(MAXIMUM_DEPTH);
        assert_eq!(parse(&deep).1[0].kind, SyntaxErrorKind::TooDeep);
    };
    // The main thread of Windows has 1 MiB.
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn lone_values_are_read_for_the_command_line() {
    let shown = |source: &str| parse_expression(source).ok().map(|value| support::dump::expression(&value));
    assert_eq!(shown("1e-4").as_deref(), Some("0.0001"));
    assert_eq!(shown(" normal(mean=0,\n std=0.1) ").as_deref(), Some("normal(mean=0 std=0.1)"));
    assert_eq!(shown("[1, 2 + 3 * 4]").as_deref(), Some("[1 <Add 2 <Multiply 3 4>>]"));
    assert_eq!(shown("a - b - c").as_deref(), Some("<Subtract <Subtract a b> c>"));
    assert_eq!(shown("true").as_deref(), Some("#true"));
    for (source, kind) in [
        ("", SyntaxErrorKind::Unexpected),
        ("a b", SyntaxErrorKind::Unexpected),
        ("f(1", SyntaxErrorKind::Unclosed),
        ("1)", SyntaxErrorKind::Unopened),
        ("3x3", SyntaxErrorKind::BadNumber),
        ("\"a", SyntaxErrorKind::BadString),
        ("1e999", SyntaxErrorKind::BadNumber),
        ("A", SyntaxErrorKind::BadCharacter),
    ] {
        let error = parse_expression(source).unwrap_err();
        assert_eq!(error.kind, kind, "{source}: {error:?}");
        assert!(!error.message.contains("new line"), "{source}: {error:?}");
    }
    assert!(matches!(parse_expression(&"(".repeat(100)), Err(error) if error.kind == SyntaxErrorKind::TooDeep));
    assert!(matches!(parse_expression("f(a)").map(|value| value.kind), Ok(ExpressionKind::Call { .. })));
}
