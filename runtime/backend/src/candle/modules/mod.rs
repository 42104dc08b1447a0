//! The kinds of layers, a file each, and the table from those of the IR to them.

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
mod upsample;
mod weighted;

use super::module::Module;
use super::site::{Received, Site};
use crate::BackendError;
use elbo_compiler::ir::Operation;

/// What a layer computes, with its starting values.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself.
pub(super) fn build(site: &Site<'_>, received: &Received<'_>) -> Result<Box<dyn Module>, BackendError> {
    Ok(match &received.layer.operation {
        Operation::Conv1d(convolution) => Box::new(weighted::conv1d(site, received, convolution)?),
        Operation::Conv2d(convolution) => Box::new(weighted::conv2d(site, received, convolution)?),
        Operation::ConvTranspose2d(convolution) => Box::new(conv_transpose::build(site, received, convolution)?),
        Operation::Linear(linear) => Box::new(weighted::linear(site, received, linear)?),
        Operation::MaxPool(pool) => Box::new(max_pool::build(received, pool)?),
        Operation::AvgPool(pool) => Box::new(average::windows(site, received, pool)?),
        Operation::AdaptiveAvgPool(pool) => Box::new(average::adaptive(site, received, pool)?),
        Operation::Upsample(upsample) => Box::new(upsample::build(site, received, upsample)?),
        Operation::Activation(function) => Box::new(activation::build(received, function)?),
        Operation::Flatten => Box::new(flatten::build(received)?),
        Operation::BatchNorm(norm) => Box::new(batch_norm::build(site, received, norm)?),
        Operation::GroupNorm(norm) => Box::new(example_norm::groups(site, received, norm)?),
        Operation::LayerNorm(norm) => Box::new(example_norm::layer(site, received, norm)?),
        Operation::Add(_) => Box::new(add::build(received)?),
        Operation::Concat(_) => Box::new(concat::build(received)?),
        Operation::Dropout(dropout) => Box::new(dropout::build(received, dropout)?),
    })
}
