//! The way back through a stage with weights.

use super::forward::{activation_noise, needed};
use super::layer::{Buffers, Weighted, parts};
use crate::gpu::density::density;
use crate::gpu::memory::BufferId;
use crate::gpu::pass::Pass;
use crate::gpu::tensor::TensorId;
use elbo_compiler::ir::Estimator;
use elbo_gpu::kernels::bias_gradient::BiasGradient;
use elbo_gpu::kernels::input_gradient::{InputGradient, SecondGradient};
use elbo_gpu::kernels::parameters::DrawnDivergence;
use elbo_gpu::kernels::reduce::Reduce;
use elbo_gpu::kernels::retrace::{Randomly, Retrace};
use elbo_gpu::kernels::weight_gradient::{SecondWeights, WeightGradient};
use elbo_gpu::{GpuError, Recording, Slice};

/// A stage on its way back.
struct Back<'b> {
    pass: &'b Pass<'b>,
    weighted: &'b Weighted,
    buffers: &'b Buffers,
    number: usize,
    estimator: Option<Estimator>,
    /// The gradients of both products.
    products: [Option<&'b Slice>; 2],
}

/// Writes or adds the gradients of the stage's parameters, and that of its input.
pub(super) fn backward(
    pass: &Pass<'_>,
    recording: &mut Recording,
    number: usize,
    weighted: &Weighted,
    add_to_input: bool,
) -> Result<(), GpuError> {
    let buffers: &Buffers = pass.plan.buffers(number);
    let [first, second] = buffers.products.map(|product| product.map(|product| pass.buffer(product)).transpose());
    let first = first?.map_or_else(|| pass.own_gradient(number), Ok)?;
    let estimator = weighted.estimator(true);
    let back = Back { pass, weighted, buffers, number, estimator, products: [Some(first), second?] };
    back.retrace(recording)?;
    back.bias_gradient(recording)?;
    back.weight_gradient(recording)?;
    back.drawn_divergence(recording)?;
    back.input_gradient(recording, add_to_input)
}

