//! Plans: known without a number of the network, whatever its size, and all that a pass touches.

use crate::native::{NativeBackend, plan_text, planned_memory};
use crate::tests::networks::{Chain, alexnet, bayes, point, window};
use crate::{Backend, BackendError, StepContext};
use elbo_compiler::ir::{AdaptiveAvgPool, Estimator, Operation};

#[test]
fn what_no_memory_holds_is_planned_all_the_same() {
    let mut run = Chain::image(1, 8, 8)
        .conv("conv1", 4, window(3, 1, 20_000), 1, point())
        .add("pool#1", Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [1, 1] }), None)
        .flatten()
        .linear("head", 10, point())
        .run();
    let memory = planned_memory(&run, 32, 256).expect("a plan");
    // 40,006² places, padded to sixteen channels, of 32 examples, and their gradients.
    assert!(memory.passes > 2 * 40_006 * 40_006 * 16 * 32 * 4, "{memory:?}");
    run.training.batch = usize::MAX;
    assert!(plan_text(&run).expect("a plan").contains("conv1"));
}

#[test]
fn more_drawn_weights_than_random_numbers_have_addresses_for_are_refused() {
    let drawn = bayes(Estimator::Flipout);
    let run = Chain::image(1, 8, 8).flatten().linear("wide", 1_000_000_000, drawn).linear("head", 3, point()).run();
    let error = NativeBackend::new(&run).expect_err("it is refused before memory is taken");
    assert!(matches!(error, BackendError::TooLarge { .. }) && !error.is_internal());
    assert!(error.to_string().contains("layer `wide`: it draws at most 2³² weights a layer"), "{error}");
}

#[test]
fn the_plan_of_alexnet_is_a_fraction_of_its_buffers() {
    let run = alexnet(&bayes(Estimator::LocalReparameterization)).run();
    let text = plan_text(&run).expect("a plan");
    let training = text.split("\nplan of ").nth(1).expect("the first plan");
    let sizes = training.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_buffer = columns.len() > 3 && columns[2].contains('-');
        is_buffer.then(|| columns[1].parse::<f64>().expect("a size"))
    });
    let sum: f64 = sizes.sum();
    let whole = training.lines().find_map(|line| line.split("examples: ").nth(1)).expect("the size of the plan");
    let whole: f64 = whole.split_whitespace().next().expect("a number").parse().expect("a number");
    assert!(whole > 0.0 && whole < 0.75 * sum, "{whole} of {sum} MiB");
}

#[test]
fn a_step_of_more_examples_than_planned_makes_room() {
    let run =
        Chain::image(2, 6, 6).conv("conv1", 5, window(3, 1, 1), 1, point()).flatten().linear("head", 3, point()).run();
    let context = StepContext { step: 0, learning_rate: 0.0, kl_weight: 0.0, samples: 1 };
    let batch = |examples| crate::tests::networks::batch(run.network.input, examples, 3);
    let mut grown = NativeBackend::new(&run).expect("a backend");
    grown.train_step(&batch(3), &context).expect("a step");
    let found = grown.train_step(&batch(50), &context).expect("a step");
    let expected = NativeBackend::new(&run).expect("a backend").train_step(&batch(50), &context).expect("a step");
    assert_eq!(found, expected);
}
