//! What models have unrolled to so far.

use super::draft::Draft;
use std::cell::RefCell;
use std::collections::HashMap;

/// What models have unrolled to so far, so that a base is unrolled once for all its variants.
#[derive(Debug, Default)]
pub(crate) struct Unrolled<'a> {
    /// The drafts of models without arguments, of those that were unrolled without a finding.
    pub drafts: RefCell<HashMap<&'a str, Draft<'a>>>,
}

impl<'a> Unrolled<'a> {
    /// Takes all drafts away, as what shapes marks is about to change.
    pub fn set_aside(&self) -> Self {
        Self { drafts: RefCell::new(self.drafts.take()) }
    }

    /// Brings back what was set aside in place of what has come since.
    pub fn restore(&self, before: Self) {
        self.drafts.replace(before.drafts.into_inner());
    }
}
