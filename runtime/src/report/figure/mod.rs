//! Figures of a report: a drawing, words for who does not see it, and its numbers as a table.
//!
//! They are drawn by an SVG writer of our own: it gives each shape a class instead of a colour, so that the same drawing
//! follows light, dark and print inside a page, which libraries that write colours into every element cannot.

mod calibration;
mod classes;
mod coverage;
mod detection;
mod drawing;
mod histograms;
mod learning;
mod palette;
mod plot;
mod raster;
mod regression;
mod samples;
mod scale;
mod selective;
mod weights;

pub use crate::foreign_text::html as escape;
pub use calibration::reliability_figure;
pub use classes::{LARGEST_CONFUSION, class_uncertainty_figure, confusion_figure};
pub use coverage::coverage_figure;
pub use detection::detection_figure;
pub use histograms::histogram_figure;
pub use learning::learning_figures;
pub use palette::{DARK, DEEPEST_CELL, LIGHT, Palette, rules};
pub use raster::is_picture_of_figure;
pub use regression::{FittedPoint, regression_figure};
pub use samples::epistemic_by_samples_figure;
pub use selective::risk_coverage_figure;
pub use weights::signal_to_noise_figure;

use drawing::Drawing;

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
    drawing: Drawing,
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
    fn new(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
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
    pub fn png(&self) -> Vec<u8> {
        raster::png(&self.svg())
    }
}

/// A number for a table: four significant digits, fixed while that is short.
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    let text = if size >= 1e6 {
        return grouped(value);
    } else if size >= 1000.0 {
        format!("{value:.1}")
    } else if size >= 1e-4 {
        let decimals = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.3e}")
    };
    text.replace('-', "−")
}

/// The decimals that show two significant digits of an error, where that is neither beyond nor below all sense.
fn decimals_of(error: f64) -> Option<usize> {
    (error.is_finite() && (1e-9..1e5).contains(&error)).then(|| (1.0 - error.log10().floor()).max(0.0) as usize)
}

/// A value beside an error of its own that stands elsewhere: with the decimals of that, where there is one.
pub fn beside(value: f64, error: Option<f64>) -> String {
    match error.and_then(decimals_of) {
        Some(decimals) => format!("{value:.decimals$}").replace('-', "−"),
        None => number(value),
    }
}

/// A value with its standard error, if it has one: two significant digits of the error, and as many decimals of the value.
pub fn with_error(value: f64, error: Option<f64>) -> String {
    match error {
        Some(error) if decimals_of(error).is_some() => {
            let decimals = decimals_of(error).unwrap_or_default();
            format!("{value:.decimals$} ± {error:.decimals$}").replace('-', "−")
        }
        Some(error) => format!("{} ± {}", number(value), number(error)),
        None => number(value),
    }
}

/// A whole number with its thousands apart.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    if value < 0.0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number that may not be.
fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), number)
}

/// A share in per cent.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// The least and the greatest finite value, `None` without any.
fn range(values: impl IntoIterator<Item = f64>) -> Option<[f64; 2]> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |range, value| match range {
        None => Some([value, value]),
        Some([low, high]) => Some([f64::min(low, value), f64::max(high, value)]),
    })
}

#[cfg(test)]
pub(in crate::report) mod tests;
