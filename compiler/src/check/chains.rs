//! Chains of declarations that extend one another.

use crate::diagnostic::SourceId;
use elbo_grammar::ast::Name;
use std::cell::RefCell;
use std::collections::HashMap;

/// The lengths of chains that are known, by what they are made of and the name they begin at.
pub(crate) type Chains<'a> = RefCell<HashMap<(&'static str, &'a str), usize>>;

/// A declaration in a chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub source: SourceId,
    pub name: &'a Name,
    /// What it extends.
    pub base: Option<&'a str>,
}
