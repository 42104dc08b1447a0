//! A drawing with its caption, words for who does not see it, and its numbers.

use super::drawing::Drawing;
use super::palette::{LIGHT, rules};
use super::raster;
use crate::foreign_text::html as escape;

/// A drawing, words for who does not see it, and its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its name in lower case and hyphens, unique in a report: that of its files, and of its place in a page.
    pub name: String,
    /// What it is.
    pub title: String,
    /// How it is to be read.
    pub caption: String,
    /// What it shows, in words.
    pub description: String,
    /// Its numbers.
    pub table: NumberTable,
    pub(super) drawing: Drawing,
}

/// Numbers behind a figure, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberTable {
    /// What each column holds.
    pub columns: Vec<String>,
    /// One text a column each.
    pub rows: Vec<Vec<String>>,
}

impl NumberTable {
    pub(super) fn new(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self { columns: columns.iter().map(|&column| column.to_owned()).collect(), rows: rows.into_iter().collect() }
    }
}

/// What a figure's own file begins with, by which an export knows its own.
const BEGINNING: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" aria-labelledby=\"title text\"";

/// Whether a file that begins so is one that [`Figure::svg`] made.
pub fn is_figure(beginning: &[u8]) -> bool {
    beginning.starts_with(BEGINNING.as_bytes())
}

impl Figure {
    /// The `<svg>` element for a page, which gives the colours ([`rules`]).
    pub fn inline(&self) -> String {
        let [width, height] = self.drawing.size();
        let name = &self.name;
        format!(
            r#"<svg class="plot" role="img" aria-labelledby="{name}-title {name}-text" viewBox="0 0 {width} {height}" width="{width}" height="{height}"><title id="{name}-title">{}</title><desc id="{name}-text">{}</desc>{}</svg>"#,
            escape(&self.title),
            escape(&self.description),
            self.drawing.body()
        )
    }

    /// A file of its own: light, with its colours in it.
    pub fn svg(&self) -> String {
        let [width, height] = self.drawing.size();
        let rules = rules(|name| LIGHT.color(name).to_owned());
        format!(
            "{BEGINNING} \
             viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"{}, sans-serif\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"text\">{}</desc>\n<style>{rules}</style>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n{}\n</svg>\n",
            raster::FAMILY,
            escape(&self.title),
            escape(&self.description),
            LIGHT.paper,
            self.drawing.body()
        )
    }

    /// The same as PNG, two pixels a pixel of the SVG.
    #[cfg(feature = "png-export")]
    pub fn png(&self) -> Vec<u8> {
        raster::png(&self.svg())
    }
}
