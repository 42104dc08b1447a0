//! Every layer kind, mark and estimator against the native backend: the same parameters and the same noise give the
//! same outputs, losses and gradients, to 5e-5 of the largest value.

use super::backend;
use crate::native::NativeBackend;
use crate::tests::cases;
use crate::tests::difference::{difference, largest};
use crate::tests::networks::batch_of;
use crate::{Backend, DrawsContext, StepContext};
use elbo_compiler::ir::Run;

const TOLERANCE: f64 = 5e-5;

/// What differs by more than it should; nothing is compared where there is no device.
fn compare(name: &str, run: &Run, examples: usize, failures: &mut Vec<String>) {
    let mut run = run.clone();
    // Room for more examples than there are: a batch may be short.
    run.training.batch = examples + 2;
    let context = StepContext { step: 3, learning_rate: 0.0, kl_weight: 0.013, samples: 2 };
    let draws = DrawsContext { first_sample: 2, samples: 3, first_example: 5, pass: 1 };
    let Some(mut found) = backend(&run) else { return };
    let mut expected = NativeBackend::new(&run).unwrap();
    let batch = batch_of(&run, examples);
    let what = format!("{name} with {examples} examples");
    assert_eq!(found.parameters().unwrap(), expected.parameters().unwrap(), "{what}");
    let [scores, wanted] =
        [found.predict_draws(&batch, &draws).unwrap(), expected.predict_draws(&batch, &draws).unwrap()];
    let distance = difference(&scores, &wanted, 0.0);
    if distance > TOLERANCE {
        failures.push(format!("{what}: outputs differ by {distance:e}"));
    }
    let (found, expected) = (found.gradient(&batch, &context).unwrap(), expected.gradient(&batch, &context).unwrap());
    for (part, found, expected) in [
        ("loss", found.outcome.loss, expected.outcome.loss),
        ("kl", found.outcome.kl, expected.outcome.kl),
        ("penalty", found.outcome.penalty, expected.outcome.penalty),
    ] {
        if (found - expected).abs() / expected.abs().max(1e-3) > 2e-5 {
            failures.push(format!("{what}: the {part} is {found}, not {expected}"));
        }
    }
    let [close, wanted] = [&found, &expected].map(|gradient| gradient.outcome.closeness);
    let alike = match (close.squared_error(), wanted.squared_error()) {
        (Some(close), Some(wanted)) => (close - wanted).abs() <= 1e-4 * wanted.max(1e-3),
        (close, wanted) => close.is_none() && wanted.is_none(),
    };
    // Where two samples are each certain of another class, in single precision both are equally probable.
    let may_differ = usize::from(name.starts_with("tiles"));
    let counts = close.correct().zip(wanted.correct());
    if !alike || counts.is_some_and(|(close, wanted)| close.abs_diff(wanted) > may_differ) {
        failures.push(format!("{what}: {close:?}, not {wanted:?}"));
    }
    let least = expected.along.values().map(|gradient| largest(&gradient.values)).fold(0.0, f64::max) * 1e-2;
    for (kind, found, expected, least) in [
        ("gradient", &found.along, &expected.along, least),
        ("statistic", &found.statistics, &expected.statistics, 0.0),
    ] {
        assert!(found.keys().eq(expected.keys()), "{what}");
        for (name, found) in found {
            assert_eq!(found.shape, expected[name].shape, "{what}: {name}");
            let distance = difference(&found.values, &expected[name].values, least);
            if distance > TOLERANCE {
                failures.push(format!("{what}: the {kind} of {name} differs by {distance:e}"));
            }
        }
    }
}

fn check(wanted: &[&str], examples: &[usize]) {
    let mut failures = Vec::new();
    for (name, cases) in cases::ALL.iter().filter(|(name, _)| wanted.contains(name)) {
        let mut number = 0;
        cases(&mut |run| {
            for &examples in examples {
                compare(&format!("{name}, case {number}"), run, examples, &mut failures);
            }
            number += 1;
        });
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

const PRODUCTS: [&str; 4] = ["convolutions_and_linear_maps", "layers_without_bias", "transposed_convolutions", "tiles"];
const BRANCHES: [&str; 3] = ["residuals", "concatenations", "late_branches"];

#[test]
fn products_agree_with_native() {
    check(&PRODUCTS, &[4, 19]);
}

#[test]
fn branches_agree_with_native() {
    check(&BRANCHES, &[5]);
}

#[test]
fn all_other_layers_and_outputs_agree_with_native() {
    let others = cases::ALL.iter().map(|(name, _)| *name);
    let others: Vec<&str> = others.filter(|name| !PRODUCTS.contains(name) && !BRANCHES.contains(name)).collect();
    check(&others, &[7]);
}
