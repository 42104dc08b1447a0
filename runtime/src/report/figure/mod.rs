//! Figures of a report: a drawing, words for who does not see it, and its numbers as a table.
//!
//! They are drawn by an SVG writer of our own: it gives each shape a class instead of a colour, so that the same drawing
//! follows light, dark and print inside a page, which libraries that write colours into every element cannot.

mod calibration;
mod captioned;
mod classes;
mod coverage;
mod detection;
mod drawing;
mod histograms;
mod learning;
mod numbers;
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
pub use captioned::{Figure, NumberTable, is_figure};
pub use classes::{LARGEST_CONFUSION, class_uncertainty_figure, confusion_figure};
pub use coverage::coverage_figure;
pub use detection::detection_figure;
pub use histograms::histogram_figure;
pub use learning::learning_figures;
pub use numbers::{beside, grouped, number, percent, with_error};
use numbers::{optional, range};
pub use palette::{DARK, DEEPEST_CELL, LIGHT, Palette, rules};
pub use raster::is_picture_of_figure;
pub use regression::{FittedPoint, regression_figure};
pub use samples::epistemic_by_samples_figure;
pub use selective::risk_coverage_figure;
pub use weights::signal_to_noise_figure;

#[cfg(all(test, feature = "png-export"))]
pub(in crate::report) mod tests;
