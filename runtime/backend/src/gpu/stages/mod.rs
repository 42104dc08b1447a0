//! The kinds of stages, a file each, and the table from the layers of the IR to them.

mod activation;
mod add;
mod average;
mod batch_norm;
mod concat;
mod conv_transpose;
mod dropout;
mod example_norm;
mod flatten;
mod max_pool;
mod weighted;

use super::lowering::{Lowering, Received};
use super::stage::Stage;
use crate::BackendError;
use elbo_compiler::ir::Operation;

/// Lowers a layer, with those after it that join its stage; returns the number of the next to be lowered.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself.
pub(super) fn lower<'l>(lowering: &mut Lowering<'l>, received: &Received<'l>) -> Result<usize, BackendError> {
    let stage: Box<dyn Stage> = match &received.layer.operation {
        Operation::Conv1d(conv) => {
            return weighted::lower(lowering, received, received.at, weighted::conv1d(conv, received.value));
        }
        Operation::Conv2d(conv) => {
            return weighted::lower(lowering, received, received.at, weighted::conv2d(conv, received.value));
        }
        Operation::ConvTranspose2d(conv) => {
            return weighted::lower(lowering, received, received.at, conv_transpose::products(conv, received.value));
        }
        Operation::Linear(linear) => {
            return weighted::lower(lowering, received, received.at, weighted::linear(linear, received.value));
        }
        Operation::Flatten => return flatten::lower(lowering, received),
        Operation::MaxPool(pool) => Box::new(max_pool::lower(received, pool)?),
        Operation::AvgPool(pool) => Box::new(average::windows(received, pool)?),
        Operation::AdaptiveAvgPool(pool) => Box::new(average::adaptive(received, pool)),
        Operation::Upsample(upsample) => Box::new(average::upsampled(received, upsample)?),
        Operation::Activation(function) => Box::new(activation::lower(received, function)?),
        Operation::BatchNorm(norm) => Box::new(batch_norm::lower(lowering, received, norm)?),
        Operation::GroupNorm(norm) => Box::new(example_norm::groups(lowering, received, norm)?),
        Operation::LayerNorm(norm) => Box::new(example_norm::layer(lowering, received, norm)?),
        Operation::Add(_) => Box::new(add::lower(received)?),
        Operation::Concat(_) => Box::new(concat::lower(received)?),
        Operation::Dropout(dropout) => Box::new(dropout::lower(received, dropout)?),
    };
    lowering.alone(received, stage);
    Ok(received.at + 1)
}
