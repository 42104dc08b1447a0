//! A name or a call, taken apart.

use elbo_grammar::Span;
use elbo_grammar::ast::{Argument, Expression, ExpressionKind, Name};

/// A name or a call, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'e> {
    /// What is named or called.
    pub function: &'e Name,
    /// The arguments; none for a bare name.
    pub arguments: &'e [Argument],
    /// The whole expression.
    pub span: Span,
}

/// Takes a name or a call apart.
pub(crate) fn call(expression: &Expression) -> Option<Call<'_>> {
    match &expression.kind {
        ExpressionKind::Path(path) => {
            path.as_name().map(|function| Call { function, arguments: &[], span: expression.span })
        }
        ExpressionKind::Call { function, arguments } => Some(Call { function, arguments, span: expression.span }),
        _ => None,
    }
}