impl Back<'_> {
    fn product(&self, path: usize) -> Result<&Slice, GpuError> {
        let missing = || GpuError::Misuse { message: "a stage has not the product that it should have".to_owned() };
        self.products[path].ok_or_else(missing)
    }

    /// From the gradient of the stage's value to those of its products.
    fn retrace(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { pass, weighted, buffers, .. } = *self;
        let random = match self.estimator {
            None | Some(Estimator::Reparameterization) if !weighted.relu => return Ok(()),
            None | Some(Estimator::Reparameterization) => Randomly::Not,
            Some(Estimator::LocalReparameterization) => Randomly::Local {
                deviations: needed(pass, buffers.deviations)?,
                noise: activation_noise(pass, weighted),
                second: self.product(1)?,
            },
            Some(Estimator::Flipout) => {
                Randomly::Flipout { signs: needed(pass, buffers.signs[1])?, second: self.product(1)? }
            }
        };
        Retrace {
            channels: weighted.outputs(),
            positions: weighted.positions(),
            rows: pass.plan.capacity as u64,
            gradient: pass.own_gradient(self.number)?,
            relu: weighted.relu.then(|| pass.value(self.number + 1)).transpose()?,
            random,
            first: self.product(0)?,
        }
        .record(recording)
    }

    /// Where the sums of both paths go, by parts or at once, and what is left to do with parts.
    fn gradients(&self, tensor: TensorId, parts: [Option<&Slice>; 2]) -> Result<[Option<Slice>; 2], GpuError> {
        let store = self.pass.store;
        let [first, second] = parts.map(|parts| parts.cloned());
        let first = first.map_or_else(|| store.along_centre(tensor), Ok)?;
        let second = match self.estimator {
            None | Some(Estimator::Reparameterization) => None,
            Some(Estimator::LocalReparameterization | Estimator::Flipout) => {
                Some(second.map_or_else(|| store.along(tensor, 1), Ok)?)
            }
        };
        Ok([Some(first), second])
    }

    /// Adds up the parts of both paths, and makes the gradient along σ of that of drawn weights.
    fn reduce(
        &self,
        recording: &mut Recording,
        (tensor, at): (TensorId, usize),
        (count, parts): (usize, [Option<&Slice>; 2]),
    ) -> Result<(), GpuError> {
        let (store, add, count) = (self.pass.store, self.pass.adds, count as u64);
        let noise = self.buffers.weight_noise[at].map(|noise| self.pass.buffer(noise)).transpose()?;
        let sum_only = |part: usize, parts, recording: &mut Recording| {
            let sum = store.along(tensor, part)?;
            Reduce { parts, count, sum: Some(&sum), along_deviation: None, add }.record(recording)
        };
        if let Some(parts) = parts[0] {
            match (self.estimator, noise) {
                (Some(Estimator::Reparameterization), Some(noise)) => {
                    let (sum, along) = (store.along(tensor, 0)?, store.along(tensor, 1)?);
                    let along_deviation = Some([noise, &along]);
                    Reduce { parts, count, sum: Some(&sum), along_deviation, add }.record(recording)?;
                }
                (_, _) => sum_only(0, parts, recording)?,
            }
        }
        if let Some(parts) = parts[1] {
            match (self.estimator, noise) {
                (Some(Estimator::Flipout), Some(noise)) => {
                    let along = store.along(tensor, 1)?;
                    let along_deviation = Some([noise, &along]);
                    Reduce { parts, count, sum: None, along_deviation, add }.record(recording)?;
                }
                (_, _) => sum_only(1, parts, recording)?,
            }
        }
        Ok(())
    }

    fn parts_of(&self, parts: [Option<BufferId>; 2]) -> Result<[Option<&Slice>; 2], GpuError> {
        let [first, second] = parts.map(|part| part.map(|part| self.pass.buffer(part)).transpose());
        Ok([first?, second?])
    }

    fn bias_gradient(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { pass, weighted, buffers, .. } = *self;
        let Some(bias) = weighted.bias else { return Ok(()) };
        let parts_there = self.parts_of(buffers.bias_parts)?;
        let [_, count] = parts(weighted, pass.plan.capacity);
        let [first, second] = self.gradients(bias, parts_there)?;
        // What goes straight to the gradient is added to it; parts are new.
        for (path, to) in [first, second].into_iter().enumerate() {
            let Some(to) = to else { continue };
            BiasGradient {
                channels: weighted.outputs(),
                positions: weighted.positions(),
                rows: pass.plan.capacity as u64,
                first: [self.product(path)?, &to],
                second: None,
                add: pass.adds && parts_there[path].is_none(),
            }
            .record(recording)?;
        }
        self.reduce(recording, (bias, 1), (count, parts_there))
    }

    fn weight_gradient(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { pass, weighted, buffers, number, .. } = *self;
        let parts_there = self.parts_of(buffers.weight_parts)?;
        let [count, _] = parts(weighted, pass.plan.capacity);
        let [first, second] = self.gradients(weighted.weight, parts_there)?;
        let (Some(first), input) = (first, pass.value(pass.input(number))?) else { return Ok(()) };
        let gradient = |result: &Slice, second: Option<SecondWeights<'_>>, add: bool, recording: &mut Recording| {
            let (geometry, rows) = (&weighted.geometry, pass.plan.capacity as u64);
            let gradient = self.product(0)?;
            WeightGradient { geometry, rows, input, gradient, second, result, add }.record(recording)
        };
        let straight = |path: usize| parts_there[path].is_none();
        match second {
            None => gradient(&first, None, pass.adds && straight(0), recording)?,
            Some(second) if straight(0) == straight(1) || !pass.adds => {
                let flipped = buffers.flipped.map(|flipped| pass.buffer(flipped)).transpose()?;
                let second = SecondWeights { input: flipped, gradient: self.product(1)?, result: &second };
                gradient(&first, Some(second), pass.adds && straight(0), recording)?;
            }
            // One is added to what is there, the other is new: a kernel does either.
            Some(second) => {
                gradient(&first, None, pass.adds && straight(0), recording)?;
                WeightGradient {
                    geometry: &weighted.geometry,
                    rows: pass.plan.capacity as u64,
                    input: needed(pass, buffers.flipped)?,
                    gradient: self.product(1)?,
                    second: None,
                    result: &second,
                    add: pass.adds && straight(1),
                }
                .record(recording)?;
            }
        }
        self.reduce(recording, (weighted.weight, 0), (count, parts_there))
    }

    /// Adds the gradient of ln q − ln p at drawn weights, where the prior has no closed divergence.
    fn drawn_divergence(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { pass, weighted, buffers, .. } = *self;
        for (at, tensor) in weighted.tensors().enumerate() {
            let Some(density) = pass.network.tensors[tensor].prior().and_then(density) else { continue };
            let store = pass.store;
            DrawnDivergence {
                density,
                share: pass.share,
                add: pass.adds,
                means: &store.centre(tensor)?,
                rhos: &store.part(tensor, 1)?,
                noise: needed(pass, buffers.weight_noise[at])?,
                mean_gradient: &store.along(tensor, 0)?,
                second_gradient: &store.along(tensor, 1)?,
                records: pass.records_of(tensor)?.kernel(),
            }
            .record(recording)?;
        }
        Ok(())
    }

    fn input_gradient(&self, recording: &mut Recording, add: bool) -> Result<(), GpuError> {
        let Self { pass, weighted, buffers, number, .. } = *self;
        let input = pass.input(number);
        let Some(result) = pass.gradient(input)? else { return Ok(()) };
        let store = pass.store;
        let centre = store.centre(weighted.weight)?;
        let variances;
        let (weights, second) = match self.estimator {
            None => (&centre, SecondGradient::None),
            Some(Estimator::Reparameterization) => (needed(pass, buffers.drawn[0])?, SecondGradient::None),
            Some(Estimator::LocalReparameterization) => {
                variances = store.variances(weighted.weight)?;
                let (gradient, input) = (self.product(1)?, pass.value(input)?);
                (&centre, SecondGradient::Local { gradient, variances: &variances, input })
            }
            Some(Estimator::Flipout) => {
                let (drawn, signs) = (needed(pass, buffers.drawn[0])?, needed(pass, buffers.signs[0])?);
                (&centre, SecondGradient::Flipout { gradient: self.product(1)?, drawn, signs })
            }
        };
        let (geometry, rows, gradient) = (&weighted.geometry, pass.plan.capacity as u64, self.product(0)?);
        InputGradient { geometry, rows, gradient, weights, second, result, add }.record(recording)
    }
}
