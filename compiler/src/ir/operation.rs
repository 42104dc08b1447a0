//! What a layer computes.

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
}

/// An element-wise function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Activation {
    /// max(x, 0)
    Relu,
    /// x where positive, else slope · x
    LeakyRelu {
        /// The slope below zero.
        slope: f64,
    },
    /// ln(1 + eˣ)
    Softplus,
    /// x · Φ(x), exact (by the error function)
    Gelu,
    /// x · sigmoid(x)
    Silu,
    /// x where positive, else alpha · (eˣ − 1)
    Elu {
        /// The limit below zero, negated.
        alpha: f64,
    },
    /// Hyperbolic tangent
    Tanh,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
}

/// What a layer computes from the output of the layer before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// Cross-correlation along a sequence, as PyTorch's `Conv1d`. Weights `[out_channels, in_channels /
    /// groups, kernel]`, bias `[out_channels]`. Its window is one row high.
    Conv1d {
        /// Output channels.
        out_channels: usize,
        /// The window; rows are 1 with stride 1, padding 0 and dilation 1.
        window: Window,
        /// Independent groups of channels.
        groups: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// Cross-correlation, as PyTorch's `Conv2d`. Weights `[out_channels, in_channels / groups,
    /// kernel height, kernel width]`, bias `[out_channels]`.
    Conv2d {
        /// Output channels.
        out_channels: usize,
        /// The window.
        window: Window,
        /// Independent groups of channels.
        groups: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// x Wᵀ + b. Weights `[out_features, in_features]`, bias `[out_features]`.
    Linear {
        /// Output features.
        out_features: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// The largest value of each window; its gradient goes to the first of equal maxima.
    MaxPool {
        /// The window.
        window: Window,
    },
    /// The mean of each window, padding counted in (PyTorch's default).
    AvgPool {
        /// The window.
        window: Window,
    },
    /// Means over windows chosen so that the output has this size; window i of n over s rows covers
    /// `⌊i·s/n⌋ … ⌈(i+1)·s/n⌉`. A global average is the size `[1, 1]`.
    AdaptiveAvgPool {
        /// Output rows and columns.
        size: [usize; 2],
    },
    /// An element-wise function.
    Activation {
        /// Which.
        function: Activation,
    },
    /// Image or sequence to vector, in channel, row, column order.
    Flatten,
    /// Normalisation over batch (and positions) by channel: batch statistics in training, running
    /// statistics at prediction. Parameters `weight`, `bias`; state `running_mean`, `running_var`.
    BatchNorm {
        /// Added to the variance.
        epsilon: f64,
        /// Weight of the new batch in the running statistics.
        momentum: f64,
    },
    /// Normalisation of each example over groups of channels (Wu & He 2018), as PyTorch's `GroupNorm`; one
    /// scale and shift a channel. Parameters `weight`, `bias`, `[channels]`.
    GroupNorm {
        /// Into how many groups the channels are divided.
        groups: usize,
        /// Added to the variance.
        epsilon: f64,
    },
    /// Normalisation of each example over all its numbers (Ba, Kiros & Hinton 2016), as PyTorch's
    /// `LayerNorm` over the whole shape; one scale and shift a number. Parameters `weight`, `bias`, of the
    /// input's shape.
    LayerNorm {
        /// Added to the variance.
        epsilon: f64,
    },
    /// Its input plus the output of an earlier layer, of the same shape: the end of a `residual`.
    Add {
        /// The layer whose output is added, or [`super::INPUT`].
        other: String,
    },
    /// A Bernoulli mask with kept units divided by 1 − p. The compiler places it where a `dropout`
    /// mark wants it and names it after the marked layer, `<layer>.dropout`; it is not written in specs.
    Dropout {
        /// The probability p of dropping a unit, `0 ≤ p < 1`.
        probability: f64,
        /// What is dropped together.
        unit: super::DropoutUnit,
        /// Whether masks are drawn at prediction, too.
        at_prediction: bool,
    },
}
