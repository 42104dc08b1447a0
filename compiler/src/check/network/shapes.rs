//! The shape a layer gives for the shape it receives.

use crate::check::evaluate::LARGEST_SIZE;
use crate::ir::{Operation, Shape, Window};

/// Why a layer cannot take a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ShapeProblem {
    /// It needs another kind of shape: `wanted` is `a vector` or `an image`.
    Kind { wanted: &'static str },
    /// Its window, padding counted in, does not fit once.
    Window { window: [usize; 2], size: [usize; 2] },
    /// Two different sizes on a sequence.
    TwoSizes,
    /// Channels cannot be divided into groups.
    Groups { channels: usize, groups: usize },
    /// Outputs, weights or work beyond what can be counted.
    TooLarge,
}

/// The shape `operation` gives for `input`.
pub(crate) fn infer(operation: &Operation, input: Shape) -> Result<Shape, ShapeProblem> {
    let output = match (operation, input) {
        (Operation::Conv2d { out_channels, window, groups, .. }, Shape::Image { channels, height, width }) => {
            if channels % groups != 0 {
                return Err(ShapeProblem::Groups { channels, groups: *groups });
            }
            slide(window, *out_channels, [height, width])?
        }
        (Operation::Conv1d { out_channels, window, groups, .. }, Shape::Sequence { channels, length }) => {
            if channels % groups != 0 {
                return Err(ShapeProblem::Groups { channels, groups: *groups });
            }
            as_sequence(slide(window, *out_channels, [1, length])?)
        }
        (Operation::MaxPool { window } | Operation::AvgPool { window }, Shape::Sequence { channels, length }) => {
            as_sequence(slide(window, channels, [1, length])?)
        }
        (Operation::AdaptiveAvgPool { size: [_, length] }, Shape::Sequence { channels, .. }) => {
            Shape::Sequence { channels, length: *length }
        }
        (Operation::GroupNorm { groups, .. }, shape) => {
            let channels = shape.channels();
            if channels % groups != 0 {
                return Err(ShapeProblem::Groups { channels, groups: *groups });
            }
            shape
        }
        (Operation::MaxPool { window } | Operation::AvgPool { window }, Shape::Image { channels, height, width }) => {
            slide(window, channels, [height, width])?
        }
        (Operation::AdaptiveAvgPool { size: [height, width] }, Shape::Image { channels, .. }) => {
            Shape::Image { channels, height: *height, width: *width }
        }
        (Operation::Linear { out_features, .. }, Shape::Vector { .. }) => Shape::Vector { features: *out_features },
        (Operation::Flatten, shape) => Shape::Vector { features: shape.elements() },
        (
            Operation::Activation { .. }
            | Operation::BatchNorm { .. }
            | Operation::LayerNorm { .. }
            | Operation::Add { .. }
            | Operation::Dropout { .. },
            shape,
        ) => shape,
        (Operation::Linear { .. }, Shape::Image { .. } | Shape::Sequence { .. }) => {
            return Err(ShapeProblem::Kind { wanted: "a vector" });
        }
        (Operation::Conv1d { .. }, Shape::Image { .. } | Shape::Vector { .. }) => {
            return Err(ShapeProblem::Kind { wanted: "a sequence" });
        }
        (Operation::Conv2d { .. }, Shape::Sequence { .. }) => return Err(ShapeProblem::Kind { wanted: "an image" }),
        (
            Operation::Conv2d { .. }
            | Operation::MaxPool { .. }
            | Operation::AvgPool { .. }
            | Operation::AdaptiveAvgPool { .. },
            Shape::Vector { .. },
        ) => return Err(ShapeProblem::Kind { wanted: "an image" }),
    };
    let elements = countable(output).ok_or(ShapeProblem::TooLarge)?;
    // Weights and multiplications of the layer, which later stages count without checks.
    let taps = match (operation, input) {
        (Operation::Conv2d { window, groups, .. }, Shape::Image { channels, .. }) => {
            (channels / groups).checked_mul(window.kernel[0]).and_then(|taps| taps.checked_mul(window.kernel[1]))
        }
        (Operation::Conv1d { window, groups, .. }, Shape::Sequence { channels, .. }) => {
            (channels / groups).checked_mul(window.kernel[1])
        }
        (Operation::Linear { .. }, shape) => Some(shape.elements()),
        _ => Some(1),
    };
    match taps.and_then(|taps| taps.checked_mul(elements)) {
        Some(work) if work <= LARGEST_SIZE => Ok(output),
        _ => Err(ShapeProblem::TooLarge),
    }
}

/// The number of elements of a shape, if it is within what is accepted.
pub(crate) fn countable(shape: Shape) -> Option<usize> {
    let elements = match shape {
        Shape::Image { channels, height, width } => channels.checked_mul(height)?.checked_mul(width)?,
        Shape::Sequence { channels, length } => channels.checked_mul(length)?,
        Shape::Vector { features } => features,
    };
    (elements <= LARGEST_SIZE).then_some(elements)
}

/// The sequence that an image of one row is.
fn as_sequence(shape: Shape) -> Shape {
    match shape {
        Shape::Image { channels, width, .. } => Shape::Sequence { channels, length: width },
        other => other,
    }
}

fn slide(window: &Window, channels: usize, size: [usize; 2]) -> Result<Shape, ShapeProblem> {
    match window.output_size(size) {
        Some([height, width]) => Ok(Shape::Image { channels, height, width }),
        None => {
            let extent = [0, 1]
                .map(|axis: usize| (window.kernel[axis] - 1).saturating_mul(window.dilation[axis]).saturating_add(1));
            let padded = [0, 1].map(|axis: usize| size[axis].saturating_add(2 * window.padding[axis]));
            Err(ShapeProblem::Window { window: extent, size: padded })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kernel: usize, stride: usize, padding: usize) -> Window {
        Window { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2], dilation: [1; 2] }
    }

    #[test]
    fn windows_follow_the_formula_of_pytorch() {
        // Sizes printed by torch.nn.Conv2d for 32 rows.
        for (kernel, stride, padding, expected) in
            [(11, 4, 5, 8), (5, 1, 0, 28), (3, 2, 0, 15), (2, 2, 0, 16), (3, 1, 1, 32)]
        {
            assert_eq!(window(kernel, stride, padding).output_size([32, 32]), Some([expected; 2]));
        }
        assert_eq!(window(5, 1, 0).output_size([4, 4]), None);
        let dilated = Window { dilation: [2; 2], ..window(3, 1, 0) };
        assert_eq!(dilated.output_size([8, 9]), Some([4, 5]));
    }

    #[test]
    fn sizes_whose_product_overflows_are_refused() {
        let huge = Shape::Image { channels: 1 << 20, height: 1 << 20, width: 1 << 20 };
        assert_eq!(countable(huge), None);
        let linear = Operation::Linear { out_features: 1 << 30, bias: true };
        assert_eq!(infer(&linear, Shape::Vector { features: 1 << 30 }), Err(ShapeProblem::TooLarge));
    }
}
