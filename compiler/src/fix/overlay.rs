//! New texts in the place of those that were read.

use crate::sources::{Parsed, SourceMap, Sources};
use std::collections::BTreeMap;

/// New texts over those that were read, over those on disk.
pub(super) struct Overlay<'s> {
    pub texts: &'s BTreeMap<String, String>,
    pub read: &'s SourceMap,
    pub under: &'s dyn Sources,
}

impl Sources for Overlay<'_> {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        self.under.resolve(from, path)
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        let read = || self.read.find(resolved).map(|source| self.read.get(source).text.clone());
        match self.texts.get(resolved).cloned().or_else(read) {
            Some(text) => Ok(text),
            None => self.under.read(resolved),
        }
    }

    fn parse(&self, resolved: &str, text: &str) -> Parsed {
        match self.texts.get(resolved) {
            Some(_) => Parsed::new(elbo_grammar::parse(text)),
            None => self.under.parse(resolved, text),
        }
    }
}
