//! Sums of two values.

use crate::BackendError;
use crate::gpu::error::contradiction;
use crate::gpu::lowering::Received;
use crate::gpu::pass::Pass;
use crate::gpu::stage::Stage;
use elbo_gpu::kernels::add;
use elbo_gpu::kernels::copy::CopyRows;
use elbo_gpu::{GpuError, Recording, Slice};

/// The sum of the values it reads.
#[derive(Debug)]
pub(super) struct Add;

pub(super) fn lower(received: &Received<'_>) -> Result<Add, BackendError> {
    let shape = received.shape;
    match received.others.iter().find(|(_, added)| *added != shape) {
        Some((_, added)) => Err(contradiction(received.layer, format!("it adds {added} to {shape}"))),
        None => Ok(Add),
    }
}

impl Stage for Add {
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let values = pass.network.sites[number].reads().map(|value| pass.value(value));
        let from: Vec<&Slice> = values.collect::<Result<_, _>>()?;
        let (value, rows) = (pass.shape(number + 1), pass.rows(number + 1));
        add::Add { value, rows, from: &from, to: pass.value(number + 1)? }.record(recording)
    }

    fn backward(
        &self,
        pass: &Pass<'_>,
        recording: &mut Recording,
        number: usize,
        add: &[bool],
    ) -> Result<(), GpuError> {
        let (numbers, rows) = (pass.shape(number + 1).numbers(), pass.rows(number + 1));
        let from = pass.own_gradient(number)?;
        for (value, &add) in pass.network.sites[number].reads().zip(add) {
            if let Some(to) = pass.gradient(value)? {
                CopyRows { numbers, from_rows: rows, rows, from, to, add }.record(recording)?;
            }
        }
        Ok(())
    }
}
