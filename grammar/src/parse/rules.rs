//! The parser that pest derives; private, so that nobody outside depends on its rules.

#![allow(missing_docs)]

/// Matches text against `elbo.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "elbo.pest"]
pub struct ElboParser;

/// Whether a rule is a keyword of the language, which says what stands beside it and means nothing more.
pub(super) fn is_keyword(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::allow_mark
            | Rule::k_language
            | Rule::k_use
            | Rule::k_prior
            | Rule::k_posterior
            | Rule::k_claim
            | Rule::k_block
            | Rule::k_model
            | Rule::k_extends
            | Rule::k_input
            | Rule::k_output
            | Rule::k_default
            | Rule::k_mark
            | Rule::k_as
            | Rule::k_replace
            | Rule::k_with
            | Rule::k_insert
            | Rule::k_repeat
            | Rule::k_residual
            | Rule::k_shortcut
            | Rule::k_branch
            | Rule::k_within
            | Rule::k_points
            | Rule::k_of
    )
}
