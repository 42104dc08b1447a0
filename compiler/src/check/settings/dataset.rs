//! `dataset`: subset, split, targets; its source stands in `source.rs`, its transforms and augmentations in
//! `transform.rs`.

use super::choice::NONE;
use super::entries::{Entries, Keys, Place};
use super::transform::{AUGMENTATION_VALUES, TRANSFORM_VALUES};
use crate::analysis::{Impossible, impossible_division};
use crate::bounds::Bounds;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Call, Parameter, Signature};
use crate::check::environment::Environment;
use crate::check::network::Lowered;
use crate::check::rows::{Reading, Row, Table, signatures};
use crate::check::values::Values;
use crate::codes::Code;
use crate::data_sources::{self, DeclaredSource};
use crate::diagnostic::Diagnostic;
use crate::ir::{Data, Shape, Source, Split, Subset, Target, grouped};
use crate::symbols::Declared;
use elbo_grammar::Span;
use elbo_grammar::ast::{Expression, Settings};

pub(super) const KEYS: Keys = Keys {
    all: &[
        Parameter::new("source", "Where examples come from.").values(data_sources::SIGNATURES),
        Parameter::new("subset", "Which training examples are used.").default("all").values(&signatures(&SUBSET_ROWS)),
        Parameter::new("split", "How the training examples are divided; the test split is the source’s own.")
            .default("fraction(train=1)")
            .values(&signatures(&SPLIT_ROWS)),
        Parameter::new("transform", "Changes of every example of every split, in this order.")
            .default("[]")
            .values(TRANSFORM_VALUES),
        Parameter::new("augment", "Random changes to the training split, drawn again in each epoch.")
            .default("[]")
            .values(AUGMENTATION_VALUES),
        Parameter::new("targets", "What is done to real targets.").default("none").values(&signatures(&TARGET_ROWS)),
    ],
    required: &["source"],
};

const FRACTION: Signature = Signature::optional(
    "fraction",
    "Shares of the training examples, drawn by class; they sum to 1.",
    &[
        Parameter::number("train", "Share that is trained on.", Bounds::Share),
        Parameter::number("validation", "Share that choices are made by.", Bounds::Share).default_in_words("1 − train"),
    ],
)
.required(1)
.positional(0);
const SPLIT_ROWS: [Row<Reading<Split>>; 1] = [Row::new(FRACTION, split)];
/// Every split.
const SPLITS: Table<Split> =
    Table { wanted: "a split, such as `fraction(train=0.9, validation=0.1)`,", noun: "split", rows: &SPLIT_ROWS };

const PER_CLASS: &str = "per_class";
const SUBSET_ROWS: [Row<Reading<Subset>>; 4] = [
    Row::plain("all", "All training examples.", |_| Some(Subset::All)),
    Row::new(
        Signature::optional(
            "first",
            "The first n in the order of the file.",
            &[Parameter::size("n", "How many examples.", 1)],
        )
        .required(1),
        |arguments| arguments.size("n").map(Subset::First),
    ),
    Row::new(
        Signature::optional(
            PER_CLASS,
            "The first n of each class in the order of the file.",
            &[Parameter::size("n", "How many examples a class.", 1)],
        )
        .required(1),
        |arguments| arguments.size("n").map(Subset::PerClass),
    ),
    Row::new(
        Signature::optional(
            "fraction",
            "This share of each class, the first in the order of the file.",
            &[Parameter::number("share", "The share, above 0 and at most 1.", Bounds::Share)],
        )
        .required(1),
        share,
    ),
];
/// Every subset.
const SUBSETS: Table<Subset> = Table { wanted: "a subset, such as `first(1000)`,", noun: "subset", rows: &SUBSET_ROWS };

/// What can be done to real targets: whether they are normalised.
const TARGET_ROWS: [Row<Reading<bool>>; 2] = [
    Row::plain(
        "normalize",
        "Trains on (y − mean)/std by the training split; scores stay in their own units.",
        |_| Some(true),
    ),
    Row::new(NONE, |_| Some(false)),
];
const TARGETS: Table<bool> = Table {
    wanted: "a transform of the targets, `normalize()` or `none`,",
    noun: "change of targets",
    rows: &TARGET_ROWS,
};
/// A checked dataset with the places that messages about it point at.
#[derive(Debug, Clone)]
pub(crate) struct CheckedData {
    pub data: Data,
    /// The shape after the transforms.
    pub transformed: Shape,
    /// The `source` entry.
    pub source: Place,
    /// The `transform` entry, else the `source` entry.
    pub place: Place,
    /// The `split` entry, if one is written.
    pub split: Option<Place>,
    /// The `augment` entry, if one is written.
    pub augment: Option<Place>,
}

