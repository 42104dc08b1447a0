//! Where what a reader of a run's scores must know was written, and what would change it.

use super::legality::Whole;
use super::train::Watcher;
use crate::analysis::{Caution, Subject, cautions, choosers};
use crate::check::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Monitor, Target};
use crate::layers::kind::SingleValue;
use crate::outputs::TargetValues;
use crate::quantity::{short, significant};

/// So many examples are no longer few; half of them must be left to train on.
const ENOUGH_EXAMPLES: usize = 100;

impl Checker<'_> {
    /// Warns of what a reader of the scores must know.
    pub(super) fn advise_on_cautions(&self, whole: &Whole<'_, '_>) {
        let (training, data) = (whole.training, &whole.data.data);
        for Caution { subject, message } in cautions(whole.network, &training.training, data, whole.opened) {
            let diagnostic = match subject {
                Subject::FewValidationExamples { validation, chosen } => {
                    few_validation_examples(whole, message, validation, chosen)
                }
                Subject::SingleDraw => single_draw(whole, message),
                Subject::SingleValue { layer, last_batch_only } => single_value(whole, message, layer, last_batch_only),
                Subject::Unseen => Some(unseen(whole, message)),
                Subject::Constant => Some(constant(whole, message)),
                Subject::Coarse => Some(coarse(whole, message)),
                Subject::Files => Some(files(whole, message)),
                Subject::Shared { split } => shared(whole, message, split),
            };
            if let Some(diagnostic) = diagnostic {
                self.report(diagnostic);
            }
        }
    }
}

/// What chooses by the validation split.
fn choosing<'w>(whole: &'w Whole<'_, '_>) -> impl Iterator<Item = &'w Watcher> {
    whole.training.watchers.iter().filter(|watcher| watcher.monitor != Monitor::TrainLoss)
}

fn few_validation_examples(
    whole: &Whole<'_, '_>,
    message: String,
    validation: usize,
    chosen: usize,
) -> Option<Diagnostic> {
    let (source, span) = whole.data.split.unwrap_or(whole.data.source);
    let label = format!("leaves {validation} validation examples");
    let mut diagnostic = Diagnostic::new(Code::FewValidationExamples, message, source, span, label);
    for watcher in choosing(whole) {
        diagnostic = diagnostic.label(watcher.place.0, watcher.place.1, "chooses by them");
    }
    let error = 50.0 / (validation.max(1) as f64).sqrt();
    let diagnostic = diagnostic
        .note(format!("an accuracy measured on them has a standard error of up to {} %", significant(error, 3)));
    Some(diagnostic.help(if chosen >= 2 * ENOUGH_EXAMPLES {
        // The smallest share of whole hundredths that keeps enough of them.
        let percent = (100 * ENOUGH_EXAMPLES).div_ceil(chosen).clamp(1, 50);
        let share = |percent: usize| short(percent as f64 / 100.0);
        format!(
            "keep at least {ENOUGH_EXAMPLES} of the {chosen} examples, `split = fraction(train={}, validation={})`, or watch \
             `train.loss`",
            share(100 - percent),
            share(percent)
        )
    } else {
        format!("{chosen} examples are too few to keep {ENOUGH_EXAMPLES} of them: fix the epochs instead, or watch `train.loss`")
    }))
}

fn single_draw(whole: &Whole<'_, '_>, message: String) -> Option<Diagnostic> {
    // Each chooser is one of the watchers.
    let mut watchers = choosing(whole).filter(|watcher| choosers(&whole.training.training).contains(&watcher.name));
    let (source, span) = watchers.next()?.place;
    let mut diagnostic = Diagnostic::new(Code::ChoiceBySingleDraw, message, source, span, "one draw of each epoch");
    for watcher in watchers {
        diagnostic = diagnostic.label(watcher.place.0, watcher.place.1, "compares the same draws");
    }
    Some(
        diagnostic
            .label(whole.model.source, whole.model.span, "random at prediction")
            .note("part of the difference between two epochs is that of their draws")
            .help("add `validation_samples = 30` to the train block: 30 passes over the validation split per epoch"),
    )
}

