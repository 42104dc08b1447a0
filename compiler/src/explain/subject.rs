//! What is explained: a model or a run.

use super::origins;
use crate::compilation::{CompiledModel, CompiledRun};
use crate::ir::{Network, Run};
use crate::sources::SourceMap;

/// What is explained.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its name in the spec.
    pub(super) name: &'a str,
    /// The name of its model.
    pub(super) model: &'a str,
    pub(super) network: &'a Network,
    /// `None` for a model alone.
    pub(super) run: Option<&'a Run>,
    /// Where each layer's mark came from; empty for a layer without one.
    pub(super) origins: Vec<String>,
}

impl<'a> Subject<'a> {
    /// A model by itself, with the defaults of its parameters.
    pub fn model(compiled: &'a CompiledModel, sources: &SourceMap) -> Self {
        Self {
            name: &compiled.name,
            model: &compiled.name,
            network: &compiled.network,
            run: None,
            origins: origins::marks(&compiled.layers, sources),
        }
    }

    /// A run.
    pub fn run(compiled: &'a CompiledRun, sources: &SourceMap) -> Self {
        Self {
            name: &compiled.name,
            model: &compiled.model,
            network: &compiled.run.network,
            run: Some(&compiled.run),
            origins: origins::marks(&compiled.layers, sources),
        }
    }
}
