//! How a run refers to its model.

use crate::check::environment::Given;
use crate::diagnostic::SourceId;
use crate::symbols::Declared;
use elbo_grammar::Span;
use elbo_grammar::ast::{Model, Name};

/// How a run refers to its model.
pub(crate) struct ModelUse<'a, 'v> {
    pub model: Declared<'a, Model>,
    pub name: &'v Name,
    pub arguments: Vec<Given<'v>>,
    pub source: SourceId,
    pub span: Span,
}
