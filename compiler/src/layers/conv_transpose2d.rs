//! `conv_transpose2d(…)`: the way back of a convolution of an image, which makes it larger.

use super::convolution::{self, BIAS, GROUPS, PAD_VALUES};
use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, Learns, ShapeProblem};
use super::tensors::{WeightTensor, weight_and_bias};
use super::window::{Window, pair};
use crate::ir::Shape;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Every number of the input times the kernel, added where kernels overlap, as PyTorch's `ConvTranspose2d`. Weights
/// `[in_channels, out_channels / groups, kernel height, kernel width]`, bias `[out_channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose2d {
    /// Output channels.
    pub out_channels: usize,
    /// The window that the way there would have: its stride is the distance of two kernels, its padding is cut off.
    pub window: Window,
    /// Rows and columns added at the end, fewer than stride or dilation.
    pub output_padding: [usize; 2],
    /// Independent groups of channels.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

pub(super) const FORMS: &[Declared<ConvTranspose2d>] = &[Declared::new(
    Signature::optional(
        "conv_transpose2d",
        "The way back of a convolution of an image, which makes it larger. Has weights, so it carries a mark \
         and a name.",
        &[
            Parameter::size("width", "Channels that come out.", 1),
            Parameter::pair("kernel", "Extent of the kernel, one number or `[rows, columns]`.", 1),
            Parameter::pair("stride", "Distance of the kernels of two places, one number or `[rows, columns]`.", 1)
                .default("1"),
            Parameter::pair("pad", "Rows and columns cut off on either side, one number or `[rows, columns]`.", 0)
                .default("0")
                .values(PAD_VALUES),
            Parameter::pair(
                "output_pad",
                "Rows and columns added at the end, fewer than stride or dilation, one number or `[rows, columns]`.",
                0,
            )
            .default("0"),
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
        let output_padding = arguments.pair("output_pad")?;
        if (0..2).any(|axis| output_padding[axis] >= window.stride[axis].max(window.dilation[axis])) {
            let message = "`output_pad` is smaller than `stride` or `dilation`, else what it adds is never reached";
            let most = [0, 1].map(|axis| window.stride[axis].max(window.dilation[axis]) - 1);
            let help = if most == [0, 0] {
                "leave `output_pad` out: at stride 1 nothing is skipped that it could make up for".to_owned()
            } else {
                format!("write `output_pad={}` or less", pair(most))
            };
            arguments.refuse_with_help("output_pad", message.to_owned(), "too much", &help);
            return None;
        }
        Some(ConvTranspose2d { out_channels, window, output_padding, groups, bias })
    },
)
.learns(Learns::Weights("up1"))];

impl ConvTranspose2d {
    /// Rows and columns that come out: `(size − 1)·stride + dilation·(kernel − 1) + 1 − 2·padding + output padding`, as
    /// PyTorch has it; `None` where that is nothing or cannot be counted.
    pub fn output_size(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let Window { kernel, stride, padding, dilation } = self.window;
        let axis = |axis: usize| {
            let extent = dilation[axis].checked_mul(kernel[axis].checked_sub(1)?)?;
            let reach = size[axis].checked_sub(1)?.checked_mul(stride[axis])?.checked_add(extent)?;
            let whole = reach.checked_add(1 + self.output_padding[axis])?;
            whole.checked_sub(padding[axis].checked_mul(2)?).filter(|size| *size > 0)
        };
        Some([axis(0)?, axis(1)?])
    }
}

impl LayerKind for ConvTranspose2d {
    fn family(&self) -> Family {
        Family::Convolution
    }

    fn enlarges(&self) -> bool {
        true
    }

    fn width(&self) -> Option<usize> {
        Some(self.out_channels)
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        let Shape::Image { channels, height, width } = input else {
            return Err(ShapeProblem::Kind { wanted: "an image" });
        };
        convolution::check_groups(channels, self.groups)?;
        let [height, width] = self.output_size([height, width]).ok_or(ShapeProblem::Cut)?;
        Ok(Shape::Image { channels: self.out_channels, height, width })
    }

    fn taps(&self, input: Shape) -> usize {
        let [rows, columns] = self.window.kernel;
        (input.channels() / self.groups).saturating_mul(rows).saturating_mul(columns)
    }

    fn multiply_accumulates(&self, input: Shape, _output: Shape) -> usize {
        let [rows, columns] = self.window.kernel;
        input.elements() * (self.out_channels / self.groups) * rows * columns
    }

    fn tensors(&self, input: Shape) -> Vec<WeightTensor> {
        let [rows, columns] = self.window.kernel;
        let outputs = self.out_channels / self.groups;
        let shape = vec![input.channels(), outputs, rows, columns];
        // PyTorch counts the fan-in of its weights as if the first axis were outputs.
        weight_and_bias(shape, outputs * rows * columns, self.bias.then(|| vec![self.out_channels]))
    }

    fn text(&self, _input: Shape) -> String {
        let further = convolution::text(self.groups, self.bias);
        let output = if self.output_padding == [0, 0] {
            String::new()
        } else {
            format!(", output_pad={}", pair(self.output_padding))
        };
        format!("conv_transpose2d({}, kernel={}{output}{further})", self.out_channels, self.window.text([1, 1]))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let (weights, biases) = (equation.weights(), equation.biases(self.bias));
        let [rows, columns] = self.output_padding;
        let further = if [rows, columns] == [0, 0] {
            String::new()
        } else {
            format!(", \\, {rows} \\times {columns}\\text{{ more}}")
        };
        let star = convolution::latex(&self.window, self.groups, false) + &further;
        format!("{weights} \\ast^{{\\top}}_{{{star}}} {}{biases}", equation.input)
    }
}
