//! The report's figures as files.

use super::ExportError;
#[cfg(not(feature = "png-export"))]
use super::Form;
use crate::report::page::{PageInput, figures};
#[cfg(feature = "png-export")]
use rayon::prelude::*;

/// A file's name and content.
pub(super) type NamedFile = (String, Vec<u8>);

/// Every figure, `learning-likelihood.svg` and so on: light, with its colours in it.
pub(super) fn svg(input: &PageInput) -> Vec<NamedFile> {
    figures(input).iter().map(|figure| (format!("{}.svg", figure.name), figure.svg().into_bytes())).collect()
}

/// The same as PNG, two pixels a pixel of the SVG.
#[cfg(feature = "png-export")]
pub(super) fn pictures(input: &PageInput) -> Vec<NamedFile> {
    figures(input).par_iter().map(|figure| (format!("{}.png", figure.name), figure.png())).collect()
}

/// The same; an error in a program that cannot draw them.
#[cfg(feature = "png-export")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is an error")]
pub(super) fn png(input: &PageInput) -> Result<Vec<NamedFile>, ExportError> {
    Ok(pictures(input))
}

/// The form that this program cannot write.
#[cfg(not(feature = "png-export"))]
pub(super) fn png(_: &PageInput) -> Result<Vec<NamedFile>, ExportError> {
    Err(ExportError::NotBuilt { form: Form::Png, feature: "png-export" })
}
