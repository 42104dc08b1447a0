//! Windows that slide over rows and columns, of convolutions and pools.

use super::kind::ShapeProblem;
use crate::ir::Shape;
use serde::{Deserialize, Serialize};

/// A sliding window; each pair is `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Rows and columns the window covers (before dilation).
    pub kernel: [usize; 2],
    /// Step between neighbouring windows.
    pub stride: [usize; 2],
    /// Rows and columns added on each side: zeros for convolutions and averages, −∞ for maxima.
    pub padding: [usize; 2],
    /// Distance between neighbouring taps; 1 is a dense window.
    pub dilation: [usize; 2],
}

impl Window {
    /// How many windows fit along each axis of a `size` of rows and columns, or `None` where not
    /// even one does: `⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1`, as PyTorch has it.
    pub fn output_size(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let axis = |axis: usize| {
            let extent = self.dilation[axis].checked_mul(self.kernel[axis].checked_sub(1)?)?.checked_add(1)?;
            let padded = size[axis].checked_add(self.padding[axis].checked_mul(2)?)?;
            Some(padded.checked_sub(extent)?.checked_div(self.stride[axis])? + 1)
        };
        Some([axis(0)?, axis(1)?])
    }

    /// The shape of `channels` channels with a value for each place of the window on rows and columns of this `size`.
    pub(super) fn slide(&self, channels: usize, size: [usize; 2]) -> Result<Shape, ShapeProblem> {
        match self.output_size(size) {
            Some([height, width]) => Ok(Shape::Image { channels, height, width }),
            None => {
                let extent = [0, 1]
                    .map(|axis: usize| (self.kernel[axis] - 1).saturating_mul(self.dilation[axis]).saturating_add(1));
                let padded = [0, 1].map(|axis: usize| size[axis].saturating_add(2 * self.padding[axis]));
                Err(ShapeProblem::Window { window: extent, size: padded })
            }
        }
    }

    /// The same along a sequence.
    pub(super) fn slide_along(&self, channels: usize, length: usize) -> Result<Shape, ShapeProblem> {
        Ok(match self.slide(channels, [1, length])? {
            Shape::Image { channels, width, .. } => Shape::Sequence { channels, length: width },
            other @ (Shape::Sequence { .. } | Shape::Vector { .. }) => other,
        })
    }

    /// The window as its arguments, those left out that have the value a spec may leave out.
    pub(super) fn text(&self, default_stride: [usize; 2]) -> String {
        let mut result = pair(self.kernel);
        if self.stride != default_stride {
            result.push_str(&format!(", stride={}", pair(self.stride)));
        }
        if self.padding != [0, 0] {
            result.push_str(&format!(", pad={}", pair(self.padding)));
        }
        if self.dilation != [1, 1] {
            result.push_str(&format!(", dilation={}", pair(self.dilation)));
        }
        result
    }

    /// The same for a window over a sequence.
    pub(super) fn text_along(&self, default_stride: usize) -> String {
        let last = |[_, horizontal]: [usize; 2]| [horizontal, horizontal];
        let window = Self {
            kernel: last(self.kernel),
            stride: last(self.stride),
            padding: last(self.padding),
            dilation: last(self.dilation),
        };
        window.text([default_stride, default_stride])
    }

    /// The window as a subscript of LaTeX.
    pub(super) fn latex(&self, is_sequence: bool) -> String {
        let sizes = |[rows, columns]: [usize; 2]| {
            if is_sequence { columns.to_string() } else { format!("{rows} \\times {columns}") }
        };
        let mut result = sizes(self.kernel);
        for (word, value, usual) in
            [("stride", self.stride, [1, 1]), ("pad", self.padding, [0, 0]), ("dilation", self.dilation, [1, 1])]
        {
            if value != usual {
                let [rows, columns] = value;
                let value = if rows == columns || is_sequence { columns.to_string() } else { sizes(value) };
                result.push_str(&format!(", \\, \\text{{{word} }} {value}"));
            }
        }
        result
    }
}

/// One size where both are the same, else `[rows, columns]`.
pub(super) fn pair([vertical, horizontal]: [usize; 2]) -> String {
    if vertical == horizontal { vertical.to_string() } else { format!("[{vertical}, {horizontal}]") }
}

/// The one size of both axes, as the row and the length of a sequence.
pub(super) fn one_size([vertical, horizontal]: [usize; 2], rows: usize) -> Result<[usize; 2], ShapeProblem> {
    if vertical == horizontal { Ok([rows, horizontal]) } else { Err(ShapeProblem::TwoSizes) }
}

#[cfg(test)]
mod tests {
    use super::Window;

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
}
