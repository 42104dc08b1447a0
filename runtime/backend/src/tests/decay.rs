//! What weight decay leaves alone.

use super::networks::{Chain, batch_of, point};
use crate::candle::CandleBackend;
use crate::native::NativeBackend;
use crate::{Backend, Parameters, StepContext};
use candle_core::Device;
use elbo_compiler::ir::{LOG_VARIANCE, NoiseModel, Optimizer, Run, Shape};
use elbo_compiler::optimizers::{Adam, AdamW, RmsProp, Sgd};

/// The parameters after a step of each backend, from a noise of variance e².
fn stepped(optimizer: &Optimizer) -> Vec<Parameters> {
    let mut run =
        Chain::new(Shape::Vector { features: 4 }).linear("head", 2, point()).gaussian(NoiseModel::Learned).run();
    run.training.optimizer = optimizer.clone();
    let mut candle = CandleBackend::new(&run, Device::Cpu).unwrap();
    let mut native = NativeBackend::new(&run).unwrap();
    vec![step(&run, &mut candle), step(&run, &mut native)]
}

fn step(run: &Run, backend: &mut dyn Backend) -> Parameters {
    let mut parameters = backend.parameters().unwrap();
    parameters.get_mut(LOG_VARIANCE).expect("the noise is learned").values.fill(2.0);
    backend.set_parameters(&parameters).unwrap();
    let context = StepContext { step: 0, learning_rate: 0.1, kl_weight: 0.0, samples: 1 };
    backend.train_step(&batch_of(run, 8), &context).unwrap();
    backend.parameters().unwrap()
}

#[test]
fn decay_leaves_the_learned_noise_alone() {
    let sgd = |weight_decay| Optimizer::Sgd(Sgd { learning_rate: 0.1, momentum: 0.9, nesterov: true, weight_decay });
    let adam =
        |weight_decay| Optimizer::Adam(Adam { learning_rate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay });
    let adamw =
        |weight_decay| Optimizer::AdamW(AdamW { learning_rate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay });
    let rmsprop = |weight_decay| {
        Optimizer::RmsProp(RmsProp {
            learning_rate: 0.1,
            beta: 0.99,
            epsilon: 1e-8,
            momentum: 0.9,
            centered: true,
            weight_decay,
        })
    };
    let pairs = [[sgd(0.3), sgd(0.0)], [adam(0.3), adam(0.0)], [adamw(0.3), adamw(0.0)], [rmsprop(0.3), rmsprop(0.0)]];
    for [with, without] in pairs {
        for (with, without) in stepped(&with).iter().zip(&stepped(&without)) {
            assert_ne!(with["head.weight"], without["head.weight"]);
            assert_eq!(with[LOG_VARIANCE], without[LOG_VARIANCE]);
        }
    }
}
