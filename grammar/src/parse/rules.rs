//! The parser that pest derives; private, so that nobody outside depends on its rules.

#![allow(missing_docs)]

/// Matches text against `elbo.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "elbo.pest"]
pub struct ElboParser;
