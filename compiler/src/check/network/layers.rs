//! The layers of the language: their names, arguments and what they lower to.

use crate::check::Checker;
use crate::check::arguments::{Arguments, Call, Parameter, Signature};
use crate::check::bounds::Bounds;
use crate::check::distributions::NORMALIZATION_STARTS;
use crate::check::environment::{Environment, Value};
use crate::codes::Code;
use crate::ir::{Activation, Operation, Window};
use crate::vocabulary::names;
use elbo_grammar::ast::{Expression, ExpressionKind};

const CONV1D: Signature = Signature::optional(
    "conv1d",
    "Convolution along a sequence. Has weights, so it carries a mark and a name.",
    &[
        Parameter::new("width", "Channels that come out."),
        Parameter::new("kernel", "Extent of the kernel."),
        Parameter::new("stride", "Steps between two places of the kernel.").default("1"),
        Parameter::new("pad", "Zeros added on either side; `same` keeps the extent, for an odd kernel at stride 1.")
            .default("0")
            .values(&[Signature::constant("same", "As many positions out as in; for an odd kernel at stride 1.")]),
        Parameter::new("dilation", "Distance between two taps of the kernel.").default("1"),
        Parameter::new("groups", "Groups of channels that do not see each other; divides the channels in and out.")
            .default("1"),
        Parameter::new("bias", "Whether a bias is added to each channel.").default("true"),
    ],
)
.required(2)
.positional(1);
const CONV2D: Signature = Signature::optional("conv2d", "Convolution of an image. Has weights, so it carries a mark and a name.", &[Parameter::new("width", "Channels that come out."), Parameter::new("kernel", "Extent of the kernel, one number or `[rows, columns]`."), Parameter::new("stride", "Steps between two places of the kernel, one number or `[rows, columns]`.").default("1"), Parameter::new("pad", "Zeros added on either side, one number or `[rows, columns]`; `same` keeps the extent, for an odd kernel at stride 1.").default("0").values(&[Signature::constant("same", "As many positions out as in; for an odd kernel at stride 1.")]), Parameter::new("dilation", "Distance between two taps of the kernel, one number or `[rows, columns]`.").default("1"), Parameter::new("groups", "Groups of channels that do not see each other; divides the channels in and out.").default("1"), Parameter::new("bias", "Whether a bias is added to each channel.").default("true")]).required(2).positional(1);
const LINEAR: Signature = Signature::optional(
    "linear",
    "Every output a weighted sum of all inputs; takes a vector. Has weights, so it carries a mark and a name.",
    &[
        Parameter::new("width", "Features that come out."),
        Parameter::new("bias", "Whether a bias is added to each output.").default("true"),
    ],
)
.required(1)
.positional(1);
const MAXPOOL: Signature = Signature::optional(
    "maxpool",
    "The largest number of each window, by channel.",
    &[
        Parameter::new("size", "Extent of the window, one number or `[rows, columns]`."),
        Parameter::new("stride", "Steps between two windows, one number or `[rows, columns]`.").default("size"),
        Parameter::new(
            "pad",
            "Positions added on either side, at most half the size, one number or `[rows, columns]`.",
        )
        .default("0"),
    ],
)
.required(1);
const AVGPOOL: Signature = Signature::optional(
    "avgpool",
    "The mean of each window, by channel.",
    &[
        Parameter::new("size", "Extent of the window, one number or `[rows, columns]`."),
        Parameter::new("stride", "Steps between two windows, one number or `[rows, columns]`.").default("size"),
        Parameter::new(
            "pad",
            "Positions added on either side, at most half the size, one number or `[rows, columns]`.",
        )
        .default("0"),
    ],
)
.required(1);
const GLOBAL_AVGPOOL: Signature = Signature::constant("global_avgpool", "The mean of each channel.");
const ADAPTIVE_AVGPOOL: Signature = Signature::optional(
    "adaptive_avgpool",
    "Means over as many windows as give the wanted extent.",
    &[Parameter::new("size", "Extent that comes out, one number or `[rows, columns]`.")],
)
.required(1);
const RELU: Signature = Signature::constant("relu", "max(x, 0); an activation.");
const LEAKY_RELU: Signature = Signature::optional(
    "leaky_relu",
    "x where it is positive, slope·x elsewhere; an activation.",
    &[Parameter::new("slope", "Slope where x is negative.").default("0.01")],
);
const SOFTPLUS: Signature = Signature::constant("softplus", "ln(1 + eˣ); an activation.");
const GELU: Signature = Signature::constant("gelu", "x·Φ(x), Φ the standard normal distribution; an activation.");
const SILU: Signature = Signature::constant("silu", "x·sigmoid(x); an activation.");
const ELU: Signature = Signature::optional(
    "elu",
    "x where it is positive, α·(eˣ − 1) elsewhere; an activation.",
    &[Parameter::new("alpha", "Where it ends far below 0, with its sign turned.").default("1")],
);
const TANH: Signature = Signature::constant("tanh", "Hyperbolic tangent; an activation.");
const SIGMOID: Signature = Signature::constant("sigmoid", "1/(1 + e⁻ˣ); an activation.");
const FLATTEN: Signature =
    Signature::constant("flatten", "Image or sequence to vector, in the order channel, row, column.");
