//! Channels of several values, one after the other.

use crate::BackendError;
use crate::gpu::error::contradiction;
use crate::gpu::layout::value_of;
use crate::gpu::lowering::Received;
use crate::gpu::pass::Pass;
use crate::gpu::stage::Stage;
use elbo_gpu::kernels::concat::{self, ConcatGradient, Joined};
use elbo_gpu::{GpuError, Recording};

/// The channels of the values it reads: of the one it receives last.
#[derive(Debug)]
pub(super) struct Concat {
    /// Where the channels of each value begin, in the order it reads them.
    starts: Vec<usize>,
}

pub(super) fn lower(received: &Received<'_>) -> Result<Concat, BackendError> {
    let output = value_of(received.layer.output);
    let mut starts = vec![0];
    let mut end = 0;
    for value in received.others.iter().map(|&(_, shape)| value_of(shape)) {
        starts.push(end);
        end += value.channels;
        if value.size != output.size {
            return Err(contradiction(received.layer, format!("it puts {:?} to {:?}", value.size, output.size)));
        }
    }
    starts[0] = end;
    if received.value.size != output.size || end + received.value.channels != output.channels {
        return Err(contradiction(received.layer, format!("its values do not make {}", received.layer.output)));
    }
    Ok(Concat { starts })
}

impl Stage for Concat {
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let mut values: Vec<usize> = pass.network.sites[number].reads().collect();
        values.rotate_left(1);
        let joined = |value: usize| Ok(Joined { channels: pass.shape(value).channels, from: pass.value(value)? });
        let parts = values.into_iter().map(joined).collect::<Result<Vec<_>, GpuError>>()?;
        let (positions, rows) = (pass.shape(number + 1).positions(), pass.rows(number + 1));
        concat::Concat { positions, rows, parts: &parts, to: pass.value(number + 1)? }.record(recording)
    }

    fn backward(
        &self,
        pass: &Pass<'_>,
        recording: &mut Recording,
        number: usize,
        add: &[bool],
    ) -> Result<(), GpuError> {
        let all = pass.shape(number + 1);
        let (positions, joined, rows) = (all.positions(), all.channels, pass.rows(number + 1));
        let gradient = pass.own_gradient(number)?;
        for ((value, &add), &start) in pass.network.sites[number].reads().zip(add).zip(&self.starts) {
            let Some(to) = pass.gradient(value)? else { continue };
            let channels = pass.shape(value).channels;
            ConcatGradient { positions, rows, joined, start, channels, gradient, to, add }.record(recording)?;
        }
        Ok(())
    }
}
