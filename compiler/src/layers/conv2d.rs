//! `conv2d(…)`: a convolution of an image.

use super::convolution::{self, BIAS, GROUPS, PAD_VALUES};
use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, Learns, ShapeProblem};
use super::tensors::{WeightTensor, weight_and_bias};
use super::window::Window;
use crate::ir::Shape;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Cross-correlation, as PyTorch's `Conv2d`. Weights `[out_channels, in_channels / groups,
/// kernel height, kernel width]`, bias `[out_channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// Output channels.
    pub out_channels: usize,
    /// The window.
    pub window: Window,
    /// Independent groups of channels.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

pub(super) const FORMS: &[Declared<Conv2d>] = &[Declared::new(
    Signature::optional(
        "conv2d",
        "Convolution of an image. Has weights, so it carries a mark and a name.",
        &[
            Parameter::size("width", "Channels that come out.", 1),
            Parameter::pair("kernel", "Extent of the kernel, one number or `[rows, columns]`.", 1),
            Parameter::pair("stride", "Steps between two places of the kernel, one number or `[rows, columns]`.", 1)
                .default("1"),
            Parameter::pair(
                "pad",
                "Zeros added on either side, one number or `[rows, columns]`; `same` keeps the extent, for an odd \
                 kernel at stride 1.",
                0,
            )
            .default("0")
            .values(PAD_VALUES),
            Parameter::pair("dilation", "Distance between two taps of the kernel, one number or `[rows, columns]`.", 1)
                .default("1"),
            GROUPS,
            BIAS,
        ],
    )
    .required(2)
    .positional(1),
    |arguments| {
        let (out_channels, window, groups, bias) = convolution::read(arguments, &|name| arguments.pair(name))?;
        Some(Conv2d { out_channels, window, groups, bias })
    },
)
.learns(Learns::Weights("conv1"))];

impl LayerKind for Conv2d {
    fn family(&self) -> Family {
        Family::Convolution
    }

    fn width(&self) -> Option<usize> {
        Some(self.out_channels)
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        let Shape::Image { channels, height, width } = input else {
            return Err(ShapeProblem::Kind { wanted: "an image" });
        };
        convolution::check_groups(channels, self.groups)?;
        self.window.slide(self.out_channels, [height, width])
    }

    fn taps(&self, input: Shape) -> usize {
        let [rows, columns] = self.window.kernel;
        (input.channels() / self.groups).saturating_mul(rows).saturating_mul(columns)
    }

    fn tensors(&self, input: Shape) -> Vec<WeightTensor> {
        let [rows, columns] = self.window.kernel;
        let shape = vec![self.out_channels, input.channels() / self.groups, rows, columns];
        weight_and_bias(shape, self.taps(input), self.bias.then(|| vec![self.out_channels]))
    }

    fn text(&self, _input: Shape) -> String {
        let further = convolution::text(self.groups, self.bias);
        format!("conv2d({}, kernel={}{further})", self.out_channels, self.window.text([1, 1]))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let (weights, biases) = (equation.weights(), equation.biases(self.bias));
        let star = convolution::latex(&self.window, self.groups, false);
        format!("{weights} \\ast_{{{star}}} {}{biases}", equation.input)
    }
}
