//! From the IR to stages and starting values.

use super::lowering::Lowering;
pub(super) use super::lowering::Started;
use super::network::Network;
use super::packing::Packing;
use super::stage::Stages;
use super::stages;
use super::tensor::Role;
use crate::BackendError;
use crate::initialization::Start;
use elbo_compiler::ir;
use elbo_random::Key;

/// A network in stages.
pub(super) struct Lowered {
    /// The network.
    pub(super) network: Network,
    /// What it computes.
    pub(super) stages: Stages,
    /// The starting values of its tensors.
    pub(super) started: Vec<Started>,
}

/// The network of a run with its starting values.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself: the compiler has let it pass.
pub(super) fn network(run: &ir::Run, key: Key) -> Result<Lowered, BackendError> {
    lower(run, Some(key))
}

/// The network of a run without any values, for what is known of it before there is a device.
///
/// # Errors
/// As [`network`].
pub(super) fn outline(run: &ir::Run) -> Result<(Network, Stages), BackendError> {
    lower(run, None).map(|Lowered { network, stages, .. }| (network, stages))
}

fn lower(run: &ir::Run, key: Option<Key>) -> Result<Lowered, BackendError> {
    let mut lowering = Lowering::new(&run.network, key, run.report.estimator);
    let mut at = 0;
    while at < run.network.layers.len() {
        let received = lowering.received(at)?;
        at = stages::lower(&mut lowering, &received)?;
    }
    let last_layer = run.network.layers.last().map_or_else(|| "output".to_owned(), |layer| layer.name.clone());
    let learned = run.network.output.family().learned(run.network.outputs());
    let learned = learned.map(|vector| {
        let packing = Packing::Vector { length: vector.length };
        (lowering.tensor(vector.name, "output", packing, Role::Noise, Start::Constant(0.0)), vector)
    });
    let Lowering { tensors, started, stages, sites, values, .. } = lowering;
    let network = Network { input: run.network.input, sites, values, tensors, learned, last_layer };
    Ok(Lowered { network, stages: Stages::new(stages), started })
}
