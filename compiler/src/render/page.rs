//! The pages of the diagnostic codes for people at a terminal.

use crate::codes::Code;
use crate::page::{Page, Part};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// The columns that paragraphs are wrapped at.
const WIDTH: usize = 100;

/// How far examples are indented.
const INDENT: &str = "    ";

const TITLE: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();
const CAPTION: Style = Style::new().dimmed();

/// Writes a page: paragraphs wrapped at 100 columns, examples indented, colour only where wanted.
pub fn render(page: &Page, color: bool) -> String {
    let painted = |style: Style, text: &str| if color { format!("{style}{text}{style:#}") } else { text.to_owned() };
    let mut result = String::new();
    for part in &page.parts {
        if !result.is_empty() {
            result.push('\n');
        }
        match part {
            Part::Title(title) => {
                let _ = writeln!(result, "{}", painted(TITLE, title));
            }
            Part::Paragraph(text) => {
                let wrapped = textwrap::fill(
                    text,
                    textwrap::Options::new(WIDTH).break_words(false).wrap_algorithm(textwrap::WrapAlgorithm::FirstFit),
                );
                // Code spans stand between backticks, so every second piece is one.
                for (index, piece) in wrapped.split('`').enumerate() {
                    let is_code = index % 2 == 1;
                    result.push_str(&if is_code { painted(CODE, &format!("`{piece}`")) } else { piece.to_owned() });
                }
                result.push('\n');
            }
            Part::Block { information, text } => {
                if let Some(caption) = caption(information) {
                    let _ = writeln!(result, "  {}", painted(CAPTION, &caption));
                }
                for line in text.lines() {
                    let _ = writeln!(result, "{}", format!("{INDENT}{line}").trim_end());
                }
            }
        }
    }
    result
}

/// Writes every code with its title, a line each.
pub fn list(color: bool) -> String {
    let mut result = String::new();
    for code in Code::ALL {
        let identifier = code.identifier();
        let shown = if color { format!("{TITLE}{identifier}{TITLE:#}") } else { identifier.to_owned() };
        let _ = writeln!(result, "{shown}  {}", code.title());
    }
    result
}

/// What stands above an example: what it shows, and which file it is if there are several.
fn caption(information: &str) -> Option<String> {
    let mut words = information.split(',');
    words.next().filter(|language| *language == "elbo")?;
    let mut caption = words.next()?.to_owned();
    for word in words {
        match word.split_once('=') {
            Some(("target", name)) => caption.push_str(&format!(" (spec.elbo#{name})")),
            Some(("set", change)) => caption.push_str(&format!(" (--set {change})")),
            Some(("shared", count)) => {
                caption.push_str(&format!(" ({count} of 200 test examples are training examples)"));
            }
            Some(("repeat", times)) => caption.push_str(&format!(", with {times} lines like the last")),
            Some((_, value)) => caption.push_str(&format!(", {value}")),
            None => {}
        }
    }
    Some(format!("{caption}:"))
}

#[cfg(test)]
mod tests {
    use super::{list, render};
    use crate::codes::Code;
    use crate::page::Page;

    #[test]
    fn no_line_of_text_is_too_long_and_no_mark_of_markdown_is_left() {
        for code in Code::ALL {
            let page = render(&Page::of(*code), false);
            assert!(page.starts_with(code.identifier()) && page.ends_with('\n'), "{code}");
            assert!(!page.contains("```") && !page.contains('\u{1b}'), "{code}");
            let long = page.lines().find(|line| !line.starts_with(' ') && line.chars().count() > 100);
            assert_eq!(long, None, "{code}");
            assert!(render(&Page::of(*code), true).contains("\u{1b}[1m"), "{code}");
        }
    }

    #[test]
    fn the_list_has_a_line_for_each_code() {
        assert_eq!(list(false).lines().count(), Code::ALL.len());
    }
}
