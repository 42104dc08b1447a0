//! `dataset`: source, subset, split, transforms, augmentations.

use super::entries::{Entries, Keys, Value};
use crate::check::Checker;
use crate::check::arguments::{Call, Signature};
use crate::check::environment::Environment;
use crate::check::evaluate::Bounds;
use crate::check::network::Lowered;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{Augmentation, Data, DataSource, Shape, Split, Subset, Transform};
use crate::symbols::Declared;
use elbo_grammar::Span;
use elbo_grammar::ast::{Expression, ExpressionKind, Settings};

pub(super) const KEYS: Keys =
    Keys { all: &["source", "subset", "split", "transform", "augment"], required: &["source"] };

const PAD: Signature = Signature::optional("pad", &["amount"]).required(1);
const RESIZE: Signature = Signature::optional("resize", &["size"]).required(1);
const FLIP: Signature = Signature::optional("flip_horizontal", &["p"]);
const CROP: Signature = Signature::optional("crop", &["size", "pad"]).required(1).positional(1);
const FRACTION: Signature = Signature::optional("fraction", &["train", "validation"]).required(1).positional(0);

/// A checked dataset with the places that messages about it point at.
#[derive(Debug, Clone)]
pub(crate) struct CheckedData {
    pub data: Data,
    /// The shape after the transforms.
    pub transformed: Shape,
    /// The `transform` entry, else the `source` entry.
    pub place: (SourceId, Span),
    /// The `split` entry, if one is written.
    pub split: Option<(SourceId, Span)>,
    /// Where a `transform` entry could be added or changed: its value's span and whether there is one.
    pub transform: Option<(SourceId, Span)>,
    /// Whether that entry is written as a list with something in it.
    pub transform_is_list: bool,
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
        let source = self.source(source_entry);
        let subset = entries.get("subset").map_or(Some(Subset::All), |value| self.subset(value));
        let split = entries.get("split").map_or(Some(Split { train: 1.0, validation: 0.0 }), |value| self.split(value));
        let transforms = self.transforms(entries.get("transform"), source.as_ref().map(|(source, _)| source.shape()));
        let augment = self.augmentations(entries.get("augment"), transforms.as_ref().map(|(_, shape)| *shape));
        let (source, root) = source?;
        let (transform, transformed) = transforms?;
        let place = |value: &Value<'_>| (value.environment.source, value.expression.span);
        Some(CheckedData {
            data: Data {
                source,
                root,
                shape: source.shape(),
                classes: source.classes(),
                subset: subset?,
                split: split?,
                transform,
                augment: augment?,
            },
            transformed,
            place: place(entries.get("transform").unwrap_or(source_entry)),
            split: entries.get("split").map(place),
            transform: entries.get("transform").map(place),
            transform_is_list: entries.get("transform").is_some_and(
                |value| matches!(&value.expression.kind, ExpressionKind::List(items) if !items.is_empty()),
            ),
        })
    }

    fn source(&self, value: &Value<'_>) -> Option<(DataSource, Option<String>)> {
        let environment = &value.environment;
        let call = self.expect_call(&value.expression, environment.source, "a source, such as `mnist()`,")?;
        let Some(source) = DataSource::ALL.into_iter().find(|source| source.name() == call.function.value) else {
            let names = DataSource::ALL.iter().map(|source| source.name());
            self.unknown_value(environment.source, call.function, "data source", names);
            return None;
        };
        if source == DataSource::Digits {
            return self.constant(call, environment, source.name(), (source, None));
        }
        let signature = Signature::optional(source.name(), &["root"]);
        let arguments = self.bind(call, environment.source, &signature)?;
        let root = match arguments.get("root") {
            Some(root) => Some(self.text(root, environment, "`root`")?),
            None => None,
        };
        Some((source, root))
    }

    fn subset(&self, value: &Value<'_>) -> Option<Subset> {
        let environment = &value.environment;
        let call = self.expect_call(&value.expression, environment.source, "a subset, such as `first(1000)`,")?;
        match call.function.value.as_str() {
            "all" => self.constant(call, environment, "all", Subset::All),
            "first" => {
                let arguments =
                    self.bind(call, environment.source, &Signature::optional("first", &["n"]).required(1))?;
                self.size(arguments.get("n")?, environment, "`n`", 1).map(Subset::First)
            }
            "per_class" => {
                let signature = Signature::optional("per_class", &["n"]).required(1);
                let arguments = self.bind(call, environment.source, &signature)?;
                self.size(arguments.get("n")?, environment, "`n`", 1).map(Subset::PerClass)
            }
            "fraction" => {
                let signature = Signature::optional("fraction", &["share"]).required(1);
                let arguments = self.bind(call, environment.source, &signature)?;
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
                let choices = ["all", "first", "per_class", "fraction"];
                self.unknown_value(environment.source, call.function, "subset", choices);
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
            None => 0.0,
        };
        if train == 0.0 {
            let message = "a split needs training examples";
            self.error(Code::OutOfRange, source, call.span, message, "leaves none");
            return None;
        }
        if (train + validation - 1.0).abs() > 1e-9 {
            let rest = round(1.0 - train);
            let (place, text) = call.with_argument("validation", &rest.to_string());
            self.report(
                Diagnostic::new(
                    Code::OutOfRange,
                    format!("the shares of a split sum to 1, not {}", round(train + validation)),
                    source,
                    call.span,
                    format!("sums to {}", round(train + validation)),
                )
                .help(format!("write `validation={rest}`"))
                .edit(source, place, text),
            );
            return None;
        }
        Some(Split { train, validation })
    }

    fn transforms(&self, value: Option<&Value<'_>>, shape: Option<Shape>) -> Option<(Vec<Transform>, Shape)> {
        let mut transforms = Vec::new();
        let mut shape = shape;
        let mut complete = true;
        for (call, environment) in self.calls(value, "a transform, such as `normalize()`,")? {
            match self.transform(call, environment) {
                Some(transform) => {
                    shape = shape.and_then(|shape| self.after_transform(transform, shape, call, environment));
                    complete &= shape.is_some();
                    transforms.push(transform);
                }
                None => complete = false,
            }
        }
        if complete { shape.map(|shape| (transforms, shape)) } else { None }
    }

    fn transform(&self, call: Call<'_>, environment: &Environment) -> Option<Transform> {
        match call.function.value.as_str() {
            "pad" => {
                let arguments = self.bind(call, environment.source, &PAD)?;
                let amount = self.size_pair(arguments.get("amount")?, environment, "`amount`", 0)?;
                Some(Transform::Pad { amount })
            }
            "resize" => {
                let arguments = self.bind(call, environment.source, &RESIZE)?;
                let size = self.size_pair(arguments.get("size")?, environment, "`size`", 1)?;
                Some(Transform::Resize { size })
            }
            "normalize" => self.constant(call, environment, "normalize", Transform::Normalize),
            name @ ("flip_horizontal" | "crop") => {
                self.report(
                    Diagnostic::new(
                        Code::TransformMismatch,
                        format!("`{name}` is random, and a transform applies to every split, the test split included"),
                        environment.source,
                        call.span,
                        "would change what is tested",
                    )
                    .help(format!("move it to `augment = [{name}(…)]`, which applies to the training split only")),
                );
                None
            }
            _ => {
                let choices = ["pad", "resize", "normalize"];
                self.unknown_value(environment.source, call.function, "transform", choices);
                None
            }
        }
    }

    fn after_transform(
        &self,
        transform: Transform,
        shape: Shape,
        call: Call<'_>,
        environment: &Environment,
    ) -> Option<Shape> {
        let Shape::Image { channels, height, width } = shape else { return Some(shape) };
        let result = match transform {
            Transform::Pad { amount } => Shape::Image {
                channels,
                height: height.saturating_add(amount[0].saturating_mul(2)),
                width: width.saturating_add(amount[1].saturating_mul(2)),
            },
            Transform::Resize { size } => Shape::Image { channels, height: size[0], width: size[1] },
            Transform::Normalize => shape,
            Transform::Flatten => Shape::Vector { features: super::fit::elements(shape)? },
            Transform::Rows => Shape::Sequence { channels: channels.saturating_mul(height), length: width },
        };
        // A transformed image is held in memory, one batch at a time: 2^24 numbers are 64 MiB.
        let small = super::fit::elements(result).is_some_and(|elements| elements <= 1 << 24);
        if !small {
            let message = format!("`{}` makes images of {result}, too large to hold", call.function.value);
            self.error(Code::TooLarge, environment.source, call.span, message, "too large");
            return None;
        }
        Some(result)
    }

    fn augmentations(&self, value: Option<&Value<'_>>, shape: Option<Shape>) -> Option<Vec<Augmentation>> {
        let mut result = Vec::new();
        let mut complete = true;
        for (call, environment) in self.calls(value, "an augmentation, such as `flip_horizontal()`,")? {
            match self.augmentation(call, environment, shape) {
                Some(augmentation) => result.push(augmentation),
                None => complete = false,
            }
        }
        complete.then_some(result)
    }

    fn augmentation(&self, call: Call<'_>, environment: &Environment, shape: Option<Shape>) -> Option<Augmentation> {
        let source = environment.source;
        match call.function.value.as_str() {
            "flip_horizontal" => {
                let arguments = self.bind(call, source, &FLIP)?;
                let probability = self.or_default(&arguments, "p", environment, Bounds::Share, 0.5)?;
                Some(Augmentation::FlipHorizontal { probability })
            }
            "crop" => {
                let arguments = self.bind(call, source, &CROP)?;
                let size = self.size_pair(arguments.get("size")?, environment, "`size`", 1)?;
                let padding = match arguments.get("pad") {
                    Some(pad) => self.size_pair(pad, environment, "`pad`", 0)?,
                    None => [0, 0],
                };
                if let Some(Shape::Image { height, width, .. }) = shape {
                    let padded = [height.saturating_add(2 * padding[0]), width.saturating_add(2 * padding[1])];
                    if size[0] > padded[0] || size[1] > padded[1] {
                        let message = format!(
                            "a crop of {} × {} does not fit into the padded image of {} × {}",
                            size[0], size[1], padded[0], padded[1]
                        );
                        self.error(Code::TransformMismatch, source, call.span, message, "larger than the image");
                        return None;
                    }
                    if size != [height, width] {
                        let right = if height == width { height.to_string() } else { format!("[{height}, {width}]") };
                        self.report(
                            Diagnostic::new(
                                Code::TransformMismatch,
                                format!(
                                    "the crop gives {} × {}, but the other splits stay at {height} × {width}",
                                    size[0], size[1]
                                ),
                                source,
                                call.span,
                                "changes the size of the training images alone",
                            )
                            .help(format!("crop to {height} × {width}: `crop({right}, pad=…)`"))
                            .edit(source, arguments.get("size")?.span, right),
                        );
                        return None;
                    }
                }
                Some(Augmentation::Crop { size, padding })
            }
            "normalize" | "pad" | "resize" => {
                self.report(
                    Diagnostic::new(
                        Code::TransformMismatch,
                        format!("`{}` would reach the training split only", call.function.value),
                        source,
                        call.span,
                        "the test images would stay as they are",
                    )
                    .help("move it to `transform`, which applies to every split"),
                );
                None
            }
            _ => {
                let choices = ["flip_horizontal", "crop"];
                self.unknown_value(source, call.function, "augmentation", choices);
                None
            }
        }
    }

    /// The calls of a list entry.
    fn calls<'v>(&self, value: Option<&'v Value<'_>>, what: &str) -> Option<Vec<(Call<'v>, &'v Environment)>> {
        let Some(value) = value else { return Some(Vec::new()) };
        self.items(&value.expression)
            .iter()
            .map(|item: &'v Expression| {
                self.expect_call(item, value.environment.source, what).map(|call| (call, &value.environment))
            })
            .collect()
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
