//! From the IR to a network with its starting values.

use super::error::contradiction;
use super::modules;
use super::network::{Layer, Network};
use super::parameters::{Arrangement, Role};
use super::site::{Received, Site};
use crate::BackendError;
use elbo_compiler::ir;
use std::collections::HashMap;

/// The network with its starting values.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself: the compiler has let it pass.
pub(super) fn network(network: &ir::Network, site: &Site<'_>) -> Result<Network, BackendError> {
    // Each value's place and shape by the name of the layer that gives it.
    let mut known = HashMap::from([(ir::INPUT, (0, network.input))]);
    let mut shape = network.input;
    let mut layers = Vec::with_capacity(network.layers.len());
    for (position, layer) in network.layers.iter().enumerate() {
        let find = |name: &String| {
            known.get(name.as_str()).copied().ok_or_else(|| contradiction(layer, format!("`{name}` is not before it")))
        };
        let (from, received) = layer.from.as_ref().map_or(Ok((position, shape)), find)?;
        if layer.input != received {
            return Err(contradiction(layer, format!("it takes {}, but receives {received}", layer.input)));
        }
        let others = layer.operation.others().iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let reads = std::iter::once(from).chain(others.iter().map(|&(place, _)| place)).collect();
        let received = Received { layer, others: others.into_iter().map(|(_, shape)| shape).collect() };
        layers.push(Layer { name: layer.name.clone(), module: modules::build(site, &received)?, reads });
        shape = layer.output;
        known.insert(&layer.name, (position + 1, shape));
    }
    let learned = network.output.family().learned(shape.elements());
    let learned = learned.map(|vector| {
        let arrangement = Arrangement::Plain(vec![vector.length]);
        let start = vec![0.0; vector.length];
        site.named("output", vector.name.to_owned(), arrangement, Role::Noise, start).map(|held| (held, vector))
    });
    Ok(Network { input: network.input, layers, output: shape, kernels: site.kernels, learned: learned.transpose()? })
}
