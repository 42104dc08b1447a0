//! The shape a layer gives for the shape it receives.

use crate::bounds::LARGEST_SIZE;
use crate::ir::{Operation, Shape};
use crate::layers::kind::ShapeProblem;

/// The shape `operation` gives for `input`, if that and the work can be counted.
pub(crate) fn infer(operation: &Operation, input: Shape) -> Result<Shape, ShapeProblem> {
    let kind = operation.kind();
    let output = kind.output(input)?;
    let elements = countable(output).ok_or(ShapeProblem::TooLarge)?;
    // Weights and multiplications of the layer, which later stages count without checks.
    match kind.taps(input).max(1).checked_mul(elements) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Linear;

    #[test]
    fn sizes_whose_product_overflows_are_refused() {
        let huge = Shape::Image { channels: 1 << 20, height: 1 << 20, width: 1 << 20 };
        assert_eq!(countable(huge), None);
        let linear = Operation::Linear(Linear { out_features: 1 << 30, bias: true });
        assert_eq!(infer(&linear, Shape::Vector { features: 1 << 30 }), Err(ShapeProblem::TooLarge));
    }
}
