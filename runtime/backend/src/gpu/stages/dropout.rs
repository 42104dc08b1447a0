//! Bernoulli masks (Srivastava et al. 2014), drawn at prediction, too, where the mark says so (Gal & Ghahramani 2016).

use crate::BackendError;
use crate::gpu::error::contradiction;
use crate::gpu::lowering::Received;
use crate::gpu::pass::Pass;
use crate::gpu::stage::{Draws, Stage};
use elbo_compiler::ir::{Dropout, DropoutUnit};
use elbo_gpu::kernels::copy::CopyRows;
use elbo_gpu::kernels::dropout::{self, Unit};
use elbo_gpu::{GpuError, Recording, Slice};
use elbo_random::Purpose;

pub(super) fn lower(received: &Received<'_>, dropout: &Dropout) -> Result<Dropout, BackendError> {
    received.gives(received.shape)?;
    if !(0.0..1.0).contains(&dropout.probability) {
        let message = format!("{} is not a probability below 1", dropout.probability);
        return Err(contradiction(received.layer, message));
    }
    Ok(*dropout)
}

/// Multiplies rows by the mask of the pass.
fn masked(
    dropout: &Dropout,
    pass: &Pass<'_>,
    recording: &mut Recording,
    number: usize,
    (from, to, add): (&Slice, &Slice, bool),
) -> Result<(), GpuError> {
    let (plan, value) = (pass.plan, number + 1);
    let shared = plan.rows(pass.input(number)) != plan.rows(value);
    let unit = match dropout.unit {
        DropoutUnit::Element => Unit::Element,
        DropoutUnit::Channel => Unit::Channel,
    };
    let name = &pass.network.sites[number].name;
    dropout::Dropout {
        unit,
        probability: dropout.probability,
        key: pass.stream(Purpose::TrainingMask, Purpose::PredictionMask, name).table(0, 0).key,
        value: pass.shape(value),
        examples: plan.capacity,
        samples: plan.rows(value) / plan.capacity.max(1),
        first_sample: pass.sample,
        shared,
        from,
        to,
        add,
    }
    .record(recording)
}

impl Stage for Dropout {
    fn draws(&self, trains: bool) -> Draws {
        if Dropout::draws(self, trains) { Draws::Rows } else { Draws::Nothing }
    }

    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let input = pass.input(number);
        let (from, to) = (pass.value(input)?, pass.value(number + 1)?);
        if Dropout::draws(self, pass.plan.trains()) {
            return masked(self, pass, recording, number, (from, to, false));
        }
        let (numbers, from_rows, rows) = (pass.shape(input).numbers(), pass.rows(input), pass.rows(number + 1));
        CopyRows { numbers, from_rows, rows, from, to, add: false }.record(recording)
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
        let from = pass.own_gradient(number)?;
        if Dropout::draws(self, true) {
            return masked(self, pass, recording, number, (from, to, add[0]));
        }
        let (numbers, rows) = (pass.shape(input).numbers(), pass.rows(input));
        CopyRows { numbers, from_rows: rows, rows, from, to, add: add[0] }.record(recording)
    }
}
