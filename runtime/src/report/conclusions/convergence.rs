//! Whether training had come to rest where the scored weights were taken.

use super::Conclusion;
use crate::report::Report;
use crate::report::figure::{number, percent};
use crate::report::fit::{MOVES, SMALLEST_CHANGE, Trend, WINDOW};

/// Below this share of the base rate a figure that no longer moves says that the schedule has ended.
const RATE_HAS_FALLEN: f64 = 0.1;

/// The conclusion of a page; `None` where nothing was measured that could tell.
pub fn conclusion(report: &Report) -> Option<Conclusion> {
    let about = "Whether the fit has settled";
    let (fit, variational) = (&report.fit, is_variational(report));
    let mut sentences = Vec::new();
    let verdict = match &fit.kl {
        Some(trend) => {
            sentences.push(course("KL(q‖p)", trend, "nats"));
            sentences.push(test());
            if trend.is_moving() {
                sentences.push("More epochs would change the weights, and with them the split below.".to_owned());
                format!("KL still {}", direction(trend))
            } else if trend.is_resting() {
                sentences.extend(slowed(report));
                "no trend in the KL".to_owned()
            } else {
                "the KL may still be moving".to_owned()
            }
        }
        None if variational => {
            let epochs = report.training.selected_epoch;
            sentences.push(format!("{} before the scored weights; a trend needs {WINDOW}.", counted(epochs)));
            "cannot be told".to_owned()
        }
        None => match &fit.validation_negative_log_likelihood {
            Some(trend) if trend.is_falling() => "validation still falling".to_owned(),
            Some(_) => "no fall at the end".to_owned(),
            None => return None,
        },
    };
    if let Some(trend) = &fit.validation_negative_log_likelihood {
        sentences.push(course("The validation negative log-likelihood", trend, "nats"));
        if trend.is_falling() {
            sentences.push("It was still falling when training ended.".to_owned());
        }
    }
    Some(Conclusion { about, verdict, text: sentences.join(" ") })
}

/// What a reader must know before the scores.
pub fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    match &report.fit.kl {
        Some(trend) if trend.is_moving() => notes.push(format!(
            "KL(q‖p) was still {}: {} nats in the {} epochs up to the scored weights; the posterior had not settled",
            direction(trend),
            change(trend),
            trend.epochs
        )),
        Some(trend) if !trend.is_resting() => notes.push(format!(
            "whether KL(q‖p) had settled cannot be told: it went {} nats in the {} epochs up to the scored weights, \
             which noise could do, too",
            change(trend),
            trend.epochs
        )),
        Some(_) => {}
        None if is_variational(report) => notes.push(format!(
            "{} of training {} too few to tell whether KL(q‖p) has settled, which needs {WINDOW}",
            counted(report.training.selected_epoch),
            if report.training.selected_epoch == 1 { "is" } else { "are" },
        )),
        None => {}
    }
    if let Some(trend) = report.fit.validation_negative_log_likelihood.as_ref().filter(|trend| trend.is_falling()) {
        notes.push(format!(
            "the validation negative log-likelihood was still falling: {} nats in the last {} epochs",
            change(trend),
            trend.epochs
        ));
    }
    notes
}

fn is_variational(report: &Report) -> bool {
    report.run.network.variational_parameters > 0
}

fn direction(trend: &Trend) -> &'static str {
    if trend.last < trend.first { "falling" } else { "rising" }
}

/// From where to where.
fn change(trend: &Trend) -> String {
    format!("from {} to {}", number(trend.first), number(trend.last))
}

/// The line and the test.
fn course(figure: &str, trend: &Trend, unit: &str) -> String {
    format!(
        "{figure} went {} {unit} along a line through {} epochs: {} of their mean, slope {} standard errors from 0.",
        change(trend),
        trend.epochs,
        percent(trend.relative_change()).replace('-', "−"),
        number(trend.t),
    )
}

/// What a line is held against.
fn test() -> String {
    format!(
        "Less than {} is called no trend; more is called one beyond {} standard errors, which noise that is correlated from \
         epoch to epoch reaches in at most 5 % of trainings.",
        percent(SMALLEST_CHANGE),
        number(MOVES)
    )
}

/// A figure that rests where the learning rate has gone to 0 says little.
fn slowed(report: &Report) -> Option<String> {
    let left = report.fit.learning_rate_left.filter(|left| *left < RATE_HAS_FALLEN)?;
    Some(format!(
        "The learning rate had fallen to {} of its base by then, so this does not show that a longer training would end \
         in the same place.",
        if left < 1e-4 { "less than 0.01 %".to_owned() } else { percent(left) }
    ))
}

fn counted(epochs: usize) -> String {
    if epochs == 1 { "1 epoch".to_owned() } else { format!("{epochs} epochs") }
}
