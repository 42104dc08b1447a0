//! Weights under PyTorch's optimizers, step by step; see tests/parity/torch_optimizers.py and torch_rmsprop.py.

use super::networks::{Chain, point};
use crate::native::NativeBackend;
use crate::{Backend, Gradient, NamedTensor, StepOutcome};
use elbo_compiler::ir::{Optimizer, Shape};
use elbo_contract::Closeness;
use serde::Deserialize;

#[derive(Deserialize)]
struct Stored {
    cases: Vec<Trajectory>,
}

/// Six weights after each step.
#[derive(Deserialize)]
pub(crate) struct Trajectory {
    pub(crate) optimizer: Optimizer,
    pub(crate) weights: Vec<Vec<f64>>,
}

/// Every stored case.
pub(crate) fn stored_trajectories() -> Vec<Trajectory> {
    let texts = [
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/torch_optimizers.json")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/torch_rmsprop.json")),
    ];
    let read = |text: &&str| serde_json::from_str::<Stored>(text).unwrap().cases;
    let cases: Vec<Trajectory> = texts.iter().flat_map(read).collect();
    assert_eq!(cases.len(), 12);
    cases
}

/// The cases are in double precision; a step of ours rounds the weights to single precision.
#[test]
fn the_native_backend_takes_the_steps_of_pytorch() {
    for case in stored_trajectories() {
        let mut run = Chain::new(Shape::Vector { features: 1 }).linear("head", 3, point()).run();
        run.training.optimizer = case.optimizer.clone();
        run.training.clip = None;
        let mut backend = NativeBackend::new(&run).unwrap();
        let mut parameters = backend.parameters().unwrap();
        let start = |i: usize| (i as f64).cos() as f32;
        parameters.get_mut("head.weight").unwrap().values = (0..3).map(start).collect();
        parameters.get_mut("head.bias").unwrap().values = (3..6).map(start).collect();
        backend.set_parameters(&parameters).unwrap();
        let outcome = StepOutcome {
            loss: 0.0,
            negative_log_likelihood: 0.0,
            kl: 0.0,
            penalty: 0.0,
            closeness: Closeness::Correct(0),
        };
        let mut gradient = Gradient { outcome, along: Default::default(), statistics: Default::default() };
        for (number, expected) in case.weights.iter().enumerate() {
            let now = backend.parameters().unwrap();
            for (name, first) in [("head.weight", 0), ("head.bias", 3)] {
                let NamedTensor { shape, values } = &now[name];
                let along = |(i, &now): (usize, &f32)| {
                    ((1.3 * (first + i) as f64 + 0.7 * number as f64).sin() + 0.5 * f64::from(now)) as f32
                };
                let values = values.iter().enumerate().map(along).collect();
                gradient.along.insert(name.to_owned(), NamedTensor { shape: shape.clone(), values });
            }
            backend.update(&gradient, case.optimizer.learning_rate()).unwrap();
            let after = backend.parameters().unwrap();
            let found = after["head.weight"].values.iter().chain(&after["head.bias"].values);
            for (found, expected) in found.zip(expected) {
                let distance = (f64::from(*found) - expected).abs();
                assert!(distance < 1e-5, "{:?} step {number}: {found} {expected}", case.optimizer);
            }
        }
    }
}
