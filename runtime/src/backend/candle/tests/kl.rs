//! The divergence against independent values, its direction, and the published figures of whole networks.

use super::networks::{Chain, alexnet, window};
use crate::backend::Backend;
use crate::backend::candle::CandleBackend;
use crate::backend::candle::kernels::Kernels;
use crate::backend::candle::kl::tensor;
use crate::backend::candle::real::softplus;
use crate::backend::candle::variational::Posterior;
use candle_core::{DType, Device, Tensor};
use elbo_compiler::analysis::gaussian_divergence;
use elbo_compiler::ir::{self, Activation, Estimator, Mark, Operation, PosteriorMean, Prior};

#[test]
fn the_posterior_comes_first() {
    // The defaults of a widely used package: μ = 0.1 (the root of E μ²), ρ = −5, prior N(0, 0.1²). The true
    // value is 2.70; with the arguments exchanged it would be 218.5.
    let deviation = softplus(-5.0);
    let prior = Prior::Normal { mean: 0.0, std: 0.1 };
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let full = |value: f64| Tensor::full(value, (3, 5), &Device::Cpu).unwrap();
        let posterior = Posterior { mean: full(0.1), deviation: full(deviation) };
        let term = tensor(kernels, &posterior, &prior).unwrap();
        assert!((term.value - 15.0 * 2.703029255512378).abs() < 1e-11, "{kernels:?}: {}", term.value);
        assert!((term.tensor.to_scalar::<f64>().unwrap() - term.value).abs() < 1e-11);
    }
}

#[test]
fn deviations_are_stable_at_both_ends() {
    for (rho, expected) in [(-80.0f32, (-80f64).exp()), (-20.0, (-20f64).exp()), (0.0, 2f64.ln()), (90.0, 90.0)] {
        let relative = f64::from(softplus(rho)) / expected - 1.0;
        assert!(relative.abs() < 1e-5, "{rho}: {relative}");
    }
}

/// μ = 0, ρ = −10, prior N(0, 1).
fn narrow() -> Mark {
    Mark::Bayes {
        prior: Prior::Normal { mean: 0.0, std: 1.0 },
        posterior: ir::Posterior { mean: PosteriorMean::Zeros, rho: -10.0 },
        estimator: Estimator::LocalReparameterization,
    }
}

#[test]
fn whole_networks_start_at_the_published_divergence() {
    let pool = || Operation::MaxPool { window: window(2, 2, 0) };
    let lenet = Chain::image(1, 32, 32)
        .conv("conv1", 6, window(5, 1, 0), 1, narrow())
        .act(Activation::Softplus)
        .add("maxpool#1", pool(), None)
        .conv("conv2", 16, window(5, 1, 0), 1, narrow())
        .act(Activation::Softplus)
        .add("maxpool#2", pool(), None)
        .flatten()
        .linear("fc1", 120, narrow())
        .linear("fc2", 84, narrow())
        .linear("head", 10, narrow());
    // Weights and biases, examples, nats per example: (ln(1/σ) − ½)·weights/examples.
    for (chain, weights, examples, expected) in
        [(alexnet(&narrow()), 2_175_946, 50_000.0, 413.0), (lenet, 61_706, 60_000.0, 9.8)]
    {
        let run = chain.run();
        let found = [Kernels::Fused, Kernels::Portable]
            .map(|kernels| CandleBackend::with(&run, Device::Cpu, DType::F32, kernels).unwrap().kl().unwrap());
        let exact = f64::from(weights) * gaussian_divergence(0.0, softplus(-10.0), 0.0, 1.0);
        assert!((found[0] / exact - 1.0).abs() < 1e-7, "{} {exact}", found[0]);
        assert!((found[1] / exact - 1.0).abs() < 1e-4, "{} {exact}", found[1]);
        assert!((found[0] / examples - expected).abs() < 0.005 * expected, "{}", found[0] / examples);
    }
}
