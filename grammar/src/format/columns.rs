//! How wide a line may be, and how far bodies stand to the right.

/// How many columns a line may have before it is broken at its brackets.
pub(super) const WIDTH: usize = 100;

/// Columns a body is indented by.
pub(super) const INDENT: usize = 2;
