//! From places and channels to features, channels outermost, where no linear map reads them as they lie.

use super::weighted;
use crate::BackendError;
use crate::gpu::lowering::{Lowering, Received};
use crate::gpu::pass::Pass;
use crate::gpu::stage::Stage;
use elbo_compiler::ir::Shape;
use elbo_gpu::kernels::flatten::{self, Direction};
use elbo_gpu::{GpuError, Recording};

/// Features, channels outermost.
#[derive(Debug)]
struct Flatten;

/// A value of one place is a vector as it lies, and a linear map that follows reads places as they lie, if it can.
pub(super) fn lower<'l>(lowering: &mut Lowering<'l>, received: &Received<'l>) -> Result<usize, BackendError> {
    received.gives(Shape::Vector { features: received.shape.elements() })?;
    if received.value.positions() == 1 {
        lowering.pass_on(received);
    } else if let Some(linear) = weighted::reads_places(lowering, received.at) {
        return weighted::lower(lowering, received, received.at + 1, weighted::linear(linear, received.value));
    } else {
        lowering.alone(received, Box::new(Flatten));
    }
    Ok(received.at + 1)
}

impl Stage for Flatten {
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let input = pass.input(number);
        let (value, rows) = (pass.shape(input), pass.rows(input));
        let (from, to) = (pass.value(input)?, pass.value(number + 1)?);
        flatten::Flatten { direction: Direction::ToFeatures, value, rows, from, to, add: false }.record(recording)
    }

    fn backward(
        &self,
        pass: &Pass<'_>,
        recording: &mut Recording,
        number: usize,
        add: &[bool],
    ) -> Result<(), GpuError> {
        let input = pass.input(number);
        let Some(to) = pass.gradient(input)? else { return Ok(()) };
        let (value, rows, from) = (pass.shape(input), pass.rows(input), pass.own_gradient(number)?);
        flatten::Flatten { direction: Direction::ToPlaces, value, rows, from, to, add: add[0] }.record(recording)
    }
}
