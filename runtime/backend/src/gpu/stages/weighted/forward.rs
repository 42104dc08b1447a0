//! What is drawn for a stage with weights, its products, and what follows them.

use super::layer::{Buffers, Weighted};
use crate::gpu::memory::BufferId;
use crate::gpu::packing::Packing;
use crate::gpu::pass::Pass;
use crate::gpu::tensor::TensorId;
use elbo_compiler::ir::Estimator;
use elbo_gpu::kernels::draw_weights::DrawWeights;
use elbo_gpu::kernels::forward::{Forward, Randomness};
use elbo_gpu::kernels::noise::Noise;
use elbo_gpu::kernels::sample::Sample;
use elbo_gpu::kernels::signs::{Flip, Signs};
use elbo_gpu::kernels::weights::Weights;
use elbo_gpu::{GpuError, Recording, Slice};
use elbo_random::{Purpose, Stream};

/// The numbers of a stream that a pass draws.
pub(super) fn noise_of(pass: &Pass<'_>, stream: Stream) -> Noise {
    let examples = pass.plan.capacity as u64;
    Noise { key: stream.table(0, 0).key, sample: pass.sample as u32, examples }
}

/// The noise of a stage's values.
pub(super) fn activation_noise(pass: &Pass<'_>, weighted: &Weighted) -> Noise {
    noise_of(pass, pass.noise(&pass.network.tensors[weighted.weight].layer))
}

/// Where a buffer lies that its estimator needs.
pub(super) fn needed<'p>(pass: &Pass<'p>, buffer: Option<BufferId>) -> Result<&'p Slice, GpuError> {
    let missing = || GpuError::Misuse { message: "a stage has not planned what it needs".to_owned() };
    pass.buffer(buffer.ok_or_else(missing)?)
}

/// How a tensor of weights, or a bias, lies.
fn weights_of(packing: &Packing) -> Result<Weights, GpuError> {
    match packing {
        Packing::Weights { weights, .. } => Ok(*weights),
        Packing::Vector { length } => u32::try_from(*length)
            .map(Weights::vector)
            .map_err(|_| GpuError::Misuse { message: format!("a bias of {length} numbers") }),
        Packing::Positions { .. } => Err(GpuError::Misuse { message: "weights of an example's shape".to_owned() }),
    }
}

/// Runs stage `number`: whole, or only its products where all samples share them.
pub(super) fn forward(
    pass: &Pass<'_>,
    recording: &mut Recording,
    number: usize,
    weighted: &Weighted,
    moments_only: bool,
) -> Result<(), GpuError> {
    let buffers: &Buffers = pass.plan.buffers(number);
    let input = pass.input(number);
    let values = pass.value(number + 1)?;
    if let Some(means) = buffers.means {
        let (means, deviations) = (pass.buffer(means)?, needed(pass, buffers.deviations)?);
        if moments_only {
            return local(pass, recording, number, weighted, (means, deviations), None);
        }
        let rows = pass.rows(number + 1) as u64;
        let (channels, positions, noise) = (weighted.outputs(), weighted.positions(), activation_noise(pass, weighted));
        let relu = weighted.relu;
        return Sample { channels, positions, rows, means: Some(means), deviations, noise, values, relu }
            .record(recording);
    }
    let whole = |pass: &Pass<'_>, recording: &mut Recording, weights: &Slice, bias: Option<&Slice>, randomness| {
        let (geometry, rows, relu) = (&weighted.geometry, pass.rows(input) as u64, weighted.relu);
        let input = pass.value(input)?;
        Forward { geometry, rows, input, weights, bias, randomness, values, relu }.record(recording)
    };
    let centre = |tensor: TensorId| pass.store.centre(tensor);
    match weighted.estimator(pass.plan.trains()) {
        None => {
            let (weights, bias) = (centre(weighted.weight)?, weighted.bias.map(centre).transpose()?);
            whole(pass, recording, &weights, bias.as_ref(), Randomness::None)
        }
        Some(Estimator::LocalReparameterization) => {
            let deviations = needed(pass, buffers.deviations)?;
            let noise = Some(activation_noise(pass, weighted));
            local(pass, recording, number, weighted, (values, deviations), noise)
        }
        Some(Estimator::Reparameterization) => {
            draw(pass, recording, number, weighted, true)?;
            let bias = buffers.drawn[1].map(|bias| pass.buffer(bias)).transpose()?;
            whole(pass, recording, needed(pass, buffers.drawn[0])?, bias, Randomness::None)
        }
        Some(Estimator::Flipout) => {
            draw(pass, recording, number, weighted, false)?;
            flip(pass, recording, number, weighted)?;
            let (weights, bias) = (centre(weighted.weight)?, weighted.bias.map(centre).transpose()?);
            let randomness = Randomness::Flipout {
                flipped: needed(pass, buffers.flipped)?,
                drawn: needed(pass, buffers.drawn[0])?,
                drawn_bias: buffers.drawn[1].map(|bias| pass.buffer(bias)).transpose()?,
                signs: needed(pass, buffers.signs[1])?,
            };
            whole(pass, recording, &weights, bias.as_ref(), randomness)
        }
    }
}

