//! Errors of the candle backend.

use crate::BackendError;
use elbo_compiler::ir;

/// Turns candle's error into ours, with the layer it happened in.
pub(super) fn internal(layer: &str) -> impl Fn(candle_core::Error) -> BackendError {
    let layer = layer.to_owned();
    move |error| BackendError::Internal { backend: "candle", layer: layer.clone(), message: error.to_string() }
}

/// A contradiction in the IR: the compiler has let it pass.
pub(super) fn contradiction(layer: &ir::Layer, message: String) -> BackendError {
    internal(&layer.name)(candle_core::Error::Msg(message))
}

/// An error of whoever called.
pub(super) fn misuse(message: String) -> BackendError {
    BackendError::Internal { backend: "candle", layer: "the objective".to_owned(), message }
}
