//! A model or run in words, tables and equations: what it computes, what its weights cost, what is minimised.
//!
//! Everything here is a function of the IR and of where its layers were written; nothing is trained and no
//! data is read.

mod data;
mod kl;
mod latex;
mod latex_model;
mod layers;
mod objective;
mod origins;
mod section;
mod subject;
mod table;

pub use crate::quantity::figure;
pub use latex::latex;
pub use origins::marks as mark_origins;
pub use section::Section;
pub use subject::Subject;

use crate::analysis::{Ledger, TrainingPlan};

/// The subject as text for a terminal, about 110 columns wide. `further` sections, such as a forecast of
/// this machine's, come last.
pub fn text(subject: &Subject<'_>, further: &[Section]) -> String {
    let plan = subject.run.and_then(TrainingPlan::of);
    let ledger = Ledger::of(subject.network);
    let mut sections = vec![layers::section(subject), layers::memory(subject)];
    sections.extend(kl::section(subject, &ledger, plan.as_ref()));
    match subject.run {
        Some(run) => {
            sections.push(objective::section(run, &ledger, plan.as_ref()));
            sections.push(data::section(run, plan.as_ref()));
            sections.push(data::training(run, plan.as_ref()));
            sections.push(data::report(run));
        }
        None => sections.extend(objective::estimators(subject.network)),
    }
    let title = match subject.run {
        Some(run) => format!("run {} — {} on {}\n", subject.name, subject.model, run.data.source.name()),
        None => format!("model {}\n", subject.name),
    };
    sections.iter().chain(further).fold(title, |text, section| {
        let rule = "─".repeat(section.heading.chars().count());
        format!("{text}\n{}\n{rule}\n{}", section.heading, section.body)
    })
}