const BATCHNORM: Signature = Signature::optional(
    "batchnorm",
    "Each channel to mean 0 and variance 1 over the batch, then a learned scale and shift.",
    &[
        Parameter::new("eps", "Added to the variance before its root.").default("1e-5"),
        Parameter::new("momentum", "Weight of the newest batch in the running statistics that predictions use.")
            .default("0.1"),
        NORMALIZATION_INIT,
    ],
)
.positional(0);
const GROUPNORM: Signature = Signature::optional(
    "groupnorm",
    "Each example to mean 0 and variance 1 by groups of channels, then a learned scale and shift by channel.",
    &[
        Parameter::new("groups", "How many groups; divides the channels."),
        Parameter::new("eps", "Added to the variance before its root.").default("1e-5"),
        NORMALIZATION_INIT,
    ],
)
.required(1)
.positional(1);
const LAYERNORM: Signature = Signature::optional(
    "layernorm",
    "Each example as a whole to mean 0 and variance 1, then a learned scale and shift by number.",
    &[Parameter::new("eps", "Added to the variance before its root.").default("1e-5"), NORMALIZATION_INIT],
)
.positional(0);
const NORMALIZATION_INIT: Parameter = Parameter::new(
    "init",
    "How scale and shift start, and running statistics: from the file that the mark in force names, else 1 and 0.",
)
.values(NORMALIZATION_STARTS);

/// Every layer a spec can name, in the order of the reference.
pub(crate) const LAYERS: &[Signature] = &[
    CONV1D,
    CONV2D,
    LINEAR,
    MAXPOOL,
    AVGPOOL,
    GLOBAL_AVGPOOL,
    ADAPTIVE_AVGPOOL,
    RELU,
    LEAKY_RELU,
    SOFTPLUS,
    GELU,
    SILU,
    ELU,
    TANH,
    SIGMOID,
    FLATTEN,
    BATCHNORM,
    GROUPNORM,
    LAYERNORM,
];

/// The layers that are activations.
pub(crate) const ACTIVATIONS: &[Signature] = &[RELU, LEAKY_RELU, SOFTPLUS, GELU, SILU, ELU, TANH, SIGMOID];

/// Whether the language has a layer of this name.
pub(crate) fn is_layer(name: &str) -> bool {
    names(LAYERS).any(|layer| layer == name)
}

/// Whether this is the name of a mark.
pub(crate) fn is_mark(name: &str) -> bool {
    matches!(name, "point" | "bayes" | "dropout")
}

/// Whether layers of this name have weights, and so carry a mark.
pub(crate) fn has_weights(name: &str) -> bool {
    matches!(name, "conv1d" | "conv2d" | "linear")
}

/// Whether layers of this name have parameters with public names, and so need a name themselves.
pub(crate) fn has_parameters(name: &str) -> bool {
    has_weights(name) || is_normalization(name)
}

/// Whether layers of this name are normalisations, which carry no mark, but start from the file that a mark names.
pub(crate) fn is_normalization(name: &str) -> bool {
    matches!(name, "batchnorm" | "groupnorm" | "layernorm")
}

