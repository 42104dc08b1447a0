//! What reports say of one kind of scores.

use crate::report::comparison::{Estimate, Measure};
use crate::report::conclusions::Conclusion;
use crate::report::figure::Figure;
use crate::report::page::PageInput;
use crate::uncertainty::TemperatureScaling;
use maud::Markup;
use serde_json::Value;

/// What reports say of one kind of scores.
pub trait Section {
    /// Its name in lines of JSON.
    fn key(&self) -> &'static str;

    /// The scores as JSON.
    fn json(&self) -> Value;

    /// Name, value and what stands behind it, of each score.
    fn rows(&self) -> Vec<[String; 3]>;

    /// What follows from them, in sentences.
    fn verdicts(&self, scaling: Option<&TemperatureScaling>) -> Vec<String>;

    /// The scores in a line, for the progress of a sweep.
    fn line(&self) -> String;

    /// What the table of a sweep calls the first and the third of [`Section::cells`].
    fn heads(&self) -> [&'static str; 2];

    /// How good it is, the negative log-likelihood, how it is calibrated, and its epistemic uncertainty, in cells.
    fn cells(&self) -> [String; 4];

    /// In what runs are compared.
    fn estimates(&self) -> Vec<(Measure, Estimate)>;

    /// Numbers beside the fields of [`Section::json`] that are numbers, with their names.
    fn scalars(&self) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// What is predicted, for the provenance on the page.
    fn predicted(&self, input: &PageInput) -> String;

    /// What the page concludes.
    fn conclusions(&self, input: &PageInput) -> Vec<Conclusion>;

    /// The scores on the page.
    fn scores(&self, input: &PageInput) -> Markup;

    /// Plots of how predictions fit the targets.
    fn fit(&self) -> Vec<Figure> {
        Vec::new()
    }

    /// The inputs to look at, if the page shows any.
    fn inputs(&self, input: &PageInput) -> Option<Markup>;
}
