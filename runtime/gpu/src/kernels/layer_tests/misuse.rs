//! Operands that do not fit are errors.

use super::fresh;
use crate::error::GpuError;
use crate::kernels::Value;
use crate::kernels::activation::{Activation, Function};
use crate::kernels::concat::ConcatGradient;
use crate::kernels::copy::CopyRows;
use crate::kernels::dropout::{Dropout, Unit};
use crate::recording::Recording;
use crate::{Opening, tests::device};

#[test]
fn operands_of_another_length_are_refused() {
    let Some(device) = device(&Opening::default()) else { return };
    let [a, b] = [64, 60].map(|count| fresh(&device, count).all());
    let mut recording = Recording::new(&device);
    let refused = |result: Result<(), GpuError>| assert!(matches!(result, Err(GpuError::Misuse { .. })), "{result:?}");
    let value = Value { size: [4, 4], channels: 3 };
    let function = Function::Relu;
    refused(Activation { function, value, rows: 1, from: &a, to: &b }.record(&mut recording));
    refused(Activation { function, value, rows: 2, from: &a, to: &a }.record(&mut recording));
    let empty = Value { size: [4, 0], channels: 3 };
    refused(Activation { function, value: empty, rows: 1, from: &a, to: &a }.record(&mut recording));
    // In place is no way of theirs.
    refused(Activation { function, value, rows: 1, from: &a, to: &a }.record(&mut recording));
    let c = fresh(&device, 64).all();
    let (from, to, add) = (&a, &c, false);
    refused(CopyRows { numbers: 6, from_rows: 1, rows: 1, from, to, add }.record(&mut recording));
    refused(CopyRows { numbers: 4, from_rows: 16, rows: 15, from, to, add }.record(&mut recording));
    refused(CopyRows { numbers: 4, from_rows: 0, rows: 16, from, to, add }.record(&mut recording));
    let range = ConcatGradient { positions: 16, rows: 1, joined: 4, start: 2, channels: 3, gradient: &a, to: &c, add };
    refused(range.record(&mut recording));
    let dropout = Dropout {
        unit: Unit::Element,
        probability: 1.0,
        key: [0; 2],
        value,
        examples: 1,
        samples: 1,
        first_sample: 0,
        shared: false,
        from: &a,
        to: &c,
        add,
    };
    refused(dropout.record(&mut recording));
    assert_eq!(recording.dispatches(), 0);
}
