//! What is concluded from a run, in words: one file a topic, for page, terminal and the `warnings` of `report.json` alike.
//!
//! What is to be known of the fit comes first, because every figure, and the split of the uncertainty most of all,
//! depends on it.

mod conclusion;
mod convergence;
mod likelihood;
mod sampling;
mod selection;
mod split;

#[cfg(test)]
mod tests;

pub use conclusion::Conclusion;
pub(in crate::report) use split::{Parts, split};

use super::Report;

/// What a page concludes about the fit, before it splits the uncertainty.
pub(in crate::report) fn of_fit(report: &Report) -> Vec<Conclusion> {
    [convergence::conclusion(report), sampling::conclusion(report)].into_iter().flatten().collect()
}

/// What a reader must know of the fit before the scores: lower-case sentences without a full stop.
pub fn fit_notes(report: &Report) -> Vec<String> {
    let mut notes = training_notes(report);
    notes.extend(sampling::prediction_notes(report));
    notes
}

/// Those of them that hold however the trained network is scored.
pub fn training_notes(report: &Report) -> Vec<String> {
    let mut notes = convergence::notes(report);
    notes.extend(likelihood::notes(report));
    notes.extend(selection::note(report));
    notes.extend(sampling::training_note(report));
    notes
}

/// Everything a reader must know, in the same form: of the fit first, then of the split of the uncertainty.
pub(in crate::report) fn warnings(report: &Report) -> Vec<String> {
    let mut warnings = fit_notes(report);
    warnings.extend(split::notes(report));
    warnings
}
