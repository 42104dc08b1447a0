//! `ood = [cifar100(), letters, noise()]`: data of another distribution, to be told from the test split.

use super::checked_report::CheckedReport;
use super::dataset::CheckedData;
use super::entries::Place;
use super::source::find;
use super::transform::transformed;
use crate::check::Checker;
use crate::check::arguments::{Arguments, Parameter, Signature};
use crate::check::environment::Environment;
use crate::check::rows::{Reading, Row, Table, signatures};
use crate::codes::Code;
use crate::data_sources::{OWN, PUBLISHED_SIGNATURES};
use crate::diagnostic::Diagnostic;
use crate::ir::{Corruption, DataSource, OtherSource, OutOfDistribution, Shape};
use elbo_grammar::ast::{Expression, ExpressionKind, SettingsKind};

const SEVERITIES: Parameter = Parameter::new("severities", "How much, from 1 to 5.").default("[1, 3, 5]");
/// Sets that are generated.
const GENERATED_ROWS: [Row<Reading<Vec<OtherSource>>>; 3] = [
    Row::plain("noise", "Every pixel uniform between the smallest and the largest.", |_| {
        Some(vec![OtherSource::Noise])
    }),
    Row::plain("shuffled", "The test images, each with its pixels in an order of its own.", |_| {
        Some(vec![OtherSource::Shuffled])
    }),
    Row::new(
        Signature::optional(
            "corruptions",
            "The test images, damaged: a set for every kind and severity.",
            &[
                Parameter::new("kinds", "Which kinds.")
                    .default_in_words("all of them")
                    .values(&signatures(&CORRUPTIONS)),
                SEVERITIES,
            ],
        ),
        corruptions,
    ),
];
const GENERATED: Table<Vec<OtherSource>> =
    Table { wanted: "a set, such as `cifar100()`,", noun: "out-of-distribution set", rows: &GENERATED_ROWS };
const GENERATED_VALUES: [Signature; 3] = signatures(&GENERATED_ROWS);
/// Every set: those that are generated, and the published ones.
pub(super) const SETS: &[Signature] = &{
    let mut all = [GENERATED_VALUES[0]; GENERATED_VALUES.len() + PUBLISHED_SIGNATURES.len()];
    let mut at = 0_usize;
    while at < all.len() {
        let published = at.checked_sub(GENERATED_VALUES.len());
        all[at] = if let Some(at) = published { PUBLISHED_SIGNATURES[at] } else { GENERATED_VALUES[at] };
        at += 1;
    }
    all
};

const fn corruption(kind: Corruption, documentation: &'static str) -> Row<Corruption> {
    Row::word(kind.name(), documentation, kind)
}
const CORRUPTIONS: [Row<Corruption>; 6] = [
    corruption(Corruption::ALL[0], "Normal noise on every pixel."),
    corruption(Corruption::ALL[1], "Each pixel a Gaussian mean of those around it."),
    corruption(Corruption::ALL[2], "Less difference from the mean of the channel."),
    corruption(Corruption::ALL[3], "Every pixel brighter."),
    corruption(Corruption::ALL[4], "Fewer, larger pixels."),
    corruption(Corruption::ALL[5], "Turned about the centre."),
];

/// Every kind with every severity, kinds first.
fn corruptions(arguments: &Arguments<'_, '_>) -> Option<Vec<OtherSource>> {
    let checker = arguments.checker;
    let kinds = arguments.optional("kinds", |arguments, name| {
        arguments.read(name, |kinds, environment| {
            checker.each(kinds, |kind| checker.word(kind, environment, "a kind of corruption", &CORRUPTIONS))
        })
    })?;
    let severities = arguments.read(SEVERITIES.name, |severities, environment| {
        checker.each(severities, |severity| checker.whole(severity, environment, "a severity", 1..=5))
    })?;
    let kinds = kinds.unwrap_or_else(|| Corruption::ALL.to_vec());
    let of_kind = |kind| severities.iter().map(move |&severity| (kind, severity as u8));
    let all = kinds.into_iter().flat_map(of_kind);
    Some(all.map(|(kind, severity)| OtherSource::Corruption { kind, severity }).collect())
}

