//! Parameters, gradients and moments by their public names, in PyTorch's order.

use super::network::Network;
use super::packing::Packing;
use super::tensor::Numbers;
use crate::{BackendError, NamedTensor, Parameters};
use elbo_gpu::kernels::parameters::ABSENT;
use elbo_gpu::{Device, GpuError, Slice};

/// A stretch of the device with its public name.
pub(super) struct Slot<'n> {
    /// The name.
    pub(super) name: String,
    /// How its numbers lie.
    pub(super) packing: &'n Packing,
    /// What stands where no number exists.
    pub(super) absent: f32,
    /// Where it lies.
    pub(super) slice: Slice,
}

/// The parts of the tensors of a network that `wanted` has, by `slice` of tensor and part.
///
/// # Errors
/// What `slice` gives.
pub(super) fn slots<'n>(
    network: &'n Network,
    wanted: impl Fn(&super::tensor::Tensor) -> bool,
    slice: impl Fn(usize, usize) -> Result<Slice, GpuError>,
) -> Result<Vec<Slot<'n>>, GpuError> {
    let tensors = network.tensors.iter().enumerate().filter(|(_, tensor)| wanted(tensor));
    let slots = tensors.flat_map(|(id, tensor)| {
        let gaussian = matches!(tensor.numbers, Numbers::Gaussians { .. });
        let slice = &slice;
        tensor.names().enumerate().map(move |(part, name)| {
            let absent = if gaussian && part == 1 { ABSENT } else { 0.0 };
            Ok(Slot { name, packing: &tensor.packing, absent, slice: slice(id, part)? })
        })
    });
    slots.collect()
}

/// The numbers of every slot by name.
///
/// # Errors
/// What reading gives.
pub(super) fn read(device: &Device, slots: &[Slot<'_>]) -> Result<Parameters, GpuError> {
    let slices: Vec<Slice> = slots.iter().map(|slot| slot.slice.clone()).collect();
    let numbers = device.read(&slices)?;
    let named = slots.iter().zip(numbers).map(|(slot, numbers)| {
        let value = NamedTensor { shape: slot.packing.shape(), values: slot.packing.unpack(&numbers) };
        (slot.name.clone(), value)
    });
    Ok(named.collect())
}

/// Refuses values that are not those of the slots.
///
/// # Errors
/// [`BackendError::Parameters`] if a name is missing or unknown, or a shape or a number of values differs.
pub(super) fn check(slots: &[Slot<'_>], values: &Parameters) -> Result<(), BackendError> {
    let refuse = |message: String| Err(BackendError::Parameters(message));
    if let Some(unknown) = values.keys().find(|name| slots.iter().all(|slot| slot.name != **name)) {
        return refuse(format!("the network has no parameter `{unknown}`"));
    }
    for Slot { name, packing, .. } in slots {
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
    Ok(())
}

/// Replaces the numbers of every slot by values that were checked.
///
/// # Errors
/// What writing gives.
pub(super) fn write(device: &Device, slots: &[Slot<'_>], values: &Parameters) -> Result<(), GpuError> {
    for slot in slots {
        if let Some(value) = values.get(&slot.name) {
            device.write(&slot.slice, &slot.packing.pack(&value.values, slot.absent))?;
        }
    }
    Ok(())
}
