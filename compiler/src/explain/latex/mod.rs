//! The equations of a model or run as LaTeX.

use super::Subject;

/// The equations.
pub fn latex(_subject: &Subject<'_>) -> String {
    String::new()
}
