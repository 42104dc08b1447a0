//! Where a value stopped being a number.

use super::backend::GpuBackend;
use super::batch::{varying, write_batch};
use super::records::Records;
use super::training::Training;
use crate::{BackendError, Batch, StepContext};
use elbo_gpu::kernels::parameters::{Decision, Finding};
use elbo_gpu::{GpuError, Recording, Slice, Varying};

/// Names the first layer, in order of execution, whose weights, else whose output, is not finite; then a KL divergence,
/// then a gradient; the loss itself if none of these is. The passes are run again, stage by stage: they draw the same
/// numbers.
pub(super) fn name_the_first(backend: &mut GpuBackend, batch: &Batch, context: &StepContext) -> BackendError {
    let named =
        |(layer, what): (String, &str)| BackendError::NotFinite { layer, what: what.to_owned(), step: context.step };
    if batch.inputs.iter().any(|number| !number.is_finite()) {
        return named(("input".to_owned(), "the input"));
    }
    let varying = match varying(backend, (&batch.targets, 0), context) {
        Ok(varying) => varying,
        Err(error) => return error,
    };
    match backend.training.as_ref() {
        Some(training) => match search(backend, training, batch, &varying) {
            Ok(found) => named(found),
            Err(error) => backend.failed("a training step", error),
        },
        None => named((backend.network.last_layer.clone(), "the loss")),
    }
}

fn search(
    backend: &GpuBackend,
    training: &Training,
    batch: &Batch,
    varying: &Varying,
) -> Result<(String, &'static str), GpuError> {
    let (device, store, network) = (&backend.device, &backend.store, &backend.network);
    // What the failed step has left, before anything runs again.
    let verdict = device.read(&[backend.ending.verdict.all()])?;
    let decision = Decision::of(verdict.first().map_or(&[], |verdict| &verdict[..]))?;
    let records = device.read(&[training.records.all()])?.concat();
    let along = backend.slots(super::tensor::Tensor::is_trained, |tensor, part| store.along(tensor, part))?;
    let gradient = along.iter().map(|slot| Ok(is_finite(&read(backend, slot.slice.clone())?)));
    let gradient = gradient.collect::<Result<Vec<_>, GpuError>>()?;
    let owners = backend.network.tensors.iter().filter(|tensor| tensor.is_trained());
    let owners = owners.flat_map(|tensor| tensor.suffixes().iter().map(|_| tensor.layer.clone()));
    let spoiled_gradient = owners.zip(gradient).find(|(_, finite)| !finite).map(|(layer, _)| layer);

    write_batch(backend, training, batch)?;
    for sample in 0..training.samples {
        let pass = training.pass(backend.parts(), sample);
        for (number, (stage, site)) in backend.stages.iter().zip(&network.sites).enumerate() {
            for tensor in stage.tensors() {
                for part in 0..network.tensors[tensor].suffixes().len() {
                    if !is_finite(&read(backend, store.part(tensor, part)?)?) {
                        return Ok((network.tensors[tensor].layer.clone(), "a weight"));
                    }
                }
            }
            let mut recording = Recording::new(device);
            stage.forward(&pass, &mut recording, number)?;
            let rows = batch.len() * network.values[number + 1].numbers();
            let value = pass.value(number + 1)?.part(0, rows as u64)?;
            if !is_finite(&device.run(&[&recording], varying, &[value])?.concat()) {
                return Ok((site.name.clone(), "the output"));
            }
        }
    }
    if let Some((tensor, vector)) = &network.learned
        && !is_finite(&read(backend, store.centre(*tensor)?)?)
    {
        return Ok((network.tensors[*tensor].layer.clone(), vector.called[0]));
    }
    if let Some(layer) = spoiled_divergence(backend, &training.records, &records) {
        return Ok((layer, "the KL divergence"));
    }
    if let Some(layer) = spoiled_gradient.filter(|_| !decision.findings.contains(&Finding::Cost)) {
        return Ok((layer, "the gradient of a weight"));
    }
    Ok((network.last_layer.clone(), "the loss"))
}

/// The first layer whose divergence is no number.
fn spoiled_divergence(backend: &GpuBackend, places: &Records, records: &[f32]) -> Option<String> {
    let network = &backend.network;
    let spoiled = |first: u64, blocks: u64| {
        (0..blocks).find(|block| {
            let at = usize::try_from(4 * (first + block)).unwrap_or(usize::MAX);
            let record = records.get(at..).and_then(|rest| rest.first_chunk::<4>());
            record.is_some_and(|record| Finding::of_record(*record).any(|found| found == Finding::Divergence))
        })
    };
    let drawn = network.tensors.iter().enumerate().find(|(tensor, known)| {
        let blocks = elbo_gpu::kernels::parameters::blocks(known.packing.numbers() as u64);
        places.of_drawn(*tensor).is_some_and(|at| spoiled(at.first, blocks).is_some())
    });
    if let Some((_, tensor)) = drawn {
        return Some(tensor.layer.clone());
    }
    let blocks = backend.store.gaussians.as_ref()?.segments.blocks();
    let block = spoiled(places.of_gaussians().first, blocks)?;
    backend.store.gaussian_of(block).map(|tensor| network.tensors[tensor].layer.clone())
}

fn read(backend: &GpuBackend, slice: Slice) -> Result<Vec<f32>, GpuError> {
    Ok(backend.device.read(&[slice])?.concat())
}

fn is_finite(numbers: &[f32]) -> bool {
    numbers.iter().all(|number| number.is_finite())
}
