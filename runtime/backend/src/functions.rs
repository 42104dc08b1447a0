//! Element-wise functions: as kernels know them, and what plans call them.

use elbo_compiler::ir::Activation;
use elbo_kernels::Function;

/// The function as kernels know it.
pub(crate) fn of(activation: Activation) -> Function {
    match activation {
        Activation::Relu => Function::Relu,
        Activation::LeakyRelu { slope } => Function::LeakyRelu { slope: slope as f32 },
        Activation::Softplus => Function::Softplus,
        Activation::Gelu => Function::Gelu,
        Activation::Silu => Function::Silu,
        Activation::Elu { alpha } => Function::Elu { alpha: alpha as f32 },
        Activation::Tanh => Function::Tanh,
        Activation::Sigmoid => Function::Sigmoid,
    }
}

/// What a plan calls it.
pub(crate) fn name(function: Function) -> &'static str {
    match function {
        Function::Identity => "identity",
        Function::Relu => "relu",
        Function::LeakyRelu { .. } => "leaky_relu",
        Function::Softplus => "softplus",
        Function::Elu { .. } => "elu",
        Function::Tanh => "tanh",
        Function::Sigmoid => "sigmoid",
        Function::Gelu => "gelu",
        Function::Silu => "silu",
    }
}

/// Whether it takes an exponential or the like.
pub(crate) fn is_transcendental(function: Function) -> bool {
    match function {
        Function::Identity | Function::Relu | Function::LeakyRelu { .. } => false,
        Function::Softplus
        | Function::Elu { .. }
        | Function::Tanh
        | Function::Sigmoid
        | Function::Gelu
        | Function::Silu => true,
    }
}
