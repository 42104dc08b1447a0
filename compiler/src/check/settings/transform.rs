//! `transform` and `augment`: what happens to every example, and what to those of the training split.

use super::entries::Place;
use crate::bounds::Bounds;
use crate::check::Checker;
use crate::check::arguments::{Call, Parameter, Signature};
use crate::check::environment::Environment;
use crate::check::rows::{Reading, Row, Table, signatures};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Augmentation, Shape, Transform};
use crate::limits::MOST_NUMBERS_OF_AN_IMAGE;
use elbo_grammar::ast::Expression;

const TRANSFORM_ROWS: [Row<Reading<Transform>>; 5] = [
    Row::new(
        Signature::optional(
            "pad",
            "Zeros on each side.",
            &[Parameter::pair(
                "amount",
                "Rows above and below and columns left and right; one number or `[rows, columns]`.",
                0,
            )],
        )
        .required(1),
        |arguments| Some(Transform::Pad { amount: arguments.pair("amount")? }),
    ),
    Row::new(
        Signature::optional(
            "resize",
            "Bilinear interpolation, without antialiasing.",
            &[Parameter::pair("size", "Extent of the result; one number or `[rows, columns]`.", 1)],
        )
        .required(1),
        |arguments| Some(Transform::Resize { size: arguments.pair("size")? }),
    ),
    Row::plain("normalize", "(x − mean)/std by channel, from the training split.", |_| Some(Transform::Normalize)),
    Row::plain("flatten", "Image to vector, in the order channel, row, column; comes last.", |_| {
        Some(Transform::Flatten)
    }),
    Row::plain("rows", "Image to sequence: each row of each channel is a channel; comes last.", |_| {
        Some(Transform::Rows)
    }),
];
pub(super) const TRANSFORM_VALUES: &[Signature] = &signatures(&TRANSFORM_ROWS);
/// Every transform.
const TRANSFORMS: Table<Transform> =
    Table { wanted: "a transform, such as `normalize()`,", noun: "transform", rows: &TRANSFORM_ROWS };

const AUGMENTATION_ROWS: [Row<Reading<Augmentation>>; 2] = [
    Row::new(
        Signature::optional(
            "flip_horizontal",
            "Left and right swapped.",
            &[Parameter::number("p", "Probability of a swap.", Bounds::Share).default("0.5")],
        ),
        |arguments| Some(Augmentation::FlipHorizontal { probability: arguments.number("p")? }),
    ),
    Row::new(
        Signature::optional(
            "crop",
            "A window at a random place of the image padded with zeros.",
            &[
                Parameter::pair("size", "Extent of the window; one number or `[rows, columns]`.", 1),
                Parameter::pair("pad", "Zeros added on each side first.", 0).default("0"),
            ],
        )
        .required(1)
        .positional(1),
        |arguments| {
            let (size, padding) = (arguments.pair("size")?, arguments.pair("pad")?);
            Some(Augmentation::Crop { size, padding })
        },
    ),
];
pub(super) const AUGMENTATION_VALUES: &[Signature] = &signatures(&AUGMENTATION_ROWS);
/// Every augmentation.
const AUGMENTATIONS: Table<Augmentation> =
    Table { wanted: "an augmentation, such as `flip_horizontal()`,", noun: "augmentation", rows: &AUGMENTATION_ROWS };

/// Whether an image may have this shape after a transform: it is held in memory, one batch at a time.
fn can_be_held(shape: Shape) -> bool {
    elements(shape).is_some_and(|elements| elements <= MOST_NUMBERS_OF_AN_IMAGE)
}

/// The shape after a transform; `None` where it takes images and is given something else.
pub(super) fn transformed(shape: Shape, transform: Transform) -> Option<Shape> {
    let Shape::Image { channels, height, width } = shape else { return None };
    Some(match transform {
        Transform::Pad { amount } => Shape::Image {
            channels,
            height: height.saturating_add(amount[0].saturating_mul(2)),
            width: width.saturating_add(amount[1].saturating_mul(2)),
        },
        Transform::Resize { size } => Shape::Image { channels, height: size[0], width: size[1] },
        Transform::Normalize => shape,
        Transform::Flatten => Shape::Vector { features: elements(shape)? },
        Transform::Rows => Shape::Sequence { channels: channels.saturating_mul(height), length: width },
    })
}

/// How many numbers an example of this shape holds, unless that overflows.
pub(super) fn elements(shape: Shape) -> Option<usize> {
    match shape {
        Shape::Image { channels, height, width } => channels.checked_mul(height)?.checked_mul(width),
        Shape::Sequence { channels, length } => channels.checked_mul(length),
        Shape::Vector { features } => Some(features),
    }
}

