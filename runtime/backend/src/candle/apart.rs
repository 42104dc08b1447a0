//! A step in two halves: its gradient as numbers on the host, and the update along such a gradient.

use super::super::{BackendError, Gradient, StepOutcome};
use super::backend::CandleBackend;
use super::error::internal;
use super::module::NewStatistics;
use super::parameters::{Parameter, Role};
use super::training::Gradients;
use candle_core::Tensor;
use candle_core::backprop::GradStore;

/// The gradient of a step by public names; see [`super::super::Backend::gradient`]. A parameter that the objective does
/// not depend on has none.
pub(super) fn publish(
    backend: &CandleBackend,
    store: &GradStore,
    (outcome, statistics): (StepOutcome, &NewStatistics),
) -> Result<Gradient, BackendError> {
    let mut gradient = Gradient { outcome, along: Default::default(), statistics: Default::default() };
    for parameter in backend.network.parameters() {
        let (into, tensor) = if parameter.role == Role::Statistic {
            let new = statistics.iter().find(|(variable, _)| variable.id() == parameter.variable.id());
            let kept = || parameter.variable.as_detached_tensor();
            (&mut gradient.statistics, Some(new.map_or_else(kept, |(_, value)| value.clone())))
        } else {
            (&mut gradient.along, store.get(&parameter.variable).cloned())
        };
        if let Some(tensor) = tensor {
            let value = parameter.arrangement.publish(&tensor).map_err(internal(parameter.layer()))?;
            into.insert(parameter.name.clone(), value);
        }
    }
    Ok(gradient)
}

/// A gradient as this backend keeps it.
pub(super) fn take(backend: &CandleBackend, gradient: &Gradient) -> Result<Gradients, BackendError> {
    let refuse = |problem: String| Err(BackendError::Parameters(problem));
    let parameters = backend.network.parameters();
    let (mut store, mut statistics) = (GradStore::default(), NewStatistics::new());
    let given = gradient.along.iter().map(|one| (one, false)).chain(gradient.statistics.iter().map(|one| (one, true)));
    for ((name, tensor), is_statistic) in given {
        let is_meant = |known: &&Parameter| known.name == *name && (known.role == Role::Statistic) == is_statistic;
        let Some(parameter) = parameters.iter().find(is_meant) else {
            return refuse(format!("the network trains no parameter `{name}`"));
        };
        let shape = parameter.arrangement.public_shape();
        if tensor.shape != shape || tensor.values.len() != parameter.arrangement.elements() {
            return refuse(format!("`{name}` has the shape {:?}, the network needs {shape:?}", tensor.shape));
        }
        if tensor.values.iter().any(|value| !value.is_finite()) {
            return refuse(format!("what belongs to `{name}` holds a number that is not finite"));
        }
        let tensor = parameter.arrangement.inward(tensor.values.clone(), backend.dtype, &backend.device);
        let tensor: Tensor = tensor.map_err(internal(parameter.layer()))?;
        if is_statistic {
            statistics.push((parameter.variable.clone(), tensor));
        } else {
            store.insert(&parameter.variable, tensor);
        }
    }
    Ok(Gradients { store, outcome: gradient.outcome, statistics })
}
