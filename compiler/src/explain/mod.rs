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
pub(crate) mod quantity;
mod table;

pub use latex::latex;
pub use origins::marks as mark_origins;
pub use quantity::figure;

use crate::analysis::{Ledger, TrainingPlan};
use crate::compile::{CompiledModel, CompiledRun};
use crate::ir::{Network, Run};
use crate::sources::SourceMap;

/// What is explained.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its name in the spec.
    name: &'a str,
    /// The name of its model.
    model: &'a str,
    network: &'a Network,
    /// `None` for a model alone.
    run: Option<&'a Run>,
    /// Where each layer's mark came from; empty for a layer without one.
    origins: Vec<String>,
}

impl<'a> Subject<'a> {
    /// A model by itself, with the defaults of its parameters.
    pub fn model(compiled: &'a CompiledModel, sources: &SourceMap) -> Self {
        Self {
            name: &compiled.name,
            model: &compiled.name,
            network: &compiled.network,
            run: None,
            origins: origins::marks(&compiled.layers, sources),
        }
    }

    /// A run.
    pub fn run(compiled: &'a CompiledRun, sources: &SourceMap) -> Self {
        Self {
            name: &compiled.name,
            model: &compiled.model,
            network: &compiled.run.network,
            run: Some(&compiled.run),
            origins: origins::marks(&compiled.layers, sources),
        }
    }
}

/// A part of an explanation under a heading of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What stands above it.
    pub heading: String,
    /// Its lines, each ended.
    pub body: String,
}

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
