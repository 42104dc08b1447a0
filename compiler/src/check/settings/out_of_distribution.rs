//! `ood = [cifar100(), noise_set]`: data of another distribution, to be told from the test split.

use super::dataset::CheckedData;
use super::entries::{Place, Value};
use super::report::CheckedReport;
use super::transform::transformed;
use crate::check::Checker;
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{DataSource, OutOfDistribution, Shape};
use elbo_grammar::ast::{Expression, ExpressionKind, SettingsKind};

impl Checker<'_> {
    /// The sets of an `ood` entry, each with its place.
    pub(super) fn out_of_distribution(&self, value: &Value<'_>) -> Option<Vec<(OutOfDistribution, Place)>> {
        let source = value.environment.source;
        let mut sets: Vec<(OutOfDistribution, Place)> = Vec::new();
        let mut complete = true;
        for item in self.items(&value.expression) {
            let Some(set) = self.other_set(item, &value.environment) else {
                complete = false;
                continue;
            };
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
                continue;
            }
            sets.push((set, (source, item.span)));
        }
        complete.then_some(sets)
    }

    /// A set by the name of its `dataset`, or by its source, such as `cifar100()`.
    fn other_set(&self, item: &Expression, environment: &Environment) -> Option<OutOfDistribution> {
        let ExpressionKind::Path(path) = &item.kind else {
            let (source, root) = self.source(item, environment)?;
            return Some(OutOfDistribution { name: source.name().to_owned(), source, root });
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
            return Some(OutOfDistribution {
                name: name.value.clone(),
                source: checked.data.source,
                root: checked.data.root,
            });
        }
        if let Some(source) = DataSource::ALL.into_iter().find(|source| source.name() == name.value) {
            let call = format!("{}()", source.name());
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

    /// Whether each out-of-distribution set is another than the training data, and passes through the run's
    /// transforms into the network.
    pub(super) fn check_out_of_distribution(&self, report: &CheckedReport, data: &CheckedData, input: Shape) -> bool {
        let mut legal = true;
        for (set, (source, span)) in report.report.out_of_distribution.iter().zip(&report.out_of_distribution) {
            // A folder of one's own may hold another set in the same format.
            let may_differ = set.root.is_some() && data.data.root.is_some() && set.root != data.data.root;
            if set.source == data.data.source && !may_differ {
                self.report(
                    Diagnostic::new(
                        Code::TrainingAsOutOfDistribution,
                        format!("`{}` is what the network is trained on, not another distribution", set.source.name()),
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
            let shape = transforms.try_fold(set.source.shape(), |shape, transform| transformed(shape, *transform));
            if shape != Some(input) {
                let given = shape.map_or_else(|| set.source.shape().to_string(), |shape| shape.to_string());
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
        if let (true, [(source, first), ..]) = (legal, report.out_of_distribution.as_slice()) {
            let last = report.out_of_distribution.last().map_or(*first, |(_, last)| *last);
            self.report(
                Diagnostic::new(
                    Code::NotActedOn,
                    "`ood` is accepted, but this version does not score out-of-distribution sets",
                    *source,
                    first.to(last),
                    "without effect",
                )
                .note("the report will hold the test split's figures only"),
            );
        }
        legal
    }
}
