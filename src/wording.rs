//! Counts in words, and paragraphs.

use elbo_compiler::ir::grouped;

/// `1 file`, `1,000 files`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// The width that paragraphs are wrapped to, on a screen and elsewhere alike: what a program prints does not depend on
/// where.
const WIDTH: usize = 100;

/// A paragraph, wrapped and indented by two; lines after the first by `hanging` more.
pub fn paragraph(text: &str, hanging: usize) -> String {
    let indent = " ".repeat(2 + hanging);
    let options = textwrap::Options::new(WIDTH)
        .break_words(false)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .initial_indent("  ")
        .subsequent_indent(&indent);
    // A number stays with its unit and its error.
    let bound = text.replace(" %", "\u{a0}%").replace(" ± ", "\u{a0}±\u{a0}").replace("± ", "±\u{a0}");
    let bound = bound.replace(" = ", "\u{a0}=\u{a0}").replace('-', "\u{2011}");
    textwrap::fill(&bound, options).replace('\u{a0}', " ").replace('\u{2011}', "-") + "\n"
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, counted, paragraph};
    use elbo_compiler::ir::grouped;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!([grouped(0), grouped(999), grouped(1000), grouped(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([counted(1, "file"), counted(1000, "file")], ["1 file", "1,000 files"]);
    }

    #[test]
    fn paragraphs_keep_their_words_and_the_width() {
        let words = "note: a sentence that goes on and on; ".repeat(9);
        let wrapped = paragraph(words.trim(), 6);
        assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("        ")));
        let numbers = format!("{}80 %", "x ".repeat(48));
        assert!(paragraph(&numbers, 2).ends_with("\n    80 %\n"), "{}", paragraph(&numbers, 2));
        assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), words.split_whitespace().collect::<Vec<_>>());
    }
}
