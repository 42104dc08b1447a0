//! How the uncertainty is split into aleatoric and epistemic: a property of the approximate posterior.

use super::conclusion::{Conclusion, named};
use crate::report::Report;
use crate::report::figure::number;

/// The two parts of the predictive variance, as means over test inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// Within each draw.
    pub aleatoric: f64,
    /// Between draws, in the form whose expectation does not depend on T; `None` from a single one.
    pub epistemic: Option<f64>,
    /// T.
    pub draws: usize,
}

/// The conclusion of a page; `measure` says what the parts are, such as `traces of covariances`.
pub fn split(report: &Report, parts: Parts, measure: &str) -> Conclusion {
    let about = "How its uncertainty splits";
    let Parts { aleatoric, epistemic, draws } = parts;
    let Some(epistemic) = epistemic else {
        return Conclusion {
            about,
            verdict: "cannot be split".to_owned(),
            text: format!(
                "{}, so all of the predictive variance, {}, counts as aleatoric, whatever the network has not learned \
                 included.",
                if report.run.network.stochastic {
                    "A single draw was made"
                } else {
                    "Nothing in this network is random"
                },
                number(aleatoric)
            ),
        };
    };
    let total = aleatoric + epistemic;
    let share = if total > 0.0 { epistemic / total } else { 0.0 };
    let mixed = mixed(report).map_or_else(String::new, |note| format!(" {note}"));
    Conclusion {
        about,
        verdict: format!("{} aleatoric, {} epistemic", rounded(1.0 - share), rounded(share)),
        text: format!(
            "of the predictive variance, as {} it: {} aleatoric, {} epistemic ({measure}{draws} draws). Both \
             can change with more training, more data or another approximation.{mixed}",
            match (report.run.network.variational_parameters > 0, report.fit.masked_layers.is_empty()) {
                (true, true) => "this approximate posterior splits".to_owned(),
                (true, false) =>
                    format!("this approximate posterior and the masks of {} split", named(&report.fit.masked_layers)),
                (false, _) => "this network's masks split".to_owned(),
            },
            number(aleatoric),
            number(epistemic)
        ),
    }
}

/// A share in per cent that is never rounded to nothing or to all.
fn rounded(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.005 => "less than 1 %".to_owned(),
        share if (0.995..1.0).contains(&share) => "more than 99 %".to_owned(),
        share => format!("{:.0} %", 100.0 * share),
    }
}

/// What a network leaves to the aleatoric part that has layers of both kinds.
fn mixed(report: &Report) -> Option<String> {
    let fit = &report.fit;
    if fit.random_layers.is_empty() || fit.deterministic_layers.is_empty() {
        return None;
    }
    let (verb, each) = if fit.deterministic_layers.len() == 1 { ("has", "it does") } else { ("have", "they do") };
    Some(format!(
        "{} {verb} one value for each weight: what {each} not know counts as aleatoric.",
        named(&fit.deterministic_layers)
    ))
}

/// What a reader must know of the split.
pub fn notes(report: &Report) -> Vec<String> {
    let epistemic = report.scores.has_epistemic();
    let mut notes = Vec::new();
    if !epistemic {
        let reason = if report.run.network.stochastic {
            "`samples = 1` makes a single draw: set `samples` to 2 or more"
        } else {
            "nothing in this network is random at prediction"
        };
        notes.push(format!("there is no epistemic uncertainty to report; {reason}"));
    } else if let Some(mixed) = mixed(report) {
        notes.push(mixed.trim_end_matches('.').to_owned());
    }
    if report.training.cut_short {
        let steps = report.training.steps;
        notes.push(format!("`max_steps` ended training after {steps} steps, before its epochs were over"));
    }
    notes
}
