//! `dataset`: subset, split, targets; its source stands in `source.rs`, its transforms and augmentations in `transform.rs`.

use super::choice::NONE;
use super::entries::{Entries, Keys, Place, Value};
use super::source::{DeclaredSource, SOURCES};
use super::transform::{AUGMENTATIONS, TRANSFORMS};
use crate::analysis::{Impossible, impossible_division, known_classes};
use crate::check::Checker;
use crate::check::arguments::{Call, Parameter, Signature};
use crate::check::bounds::Bounds;
use crate::check::network::Lowered;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Data, Shape, Source, Split, Subset, Target, grouped};
use crate::symbols::Declared;
use crate::vocabulary::names;
use elbo_grammar::Span;
use elbo_grammar::ast::Settings;

pub(super) const KEYS: Keys = Keys {
    all: &[
        Parameter::new("source", "Where examples come from.").values(SOURCES),
        Parameter::new("subset", "Which training examples are used.").default("all").values(SUBSETS),
        Parameter::new("split", "How the training examples are divided; the test split is the source’s own.")
            .default("fraction(train=1)")
            .values(&[FRACTION]),
        Parameter::new("transform", "Changes of every example of every split, in this order.")
            .default("[]")
            .values(TRANSFORMS),
        Parameter::new("augment", "Random changes to the training split, drawn again in each epoch.")
            .default("[]")
            .values(AUGMENTATIONS),
        Parameter::new("targets", "What is done to real targets.").default("none").values(TARGETS),
    ],
    required: &["source"],
};

const FRACTION: Signature = Signature::optional(
    "fraction",
    "Shares of the training examples, drawn by class; they sum to 1.",
    &[
        Parameter::new("train", "Share that is trained on."),
        Parameter::new("validation", "Share that choices are made by.").default("1 − train"),
    ],
)
.required(1)
.positional(0);

const FIRST: Signature =
    Signature::optional("first", "The first n in the order of the file.", &[Parameter::new("n", "How many examples.")])
        .required(1);
const PER_CLASS: Signature = Signature::optional(
    "per_class",
    "The first n of each class in the order of the file.",
    &[Parameter::new("n", "How many examples a class.")],
)
.required(1);
const SHARE: Signature = Signature::optional(
    "fraction",
    "This share of each class, the first in the order of the file.",
    &[Parameter::new("share", "The share, above 0 and at most 1.")],
)
.required(1);
/// Every subset.
const SUBSETS: &[Signature] = &[Signature::constant("all", "All training examples."), FIRST, PER_CLASS, SHARE];
/// What can be done to real targets.
const TARGETS: &[Signature] = &[
    Signature::constant("normalize", "Trains on (y − mean)/std by the training split; scores stay in their own units."),
    NONE,
];

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
        let declared = self.declared_source(&source_entry.expression, &source_entry.environment);
        let (stored, kind) = (declared.as_ref().map(|declared| declared.shape), declared.as_ref().map(|d| &d.target));
        let normalize = entries.get("targets").map_or(Some(false), |value| self.targets(value, kind));
        let subset = entries.get("subset").map_or(Some(Subset::All), |value| self.subset(value, kind));
        let split = entries.get("split").map_or(Some(Split { train: 1.0, validation: 0.0 }), |value| self.split(value));
        let transforms = self.transforms(entries.get("transform"), stored);
        let augment = self.augmentations(entries.get("augment"), transforms.as_ref().map(|(_, shape)| *shape));
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
        let Some(classes) = known_classes(source).filter(|classes| classes.iter().any(|count| *count > 0)) else {
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
    fn targets(&self, value: &Value<'_>, target: Option<&Target>) -> Option<bool> {
        let environment = &value.environment;
        let what = "a transform of the targets, `normalize()` or `none`,";
        let call = self.expect_call(&value.expression, environment.source, what)?;
        let normalize = match call.function.value.as_str() {
            "normalize" => self.constant(call, environment, "normalize", true)?,
            "none" => self.constant(call, environment, "none", false)?,
            _ => {
                self.unknown_value(environment.source, call.function, "change of targets", names(TARGETS));
                return None;
            }
        };
        if let (true, Some(Target::Classes { .. })) = (normalize, target) {
            self.report(
                Diagnostic::new(
                    Code::TransformMismatch,
                    "classes have no mean that could be taken from them",
                    environment.source,
                    call.span,
                    "needs targets that are real numbers",
                )
                .help("leave out `targets`"),
            );
            return None;
        }
        Some(normalize)
    }

    fn subset(&self, value: &Value<'_>, target: Option<&Target>) -> Option<Subset> {
        let environment = &value.environment;
        let call = self.expect_call(&value.expression, environment.source, "a subset, such as `first(1000)`,")?;
        match call.function.value.as_str() {
            "all" => self.constant(call, environment, "all", Subset::All),
            "first" => {
                let arguments = self.bind(call, environment.source, &FIRST)?;
                self.size(arguments.get("n")?, environment, "`n`", 1).map(Subset::First)
            }
            "per_class" => {
                if let Some(Target::Values { .. }) = target {
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
                let arguments = self.bind(call, environment.source, &PER_CLASS)?;
                self.size(arguments.get("n")?, environment, "`n`", 1).map(Subset::PerClass)
            }
            "fraction" => {
                let arguments = self.bind(call, environment.source, &SHARE)?;
                let share = arguments.get("share")?;
                let value = self.bounded(share, environment, "the share", Bounds::Share)?;
                if value == 0.0 {
                    let message = "a share of 0 leaves no training examples";
                    self.error(Code::OutOfRange, environment.source, share.span, message, "nothing is left");
                    return None;
                }
                Some(Subset::Fraction(value))
            }
            _ => {
                self.unknown_value(environment.source, call.function, "subset", names(SUBSETS));
                None
            }
        }
    }

    fn split(&self, value: &Value<'_>) -> Option<Split> {
        let environment = &value.environment;
        let source = environment.source;
        let call =
            self.expect_call(&value.expression, source, "a split, such as `fraction(train=0.9, validation=0.1)`,")?;
        if call.function.value != FRACTION.name {
            self.unknown_value(source, call.function, "split", [FRACTION.name]);
            return None;
        }
        if let Some(test) = named(call, "test") {
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
        let arguments = self.bind(call, source, &FRACTION)?;
        let train = self.bounded(arguments.get("train")?, environment, "`train`", Bounds::Share)?;
        let validation = match arguments.get("validation") {
            Some(validation) => self.bounded(validation, environment, "`validation`", Bounds::Share)?,
            // As a spec would write it, so that both mean the same to the bit.
            None => round(1.0 - train),
        };
        if train == 0.0 {
            let message = "a split needs training examples";
            self.error(Code::OutOfRange, source, call.span, message, "leaves none");
            return None;
        }
        if (train + validation - 1.0).abs() > 1e-9 {
            let rest = round(1.0 - train);
            self.report(
                Diagnostic::new(
                    Code::OutOfRange,
                    format!("the shares of a split sum to 1, not {}", round(train + validation)),
                    source,
                    call.span,
                    format!("sums to {}", round(train + validation)),
                )
                .help(format!("write `validation={rest}`")),
            );
            return None;
        }
        Some(Split { train, validation })
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

fn named(call: Call<'_>, name: &str) -> Option<Span> {
    let found = call.arguments.iter().find(|argument| argument.name.as_ref().is_some_and(|n| n.value == name));
    found.map(|argument| argument.span)
}

/// A share without the digits that binary fractions leave behind.
fn round(share: f64) -> f64 {
    (share * 1e9).round() / 1e9
}
