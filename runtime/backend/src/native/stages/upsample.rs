//! Images and sequences made larger: each place is a sum of input places, as a mean is.

use super::average::{Average, average};
use crate::BackendError;
use crate::native::error::contradiction;
use crate::native::lowering::{Lowering, Received};
use crate::native::network::Value;
use crate::shares::Shares;
use elbo_compiler::ir::Upsample;

pub(super) fn lower(
    lowering: &Lowering<'_>,
    received: &Received<'_>,
    upsample: &Upsample,
) -> Result<Average, BackendError> {
    let size = received.value.size;
    let output = [0, 1].map(|axis| size[axis] * upsample.factor[axis]);
    if Value::of(received.layer.output) != (Value { size: output, ..received.value }) {
        return Err(contradiction(received.layer, format!("it does not give {}", received.layer.output)));
    }
    Ok(average(lowering, "more places by interpolation", || Shares::upsampled(size, upsample)))
}
