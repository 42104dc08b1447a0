//! Where a value stopped being a number.

use super::backend::NativeBackend;
use super::divergence;
use super::noise::{Address, Randomness};
use super::pass::Pass;
use super::stage::Part;
use super::tensor::Tensor;
use crate::{BackendError, Batch, StepContext};

/// Names the first layer, in order of execution, whose weights, else whose output, is not finite; then a KL
/// divergence, then, if `gradients`, a gradient; the loss itself if none of these is. The pass is run again: it draws
/// the same numbers.
pub(super) fn name_the_first(
    backend: &mut NativeBackend,
    batch: &Batch,
    context: &StepContext,
    sample: usize,
    gradients: bool,
) -> BackendError {
    match search(backend, batch, context, sample, gradients) {
        Ok((layer, what)) => BackendError::NotFinite { layer, what: what.to_owned(), step: context.step },
        Err(error) => error,
    }
}

fn search(
    backend: &mut NativeBackend,
    batch: &Batch,
    context: &StepContext,
    sample: usize,
    gradients: bool,
) -> Result<(String, &'static str), BackendError> {
    let kernels = backend.kernels;
    if !kernels.is_finite(&batch.inputs) {
        return Ok(("input".to_owned(), "the input"));
    }
    let NativeBackend { network, stages, training, arena, key, gradients: along, .. } = &mut *backend;
    let arena = arena.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
    let plan = training.as_ref().expect("a step has failed in it");
    let randomness = Randomness { key: *key, address: Address::of_step(context, sample)?, kernels };
    let pass = Pass { network, plan, randomness, examples: batch.len(), samples: 1 };
    pass.input(arena, &batch.inputs);
    let is_finite = |tensor: &Tensor| tensor.parts().iter().all(|(_, numbers)| kernels.is_finite(numbers));
    let mut spoiled = None;
    let found = stages.forward(&pass, arena, Part::Whole, |number, arena| {
        let site = &network.sites[number];
        let own = |tensor: &&Tensor| tensor.layer == site.name;
        if let Some(tensor) = network.tensors.iter().filter(own).find(|tensor| !is_finite(tensor)) {
            return Err((tensor.layer.clone(), "a weight"));
        }
        let [values] = arena.numbers([Some(plan.values[number + 1])]);
        let shape = network.values[number + 1];
        let rows = batch.len() * shape.width();
        let capacity = plan.capacity * shape.width();
        let finite = (0..shape.positions()).all(|position| kernels.is_finite(&values[position * capacity..][..rows]));
        if !finite {
            return Err((site.name.clone(), "the output"));
        }
        if spoiled.is_none() && !stages.get(number).drawn_divergence(&pass, arena, number).is_finite() {
            spoiled = Some(site.name.clone());
        }
        Ok(())
    });
    if let Err(found) = found {
        return Ok(found);
    }
    let learned = network.learned.map(|(tensor, vector)| (&network.tensors[tensor], vector));
    if let Some((tensor, vector)) = learned.filter(|(tensor, _)| !is_finite(tensor)) {
        return Ok((tensor.layer.clone(), vector.called[0]));
    }
    if let Some(layer) = spoiled {
        return Ok((layer, "the KL divergence"));
    }
    for tensor in network.tensors.iter().filter(|tensor| tensor.gaussians().is_some()) {
        if !divergence::of(tensor).is_finite() {
            return Ok((tensor.layer.clone(), "the KL divergence"));
        }
    }
    if gradients {
        for (tensor, gradients) in network.tensors.iter().zip(&along.tensors) {
            if !gradients.iter().all(|gradient| kernels.is_finite(gradient)) {
                return Ok((tensor.layer.clone(), "the gradient of a weight"));
            }
        }
    }
    Ok((network.last_layer.clone(), "the loss"))
}
