//! The layers of the language, for what parse errors propose: the grammar itself takes any name for a layer.
//!
//! `compiler/tests/layer_tables.rs` writes this file from the compiler's table (`ELBO_UPDATE=1`).

/// Layers that learn something, so that they need a name.
#[rustfmt::skip]
pub const NAMED_LAYERS: &[&str] = &[
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "linear",
    "batchnorm",
    "groupnorm",
    "layernorm",
];

/// All other layers.
#[rustfmt::skip]
pub const NAMELESS_LAYERS: &[&str] = &[
    "maxpool",
    "avgpool",
    "global_avgpool",
    "adaptive_avgpool",
    "upsample",
    "relu",
    "leaky_relu",
    "softplus",
    "gelu",
    "silu",
    "elu",
    "tanh",
    "sigmoid",
    "flatten",
];

/// Words before branches, `NAME { branch { … } … }`, beside the reserved `residual`.
#[rustfmt::skip]
pub const CONTAINERS: &[&str] = &[
    "concat",
];

/// Whether this is the name of a layer.
pub fn is_layer(word: &str) -> bool {
    NAMED_LAYERS.contains(&word) || NAMELESS_LAYERS.contains(&word)
}
