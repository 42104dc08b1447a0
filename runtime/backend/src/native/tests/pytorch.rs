//! Whole networks against PyTorch in double precision: losses, gradients, and a step of Adam; see
//! tests/parity/torch_networks.py.

use super::parity::gradients;
use crate::native::{NativeBackend, step};
use crate::tests::networks::{alexnet, vgg16};
use crate::{Backend, Batch, Parameters, StepContext, Targets};
use elbo_compiler::ir::{Mark, Optimizer, Run};
use elbo_compiler::optimizers;
use elbo_kernels::{Kernels, usable};
use elbo_random::{Key, Purpose};
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Of a gradient, its largest value or its norm.
const TOLERANCE: f64 = 5e-5;

#[derive(Deserialize)]
struct Stored {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    network: String,
    mark: Mark,
    draw: u32,
    labels: Vec<u32>,
    samples: usize,
    step: u64,
    kl_weight: f64,
    adam: Adam,
    negative_log_likelihood: f64,
    kl: f64,
    parameters: BTreeMap<String, Summary>,
}

#[derive(Deserialize)]
struct Adam {
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
}

/// What is kept of a gradient, and the parameter after the step at the same places.
#[derive(Deserialize)]
struct Summary {
    norm: f64,
    largest: f64,
    products: [f64; 2],
    elements: Vec<f64>,
    after: Vec<f64>,
}

/// 32 bits that look random.
fn mix(at: usize) -> u32 {
    let mut hash = (at as u32).wrapping_mul(0x9E37_79B1);
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0x85EB_CA77);
    hash ^ (hash >> 13)
}

/// Elements at the stored places.
fn elements(values: &[f32], count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(|number| f64::from(values[mix(number) as usize % values.len()]))
}

/// The norm, the largest absolute value, and the products with two vectors of signs.
fn figures(gradient: &[f32]) -> [f64; 4] {
    const PIECE: usize = 1 << 16;
    let pieces = gradient.par_chunks(PIECE).enumerate().map(|(piece, values)| {
        let mut figures = [0.0; 4];
        for (at, &value) in values.iter().enumerate() {
            let (value, hash) = (f64::from(value), mix(piece * PIECE + at));
            let signed = |bit: u32| if hash >> bit & 1 == 1 { -value } else { value };
            figures[0] += value * value;
            figures[1] = value.abs().max(figures[1]);
            figures[2] += signed(31);
            figures[3] += signed(30);
        }
        figures
    });
    let zero = || [0.0; 4];
    let [squares, largest, first, second] =
        pieces.reduce(zero, |a, b| [a[0] + b[0], a[1].max(b[1]), a[2] + b[2], a[3] + b[3]]);
    [squares.sqrt(), largest, first, second]
}

impl Case {
    fn run(&self) -> Run {
        let chain = match self.network.as_str() {
            "alexnet" => alexnet(&self.mark),
            "vgg16" => vgg16(&self.mark),
            other => panic!("no network {other}"),
        };
        let mut run = chain.run();
        let Adam { learning_rate, betas, epsilon, weight_decay } = self.adam;
        run.training.optimizer = Optimizer::Adam(optimizers::Adam { learning_rate, betas, epsilon, weight_decay });
        run
    }

    fn batch(&self, run: &Run) -> Batch {
        let shape = run.network.input;
        let mut images = vec![0.0; self.labels.len() * shape.elements()];
        Key::new(99).stream(Purpose::Augmentation, "test images").fill_normal(0, self.draw, 0, &mut images);
        Batch { shape, inputs: images, targets: Targets::Classes(self.labels.clone()) }
    }

    fn context(&self) -> StepContext {
        let Self { step, kl_weight, samples, .. } = *self;
        StepContext { step, learning_rate: self.adam.learning_rate, kl_weight, samples }
    }

    /// By how much a first step of Adam, lr·g/(|g| + ε), may differ where the gradient may by the tolerance: it is of the
    /// same size whatever the gradient's, so that a gradient near 0 shows every rounding.
    fn step_of_error(&self, gradient: f64, largest: f64) -> f64 {
        let share = |gradient: f64| gradient / (gradient.abs() + self.adam.epsilon);
        let error = TOLERANCE * largest;
        self.adam.learning_rate * (share(gradient + error) - share(gradient - error))
    }

