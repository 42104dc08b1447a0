//! Activations: functions of each number by itself.

use super::equation::{Equation, floating};
use super::kind::{Declared, Family, LayerKind};
use crate::bounds::Bounds;
use crate::ir::Shape;
use crate::numbers::number;
use crate::signature::{Parameter, ReadArguments, Signature};
use serde::{Deserialize, Serialize};

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

impl Activation {
    /// The names of all, in the order of the reference.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMS.iter().map(|form| form.signature.name)
    }

    /// Its name in specs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Softplus => "softplus",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Elu { .. } => "elu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
        }
    }
}

/// An element-wise function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elementwise {
    /// Which.
    pub function: Activation,
}

/// Every activation, in the order of the reference.
pub(crate) const FORMS: &[Declared<Elementwise>] = &[
    plain("relu", "max(x, 0); an activation.", |_| elementwise(Activation::Relu)),
    Declared::new(
        Signature::optional(
            "leaky_relu",
            "x where it is positive, slope·x elsewhere; an activation.",
            &[Parameter::number("slope", "Slope where x is negative.", Bounds::NotNegative).default("0.01")],
        ),
        |arguments| elementwise(Activation::LeakyRelu { slope: arguments.number("slope")? }),
    ),
    plain("softplus", "ln(1 + eˣ); an activation.", |_| elementwise(Activation::Softplus)),
    plain("gelu", "x·Φ(x), Φ the standard normal distribution; an activation.", |_| elementwise(Activation::Gelu)),
    plain("silu", "x·sigmoid(x); an activation.", |_| elementwise(Activation::Silu)),
    Declared::new(
        Signature::optional(
            "elu",
            "x where it is positive, α·(eˣ − 1) elsewhere; an activation.",
            &[Parameter::number("alpha", "Where it ends far below 0, with its sign turned.", Bounds::Single)
                .default("1")],
        ),
        |arguments| elementwise(Activation::Elu { alpha: arguments.number("alpha")? }),
    ),
    plain("tanh", "Hyperbolic tangent; an activation.", |_| elementwise(Activation::Tanh)),
    plain("sigmoid", "1/(1 + e⁻ˣ); an activation.", |_| elementwise(Activation::Sigmoid)),
];

const fn plain(
    name: &'static str,
    documentation: &'static str,
    read: fn(&dyn ReadArguments) -> Option<Elementwise>,
) -> Declared<Elementwise> {
    Declared::new(Signature::constant(name, documentation), read)
}

fn elementwise(function: Activation) -> Option<Elementwise> {
    Some(Elementwise { function })
}

impl LayerKind for Elementwise {
    fn family(&self) -> Family {
        Family::Activation
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn text(&self, _input: Shape) -> String {
        let name = self.function.name();
        match self.function {
            Activation::LeakyRelu { slope } => format!("{name}(slope={})", number(slope)),
            Activation::Elu { alpha } => format!("{name}(alpha={})", number(alpha)),
            Activation::Relu
            | Activation::Softplus
            | Activation::Gelu
            | Activation::Silu
            | Activation::Tanh
            | Activation::Sigmoid => name.to_owned(),
        }
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let input = equation.input;
        match self.function {
            Activation::Relu => format!("\\max(0, {input})"),
            Activation::LeakyRelu { slope } => format!("\\max(0, {input}) + {} \\min(0, {input})", floating(slope)),
            Activation::Softplus => format!("\\ln\\bigl(1 + e^{{{input}}}\\bigr)"),
            Activation::Gelu => format!("{input} \\odot \\Phi({input})"),
            Activation::Silu => format!("{input} \\odot \\bigl(1 + e^{{-{input}}}\\bigr)^{{-1}}"),
            Activation::Elu { alpha } => {
                format!("\\max(0, {input}) + {} \\bigl(e^{{\\min(0, {input})}} - 1\\bigr)", floating(alpha))
            }
            Activation::Tanh => format!("\\tanh({input})"),
            Activation::Sigmoid => format!("\\bigl(1 + e^{{-{input}}}\\bigr)^{{-1}}"),
        }
    }
}
