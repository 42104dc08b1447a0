//! How an edit keeps to the layout of the text it changes.

use elbo_grammar::Span;

/// The text to insert at `offset`, where a statement begins, so that `statement` stands in front of it: on a
/// line of its own, indented alike, if the old one begins its line.
pub fn statement_before(text: &str, offset: usize, statement: &str) -> String {
    let before = text.get(..offset).unwrap_or_default();
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    if line.chars().all(|character| matches!(character, ' ' | '\t')) {
        let rest = text.get(offset..).unwrap_or_default();
        let ending =
            if rest.lines().next().is_some_and(|line| rest[line.len()..].starts_with("\r\n")) { "\r\n" } else { "\n" };
        format!("{statement}{ending}{line}")
    } else {
        format!("{statement}; ")
    }
}

/// The range to remove so that the statement at `span` is gone: its whole lines if it is alone on them,
/// else with the `;` that follows or precedes it.
pub(crate) fn statement_removal(text: &str, span: Span) -> Span {
    let is_blank = |character: char| matches!(character, ' ' | '\t');
    let (Some(before), Some(after)) = (text.get(..span.start), text.get(span.end..)) else { return span };
    let start = before.trim_end_matches(is_blank).len();
    let end = span.end + (after.len() - after.trim_start_matches(is_blank).len());
    let begins_line = start == 0 || text[..start].ends_with('\n');
    let rest = &text[end..];
    match (begins_line, rest.chars().next()) {
        (true, None | Some('\n')) => Span::new(start, end + rest.len().min(1)),
        (true, Some('\r')) if rest.starts_with("\r\n") => Span::new(start, end + 2),
        (_, Some(';')) => {
            let behind = &text[end + 1..];
            Span::new(span.start, end + 1 + (behind.len() - behind.trim_start_matches(is_blank).len()))
        }
        (false, _) if text[..start].ends_with(';') => Span::new(start - 1, span.end),
        _ => span,
    }
}

#[cfg(test)]
mod tests {
    use super::{statement_before, statement_removal};
    use elbo_grammar::Span;

    #[test]
    fn a_statement_is_put_in_front_as_the_line_is_indented() {
        let text = "model m {\n    head: linear(10)\n}";
        assert_eq!(statement_before(text, 14, "flatten"), "flatten\n    ");
        assert_eq!(statement_before("model m { input vector[2]; head: linear(10) }", 27, "flatten"), "flatten; ");
        assert_eq!(statement_before("{\r\n\thead: linear(10)\r\n}", 4, "flatten"), "flatten\r\n\t");
    }

    #[test]
    fn a_statement_is_removed_with_its_line_or_its_separator() {
        let without = |text: &str, statement: &str| {
            let start = text.find(statement).expect("it is in the text");
            let span = statement_removal(text, Span::new(start, start + statement.len()));
            format!("{}{}", &text[..span.start], &text[span.end..])
        };
        assert_eq!(without("a\n  b\nc\n", "b"), "a\nc\n");
        assert_eq!(without("a\r\n  b\r\nc", "b"), "a\r\nc");
        assert_eq!(without("b", "b"), "");
        assert_eq!(without("a; b; c", "b"), "a; c");
        assert_eq!(without("a; b\nc", "b"), "a\nc");
        assert_eq!(without("b # why\nc", "b"), " # why\nc");
    }
}
