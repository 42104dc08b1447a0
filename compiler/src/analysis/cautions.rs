//! What a reader of a run's scores must know of how it was set up: said by the checker where it is written, and kept in the
//! report of the run. A function of the run and of what its data are known to hold.

use super::ExampleCounts;
use super::randomness::is_random_at_prediction;
use crate::ir::{Data, Monitor, Network, Select, Target, Training, text};
use crate::opened::{OpenedData, SharedExamples};
use crate::suggest;

/// Fewer validation examples than this decide badly: an accuracy has a standard error of up to 5 %.
pub(crate) const FEW_EXAMPLES: usize = 100;

/// One thing to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// What it is about.
    pub subject: Subject,
    /// A lower-case sentence without a full stop.
    pub message: String,
}

/// What a caution is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Few validation examples, by which something is chosen.
    FewValidationExamples {
        /// How many.
        validation: usize,
        /// How many examples are divided into training and validation.
        chosen: usize,
    },
    /// The validation split is scored by one draw of a random network, and something is chosen by that.
    SingleDraw,
    /// A normalisation whose statistics are those of a single number.
    SingleValue {
        /// The layer's place in the network.
        layer: usize,
        /// Whether it is so in the last batch of an epoch alone.
        last_batch_only: bool,
    },
    /// Classes without a training example.
    Unseen,
    /// Features of one value in all training examples.
    Constant,
    /// Numbers that 32 bits cannot tell apart.
    Coarse,
    /// Files that were skipped or converted.
    Files,
    /// Examples of another split that are training examples, too.
    Shared {
        /// The name of that split, `test` or `validation`.
        split: &'static str,
    },
}

/// Everything to know of a run, in the order of [`Subject`].
pub fn cautions(network: &Network, training: &Training, data: &Data, opened: Option<&OpenedData>) -> Vec<Caution> {
    let counts = ExampleCounts::known(data, opened);
    let mut found = Vec::new();
    let mut add = |subject, message| found.push(Caution { subject, message });
    if let Some(first) = choosers(training).first() {
        if let Some(ExampleCounts { validation, chosen, .. }) = counts
            && (1..FEW_EXAMPLES).contains(&validation)
        {
            add(
                Subject::FewValidationExamples { validation, chosen },
                format!("{validation} validation examples are too few for `{first}` to choose by"),
            );
        }
        if training.validation_samples == 1 && is_random_at_prediction(network) {
            add(
                Subject::SingleDraw,
                format!("`{first}` compares epochs by a single draw of a network that is random at prediction"),
            );
        }
    }
    for (layer, found) in network.layers.iter().enumerate() {
        let Some(single) = found.operation.kind().single_value(found.input) else { continue };
        let (when, last_batch_only) = if !single.over_batch {
            ("", false)
        } else if training.batch == 1 || counts.is_some_and(|counts| counts.training == 1) {
            (" in every training step", false)
        } else if counts.is_some_and(|counts| counts.training % training.batch.max(1) == 1) {
            (" in the last batch of an epoch, which has one example", true)
        } else {
            continue;
        };
        let message = format!(
            "`{}` normalises {} over a single value{when}, so it gives its shift whatever the input is",
            found.name, single.of
        );
        add(Subject::SingleValue { layer, last_batch_only }, message);
    }
    if let Some(opened) = opened {
        let unseen = unseen(data, opened);
        if let [_, rest @ ..] = unseen.as_slice() {
            let (classes, have) = if rest.is_empty() { ("class", "has") } else { ("classes", "have") };
            let names = listed(&unseen);
            add(Subject::Unseen, format!("{classes} {names} {have} no training example"));
        }
        if let [_, rest @ ..] = opened.constant.as_slice() {
            let (of, have) = match (data.source.kind().columns(), rest.is_empty()) {
                (Some(_), true) => ("feature", "has"),
                (Some(_), false) => ("features", "have"),
                (None, true) => ("channel", "has"),
                (None, false) => ("channels", "have"),
            };
            let names = listed(&opened.constant);
            add(
                Subject::Constant,
                format!("{of} {names} {have} one value in all training examples, which `normalize()` makes 0"),
            );
        }
        if !opened.coarse.is_empty() {
            let names = listed(&opened.coarse);
            add(Subject::Coarse, format!("numbers of 32 bits round away part of what the values of {names} differ by"));
        }
        if !opened.files.is_empty() {
            add(Subject::Files, opened.files.join("; "));
        }
        for (split, SharedExamples { shared, of }) in [("test", opened.test), ("validation", opened.validation)] {
            if shared > 0 {
                let (shared, of) = (text::grouped(shared), text::grouped(of));
                add(
                    Subject::Shared { split },
                    format!("{shared} of {of} {split} examples are also training examples, number for number"),
                );
            }
        }
    }
    found
}

/// The names of the classes that no training example has, where there are classes.
fn unseen(data: &Data, opened: &OpenedData) -> Vec<String> {
    let Target::Classes { names, .. } = &data.target else { return Vec::new() };
    let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| class.to_string());
    let classes = opened.classes.iter().enumerate();
    classes.filter(|(_, examples)| **examples == 0).map(|(class, _)| name(class)).collect()
}

/// Names in words, all of a few and the first of many with how many more there are.
fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    if names.len() <= MOST {
        return suggest::listing(names.iter().map(String::as_str));
    }
    let first: Vec<String> = names[..MOST].iter().map(|name| format!("`{name}`")).collect();
    format!("{} and {} more", first.join(", "), names.len() - MOST)
}

/// What chooses by the validation split, in the order of the language reference.
pub(crate) fn choosers(training: &Training) -> Vec<&'static str> {
    let schedule = training.learning_rate.watch().map(|watched| (watched.by, watched.monitor));
    let stop = training.early_stopping.map(|stop| ("early_stopping", stop.monitor));
    let select = match training.select {
        Select::Best { monitor } => Some(("select", monitor)),
        Select::Last => None,
    };
    let watchers = [schedule, stop, select].into_iter().flatten();
    watchers.filter(|(_, monitor)| *monitor != Monitor::TrainLoss).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests;
