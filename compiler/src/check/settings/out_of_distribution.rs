//! `ood = [cifar100(), letters, noise()]`: data of another distribution, to be told from the test split.

use super::dataset::CheckedData;
use super::entries::{Place, Value};
use super::report::CheckedReport;
use super::source::{OWN, SOURCES};
use super::transform::transformed;
use crate::check::Checker;
use crate::check::arguments::{Parameter, Signature, call};
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Corruption, DataSource, OtherSource, OutOfDistribution, Shape};
use crate::vocabulary::names;
use elbo_grammar::ast::{Expression, ExpressionKind, SettingsKind};

const CORRUPTIONS: Signature = Signature::optional(
    "corruptions",
    "The test images, damaged: a set for every kind and severity.",
    &[
        Parameter::new("kinds", "Which kinds.").default("all of them").values(CORRUPTION_KINDS),
        Parameter::new("severities", "How much, from 1 to 5.").default("[1, 3, 5]"),
    ],
);
const NOISE: Signature = Signature::constant("noise", "Every pixel uniform between the smallest and the largest.");
const SHUFFLED: Signature =
    Signature::constant("shuffled", "The test images, each with its pixels in an order of its own.");
/// Sets that are generated.
const GENERATED: [&str; 3] = [NOISE.name, SHUFFLED.name, CORRUPTIONS.name];
/// The same with what they mean, and the published sets.
pub(super) const SETS: &[Signature] =
    &[NOISE, SHUFFLED, CORRUPTIONS, SOURCES[0], SOURCES[1], SOURCES[2], SOURCES[3], SOURCES[4], SOURCES[5]];
const CORRUPTION_KINDS: &[Signature] = &[
    Signature::constant(Corruption::ALL[0].name(), "Normal noise on every pixel."),
    Signature::constant(Corruption::ALL[1].name(), "Each pixel a Gaussian mean of those around it."),
    Signature::constant(Corruption::ALL[2].name(), "Less difference from the mean of the channel."),
    Signature::constant(Corruption::ALL[3].name(), "Every pixel brighter."),
    Signature::constant(Corruption::ALL[4].name(), "Fewer, larger pixels."),
    Signature::constant(Corruption::ALL[5].name(), "Turned about the centre."),
];
const SEVERITIES: [u8; 3] = [1, 3, 5];

impl Checker<'_> {
    /// The sets of an `ood` entry, each with its place.
    pub(super) fn out_of_distribution(&self, value: &Value<'_>) -> Option<Vec<(OutOfDistribution, Place)>> {
        let source = value.environment.source;
        let mut sets: Vec<(OutOfDistribution, Place)> = Vec::new();
        let mut complete = true;
        for item in self.items(&value.expression) {
            let Some(found) = self.other_sets(item, &value.environment) else {
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
            if let Some(generated) = self.generated(item, environment) {
                let set = |source: OtherSource| OutOfDistribution { name: source.name(), source, root: None };
                return Some(generated?.into_iter().map(set).collect());
            }
            let what = "a set, such as `cifar100()`,";
            let call = self.expect_call(item, environment.source, what)?;
            if names(&OWN).any(|own| own == call.function.value) {
                return self.no_other_set(&call.function.value, (environment.source, item.span));
            }
            if DataSource::ALL.into_iter().all(|source| source.name() != call.function.value) {
                let known = GENERATED.into_iter().chain(DataSource::ALL.into_iter().map(DataSource::name));
                self.unknown_value(environment.source, call.function, "out-of-distribution set", known);
                return None;
            }
            let (source, root) = self.published_set(call, environment)?;
            return Some(vec![OutOfDistribution {
                name: source.name().to_owned(),
                source: OtherSource::DataSet(source),
                root,
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
        let mut callable = DataSource::ALL.into_iter().map(DataSource::name).chain(GENERATED);
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

    /// The sets that `noise()`, `shuffled()` or `corruptions(…)` means; `None` if `item` is none of these calls.
    #[expect(clippy::option_option, reason = "the inner `None` is an error that has been reported")]
    fn generated(&self, item: &Expression, environment: &Environment) -> Option<Option<Vec<OtherSource>>> {
        let call = call(item)?;
        match call.function.value.as_str() {
            "noise" => Some(self.constant(call, environment, "noise", vec![OtherSource::Noise])),
            "shuffled" => Some(self.constant(call, environment, "shuffled", vec![OtherSource::Shuffled])),
            name if name == CORRUPTIONS.name => Some(self.corruptions(item, environment)),
            _ => None,
        }
    }

    /// Every kind with every severity, kinds first.
    fn corruptions(&self, item: &Expression, environment: &Environment) -> Option<Vec<OtherSource>> {
        let arguments = self.bind(call(item)?, environment.source, &CORRUPTIONS)?;
        let choices = Corruption::ALL.map(|kind| (kind.name(), kind));
        let kinds = match arguments.get("kinds") {
            Some(kinds) => self.each(kinds, |kind| self.choice(kind, environment, "a kind of corruption", &choices))?,
            None => Corruption::ALL.to_vec(),
        };
        let severities = match arguments.get("severities") {
            Some(severities) => self
                .each(severities, |severity| self.whole(severity, environment, "a severity", 1..=5))?
                .into_iter()
                .map(|severity| severity as u8)
                .collect(),
            None => SEVERITIES.to_vec(),
        };
        let of_kind = |kind| severities.iter().map(move |&severity| OtherSource::Corruption { kind, severity });
        Some(kinds.into_iter().flat_map(of_kind).collect())
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
                if !data.data.source.holds_pictures() {
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
