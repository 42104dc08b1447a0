//! Every layer kind, mark and estimator against candle in double precision: same parameters and same noise give the same
//! outputs and gradients, to 5e-5 of the largest value, with every table of kernels.

use crate::candle::tests::reference;
use crate::native::{NativeBackend, optimizer, step};
use crate::tests::cases;
use crate::tests::difference::{difference, largest};
use crate::tests::networks::batch_of;
use crate::{Backend, DrawContext, NamedTensor, Parameters, StepContext};
use elbo_compiler::ir::Run;
use elbo_kernels::usable;

const TOLERANCE: f64 = 5e-5;

/// Gradients of the whole objective, in PyTorch's order.
pub(super) fn gradients(backend: &mut NativeBackend, weight: f64) -> Parameters {
    let plan =
        optimizer::StepPlan { learning_rate: 0.0, l2: backend.l2, divergence_weight: weight, clip: None, whole: false };
    optimizer::complete(backend.kernels, &mut backend.network, &mut backend.gradients, &plan);
    let mut all = Parameters::new();
    for (tensor, gradients) in backend.network.tensors.iter().zip(&backend.gradients.tensors) {
        if tensor.is_trained() {
            for ((suffix, _), gradient) in tensor.parts().into_iter().zip(gradients) {
                let values = tensor.packing.unpack(gradient);
                let value = NamedTensor { shape: tensor.packing.shape(), values };
                all.insert(format!("{}{suffix}", tensor.name), value);
            }
        }
    }
    all
}

/// What differs by more than it should.
fn compare(name: &str, run: &Run, failures: &mut Vec<String>) {
    let context = StepContext { step: 3, learning_rate: 0.0, kl_weight: 0.013, samples: 2 };
    let draw = DrawContext { sample: 2, first_example: 5, pass: 1 };
    for kernels in usable() {
        for examples in [4, 19] {
            let batch = batch_of(run, examples);
            let mut backend = NativeBackend::with(run, kernels).unwrap();
            let parameters = backend.parameters().unwrap();
            let expected = reference(run, &parameters, &batch, &context, &draw).unwrap();
            let scores = backend.predict(&batch, &draw).unwrap();
            let what = format!("{name} with {} and {examples} examples", kernels.name());
            let distance = difference(&scores, &expected.scores, 0.0);
            if distance > TOLERANCE {
                failures.push(format!("{what}: outputs differ by {distance:e}"));
            }
            let outcome = step::gradients(&mut backend, &batch, &context).unwrap();
            for (part, found, expected) in [
                ("loss", outcome.loss, expected.outcome.loss),
                ("kl", outcome.kl, expected.outcome.kl),
                ("penalty", outcome.penalty, expected.outcome.penalty),
            ] {
                let distance = (found - expected).abs() / expected.abs().max(1e-3);
                if distance > 1e-5 {
                    failures.push(format!("{what}: the {part} is {found}, not {expected}"));
                }
            }
            let alike = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() <= 1e-4 * expected.max(1e-3),
                (found, expected) => found == expected,
            };
            if !alike(outcome.closeness.squared_error(), expected.outcome.closeness.squared_error()) {
                failures.push(format!("{what}: the squared error is {:?}", outcome.closeness.squared_error()));
            }
            if outcome.closeness.correct() != expected.outcome.closeness.correct() {
                failures.push(format!(
                    "{what}: {:?} are right, not {:?}",
                    outcome.closeness.correct(),
                    expected.outcome.closeness.correct()
                ));
            }
            let found = gradients(&mut backend, context.kl_weight);
            let least =
                expected.gradients.values().map(|gradient| largest(&gradient.values)).fold(0.0, f64::max) * 1e-2;
            assert!(!found.is_empty());
            for (parameter, found) in &found {
                let expected = &expected.gradients[parameter];
                assert_eq!(found.shape, expected.shape, "{what}: {parameter}");
                let distance = difference(&found.values, &expected.values, least);
                if distance > TOLERANCE {
                    failures.push(format!("{what}: the gradient along {parameter} differs by {distance:e}"));
                }
            }
        }
    }
}

#[test]
fn every_layer_mark_and_estimator_agrees_with_candle() {
    let mut failures = Vec::new();
    for (name, cases) in cases::ALL {
        let mut number = 0;
        cases(&mut |run| {
            compare(&format!("{name}, case {number}"), run, &mut failures);
            number += 1;
        });
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
