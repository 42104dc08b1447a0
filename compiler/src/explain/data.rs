//! Which split feeds what, how long training is, and what is reported.

use super::Section;
use super::table::definitions;
use crate::analysis::{TrainingPlan, optimizer_state};
use crate::ir::{Clip, EarlyStopping, Monitor, OtherSource, Run, Select, Target, text};
use crate::quantity::short;

/// The splits and what each is for.
pub(super) fn section(run: &Run, plan: Option<&TrainingPlan>) -> Section {
    let data = &run.data;
    let count = |count: Option<usize>| match count {
        Some(0) => "none".to_owned(),
        Some(count) => text::grouped(count),
        None => "an unknown number of".to_owned(),
    };
    let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    let examples = plan.map(|plan| plan.examples);
    let augment = list(data.augment.iter().map(text::plain).collect());
    let mut fitted = "parameters are fitted to them".to_owned();
    if data.transform.contains(&crate::ir::Transform::Normalize) {
        fitted.push_str(", and so are the statistics of the normalisation");
    }
    if !data.augment.is_empty() {
        fitted.push_str(&format!("; augmented again in each epoch by {augment}"));
    }
    let mut pairs = vec![
        (
            "source".to_owned(),
            format!("{}, {} of {}", data.source.kind().in_text(), data.shape, predicted(&data.target)),
        ),
        ("transform".to_owned(), format!("{}; every split", list(data.transform.iter().map(text::plain).collect()))),
        ("training".to_owned(), format!("{} examples: {fitted}", count(examples.map(|counts| counts.training)))),
    ];
    let watched = watches(run);
    let validation = match examples.map(|counts| counts.validation) {
        Some(0) => "no examples are kept".to_owned(),
        validation => {
            let by = if watched.is_empty() { "chooses nothing".to_owned() } else { watched.join(", ") };
            let draws = match run.training.validation_samples {
                1 => "1 draw".to_owned(),
                draws => format!("{draws} draws"),
            };
            format!("{} examples: scored after each epoch by {draws}; {by}", count(validation))
        }
    };
    pairs.push(("validation".to_owned(), validation));
    let tested = match data.source.kind().test_share() {
        Some(share) => format!("{} of the examples, the same for every run", short(share)),
        None => "the source's own split".to_owned(),
    };
    pairs.push(("test".to_owned(), format!("{tested}: scored once, at the end; chooses nothing")));
    for other in &run.report.out_of_distribution {
        let images = match other.source {
            OtherSource::DataSet(source) => format!("the test split of {}", source.name()),
            OtherSource::Noise => "uniformly random pixels".to_owned(),
            OtherSource::Shuffled => "the test images, each with its pixels in another order".to_owned(),
            OtherSource::Corruption { kind, severity } => {
                format!("the test images under {} of severity {severity}", kind.name())
            }
        };
        let words = format!("{images}, by the same transforms and statistics");
        pairs.push((format!("out of it: {}", other.name), words));
    }
    Section { heading: "Data and what they feed".to_owned(), body: definitions(&pairs) }
}

/// What there is to predict, in words.
fn predicted(target: &Target) -> String {
    match target {
        Target::Classes { count, .. } => format!("{count} classes"),
        Target::Values { names, normalize } => {
            let scaled = if *normalize { ", normalised for training" } else { "" };
            format!("real targets {}{scaled}", names.join(", "))
        }
    }
}

/// What the validation split decides.
fn watches(run: &Run) -> Vec<String> {
    let training = &run.training;
    let watching = |monitor: Monitor| monitor != Monitor::TrainLoss;
    let mut result = Vec::new();
    if training.learning_rate.watch().is_some_and(|watched| watching(watched.monitor)) {
        result.push("moves the learning rate".to_owned());
    }
    if training.early_stopping.is_some_and(|stop| watching(stop.monitor)) {
        result.push("stops training early".to_owned());
    }
    if matches!(training.select, Select::Best { monitor } if watching(monitor)) {
        result.push("chooses the weights that are reported".to_owned());
    }
    result
}

/// Steps, optimizer, schedule.
pub(super) fn training(run: &Run, plan: Option<&TrainingPlan>) -> Section {
    let training = &run.training;
    let grouped = text::grouped;
    let steps = match plan {
        Some(plan) => {
            let rest = plan.examples.training % training.batch.max(1);
            let last = if rest == 0 { String::new() } else { format!(", the last of them {}", grouped(rest)) };
            let short = match training.max_steps {
                Some(most) if plan.steps == most => ", where `max_steps` ends training".to_owned(),
                _ => String::new(),
            };
            format!(
                "{} an epoch of {} examples each{last}; {} epochs, {} steps{short}",
                grouped(plan.batches),
                grouped(training.batch),
                grouped(training.epochs),
                grouped(plan.steps)
            )
        }
        None => format!("{} epochs in batches of {}", grouped(training.epochs), grouped(training.batch)),
    };
    let remembered = match optimizer_state(Some(&training.optimizer)) {
        0 => "remembers nothing".to_owned(),
        1 => "remembers a number for each it trains".to_owned(),
        count => format!("remembers {count} numbers for each it trains"),
    };
    let mut pairs = vec![
        ("steps".to_owned(), steps),
        ("optimizer".to_owned(), format!("{}; {remembered}", training.optimizer.text())),
        ("learning rate".to_owned(), training.learning_rate.text()),
    ];
    if let Some(Clip::Norm { maximum }) = training.clip {
        pairs.push(("clip".to_owned(), format!("all gradients together to a norm of {}", short(maximum))));
    }
    if let Some(EarlyStopping { monitor, patience }) = training.early_stopping {
        let words = format!("once {} has not improved for more than {patience} epochs", text::plain(&monitor));
        pairs.push(("early stop".to_owned(), words));
    }
    let select = match training.select {
        Select::Last => "those after the last step".to_owned(),
        Select::Best { monitor } => format!("those after the epoch with the best {}", text::plain(&monitor)),
    };
    pairs.push(("weights".to_owned(), select));
    pairs.push(("seed".to_owned(), training.seed.to_string()));
    Section { heading: "Training".to_owned(), body: definitions(&pairs) }
}

/// Draws and metrics.
pub(super) fn report(run: &Run) -> Section {
    let report = &run.report;
    let draws = match (report.samples, report.estimator) {
        (1, _) => "a single pass".to_owned(),
        (samples, None) => format!("{samples} of the network, sampled as in training"),
        (samples, Some(estimator)) => format!("{samples} of the network, sampled by {}", text::plain(&estimator)),
    };
    let metrics: Vec<String> = report.metrics.iter().map(text::plain).collect();
    let pairs = [("draws".to_owned(), draws), ("metrics".to_owned(), metrics.join(", "))];
    Section { heading: "Report".to_owned(), body: definitions(&pairs) }
}
