//! What is to be predicted of examples.

/// Targets of examples, in their order.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'t> {
    /// A class each.
    Classes(&'t [u32]),
    /// Real numbers, `[examples][targets]`.
    Values(&'t [f64]),
}