fn single_value(whole: &Whole<'_, '_>, message: String, layer: usize, last_batch_only: bool) -> Option<Diagnostic> {
    let (source, span) = whole.origins.get(layer)?.place;
    let (batch_source, batch_span) = whole.training.batch;
    let diagnostic = Diagnostic::new(Code::NormOfSingleValue, message, source, span, "x − mean is 0");
    let found = whole.network.layers.get(layer)?;
    let SingleValue { over_batch, note, help, .. } = found.operation.kind().single_value(found.input)?;
    Some(if !over_batch {
        note.into_iter().fold(diagnostic, Diagnostic::note).help(help)
    } else if last_batch_only {
        let help = format!("choose a batch that leaves no single example at the end of an epoch, or {help}");
        diagnostic.label(batch_source, batch_span, "leaves one example for the last batch").help(help)
    } else {
        let help = format!("raise `batch`, or {help}, which does not depend on the batch");
        diagnostic.label(batch_source, batch_span, "one example per step").help(help)
    })
}

fn unseen(whole: &Whole<'_, '_>, message: String) -> Diagnostic {
    let (source, span) = whole.data.source;
    Diagnostic::new(Code::UnseenClasses, message, source, span, "counted in its training examples")
        .note("the network learns only that these classes are rare; labels are numbered from 0")
        .help("let `classes` say the classes there are, or add examples of these")
}

fn constant(whole: &Whole<'_, '_>, message: String) -> Diagnostic {
    let (source, span) = whole.data.source;
    Diagnostic::new(Code::ConstantFeatures, message, source, span, "never varies in its training examples")
        .note("nothing can be learnt from it; another value in a new example is taken as its difference, not scaled")
        .help("leave it out of the features, or use training examples that differ")
}

fn coarse(whole: &Whole<'_, '_>, message: String) -> Diagnostic {
    let (source, span) = whole.data.source;
    let diagnostic = Diagnostic::new(Code::CoarseNumbers, message, source, span, "lie far from 0 and close together");
    let names = whole.opened.map_or(&[][..], |opened| &opened.coarse);
    let targets = match &whole.data.data.target {
        Target::Values { names, .. } => names.as_slice(),
        Target::Classes { .. } => &[],
    };
    let features = names.iter().any(|name| !targets.contains(name)).then_some("begin `transform` with `normalize()`");
    let are_targets = names.iter().any(|name| targets.contains(name));
    let of_targets = match whole.network.output.family().takes() {
        TargetValues::All => "say `targets = normalize()`",
        // Counts have their own units alone.
        TargetValues::Counts => {
            "count over shorter spans, so that counts are smaller, or predict real numbers by `output \
             gaussian(noise=learned)`, whose targets can be normalised"
        }
    };
    let helps: Vec<&str> = features.into_iter().chain(are_targets.then_some(of_targets)).collect();
    let diagnostic = if helps.iter().any(|help| help.contains("normalize()")) {
        diagnostic.note("`normalize()` subtracts the mean in double precision, before numbers are rounded to 32 bits")
    } else {
        diagnostic
    };
    diagnostic.help(helps.join(", and "))
}

fn files(whole: &Whole<'_, '_>, message: String) -> Diagnostic {
    let (source, span) = whole.data.source;
    Diagnostic::new(Code::FilesNotAsTheyAre, message, source, span, "not read as they are")
        .help("convert or remove these files, or write `@allow(W0131)` before `source` if this is what you want")
}

fn shared(whole: &Whole<'_, '_>, message: String, split: &str) -> Option<Diagnostic> {
    let (source, span) = whole.data.source;
    let diagnostic = Diagnostic::new(Code::SharedExamples, message, source, span, "rows in two splits");
    Some(if split == "test" {
        diagnostic
            .note("scores on examples that were trained on say less of new examples")
            .help("remove repeated rows from the data, or take them out of the test split")
    } else {
        diagnostic
            .note("choices by examples that were trained on favour weights that remember them")
            .help("remove repeated rows from the data")
    })
}
