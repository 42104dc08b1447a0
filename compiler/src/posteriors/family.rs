//! What a family of posteriors asks of a run.

use crate::codes::Code;
use crate::ir::{Objective, Optimizer};

/// The parts of a run that a posterior may not go together with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'r> {
    /// What the model is called.
    pub model: &'r str,
    pub objective: &'r Objective,
    pub optimizer: &'r Optimizer,
    /// The `bayes` layers.
    pub bayes: &'r [&'r str],
    /// Whether every layer with weights is one.
    pub all_bayes: bool,
}

/// What is to be said of such a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub code: Code,
    pub message: String,
    /// What it is about, and what that place is labelled with.
    pub about: (Part, String),
    /// What the model is labelled with.
    pub model: String,
    pub note: Option<&'static str>,
    pub help: Option<&'static str>,
    /// Whether the run cannot be.
    pub refuses: bool,
}

/// A part of a training regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its `objective`.
    Objective,
    /// Its `optimizer`.
    Optimizer,
}

/// A family of posteriors.
pub(crate) trait PosteriorFamily {
    /// What is to be said of a run that asks for such a posterior, in the order of its importance; what follows a refusal
    /// is not said.
    fn findings(&self, asked: &Asked<'_>) -> Vec<Finding>;
}

/// The `bayes` layers in words.
pub(crate) fn bayes_layers(bayes: &[&str]) -> String {
    match bayes {
        [] => "no `bayes` layer".to_owned(),
        [only] => format!("`{only}` is a `bayes` layer"),
        [first, ..] => format!("{} `bayes` layers, `{first}` the first", bayes.len()),
    }
}