impl Checker<'_> {
    /// What a layer computes, and the name of its kind.
    pub(super) fn operation(&self, call: Call<'_>, environment: &Environment) -> Option<(&'static str, Operation)> {
        let source = environment.source;
        let name = call.function.value.as_str();
        if let Some(Value::Activation(function)) = environment.get(name) {
            self.bind(call, source, &Signature::constant("an activation given as a parameter", ""))?;
            return Some((activation_name(*function), Operation::Activation { function: *function }));
        }
        let kind = names(LAYERS).find(|layer| *layer == name)?;
        let operation = match kind {
            "conv1d" => {
                let arguments = self.bind(call, source, &CONV1D)?;
                let (out_channels, window, groups, bias) = self.convolution(call, &arguments, environment, true)?;
                Operation::Conv1d { out_channels, window, groups, bias }
            }
            "conv2d" => {
                let arguments = self.bind(call, source, &CONV2D)?;
                let (out_channels, window, groups, bias) = self.convolution(call, &arguments, environment, false)?;
                Operation::Conv2d { out_channels, window, groups, bias }
            }
            "linear" => {
                let arguments = self.bind(call, source, &LINEAR)?;
                let out_features = self.size(arguments.get("width")?, environment, "`width`", 1);
                let bias = self.flag(&arguments, "bias", environment, true);
                Operation::Linear { out_features: out_features?, bias: bias? }
            }
            "maxpool" => Operation::MaxPool { window: self.pool(self.bind(call, source, &MAXPOOL)?, environment)? },
            "avgpool" => Operation::AvgPool { window: self.pool(self.bind(call, source, &AVGPOOL)?, environment)? },
            "global_avgpool" => {
                self.constant(call, environment, "global_avgpool", Operation::AdaptiveAvgPool { size: [1, 1] })?
            }
            "adaptive_avgpool" => {
                let arguments = self.bind(call, source, &ADAPTIVE_AVGPOOL)?;
                let size = self.size_pair(arguments.get("size")?, environment, "`size`", 1)?;
                Operation::AdaptiveAvgPool { size }
            }
            "flatten" => self.constant(call, environment, "flatten", Operation::Flatten)?,
            "batchnorm" => {
                let arguments = self.bind(call, source, &BATCHNORM)?;
                let epsilon = self.or_default(&arguments, "eps", environment, Bounds::Positive, 1e-5);
                let momentum = self.or_default(&arguments, "momentum", environment, Bounds::Share, 0.1);
                Operation::BatchNorm { epsilon: epsilon?, momentum: momentum? }
            }
            "groupnorm" => {
                let arguments = self.bind(call, source, &GROUPNORM)?;
                let groups = self.size(arguments.get("groups")?, environment, "`groups`", 1);
                let epsilon = self.or_default(&arguments, "eps", environment, Bounds::Positive, 1e-5);
                Operation::GroupNorm { groups: groups?, epsilon: epsilon? }
            }
            "layernorm" => {
                let arguments = self.bind(call, source, &LAYERNORM)?;
                let epsilon = self.or_default(&arguments, "eps", environment, Bounds::Positive, 1e-5)?;
                Operation::LayerNorm { epsilon }
            }
            _ => Operation::Activation { function: self.activation_call(call, environment)? },
        };
        Some((kind, operation))
    }

    /// An activation: a name, a call such as `elu(alpha=0.5)`, or a parameter of that type.
    pub fn activation(&self, expression: &Expression, environment: &Environment) -> Option<Activation> {
        if let Some(Value::Activation(activation)) = self.parameter(expression, environment) {
            return Some(*activation);
        }
        let call = self.expect_call(expression, environment.source, "an activation, such as `relu`,")?;
        self.activation_call(call, environment)
    }

    fn activation_call(&self, call: Call<'_>, environment: &Environment) -> Option<Activation> {
        let plain = |name, activation| self.constant(call, environment, name, activation);
        match call.function.value.as_str() {
            "relu" => plain("relu", Activation::Relu),
            "softplus" => plain("softplus", Activation::Softplus),
            "gelu" => plain("gelu", Activation::Gelu),
            "silu" => plain("silu", Activation::Silu),
            "tanh" => plain("tanh", Activation::Tanh),
            "sigmoid" => plain("sigmoid", Activation::Sigmoid),
            "leaky_relu" => {
                let arguments = self.bind(call, environment.source, &LEAKY_RELU)?;
                let slope = self.or_default(&arguments, "slope", environment, Bounds::NotNegative, 0.01)?;
                Some(Activation::LeakyRelu { slope })
            }
            "elu" => {
                let arguments = self.bind(call, environment.source, &ELU)?;
                let alpha = self.or_default(&arguments, "alpha", environment, Bounds::Positive, 1.0)?;
                Some(Activation::Elu { alpha })
            }
            _ => {
                self.unknown_value(environment.source, call.function, "activation", names(ACTIVATIONS));
                None
            }
        }
    }

    /// Output channels, window, groups and bias of a convolution; `along` a sequence it has one row.
    fn convolution(
        &self,
        call: Call<'_>,
        arguments: &Arguments<'_>,
        environment: &Environment,
        along: bool,
    ) -> Option<(usize, Window, usize, bool)> {
        let sizes = |parameter: &str, minimum: usize, default: usize| {
            let row = if minimum == 0 { 0 } else { 1 };
            match arguments.get(parameter) {
                Some(size) if along => {
                    self.size(size, environment, &format!("`{parameter}`"), minimum).map(|size| [row, size])
                }
                None if along => Some([row, default]),
                _ => self.pair_or(arguments, parameter, environment, minimum, default),
            }
        };
        let out_channels = self.size(arguments.get("width")?, environment, "`width`", 1);
        let (kernel, stride, dilation) = (sizes("kernel", 1, 1), sizes("stride", 1, 1), sizes("dilation", 1, 1));
        let groups = arguments.get("groups").map_or(Some(1), |groups| self.size(groups, environment, "`groups`", 1));
        let bias = self.flag(arguments, "bias", environment, true);
        let (kernel, stride, dilation) = (kernel?, stride?, dilation?);
        let padding = match arguments.get("pad") {
            Some(pad) if is_name(pad, "same") => self.same_padding(pad, environment, kernel, stride, dilation),
            _ => sizes("pad", 0, 0),
        }?;
        let (out_channels, groups) = (out_channels?, groups?);
        if out_channels % groups != 0 {
            self.error(
                Code::OutOfRange,
                environment.source,
                arguments.get("groups").map_or(call.span, |groups| groups.span),
                format!("{out_channels} output channels cannot be divided into {groups} groups"),
                "does not divide the width",
            );
            return None;
        }
        Some((out_channels, Window { kernel, stride, padding, dilation }, groups, bias?))
    }

    /// `pad=same`: as many rows and columns out as in, which needs stride 1 and an odd extent.
    fn same_padding(
        &self,
        pad: &Expression,
        environment: &Environment,
        kernel: [usize; 2],
        stride: [usize; 2],
        dilation: [usize; 2],
    ) -> Option<[usize; 2]> {
        let extent = [0, 1].map(|axis: usize| (kernel[axis] - 1).saturating_mul(dilation[axis]));
        let problem = if stride != [1, 1] {
            "`pad=same` needs a stride of 1"
        } else if extent.iter().any(|extent| extent % 2 != 0) {
            "`pad=same` needs an odd kernel, so that both sides get the same"
        } else {
            return Some(extent.map(|extent| extent / 2));
        };
        self.error(Code::OutOfRange, environment.source, pad.span, problem, "cannot be the same");
        None
    }

    fn pool(&self, arguments: Arguments<'_>, environment: &Environment) -> Option<Window> {
        let kernel = self.size_pair(arguments.get("size")?, environment, "`size`", 1);
        let stride = match arguments.get("stride") {
            Some(stride) => self.size_pair(stride, environment, "`stride`", 1),
            None => kernel,
        };
        let padding = self.pair_or(&arguments, "pad", environment, 0, 0);
        let (kernel, stride, padding) = (kernel?, stride?, padding?);
        if let Some(pad) = arguments.get("pad")
            && (0..2).any(|axis| padding[axis] > kernel[axis] / 2)
        {
            self.error(
                Code::OutOfRange,
                environment.source,
                pad.span,
                "`pad` of a pool may be at most half its size, else a window could hold padding alone",
                "more than half the size",
            );
            return None;
        }
        Some(Window { kernel, stride, padding, dilation: [1, 1] })
    }

    fn pair_or(
        &self,
        arguments: &Arguments<'_>,
        parameter: &str,
        environment: &Environment,
        minimum: usize,
        default: usize,
    ) -> Option<[usize; 2]> {
        match arguments.get(parameter) {
            Some(expression) => self.size_pair(expression, environment, &format!("`{parameter}`"), minimum),
            None => Some([default, default]),
        }
    }

    fn flag(
        &self,
        arguments: &Arguments<'_>,
        parameter: &str,
        environment: &Environment,
        default: bool,
    ) -> Option<bool> {
        match arguments.get(parameter) {
            Some(expression) => self.boolean(expression, environment, &format!("`{parameter}`")),
            None => Some(default),
        }
    }
}

fn is_name(expression: &Expression, name: &str) -> bool {
    matches!(&expression.kind, ExpressionKind::Path(path) if path.as_name().is_some_and(|n| n.value == name))
}

const fn activation_name(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "relu",
        Activation::LeakyRelu { .. } => "leaky_relu",
        Activation::Softplus => "softplus",
        Activation::Gelu => "gelu",
        Activation::Silu => "silu",
        Activation::Elu { .. } => "elu",
        Activation::Tanh => "tanh",
        Activation::Sigmoid => "sigmoid",
    }
}

#[cfg(test)]
mod tests {
    use super::LAYERS;

    #[test]
    fn every_layer_is_a_reserved_word() {
        for layer in super::names(LAYERS) {
            assert!(elbo_grammar::is_reserved(layer), "{layer}");
        }
    }
}