impl Checker<'_> {
    /// The sets of an `ood` entry, each with its place.
    pub(super) fn out_of_distribution(
        &self,
        list: &Expression,
        environment: &Environment,
    ) -> Option<Vec<(OutOfDistribution, Place)>> {
        let source = environment.source;
        let mut sets: Vec<(OutOfDistribution, Place)> = Vec::new();
        let mut complete = true;
        for item in self.items(list) {
            let Some(found) = self.other_sets(item, environment) else {
                complete = false;
                continue;
            };
            for set in found {
                if let Some((_, first)) =
                    sets.iter().find(|(known, _)| known.source == set.source && known.root == set.root)
                {
                    self.report(
                        Diagnostic::new(
                            Code::RepeatedArgument,
                            format!("`{}` is listed twice", set.source.name()),
                            source,
                            item.span,
                            "listed again here",
                        )
                        .label(first.0, first.1, "first listed here"),
                    );
                    complete = false;
                    break;
                }
                sets.push((set, (source, item.span)));
            }
        }
        complete.then_some(sets)
    }

    /// A set by the name of its `dataset`, by its source, such as `cifar100()`, or by how it is generated.
    fn other_sets(&self, item: &Expression, environment: &Environment) -> Option<Vec<OutOfDistribution>> {
        let ExpressionKind::Path(path) = &item.kind else {
            let call = self.expect_call(item, environment.source, GENERATED.wanted)?;
            let name = call.function.value.as_str();
            if GENERATED.row(name).is_some() {
                let set = |source: OtherSource| OutOfDistribution { name: source.name(), source, root: None };
                return Some(self.called(call, environment, &GENERATED)?.into_iter().map(set).collect());
            }
            if OWN.iter().any(|own| own.signature.name == name) {
                return self.no_other_set(name, (environment.source, item.span));
            }
            if find(name).is_none() {
                let known = GENERATED.names().chain(DataSource::ALL.into_iter().map(DataSource::name));
                self.unknown_value(environment.source, call.function, GENERATED.noun, known);
                return None;
            }
            let published = self.called_source(call, environment)?;
            let set = published.source.set()?;
            return Some(vec![OutOfDistribution {
                name: set.name().to_owned(),
                source: OtherSource::DataSet(set),
                root: published.root,
            }]);
        };
        let Some(name) = path.as_name() else {
            self.error(
                Code::WrongType,
                environment.source,
                item.span,
                "a data set or a source, such as `cifar100()`, is wanted here",
                "not the name of a data set",
            );
            return None;
        };
        if let Some(settings) = self.symbols.find_settings(SettingsKind::Dataset, &name.value) {
            let checked = self.dataset(settings)?;
            let Some(set) = checked.data.source.set() else {
                return self.no_other_set(checked.data.source.name(), (environment.source, item.span));
            };
            return Some(vec![OutOfDistribution {
                name: name.value.clone(),
                source: OtherSource::DataSet(set),
                root: checked.data.root,
            }]);
        }
        let mut callable = DataSource::ALL.into_iter().map(DataSource::name).chain(GENERATED.names());
        if let Some(source) = callable.find(|source| *source == name.value) {
            let call = format!("{source}()");
            self.report(
                Diagnostic::new(
                    Code::UnknownName,
                    format!("there is no dataset `{}`", name.value),
                    environment.source,
                    name.span,
                    "a source, not a dataset",
                )
                .help(format!("write `{call}` for the source"))
                .edit(environment.source, name.span, call),
            );
            return None;
        }
        let names: Vec<&str> = self.symbols.settings(SettingsKind::Dataset).map(|(name, _)| name).collect();
        self.unknown_name(environment.source, name, "dataset", names);
        None
    }

    /// Reports that a source of one's own cannot be scored as another distribution.
    fn no_other_set<T>(&self, name: &str, (source, span): Place) -> Option<T> {
        self.report(
            Diagnostic::new(
                Code::UnsupportedDeclaration,
                format!("this version of elbo cannot score `{name}` data as another distribution"),
                source,
                span,
                "not of this version",
            )
            .help("list published sets, `noise()`, `shuffled()` or `corruptions()`"),
        );
        None
    }

    /// Every item of a list by `read`, which reports what is wrong with one.
    fn each<T>(&self, list: &Expression, read: impl Fn(&Expression) -> Option<T>) -> Option<Vec<T>> {
        let values: Vec<Option<T>> = self.items(list).iter().map(read).collect();
        values.into_iter().collect()
    }

    /// Whether each out-of-distribution set is another than the training data, and passes through the run's
    /// transforms into the network.
    pub(super) fn check_out_of_distribution(&self, report: &CheckedReport, data: &CheckedData, input: Shape) -> bool {
        let mut legal = true;
        let mut told = None;
        for (set, (source, span)) in report.report.out_of_distribution.iter().zip(&report.out_of_distribution) {
            let OtherSource::DataSet(set_source) = set.source else {
                // What is generated is made of the run's own images.
                if !data.data.source.kind().holds_pictures() {
                    legal = false;
                    // One item may stand for many sets.
                    if told.replace((*source, *span)) == Some((*source, *span)) {
                        continue;
                    }
                    self.report(
                        Diagnostic::new(
                            Code::DataMismatch,
                            format!(
                                "`{}` is made of pixels of 8 bits, and `{}` holds none",
                                set.name,
                                data.data.source.name()
                            ),
                            *source,
                            *span,
                            "nothing to make it of",
                        )
                        .label(data.source.0, data.source.1, "no images")
                        .help("remove it"),
                    );
                }
                continue;
            };
            // A folder of one's own may hold another set in the same format.
            let may_differ = set.root.is_some() && data.data.root.is_some() && set.root != data.data.root;
            if data.data.source.set() == Some(set_source) && !may_differ {
                self.report(
                    Diagnostic::new(
                        Code::TrainingAsOutOfDistribution,
                        format!("`{}` is what the network is trained on, not another distribution", set_source.name()),
                        *source,
                        *span,
                        "the training set itself",
                    )
                    .label(data.source.0, data.source.1, "trained on here")
                    .help("choose another set, or remove it"),
                );
                legal = false;
                continue;
            }
            let mut transforms = data.data.transform.iter();
            let shape = transforms.try_fold(set_source.shape(), |shape, transform| transformed(shape, *transform));
            if shape != Some(input) {
                let given = shape.map_or_else(|| set_source.shape().to_string(), |shape| shape.to_string());
                self.report(
                    Diagnostic::new(
                        Code::DataMismatch,
                        format!(
                            "`{}` gives {given} after the run's transforms, but the network takes {input}",
                            set.name
                        ),
                        *source,
                        *span,
                        format!("gives {given}"),
                    )
                    .label(data.place.0, data.place.1, format!("turns the training data into {}", data.transformed))
                    .help("choose a set of the same shape, or a `resize` that brings both to one size"),
                );
                legal = false;
            }
        }
        legal
    }

    /// Whether the run's source has examples to train on.
    pub(super) fn check_training_split(&self, data: &CheckedData) -> bool {
        if data.data.source.set().is_none_or(|set| set.has_training_split()) {
            return true;
        }
        let name = data.data.source.name();
        self.report(
            Diagnostic::new(
                Code::NothingToTrainOn,
                format!("`{name}` has a test split only, so no network can be trained on it"),
                data.source.0,
                data.source.1,
                "nothing to train on",
            )
            .help(format!("train on another set, and list `{name}()` in a report's `ood`")),
        );
        false
    }
}