/// Means and deviations, and values if there is noise.
fn local(
    pass: &Pass<'_>,
    recording: &mut Recording,
    number: usize,
    weighted: &Weighted,
    (values, deviations): (&Slice, &Slice),
    noise: Option<Noise>,
) -> Result<(), GpuError> {
    let input = pass.input(number);
    let store = pass.store;
    let bias =
        weighted.bias.map(|bias| Ok::<_, GpuError>([store.centre(bias)?, store.variances(bias)?])).transpose()?;
    Forward {
        geometry: &weighted.geometry,
        rows: pass.rows(input) as u64,
        input: pass.value(input)?,
        weights: &store.centre(weighted.weight)?,
        bias: bias.as_ref().map(|[means, _]| means),
        randomness: Randomness::Local {
            variances: &store.variances(weighted.weight)?,
            bias_variances: bias.as_ref().map(|[_, variances]| variances),
            deviations,
            noise,
        },
        values,
        relu: weighted.relu && noise.is_some(),
    }
    .record(recording)
}

/// Draws the weights and the bias of a stage: around their means, or their deviations from them.
fn draw(
    pass: &Pass<'_>,
    recording: &mut Recording,
    number: usize,
    weighted: &Weighted,
    centred: bool,
) -> Result<(), GpuError> {
    let buffers: &Buffers = pass.plan.buffers(number);
    for (at, tensor) in weighted.tensors().enumerate() {
        let known = &pass.network.tensors[tensor];
        let means = centred.then(|| pass.store.centre(tensor)).transpose()?;
        DrawWeights {
            weights: &weights_of(&known.packing)?,
            key: pass.noise(&known.name).table(0, 0).key,
            sample: pass.sample as u32,
            means: means.as_ref(),
            rhos: &pass.store.part(tensor, 1)?,
            result: needed(pass, buffers.drawn[at])?,
            noise: needed(pass, buffers.weight_noise[at])?,
        }
        .record(recording)?;
    }
    Ok(())
}

/// Draws the signs of flipout, and the input with them.
fn flip(pass: &Pass<'_>, recording: &mut Recording, number: usize, weighted: &Weighted) -> Result<(), GpuError> {
    let buffers: &Buffers = pass.plan.buffers(number);
    let (input, rows) = (pass.input(number), pass.rows(number + 1) as u64);
    let layer = &pass.network.tensors[weighted.weight].layer;
    let geometry = &weighted.geometry;
    for (what, channels, at) in [("input", geometry.channels, 0), ("output", geometry.outputs, 1)] {
        let stream = pass.stream(Purpose::TrainingSign, Purpose::PredictionSign, &format!("{layer}.{what}"));
        let result = needed(pass, buffers.signs[at])?;
        Signs { channels, rows, noise: noise_of(pass, stream), result }.record(recording)?;
    }
    Flip {
        channels: geometry.channels,
        positions: geometry.input[0] * geometry.input[1],
        rows,
        values: pass.value(input)?,
        signs: needed(pass, buffers.signs[0])?,
        result: needed(pass, buffers.flipped)?,
    }
    .record(recording)
}
