//! `transform` and `augment`: what happens to every example, and what to those of the training split.

use super::entries::Value;
use super::fit::elements;
use crate::check::Checker;
use crate::check::arguments::{Call, Parameter, Signature};
use crate::check::bounds::Bounds;
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::{Augmentation, Shape, Transform};
use crate::limits::MOST_NUMBERS_OF_AN_IMAGE;
use crate::vocabulary::names;
use elbo_grammar::ast::Expression;

const PAD: Signature = Signature::optional(
    "pad",
    "Zeros on each side.",
    &[Parameter::new("amount", "Rows above and below and columns left and right; one number or `[rows, columns]`.")],
)
.required(1);
const RESIZE: Signature = Signature::optional(
    "resize",
    "Bilinear interpolation, without antialiasing.",
    &[Parameter::new("size", "Extent of the result; one number or `[rows, columns]`.")],
)
.required(1);
const FLIP: Signature = Signature::optional(
    "flip_horizontal",
    "Left and right swapped.",
    &[Parameter::new("p", "Probability of a swap.").default("0.5")],
);
const CROP: Signature = Signature::optional(
    "crop",
    "A window at a random place of the image padded with zeros.",
    &[
        Parameter::new("size", "Extent of the window; one number or `[rows, columns]`."),
        Parameter::new("pad", "Zeros added on each side first.").default("0"),
    ],
)
.required(1)
.positional(1);
/// Every augmentation.
pub(super) const AUGMENTATIONS: &[Signature] = &[FLIP, CROP];
/// Every transform.
pub(super) const TRANSFORMS: &[Signature] = &[
    PAD,
    RESIZE,
    Signature::constant("normalize", "(x − mean)/std by channel, from the training split."),
    Signature::constant("flatten", "Image to vector, in the order channel, row, column; comes last."),
    Signature::constant("rows", "Image to sequence: each row of each channel is a channel; comes last."),
];

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

impl Checker<'_> {
    /// The transforms in order, and the shape after them.
    pub(super) fn transforms(
        &self,
        value: Option<&Value<'_>>,
        shape: Option<Shape>,
    ) -> Option<(Vec<Transform>, Shape)> {
        let mut transforms = Vec::new();
        let stored = shape;
        let mut shape = shape;
        let mut complete = true;
        for (call, environment) in self.calls(value, "a transform, such as `normalize()`,")? {
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
            "flatten" => self.constant(call, environment, "flatten", Transform::Flatten),
            "rows" => self.constant(call, environment, "rows", Transform::Rows),
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
                self.unknown_value(environment.source, call.function, "transform", names(TRANSFORMS));
                None
            }
        }
    }

    fn after_transform(
        &self,
        transform: Transform,
        [stored, shape]: [Shape; 2],
        call: Call<'_>,
        environment: &Environment,
    ) -> Option<Shape> {
        let name = call.function.value.as_str();
        // What is stored as a vector or sequence is normalised by its numbers or channels; an image by its channels, before
        // it is called anything else.
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
    pub(super) fn augmentations(&self, value: Option<&Value<'_>>, shape: Option<Shape>) -> Option<Vec<Augmentation>> {
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
        let name = call.function.value.as_str();
        if let (true, Some(shape @ (Shape::Sequence { .. } | Shape::Vector { .. }))) =
            (names(AUGMENTATIONS).any(|known| known == name), shape)
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
        match name {
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
                if let Some(Shape::Image { channels, height, width }) = shape {
                    let padded = [height.saturating_add(2 * padding[0]), width.saturating_add(2 * padding[1])];
                    let image = Shape::Image { channels, height: padded[0], width: padded[1] };
                    if !can_be_held(image) {
                        let message = format!("`crop` pads images to {image}, too large to hold");
                        self.error(Code::TooLarge, source, call.span, message, "too large");
                        return None;
                    }
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
                            .help(format!("crop to {height} × {width}: `crop({right}, pad=…)`")),
                        );
                        return None;
                    }
                }
                Some(Augmentation::Crop { size, padding })
            }
            "normalize" | "pad" | "resize" | "flatten" | "rows" => {
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
                self.unknown_value(source, call.function, "augmentation", names(AUGMENTATIONS));
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
}
