//! What pools over windows have in common.

use super::kind::ShapeProblem;
use super::window::{Window, one_size};
use crate::ir::Shape;
use crate::signature::{Parameter, ReadArguments};

pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::pair("size", "Extent of the window, one number or `[rows, columns]`.", 1),
    Parameter::pair("stride", "Steps between two windows, one number or `[rows, columns]`.", 1).same_as("size"),
    Parameter::pair(
        "pad",
        "Positions added on either side, at most half the size, one number or `[rows, columns]`.",
        0,
    )
    .default("0"),
];

/// The window of a pool.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<Window> {
    let (kernel, stride, padding) = (arguments.pair("size"), arguments.pair("stride"), arguments.pair("pad"));
    let (kernel, stride, padding) = (kernel?, stride?, padding?);
    if (0..2).any(|axis| padding[axis] > kernel[axis] / 2) {
        let message = "`pad` of a pool may be at most half its size, else a window could hold padding alone";
        arguments.refuse("pad", message.to_owned(), "more than half the size");
        return None;
    }
    Some(Window { kernel, stride, padding, dilation: [1, 1] })
}

/// The window as it slides along a sequence, if `input` is one.
pub(super) fn settle(window: &mut Window, input: Shape) -> Result<(), ShapeProblem> {
    if matches!(input, Shape::Sequence { .. }) {
        *window = Window {
            kernel: one_size(window.kernel, 1)?,
            stride: one_size(window.stride, 1)?,
            padding: one_size(window.padding, 0)?,
            dilation: [1, 1],
        };
    }
    Ok(())
}

/// The shape that a pool gives.
pub(super) fn output(window: &Window, input: Shape) -> Result<Shape, ShapeProblem> {
    match input {
        Shape::Image { channels, height, width } => window.slide(channels, [height, width]),
        Shape::Sequence { channels, length } => window.slide_along(channels, length),
        Shape::Vector { .. } => Err(ShapeProblem::Kind { wanted: "an image" }),
    }
}

/// The arguments of a pool, those left out that have the value a spec may leave out.
pub(super) fn text(window: &Window, input: Shape) -> String {
    match input {
        Shape::Sequence { .. } => window.text_along(window.kernel[1]),
        Shape::Image { .. } | Shape::Vector { .. } => window.text(window.kernel),
    }
}

/// The window as a subscript of LaTeX.
pub(super) fn latex(window: &Window, input: Shape) -> String {
    window.latex(input.planes().is_some_and(|(_, [height, _])| height == 1))
}
