//! Element-wise functions, as the kernels of graphics processors know them.

use elbo_compiler::ir::Activation;
use elbo_gpu::kernels::activation::Function;

/// The function as kernels know it.
pub(super) fn of(activation: Activation) -> Function {
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
