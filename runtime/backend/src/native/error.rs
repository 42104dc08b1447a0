//! Errors of the native backend.

use crate::BackendError;
use elbo_compiler::ir;

/// The backend's name in records and messages.
pub(super) const NAME: &str = "native";

/// A contradiction in the IR, with the layer it happened in.
fn internal(layer: &str, message: String) -> BackendError {
    BackendError::Internal { backend: NAME, layer: layer.to_owned(), message }
}

/// A contradiction in the IR: the compiler has let it pass.
pub(super) fn contradiction(layer: &ir::Layer, message: String) -> BackendError {
    internal(&layer.name, message)
}

/// An error of whoever called.
pub(super) fn misuse(message: String) -> BackendError {
    internal("the objective", message)
}
