//! The report's figures as files.

use crate::report::page::{PageInput, figures};
use rayon::prelude::*;

/// A file's name and content.
pub(super) type NamedFile = (String, Vec<u8>);

/// Every figure, `learning-likelihood.svg` and so on: light, with its colours in it.
pub(super) fn svg(input: &PageInput) -> Vec<NamedFile> {
    figures(input).iter().map(|figure| (format!("{}.svg", figure.name), figure.svg().into_bytes())).collect()
}

/// The same as PNG, two pixels a pixel of the SVG.
pub(super) fn png(input: &PageInput) -> Vec<NamedFile> {
    figures(input).par_iter().map(|figure| (format!("{}.png", figure.name), figure.png())).collect()
}