impl<'a> Checker<'a> {
    /// Checks a dataset by itself.
    pub fn dataset(&self, settings: Declared<'a, Settings>) -> Option<CheckedData> {
        let entries = self.entries(settings, KEYS)?;
        self.dataset_of(&entries)
    }

    /// Checks a dataset's entries.
    pub fn dataset_of(&self, entries: &Entries<'a>) -> Option<CheckedData> {
        let source_entry = entries.get("source")?;
        let keys = entries.read(self, KEYS);
        let declared = keys.read("source", |value, environment| self.source(value, environment));
        let (stored, kind) = (declared.as_ref().map(|declared| declared.shape), declared.as_ref().map(|d| &d.target));
        let normalize = keys.read("targets", |value, environment| self.targets(value, environment, kind));
        let subset = keys.read("subset", |value, environment| self.subset(value, environment, kind));
        let split = keys.read("split", |value, environment| self.split(value, environment));
        let transforms = keys.read("transform", |value, environment| self.transforms(value, environment, stored));
        let transformed = transforms.as_ref().map(|(_, shape)| *shape);
        let augment = keys.read("augment", |value, environment| self.augmentations(value, environment, transformed));
        let DeclaredSource { source, root, shape, mut target } = declared?;
        if let Target::Values { normalize: normalized, .. } = &mut target {
            *normalized = normalize?;
        }
        normalize?;
        let (transform, transformed) = transforms?;
        let (subset, split) = (subset?, split?);
        self.check_division(&source, (subset, split), entries).then_some(())?;
        Some(CheckedData {
            data: Data { source, root, shape, target, subset, split, transform, augment: augment? },
            transformed,
            source: source_entry.place(),
            place: entries.get("transform").unwrap_or(source_entry).place(),
            split: entries.place("split"),
            augment: entries.place("augment"),
        })
    }

    /// Whether a source whose size is known has what `subset` and `split` ask of it.
    fn check_division(&self, source: &Source, (subset, split): (Subset, Split), entries: &Entries<'a>) -> bool {
        // That nothing can be trained on such a set is reported where a run tries.
        let known = source.kind().training_examples();
        let Some(classes) = known.filter(|classes| classes.iter().any(|count| *count > 0)) else {
            return true;
        };
        let name = source.name();
        let (key, problem, label, help) = match impossible_division(subset, split, &classes) {
            None => return true,
            Some(Impossible::Beyond { asked, class, available }) => {
                let of_class = class.map_or_else(String::new, |class| format!(" of class {class}"));
                (
                    "subset",
                    format!(
                        "`subset` asks for {} training examples{of_class}, but `{name}` has {}",
                        grouped(asked),
                        grouped(available)
                    ),
                    format!("more than {}", grouped(available)),
                    format!("ask for at most {available}, or leave `subset` out"),
                )
            }
            Some(Impossible::NothingChosen { available }) => (
                "subset",
                format!("`subset` leaves none of the {} training examples of `{name}`", grouped(available)),
                "rounds to 0 examples of each class".to_owned(),
                "write a larger share, or `first(n)` for so many examples".to_owned(),
            ),
            Some(Impossible::NoValidation { chosen, share }) => (
                "split",
                format!("{share} of {} examples rounds to 0, so the validation split is empty", grouped(chosen)),
                "leaves 0 validation examples".to_owned(),
                "give validation a larger share, or none with `split = fraction(train=1)`".to_owned(),
            ),
            Some(Impossible::NoTraining { chosen, share }) => (
                "split",
                format!("{share} of {} examples rounds to all of them, so none is left to train on", grouped(chosen)),
                "leaves 0 training examples".to_owned(),
                "give validation a smaller share".to_owned(),
            ),
        };
        let Some((source, span)) = entries.place(key).or(entries.place("source")) else { return false };
        self.report(Diagnostic::new(Code::ImpossibleDivision, problem, source, span, label).help(help));
        false
    }

