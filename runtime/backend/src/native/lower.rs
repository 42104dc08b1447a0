//! From the IR to stages with starting values.

use super::lowering::Lowering;
use super::network::Network;
use super::packing::Packing;
use super::stage::Stages;
use super::stages;
use super::tensor::Role;
use crate::BackendError;
use crate::initialization::Start;
use elbo_compiler::ir;
use elbo_random::Key;

/// The network with its starting values, and its stages.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself: the compiler has let it pass.
pub(super) fn network(run: &ir::Run, key: Key) -> Result<(Network, Stages), BackendError> {
    lower(run, Some(key))
}

/// The same without a single number, for plans.
///
/// # Errors
/// As [`network`].
pub(super) fn outline(run: &ir::Run) -> Result<(Network, Stages), BackendError> {
    lower(run, None)
}

fn lower(run: &ir::Run, key: Option<Key>) -> Result<(Network, Stages), BackendError> {
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
    let Lowering { tensors, stages, sites, values, images, .. } = lowering;
    let (input, batch) = (run.network.input, run.training.batch);
    let network = Network { input, images, batch, sites, values, tensors, learned, last_layer };
    Ok((network, Stages::new(stages)))
}
