//! What posterior the objective has, if it has one.

use crate::report::Report;
use crate::report::figure::grouped;

/// A temperature this close to 1 is 1; an average of weights loses a few digits.
const ONE: f64 = 1e-9;

/// What a reader must know of the objective; nothing of a network without a posterior.
pub fn notes(report: &Report) -> Vec<String> {
    if report.run.network.variational_parameters == 0 {
        return Vec::new();
    }
    let mut notes = Vec::new();
    if let Some(temperature) = report.training.effective_temperature {
        let at = format!(
            "the scored weights were trained at an effective temperature of {} (epoch {})",
            (temperature * 1e6).round() / 1e6,
            report.training.selected_epoch
        );
        if temperature < 1.0 - ONE {
            notes.push(format!(
                "the posterior is tempered: {at}, where 1 is Bayes; it is narrower than the prior and the data make it"
            ));
        } else if temperature > 1.0 + ONE {
            notes.push(format!("the KL weighs more than Bayes' rule gives it: {at}, where 1 is Bayes"));
        }
    }
    if report.fit.label_smoothing > 0.0 {
        notes.push(format!(
            "labels were smoothed by {}, so the training's objective has no likelihood of the labels and its posterior is \
             not Bayes' own",
            report.fit.label_smoothing
        ));
    }
    if let Some(effective) = report.fit.effective_examples {
        notes.push(format!(
            "class weights raise each label's likelihood to a power, so the posterior is not Bayes' own; the {} training \
             examples weigh as {} equal ones, while the KL is divided by all of them",
            grouped(report.training.examples as f64),
            grouped(effective)
        ));
    }
    notes
}
