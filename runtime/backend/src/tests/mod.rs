//! The trait, the choice of a backend, and what the tests of both backends build on.

pub(crate) mod cases;
mod choice;
mod decay;
pub(crate) mod difference;
mod draws;
mod halves;
pub(crate) mod networks;
pub(crate) mod trajectories;

use elbo_compiler::ir::{Activation, Operation};
use std::collections::BTreeSet;

#[test]
fn every_kind_of_layer_has_a_case() {
    let mut seen = BTreeSet::new();
    for (_, cases) in cases::ALL {
        cases(&mut |run| seen.extend(run.network.layers.iter().map(|layer| layer.operation.variant())));
    }
    for variant in Operation::KINDS {
        assert!(seen.contains(variant), "no case of the gradients has {variant}");
    }
}

/// All of them are one kind of layer.
#[test]
fn every_activation_has_a_case() {
    let mut seen = BTreeSet::new();
    for (_, cases) in cases::ALL {
        cases(&mut |run| {
            seen.extend(run.network.layers.iter().filter_map(|layer| match &layer.operation {
                Operation::Activation(elementwise) => Some(elementwise.function.name()),
                _ => None,
            }));
        });
    }
    for name in Activation::names() {
        assert!(seen.contains(name), "no case of the gradients has {name}");
    }
}
