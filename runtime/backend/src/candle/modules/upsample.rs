//! Images and sequences made larger: each place is a sum of input places, as a mean is.

use super::average::Averages;
use crate::BackendError;
use crate::candle::error::internal;
use crate::candle::site::{Received, Site};
use elbo_compiler::ir::Upsample;

pub(super) fn build(site: &Site<'_>, received: &Received<'_>, upsample: &Upsample) -> Result<Averages, BackendError> {
    let (channels, size) = received.planes()?;
    let output = [0, 1].map(|axis| size[axis] * upsample.factor[axis]);
    received.gives(received.alike(channels, output)?)?;
    Averages::of(site, size, output, |axis, place| upsample.shares(axis, size[axis], place))
        .map_err(internal(&received.layer.name))
}
