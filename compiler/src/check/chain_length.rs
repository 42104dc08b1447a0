//! How long a chain of declarations is, and what is said of one that is too long.

use super::Checker;
use super::chains::Link;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::limits::LONGEST_CHAIN;
use elbo_grammar::ast::Name;
use std::collections::HashSet;

impl<'a> Checker<'a> {
    /// Whether the chain that begins at `first` is short enough to be followed. The first declaration that is
    /// one too many, counted from the end that extends nothing, is reported, once for all chains through it.
    pub fn ends_in_time(
        &self,
        what: &'static str,
        first: Link<'a>,
        follow: impl Fn(&'a str) -> Option<Link<'a>>,
    ) -> bool {
        let mut chains = self.chains.borrow_mut();
        let mut walked: Vec<Link<'a>> = Vec::new();
        let mut inside: HashSet<&str> = HashSet::new();
        let mut next = Some(first);
        let mut length = 0;
        let mut circle = None;
        while let Some(current) = next {
            if let Some(known) = chains.get(&(what, current.name.value.as_str())) {
                length = *known;
                break;
            }
            // All members of a circle are as long a chain as it has members. A short one is reported where it is followed.
            if !inside.insert(&current.name.value) {
                circle = walked.iter().position(|link| link.name.value == current.name.value);
                break;
            }
            walked.push(current);
            next = current.base.and_then(&follow);
        }
        for (position, current) in walked.iter().enumerate().rev() {
            let before = length;
            length = match circle {
                Some(start) if position >= start => walked.len() - start,
                _ => length + 1,
            };
            chains.insert((what, &current.name.value), length);
            if length > LONGEST_CHAIN && before <= LONGEST_CHAIN {
                self.long_chain(&format!("{what} that extend one another"), current.source, current.name);
            }
        }
        length <= LONGEST_CHAIN
    }

    /// Reports that the declaration `name` is one too many in a chain.
    pub fn long_chain(&self, what: &str, source: SourceId, name: &Name) {
        let message = format!("a chain of more than {LONGEST_CHAIN} {what} leads to `{}`", name.value);
        self.report(
            Diagnostic::new(Code::LongChain, message, source, name.span, "the chain is too long here")
                .help("begin a new one, with everything written out"),
        );
    }
}