impl Checker<'_> {
    /// The transforms in order, and the shape after them.
    pub(super) fn transforms(
        &self,
        list: &Expression,
        environment: &Environment,
        shape: Option<Shape>,
    ) -> Option<(Vec<Transform>, Shape)> {
        let mut transforms = Vec::new();
        let stored = shape;
        let mut shape = shape;
        let mut complete = true;
        for call in self.calls(list, environment, TRANSFORMS.wanted)? {
            match self.transform(call, environment) {
                Some(transform) => {
                    shape = shape.and_then(|shape| {
                        let stored = stored.unwrap_or(shape);
                        self.after_transform(transform, [stored, shape], call, environment)
                    });
                    complete &= shape.is_some();
                    transforms.push(transform);
                }
                None => complete = false,
            }
        }
        if complete { shape.map(|shape| (transforms, shape)) } else { None }
    }

    fn transform(&self, call: Call<'_>, environment: &Environment) -> Option<Transform> {
        let name = call.function.value.as_str();
        if AUGMENTATIONS.row(name).is_some() {
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
            return None;
        }
        self.called(call, environment, &TRANSFORMS)
    }

    fn after_transform(
        &self,
        transform: Transform,
        [stored, shape]: [Shape; 2],
        call: Call<'_>,
        environment: &Environment,
    ) -> Option<Shape> {
        let name = call.function.value.as_str();
        // What is stored as a vector or sequence is normalised by its numbers or channels; an image by its channels,
        // before it is called anything else.
        let result = match transform {
            Transform::Normalize if shape == stored => Some(shape),
            _ => transformed(shape, transform),
        };
        let Some(result) = result else {
            let is_image = matches!(stored, Shape::Image { .. });
            let diagnostic = Diagnostic::new(
                Code::TransformMismatch,
                if is_image {
                    format!("`{name}` takes images, but the transforms before it give {shape}")
                } else {
                    format!("`{name}` takes images, but the data are {shape}")
                },
                environment.source,
                call.span,
                if is_image { "no image any more" } else { "no images" },
            );
            self.report(match transform {
                _ if !is_image => diagnostic.help("leave it out; of these data `normalize()` alone makes sense"),
                Transform::Flatten | Transform::Rows => diagnostic.help("keep one of `flatten()` and `rows()`"),
                _ => diagnostic.help(format!("put `{name}` before `flatten()` or `rows()`")),
            });
            return None;
        };
        if !can_be_held(result) {
            let message = format!("`{name}` makes images of {result}, too large to hold");
            self.error(Code::TooLarge, environment.source, call.span, message, "too large");
            return None;
        }
        Some(result)
    }

    /// The augmentations of images of this shape, in order.
    pub(super) fn augmentations(
        &self,
        list: &Expression,
        environment: &Environment,
        shape: Option<Shape>,
    ) -> Option<Vec<Augmentation>> {
        let mut result = Vec::new();
        let mut complete = true;
        for call in self.calls(list, environment, AUGMENTATIONS.wanted)? {
            match self.augmentation(call, environment, shape) {
                Some(augmentation) => result.push(augmentation),
                None => complete = false,
            }
        }
        complete.then_some(result)
    }

    fn augmentation(&self, call: Call<'_>, environment: &Environment, shape: Option<Shape>) -> Option<Augmentation> {
        let source = environment.source;
        let name = call.function.value.as_str();
        if let (Some(_), Some(shape @ (Shape::Sequence { .. } | Shape::Vector { .. }))) =
            (AUGMENTATIONS.row(name), shape)
        {
            self.report(
                Diagnostic::new(
                    Code::TransformMismatch,
                    format!("`{name}` changes images, but the transforms give {shape}"),
                    source,
                    call.span,
                    "no image to change",
                )
                .note("augmentations come after all transforms")
                .help("leave out the augmentation, or keep the data images and begin the model with `flatten`"),
            );
            return None;
        }
        if TRANSFORMS.row(name).is_some() {
            self.report(
                Diagnostic::new(
                    Code::TransformMismatch,
                    format!("`{name}` would reach the training split only"),
                    source,
                    call.span,
                    "the test images would stay as they are",
                )
                .help("move it to `transform`, which applies to every split"),
            );
            return None;
        }
        let augmentation = self.called(call, environment, &AUGMENTATIONS)?;
        if let (Augmentation::Crop { size, padding }, Some(shape)) = (&augmentation, shape) {
            self.check_crop((*size, *padding), shape, (source, call.span)).then_some(())?;
        }
        Some(augmentation)
    }

    /// Whether a crop fits into an image and keeps its size.
    fn check_crop(&self, (size, padding): ([usize; 2], [usize; 2]), shape: Shape, (source, span): Place) -> bool {
        let Shape::Image { channels, height, width } = shape else { return true };
        let padded = [height.saturating_add(2 * padding[0]), width.saturating_add(2 * padding[1])];
        let image = Shape::Image { channels, height: padded[0], width: padded[1] };
        if !can_be_held(image) {
            let message = format!("`crop` pads images to {image}, too large to hold");
            self.error(Code::TooLarge, source, span, message, "too large");
            return false;
        }
        if size[0] > padded[0] || size[1] > padded[1] {
            let message = format!(
                "a crop of {} × {} does not fit into the padded image of {} × {}",
                size[0], size[1], padded[0], padded[1]
            );
            self.error(Code::TransformMismatch, source, span, message, "larger than the image");
            return false;
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
                    span,
                    "changes the size of the training images alone",
                )
                .help(format!("crop to {height} × {width}: `crop({right}, pad=…)`")),
            );
            return false;
        }
        true
    }

    /// The calls of a list.
    fn calls<'v>(&self, list: &'v Expression, environment: &Environment, what: &str) -> Option<Vec<Call<'v>>> {
        self.items(list).iter().map(|item| self.expect_call(item, environment.source, what)).collect()
    }
}
