//! Element-wise functions of a network and their slopes.

use crate::functions::{erf, exp, exp_m1, sigmoid, softplus, tanh};
use crate::vector::Vector;
use std::f32::consts::{FRAC_1_SQRT_2, PI};

/// An element-wise function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    /// x
    Identity,
    /// max(x, 0)
    Relu,
    /// x where positive, else slope · x
    LeakyRelu {
        /// The slope below zero.
        slope: f32,
    },
    /// ln(1 + eˣ)
    Softplus,
    /// x where positive, else alpha · (eˣ − 1)
    Elu {
        /// The limit below zero, negated.
        alpha: f32,
    },
    /// Hyperbolic tangent
    Tanh,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
    /// x · Φ(x)
    Gelu,
    /// x · sigmoid(x)
    Silu,
}

impl Function {
    /// Whether it never falls and its slope follows from its value: it can then be applied after a maximum, and its
    /// argument need not be kept.
    pub fn is_invertible(self) -> bool {
        match self {
            Self::Identity | Self::Relu | Self::Softplus | Self::Tanh | Self::Sigmoid => true,
            Self::LeakyRelu { slope } => slope >= 0.0,
            Self::Elu { alpha } => alpha > 0.0,
            Self::Gelu | Self::Silu => false,
        }
    }
}

/// f(x)
#[inline(always)]
pub(crate) unsafe fn apply<V: Vector>(function: Function, x: V) -> V {
    // SAFETY: as the caller's.
    unsafe {
        match function {
            Function::Identity => x,
            Function::Relu => V::select(V::zero().greater(x), V::zero(), x),
            Function::LeakyRelu { slope } => V::select(x.greater(V::zero()), x, x.mul(V::splat(slope))),
            Function::Softplus => softplus(x),
            Function::Elu { alpha } => V::select(x.greater(V::zero()), x, exp_m1(x).mul(V::splat(alpha))),
            Function::Tanh => tanh(x),
            Function::Sigmoid => sigmoid(x),
            Function::Gelu => x.mul(erf(x.mul(V::splat(FRAC_1_SQRT_2))).0.multiply_add(V::splat(0.5), V::splat(0.5))),
            Function::Silu => x.mul(sigmoid(x)),
        }
    }
}

/// f′ where f(x) = `y`, for functions that are [`Function::is_invertible`].
#[inline(always)]
pub(crate) unsafe fn slope_at_value<V: Vector>(function: Function, y: V) -> V {
    // SAFETY: as the caller's.
    unsafe {
        let one = V::splat(1.0);
        let positive = y.greater(V::zero());
        match function {
            Function::Relu => V::select(positive, one, V::zero()),
            Function::LeakyRelu { slope } => V::select(positive, one, V::splat(slope)),
            // The sigmoid of x is 1 − e^−softplus(x).
            Function::Softplus => V::zero().sub(exp_m1(V::zero().sub(y))),
            Function::Elu { alpha } => V::select(positive, one, y.add(V::splat(alpha))),
            Function::Tanh => one.sub(y.mul(y)),
            Function::Sigmoid => y.mul(one.sub(y)),
            Function::Identity | Function::Gelu | Function::Silu => one,
        }
    }
}

/// f′(x)
#[inline(always)]
pub(crate) unsafe fn slope<V: Vector>(function: Function, x: V) -> V {
    // SAFETY: as the caller's.
    unsafe {
        let one = V::splat(1.0);
        match function {
            Function::Gelu => {
                let (error, decay) = erf(x.mul(V::splat(FRAC_1_SQRT_2)));
                let density = decay.mul(V::splat(1.0 / (2.0 * PI).sqrt()));
                x.multiply_add(density, error.multiply_add(V::splat(0.5), V::splat(0.5)))
            }
            Function::Silu => {
                let s = sigmoid(x);
                s.mul(x.multiply_add(one.sub(s), one))
            }
            Function::Softplus => sigmoid(x),
            Function::Elu { alpha } => V::select(x.greater(V::zero()), one, exp(x).mul(V::splat(alpha))),
            Function::Relu => V::select(x.greater(V::zero()), one, V::zero()),
            Function::LeakyRelu { slope } => V::select(x.greater(V::zero()), one, V::splat(slope)),
            Function::Identity | Function::Tanh | Function::Sigmoid => slope_at_value(function, apply(function, x)),
        }
    }
}
