//! Which doc comment belongs to what.

use crate::ast::Comment;

/// The doc comment right above `start`: the last unbroken run of `##` lines before it, if nothing but blank
/// lines stands in between. A `;` that separates nothing is as good as a space.
pub(super) fn doc_above(source: &str, comments: &[Comment], start: usize) -> Option<String> {
    let mut edge = own_line(source, start)?;
    let above = comments.partition_point(|comment| comment.span.end <= edge);
    let mut lines: Vec<&str> = Vec::new();
    for comment in comments[..above].iter().rev() {
        let between = &source[comment.span.end..edge];
        let breaks = between.matches('\n').count().max(between.matches('\r').count());
        let adjacent =
            between.trim_matches([' ', '\t', '\n', '\r', ';']).is_empty() && (lines.is_empty() || breaks <= 1);
        if !comment.doc || !adjacent {
            break;
        }
        let Some(line) = own_line(source, comment.span.start) else { break };
        lines.push(comment.text.strip_prefix(' ').unwrap_or(&comment.text).trim_end());
        edge = line;
    }
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Where the line of `start` begins, if only spaces stand before it.
fn own_line(source: &str, start: usize) -> Option<usize> {
    let before = source[..start].trim_end_matches([' ', '\t', ';', '\u{FEFF}']);
    (before.is_empty() || before.ends_with(['\n', '\r'])).then_some(before.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::survey::survey;

    fn doc(source: &str) -> Option<String> {
        doc_above(source, &survey(source).unwrap(), source.find("model").unwrap())
    }

    #[test]
    fn the_last_run_of_doc_lines_belongs_to_what_follows() {
        assert_eq!(doc("## a\n##  b \nmodel").as_deref(), Some("a\n b"));
        assert_eq!(doc("## a\r\n## b\r\nmodel").as_deref(), Some("a\nb"));
        assert_eq!(doc("## file\n\n## a\n\n  model").as_deref(), Some("a"));
        assert_eq!(doc("; ## a\n;\n; model").as_deref(), Some("a"));
    }

    #[test]
    fn other_comments_do_not() {
        assert_eq!(doc("# a\nmodel"), None);
        assert_eq!(doc("## a\n# b\nmodel"), None);
        assert_eq!(doc("relu ## a\nmodel"), None);
        assert_eq!(doc("## a\nrelu; model"), None);
        assert_eq!(doc("## a\nrelu\nmodel"), None);
    }
}
