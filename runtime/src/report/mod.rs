//! `report.json`: what a run came to, for machines and for every table that is made of it.

mod claims;
pub mod comparison;
mod conclusions;
mod error;
mod facts;
pub mod figure;
mod fit;
mod form;
mod layers;
mod making;
mod names;
pub mod page;
mod score_names;
mod sections;
mod verdicts;

pub use claims::{
    ClaimBasis, ClaimError, ClaimOutcome, ClaimRun, ClaimSubject, ClaimSubjects, Pairing, Undecidable, Verdict,
    claim_grounds, claim_verdict, claims_markdown, claims_text, correct_for_number, evaluate_claim,
};
pub use conclusions::{Conclusion, fit_notes, training_notes};
pub use error::ReportError;
pub use facts::{DataFacts, NetworkFacts, RunFacts};
pub use fit::{FitDiagnostics, Selection, Trend};
pub use form::{REPORT, Report, VERSION};
pub(crate) use layers::softplus;
pub use layers::{LayerPosterior, SignalToNoise, layer_posteriors};
pub use names::{NamesInSpec, RunNames};
pub use sections::{KEYS, Section, section};
pub use verdicts::{backwards_sentence, calibration_verdict, interval_verdict, temperature_sentence};

pub use crate::outputs::Scores;

#[cfg(test)]
pub(crate) mod tests;
