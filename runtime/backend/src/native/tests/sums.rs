//! Sums over very many places of numbers of one sign, whose roundings do not cancel: against candle in double precision.

use super::parity::gradients;
use crate::candle::tests::reference;
use crate::native::{NativeBackend, step};
use crate::tests::difference::difference;
use crate::tests::networks::{Chain, batch_of, point, window};
use crate::{Backend, DrawContext, StepContext};
use elbo_compiler::ir::{Activation, AdaptiveAvgPool, AvgPool, BatchNorm, GroupNorm, Operation};
use elbo_kernels::Kernels;

/// A few roundings.
const TOLERANCE: f64 = 2e-6;
/// The mean that is subtracted is a number of 32 bits itself, larger than the deviations.
const TOLERANCE_NORMALISED: f64 = 1e-5;
const SIDE: usize = 256;

#[test]
fn sums_over_many_places_are_those_of_double_precision() {
    let whole = || Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [1, 1] });
    let windows = || Operation::AvgPool(AvgPool { window: window(SIDE, 1, 0) });
    let group = || Operation::GroupNorm(GroupNorm { groups: 1, epsilon: 1e-3 });
    let batch = || Operation::BatchNorm(BatchNorm { epsilon: 1e-3, momentum: 0.1 });
    let mut failures = Vec::new();
    for (name, norm, pool) in [
        ("adaptive", None, whole()),
        ("windows", None, windows()),
        ("groups", Some(group()), whole()),
        ("batch", Some(batch()), whole()),
    ] {
        let tolerance = if norm.is_some() { TOLERANCE_NORMALISED } else { TOLERANCE };
        let image = Chain::image(1, SIDE, SIDE);
        let chain = match norm {
            None => image.conv("conv1", 2, window(1, 1, 0), 1, point()),
            // Means of what is normalised would be 0 but for rounding.
            Some(norm) => image.add("norm", norm, None).act(Activation::Softplus),
        };
        let run = chain.add("pool", pool, None).flatten().linear("head", 3, point()).run();
        let mut batch = batch_of(&run, 2);
        batch.inputs.iter_mut().for_each(|value| *value = 1.0 + 0.1 * value.abs().min(3.0));
        let mut native = NativeBackend::with(&run, Kernels::widest()).unwrap();
        let (context, draw) = (
            StepContext { step: 0, learning_rate: 0.0, kl_weight: 0.0, samples: 1 },
            DrawContext { sample: 0, first_example: 0, pass: 0 },
        );
        let expected = reference(&run, &native.parameters().unwrap(), &batch, &context, &draw).unwrap();
        let distance = difference(&native.predict(&batch, &draw).unwrap(), &expected.scores, 0.0);
        if distance > tolerance {
            failures.push(format!("{name}: outputs differ by {distance:e}"));
        }
        step::gradients(&mut native, &batch, &context).unwrap();
        let largest = expected.gradients.values().flat_map(|gradient| &gradient.values);
        let least = largest.fold(0.0_f64, |largest, value| largest.max(f64::from(value.abs()))) * 1e-2;
        for (parameter, found) in &gradients(&mut native, 0.0) {
            let distance = difference(&found.values, &expected.gradients[parameter].values, least);
            if distance > tolerance {
                failures.push(format!("{name}: the gradient along {parameter} differs by {distance:e}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
