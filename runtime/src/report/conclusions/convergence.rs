//! Whether training had come to rest where the scored weights were taken.

use super::conclusion::Conclusion;
use crate::report::Report;
use crate::report::figure::{number, percent};
use crate::report::fit::{Course, MOVES, SMALLEST_CHANGE, Trend, WINDOW};

/// Below this share of the base rate a figure that no longer moves says that the schedule has ended.
const RATE_HAS_FALLEN: f64 = 0.1;

/// The verdict of figures that rest when it has.
const ENDED: &str = "cannot be told: the schedule had ended";

/// A fall ahead by more than this share is worth a word, even where noise could make it.
const MUCH: f64 = 0.1;

/// The conclusion of a page; `None` where nothing was measured that could tell.
pub fn conclusion(report: &Report) -> Option<Conclusion> {
    let about = "Whether the fit has settled";
    let (fit, variational) = (&report.fit, is_variational(report));
    let mut sentences = Vec::new();
    let verdict = match &fit.kl {
        Some(trend) => {
            sentences.push(course("KL(q‖p)", trend, "nats"));
            sentences.push(test());
            match (trend.course(), slowed(report)) {
                (Course::Moving, _) => {
                    sentences.push("More epochs would change the weights, and with them the split below.".to_owned());
                    format!("KL still {}", direction(trend))
                }
                (Course::Still, None) => "no trend in the KL".to_owned(),
                (Course::Slow, None) => {
                    sentences.push(
                        "That is little, be it that the posterior has almost settled or that the learning rate is small."
                            .to_owned(),
                    );
                    format!("KL still {}, slowly", direction(trend))
                }
                (Course::Still | Course::Slow | Course::Unknown, Some(left)) => {
                    sentences.push(after_schedule(&left));
                    ENDED.to_owned()
                }
                (Course::Unknown, None) => "the KL may still be moving".to_owned(),
            }
        }
        None if variational => {
            let epochs = report.training.selected_epoch;
            sentences.push(format!("{} before the scored weights; a trend needs {WINDOW}.", counted(epochs)));
            "cannot be told".to_owned()
        }
        None => match (fit.validation_negative_log_likelihood.as_ref()?.fall(), slowed(report)) {
            (Course::Moving, _) => "validation still falling".to_owned(),
            (Course::Slow, None) => "validation still falling, slowly".to_owned(),
            (Course::Still, None) => "no fall at the end".to_owned(),
            (Course::Unknown, None) => "cannot be told from noise".to_owned(),
            (Course::Still | Course::Slow | Course::Unknown, Some(left)) => {
                sentences.push(after_schedule(&left));
                ENDED.to_owned()
            }
        },
    };
    if let Some(trend) = &fit.validation_negative_log_likelihood {
        sentences.push(course("The validation negative log-likelihood", trend, "nats"));
        if trend.fall() == Course::Moving {
            sentences.push("It was still falling when training ended.".to_owned());
        }
    }
    Some(Conclusion { about, verdict, text: sentences.join(" ") })
}

/// What a reader must know before the scores.
pub fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    match &report.fit.kl {
        Some(trend) => notes.extend(match (trend.course(), slowed(report)) {
            (Course::Moving, _) => Some(format!(
                "KL(q‖p) was still {}: {} nats in the {} epochs up to the scored weights; the posterior had not settled",
                direction(trend),
                change(trend),
                trend.epochs
            )),
            (Course::Still, None) => None,
            (Course::Slow, None) => Some(format!(
                "KL(q‖p) was still {}, slowly: as many epochs again would change it by {}",
                direction(trend),
                share(trend.change_ahead())
            )),
            (Course::Still | Course::Slow | Course::Unknown, Some(left)) => Some(format!(
                "whether KL(q‖p) had settled cannot be told: the learning rate had fallen to {left} of its base"
            )),
            (Course::Unknown, None) => Some(format!(
                "whether KL(q‖p) had settled cannot be told: it went {} nats in the {} epochs up to the scored weights, \
                 which noise could do, too",
                change(trend),
                trend.epochs
            )),
        }),
        None if is_variational(report) => notes.push(format!(
            "{} of training {} too few to tell whether KL(q‖p) has settled, which needs {WINDOW}",
            counted(report.training.selected_epoch),
            if report.training.selected_epoch == 1 { "is" } else { "are" },
        )),
        None => {}
    }
    let validation = report.fit.validation_negative_log_likelihood.as_ref();
    match validation.map(|trend| (trend.fall(), trend)) {
        Some((Course::Moving, trend)) => notes.push(format!(
            "the validation negative log-likelihood was still falling: {} nats in the last {} epochs",
            change(trend),
            trend.epochs
        )),
        // Where the KL tells nothing this is all there is.
        Some((Course::Unknown, trend)) if !is_variational(report) && trend.change_ahead() < -MUCH => notes.push(format!(
            "whether the validation negative log-likelihood was still falling cannot be told: it went {} nats in the last {} \
             epochs, which noise could do, too",
            change(trend),
            trend.epochs
        )),
        Some((Course::Slow | Course::Still | Course::Unknown, _)) | None => {}
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

fn share(share: f64) -> String {
    percent(share).replace("-0.00", "0.00").replace('-', "−")
}

/// The line, and where it leads.
fn course(figure: &str, trend: &Trend, unit: &str) -> String {
    format!(
        "{figure} went {} {unit} along a line through {} epochs: {} of their mean, slope {} standard errors from 0. At that \
         slope as many epochs again would be {}.",
        change(trend),
        trend.epochs,
        share(trend.relative_change()),
        number(trend.t),
        share(trend.change_ahead()),
    )
}

/// What a line is held against.
fn test() -> String {
    format!(
        "It is called moving if that is {0} or more and the slope beyond {1} standard errors, which noise that is correlated \
         from epoch to epoch reaches in at most 5 % of trainings; without a trend if it is less than {0} with {1} standard \
         errors added.",
        percent(SMALLEST_CHANGE),
        number(MOVES)
    )
}

/// What is left of the learning rate where its schedule has ended: a figure that rests then says little.
fn slowed(report: &Report) -> Option<String> {
    let left = report.fit.learning_rate_left.filter(|left| *left < RATE_HAS_FALLEN)?;
    Some(if left < 1e-4 { "less than 0.01 %".to_owned() } else { percent(left) })
}

/// What a figure at rest does not show where the learning rate had fallen to `left` of its base.
fn after_schedule(left: &str) -> String {
    format!(
        "The learning rate had fallen to {left} of its base by then, so this does not show that a longer training would \
         end in the same place."
    )
}

fn counted(epochs: usize) -> String {
    if epochs == 1 { "1 epoch".to_owned() } else { format!("{epochs} epochs") }
}
