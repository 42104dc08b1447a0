//! Layers: an optional mark, an optional name, and what the layer does.

use pest::iterators::Pair;

use super::builder::{Builder, children, span_of};
use super::rules::Rule;
use crate::ast::Layer;

impl Builder<'_> {
    /// `bayes conv1: conv2d(64, kernel=5)`, `head: linear(10)` or `relu`.
    pub(super) fn layer(&mut self, pair: Pair<'_, Rule>) -> Option<Layer> {
        let span = span_of(&pair);
        let mut mark = None;
        let mut name = None;
        let mut operation = None;
        let mut readable = true;
        for part in children(pair) {
            match part.as_rule() {
                Rule::known_mark | Rule::custom_mark => {
                    mark = self.reference_value(part);
                    readable &= mark.is_some();
                }
                Rule::name => name = Some(self.declared_name(&part)),
                Rule::numbered => {
                    name = self.numbered_name(part);
                    readable &= name.is_some();
                }
                _ => operation = self.reference_value(part),
            }
        }
        let operation = operation?;
        readable.then_some(Layer { mark, name, operation, span })
    }
}
