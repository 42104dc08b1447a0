//! Parameters by their public names, in PyTorch's order.

use super::network::Network;
use super::packing::Packing;
use crate::{BackendError, NamedTensor, Parameters};
use elbo_kernels::Buffer;

/// Every parameter's values by name.
pub(super) fn publish(network: &Network) -> Parameters {
    let tensors = network.tensors.iter().flat_map(|tensor| {
        tensor.parts().into_iter().map(move |(suffix, numbers)| {
            let value = NamedTensor { shape: tensor.packing.shape(), values: tensor.packing.unpack(numbers) };
            (format!("{}{suffix}", tensor.name), value)
        })
    });
    tensors.collect()
}

/// Replaces every parameter's values, or none.
///
/// # Errors
/// [`BackendError::Parameters`] if a name is missing or unknown, or a shape or a number of values differs.
pub(super) fn set(network: &mut Network, values: &Parameters) -> Result<(), BackendError> {
    let mut slots = Vec::new();
    for tensor in &mut network.tensors {
        let (name, packing) = (tensor.name.clone(), tensor.packing.clone());
        for (suffix, numbers) in tensor.parts_mut() {
            slots.push((format!("{name}{suffix}"), packing.clone(), numbers));
        }
    }
    let slots = slots.iter_mut().map(|(name, packing, numbers)| (name.clone(), &*packing, &mut **numbers)).collect();
    replace(slots, values)
}

/// Replaces the numbers of every slot, or none.
///
/// # Errors
/// As [`set`].
pub(super) fn replace(slots: Vec<(String, &Packing, &mut Buffer)>, values: &Parameters) -> Result<(), BackendError> {
    let refuse = |message: String| Err(BackendError::Parameters(message));
    if let Some(unknown) = values.keys().find(|name| slots.iter().all(|(known, _, _)| known != *name)) {
        return refuse(format!("the network has no parameter `{unknown}`"));
    }
    for (name, packing, _) in &slots {
        let Some(value) = values.get(name) else { return refuse(format!("`{name}` is missing")) };
        let shape = packing.shape();
        if value.shape != shape {
            return refuse(format!("`{name}` has the shape {:?}, the network needs {shape:?}", value.shape));
        }
        if value.values.len() != packing.elements() {
            let numbers = value.values.len();
            return refuse(format!("`{name}` holds {numbers} numbers, its shape {shape:?} says otherwise"));
        }
    }
    for (name, packing, numbers) in slots {
        packing.pack(&values[&name].values, numbers);
    }
    Ok(())
}
