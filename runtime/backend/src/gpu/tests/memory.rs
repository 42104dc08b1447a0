//! What was planned against what is allocated.

use super::open;
use crate::gpu::{GpuBackend, planned_memory};
use crate::tests::networks::{Chain, batch_of, bayes, point, window};
use crate::{Backend, DrawsContext, StepContext};
use elbo_compiler::ir::{Activation, Estimator, Mark, MaxPool, Operation, Run};
use elbo_gpu::Opening;

/// What no plan counts: tables, verdicts, records by block, and the targets and costs of a batch.
const SMALL: u64 = 512 << 10;

fn network(mark: Mark) -> Run {
    let mut run = Chain::image(3, 16, 16)
        .conv("conv1", 32, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Relu)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
        .conv("conv2", 64, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Softplus)
        .flatten()
        .linear("fc1", 128, mark)
        .linear("head", 10, point())
        .run();
    run.training.batch = 64;
    run.report.samples = 8;
    run
}

#[test]
fn the_memory_of_a_device_is_planned_before_it_is_taken() {
    for mark in [point(), bayes(Estimator::LocalReparameterization), bayes(Estimator::Flipout)] {
        let run = network(mark);
        let Some(device) = open(&Opening::default()) else { return };
        let mut backend = GpuBackend::with(&run, device.clone()).unwrap();
        let batch = batch_of(&run, 64);
        let context = StepContext { step: 0, learning_rate: 1e-3, kl_weight: 1e-3, samples: 1 };
        backend.train_step(&batch, &context).unwrap();
        let draws = DrawsContext { first_sample: 0, samples: 8, first_example: 0, pass: 0 };
        backend.predict_draws(&batch, &draws).unwrap();
        let planned = planned_memory(&run, 64, 64).unwrap();
        let (all, taken) = (planned.parameters + planned.optimizer + planned.passes, device.allocated());
        assert!(all <= taken + SMALL && taken <= all + all / 50 + SMALL, "{all} planned, {taken} allocated");
        assert!(all > 4 * SMALL && planned.largest < all);
        assert!(planned_memory(&run, 640, 64).unwrap().passes > 5 * planned_memory(&run, 64, 64).unwrap().passes / 2);
    }
}

#[test]
fn no_device_is_needed_for_a_plan_of_any_size() {
    let run = network(point());
    assert!(planned_memory(&run, 4096, 4096).unwrap().passes > planned_memory(&run, 1, 1).unwrap().passes);
    assert!(planned_memory(&run, 1 << 40, 1).unwrap().passes > 1 << 50);
}