    /// Whether real targets are brought to mean 0 and standard deviation 1 for training.
    fn targets(&self, value: &Expression, environment: &Environment, target: Option<&Target>) -> Option<bool> {
        let normalize = self.chosen(value, environment, &TARGETS)?;
        if let (true, Some(Target::Classes { .. })) = (normalize, target) {
            self.report(
                Diagnostic::new(
                    Code::TransformMismatch,
                    "classes have no mean that could be taken from them",
                    environment.source,
                    value.span,
                    "needs targets that are real numbers",
                )
                .help("leave out `targets`"),
            );
            return None;
        }
        Some(normalize)
    }

    fn subset(&self, value: &Expression, environment: &Environment, target: Option<&Target>) -> Option<Subset> {
        let call = self.expect_call(value, environment.source, SUBSETS.wanted)?;
        if let (PER_CLASS, Some(Target::Values { .. })) = (call.function.value.as_str(), target) {
            self.report(
                Diagnostic::new(
                    Code::DataMismatch,
                    "`per_class` chooses by class, but the targets are real numbers",
                    environment.source,
                    call.span,
                    "no classes to choose by",
                )
                .help("write `first(n)` or `fraction(x)`"),
            );
            return None;
        }
        self.called(call, environment, &SUBSETS)
    }

    fn split(&self, value: &Expression, environment: &Environment) -> Option<Split> {
        let source = environment.source;
        let call = self.expect_call(value, source, SPLITS.wanted)?;
        if let (true, Some(test)) = (call.function.value == FRACTION.name, named(call, "test")) {
            self.report(
                Diagnostic::new(
                    Code::TestUsedForChoice,
                    "the test split is the source's own and cannot be cut from the training examples",
                    source,
                    test,
                    "not a part of the split",
                )
                .help("divide into `train` and `validation`"),
            );
            return None;
        }
        self.called(call, environment, &SPLITS)
    }

    /// Reports that a run's data do not fit its model's input.
    pub(super) fn report_misfit(&self, diagnostic: Diagnostic, data: &CheckedData, lowered: &Lowered) {
        self.report(diagnostic.label(data.place.0, data.place.1, format!("gives {}", data.transformed)).label(
            lowered.input.0,
            lowered.input.1,
            format!("takes {}", lowered.network.input),
        ));
    }
}

fn share(arguments: &Arguments<'_, '_>) -> Option<Subset> {
    let value = arguments.number_called("share", "the share")?;
    if value == 0.0 {
        let span = arguments.get("share")?.span;
        let message = "a share of 0 leaves no training examples";
        arguments.checker.error(Code::OutOfRange, arguments.place.0, span, message, "nothing is left");
        return None;
    }
    Some(Subset::Fraction(value))
}

fn split(arguments: &Arguments<'_, '_>) -> Option<Split> {
    let (checker, (source, span)) = (arguments.checker, arguments.place);
    let train = arguments.number("train")?;
    // What is left as a spec would write it, so that both mean the same to the bit.
    let validation = arguments.optional("validation", Values::number)?.unwrap_or_else(|| round(1.0 - train));
    if train == 0.0 {
        checker.error(Code::OutOfRange, source, span, "a split needs training examples", "leaves none");
        return None;
    }
    if (train + validation - 1.0).abs() > 1e-9 {
        let rest = round(1.0 - train);
        checker.report(
            Diagnostic::new(
                Code::OutOfRange,
                format!("the shares of a split sum to 1, not {}", round(train + validation)),
                source,
                span,
                format!("sums to {}", round(train + validation)),
            )
            .help(format!("write `validation={rest}`")),
        );
        return None;
    }
    Some(Split { train, validation })
}

fn named(call: Call<'_>, name: &str) -> Option<Span> {
    let found = call.arguments.iter().find(|argument| argument.name.as_ref().is_some_and(|n| n.value == name));
    found.map(|argument| argument.span)
}

/// A share without the digits that binary fractions leave behind.
fn round(share: f64) -> f64 {
    (share * 1e9).round() / 1e9
}
