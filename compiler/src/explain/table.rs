//! Aligned tables and wrapped paragraphs.

/// The width paragraphs are wrapped to.
const WIDTH: usize = 108;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// Rows under a header, each column as wide as its widest cell, indented by two.
pub(super) fn table<const N: usize>(header: [(&str, Side); N], rows: &[[String; N]]) -> String {
    let mut widths = header.map(|(title, _)| title.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let titles = header.map(|(title, _)| title.to_owned());
    std::iter::once(&titles)
        .chain(rows)
        .map(|row| {
            let cells = row.iter().zip(widths).zip(header).map(|((cell, width), (_, side))| match side {
                Side::Left => format!("{cell:<width$}"),
                Side::Right => format!("{cell:>width$}"),
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            format!("  {}\n", line.trim_end())
        })
        .collect()
}

/// Pairs of a term and what is said of it: the terms in a column of their own, the words wrapped beside it.
pub(super) fn definitions(pairs: &[(String, String)]) -> String {
    let width = pairs.iter().map(|(term, _)| term.chars().count()).max().unwrap_or(0);
    pairs
        .iter()
        .map(|(term, words)| {
            let lines = textwrap::wrap(words, wrapping(WIDTH.saturating_sub(width + 4).max(40)));
            let mut result = String::new();
            for (index, line) in lines.iter().enumerate() {
                let term = if index == 0 { term.as_str() } else { "" };
                result.push_str(format!("  {term:<width$}  {line}").trim_end());
                result.push('\n');
            }
            result
        })
        .collect()
}

/// A paragraph, wrapped and indented by two.
pub(super) fn paragraph(words: &str) -> String {
    textwrap::wrap(words, wrapping(WIDTH - 2)).iter().map(|line| format!("  {line}\n")).collect()
}

/// Lines filled one after the other: which algorithm is the default depends on what else the program is built with.
fn wrapping(width: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(width).wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
}