    /// What differs by more than it should. The parameters to start from are made once.
    fn compare(&self, kernels: Kernels, start: &mut Option<Parameters>, failures: &mut Vec<String>) {
        let run = self.run();
        let (batch, context) = (self.batch(&run), self.context());
        let what = format!("{} {:?} with {}", self.network, self.mark, kernels.name());
        let mut backend = NativeBackend::with(&run, kernels).unwrap();
        let start = start.get_or_insert_with(|| {
            let mut parameters = backend.parameters().unwrap();
            vary(run.training.seed, &mut parameters);
            parameters
        });
        backend.set_parameters(start).unwrap();

        let outcome = step::gradients(&mut backend, &batch, &context).unwrap();
        for (part, found, expected) in [
            ("negative log-likelihood", outcome.negative_log_likelihood, self.negative_log_likelihood),
            ("divergence", outcome.kl, self.kl),
        ] {
            if (found - expected).abs() > 1e-5 * expected.abs() {
                failures.push(format!("{what}: the {part} is {found}, not {expected}"));
            }
        }
        let found = gradients(&mut backend, context.kl_weight);
        assert!(found.keys().eq(self.parameters.keys()), "{what}: other parameters");
        for (name, expected) in &self.parameters {
            let found = &found[name].values;
            let (norm, largest) = (expected.norm, expected.largest);
            let stored = [norm, largest, expected.products[0], expected.products[1]];
            let sizes = [norm, largest, norm, norm];
            let figures = figures(found).into_iter().zip(stored).zip(sizes);
            let elements = elements(found, expected.elements.len()).zip(expected.elements.iter().copied());
            for (at, ((found, expected), size)) in figures.chain(elements.map(|pair| (pair, largest))).enumerate() {
                let distance = (found - expected).abs() / size;
                if distance.is_nan() || distance > TOLERANCE {
                    failures.push(format!("{what}: figure {at} of the gradient along {name} differs by {distance:e}"));
                }
            }
        }

        backend.train_step(&batch, &context).unwrap();
        let found = backend.parameters().unwrap();
        for (name, expected) in &self.parameters {
            assert_eq!(expected.after.len(), expected.elements.len(), "{what}: {name}");
            let after = expected.after.iter().zip(&expected.elements);
            let expected_largest = expected.largest;
            for (found, (&after, &gradient)) in elements(&found[name].values, expected.after.len()).zip(after) {
                let distance = (found - after).abs();
                let expected = after;
                if distance.is_nan() || distance > 1e-6 + self.step_of_error(gradient, expected_largest) {
                    failures.push(format!("{what}: after a step {name} has {found}, not {expected}"));
                }
            }
        }
    }
}

/// Gives biases and deviations, which start as constants, values of their own.
fn vary(seed: u64, parameters: &mut Parameters) {
    for (name, tensor) in parameters {
        let (stream, mean, spread) = match name.strip_suffix(".mu").unwrap_or(name) {
            bias if bias.ends_with(".bias") => (bias, 0.0, 0.05),
            rho if rho.ends_with(".rho") => (rho, -5.0, 0.3),
            _ => continue,
        };
        Key::new(seed).stream(Purpose::Initialization, stream).fill_normal(0, 0, 0, &mut tensor.values);
        tensor.values.iter_mut().for_each(|value| *value = (f64::from(*value) * spread + mean) as f32);
    }
}

/// The stored case of a network, with one value or a distribution for each parameter. A test each, so that they run side
/// by side.
fn check(network: &str, is_bayes: bool) {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/torch_networks.json"));
    let stored: Stored = serde_json::from_str(text).unwrap();
    let is_wanted = |case: &&Case| case.network == network && matches!(case.mark, Mark::Bayes { .. }) == is_bayes;
    let case = stored.cases.iter().find(is_wanted).unwrap();
    // The larger network takes too long for more than the widest table.
    let tables = if network == "alexnet" { usize::MAX } else { 1 };
    let (mut start, mut failures) = (None, Vec::new());
    for kernels in usable().take(tables) {
        case.compare(kernels, &mut start, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn alexnet_agrees_with_pytorch() {
    check("alexnet", false);
}

#[test]
fn bayesian_alexnet_agrees_with_pytorch() {
    check("alexnet", true);
}

#[test]
fn vgg16_agrees_with_pytorch() {
    check("vgg16", false);
}

#[test]
fn bayesian_vgg16_agrees_with_pytorch() {
    check("vgg16", true);
}
