//! `conv1d(…)`: a convolution along a sequence.

use super::convolution::{self, BIAS, GROUPS, PAD_VALUES};
use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, Learns, ShapeProblem};
use super::tensors::{WeightTensor, weight_and_bias};
use super::window::Window;
use crate::ir::Shape;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Cross-correlation along a sequence, as PyTorch's `Conv1d`. Weights `[out_channels, in_channels /
/// groups, kernel]`, bias `[out_channels]`. Its window is one row high.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv1d {
    /// Output channels.
    pub out_channels: usize,
    /// The window; rows are 1 with stride 1, padding 0 and dilation 1.
    pub window: Window,
    /// Independent groups of channels.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

pub(super) const FORMS: &[Declared<Conv1d>] = &[Declared::new(
    Signature::optional(
        "conv1d",
        "Convolution along a sequence. Has weights, so it carries a mark and a name.",
        &[
            Parameter::size("width", "Channels that come out.", 1),
            Parameter::size("kernel", "Extent of the kernel.", 1),
            Parameter::size("stride", "Steps between two places of the kernel.", 1).default("1"),
            Parameter::size(
                "pad",
                "Zeros added on either side; `same` keeps the extent, for an odd kernel at stride 1.",
                0,
            )
            .default("0")
            .values(PAD_VALUES),
            Parameter::size("dilation", "Distance between two taps of the kernel.", 1).default("1"),
            GROUPS,
            BIAS,
        ],
    )
    .required(2)
    .positional(1),
    |arguments| {
        let size = |name: &str| arguments.size(name).map(|size| [if name == "pad" { 0 } else { 1 }, size]);
        let (out_channels, window, groups, bias) = convolution::read(arguments, &size)?;
        Some(Conv1d { out_channels, window, groups, bias })
    },
)
.learns(Learns::Weights("conv1"))];

impl LayerKind for Conv1d {
    fn family(&self) -> Family {
        Family::Convolution
    }

    fn width(&self) -> Option<usize> {
        Some(self.out_channels)
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        let Shape::Sequence { channels, length } = input else {
            return Err(ShapeProblem::Kind { wanted: "a sequence" });
        };
        convolution::check_groups(channels, self.groups)?;
        self.window.slide_along(self.out_channels, length)
    }

    fn taps(&self, input: Shape) -> usize {
        (input.channels() / self.groups).saturating_mul(self.window.kernel[1])
    }

    fn tensors(&self, input: Shape) -> Vec<WeightTensor> {
        let shape = vec![self.out_channels, input.channels() / self.groups, self.window.kernel[1]];
        weight_and_bias(shape, self.taps(input), self.bias.then(|| vec![self.out_channels]))
    }

    fn text(&self, _input: Shape) -> String {
        let further = convolution::text(self.groups, self.bias);
        format!("conv1d({}, kernel={}{further})", self.out_channels, self.window.text_along(1))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let (weights, biases) = (equation.weights(), equation.biases(self.bias));
        let star = convolution::latex(&self.window, self.groups, true);
        format!("{weights} \\ast_{{{star}}} {}{biases}", equation.input)
    }
}
