//! The divergence against independent values, its direction, and the published figures of whole networks.

use crate::candle::CandleBackend;
use crate::candle::drawn::{self, DrawnPrior};
use crate::candle::kernels::Kernels;
use crate::candle::kl::tensor;
use crate::candle::network::Pass;
use crate::candle::noise::Draw;
use crate::candle::real::softplus;
use crate::candle::variational::Posterior;
use crate::tests::networks::{Chain, alexnet, batch, bayes_from, laplace, mixture, window, window1d};
use crate::{Backend, StepContext};
use candle_core::{DType, Device, Tensor};
use elbo_compiler::ir::{self, Activation, Estimator, Linear, Mark, MaxPool, Operation, PosteriorMean, Prior, Shape};
use elbo_compiler::priors::{LogDensity as _, MixtureDensity, Normal, ScaleMixture, gaussian_divergence};
use elbo_random::{Key, Purpose};

#[test]
fn the_posterior_comes_first() {
    // The defaults of a widely used package: μ = 0.1 (the root of E μ²), ρ = −5, prior N(0, 0.1²). The true
    // value is 2.70; with the arguments exchanged it would be 218.5.
    let deviation = softplus(-5.0);
    let prior = Prior::Normal(Normal { mean: 0.0, std: 0.1 });
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
        prior: Prior::Normal(Normal { mean: 0.0, std: 1.0 }),
        posterior: ir::Posterior { mean: PosteriorMean::Zeros, rho: -10.0 },
        estimator: Estimator::LocalReparameterization,
    }
}

#[test]
fn whole_networks_start_at_the_published_divergence() {
    let pool = || Operation::MaxPool(MaxPool { window: window(2, 2, 0) });
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

#[test]
fn a_laplace_prior_is_summed_in_both_forms() {
    let means = [0.3, -0.02, -0.7, 0.0, 5.0, 0.1];
    let deviations = [0.2, 1.3, 0.01, 0.0067, 0.5, 4.0];
    let expected: f64 = means.iter().zip(deviations).map(|(&mean, width)| laplace().divergence(mean, width)).sum();
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let row = |values: &[f64]| Tensor::from_slice(values, (2, 3), &Device::Cpu).unwrap();
        let posterior = Posterior { mean: row(&means), deviation: row(&deviations) };
        let term = tensor(kernels, &posterior, &laplace()).unwrap();
        assert!((term.value / expected - 1.0).abs() < 1e-12, "{kernels:?}: {} {expected}", term.value);
        assert!((term.tensor.to_scalar::<f64>().unwrap() / expected - 1.0).abs() < 1e-12);
    }
}

/// The mixture of the tests as the compiler sees it.
fn scale_mixture() -> MixtureDensity {
    let Prior::ScaleMixture(ScaleMixture { pi, std1, std2 }) = mixture() else { unreachable!("it is a mixture") };
    MixtureDensity::new(pi, std1, std2)
}

#[test]
fn a_mixture_is_measured_at_the_weights_of_the_forward_pass() {
    // Unit vectors as inputs: the scores are the weights.
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let head = Operation::Linear(Linear { out_features: 3, bias: false });
        let mark = bayes_from(mixture(), Estimator::Reparameterization);
        let run = Chain::new(Shape::Vector { features: 4 }).add("head", head, Some(mark)).run();
        let backend = CandleBackend::with(&run, Device::Cpu, DType::F64, kernels).unwrap();
        let posteriors = backend.network.posteriors(false).unwrap();
        let pass = Pass {
            randomness: backend.randomness(Draw::Training { step: 5, sample: 1 }),
            posteriors: &posteriors,
            gradients: false,
            statistics: const { &Vec::new() },
        };
        let input = Tensor::eye(4, DType::F64, &Device::Cpu).unwrap();
        let (scores, _) = backend.network.forward(&input, &pass, &mut |_, _| Ok(())).unwrap();
        let weights = scores.t().unwrap().to_vec2::<f64>().unwrap().concat();
        let posterior = posteriors[0].as_ref().unwrap();
        let on_host = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let (means, widths) = (on_host(&posterior.weight.mean), on_host(&posterior.weight.deviation));
        let log_density = |w: f64, mean: f64, width: f64| {
            -width.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln() - 0.5 * ((w - mean) / width).powi(2)
        };
        let places = weights.iter().zip(&means).zip(&widths);
        let expected: f64 =
            places.map(|((&w, &mean), &width)| log_density(w, mean, width) - scale_mixture().at(w)).sum();
        let terms = backend.network.drawn_divergences(&posteriors, &pass.randomness).unwrap();
        assert_eq!(terms.len(), 1);
        assert!((terms[0].1.value - expected).abs() < 1e-10, "{} {expected}", terms[0].1.value);
        assert!((terms[0].1.tensor.to_scalar::<f64>().unwrap() - expected).abs() < 1e-10);
    }
}

#[test]
fn draws_of_a_mixture_scatter_around_its_expectation_as_stated() {
    let count = 20_000;
    let mut noise = vec![0f32; count];
    Key::new(3).stream(Purpose::Augmentation, "mixture").fill_normal(0, 0, 0, &mut noise);
    let noise: Vec<f64> = noise.into_iter().map(f64::from).collect();
    let prior = DrawnPrior::of(&mixture()).expect("it has no closed form");
    for (mean, width) in [(0.0, 0.05), (0.3, 0.2), (-0.1, 0.007)] {
        let full = |value: f64| Tensor::full(value, count, &Device::Cpu).unwrap();
        let posterior = Posterior { mean: full(mean), deviation: full(width) };
        let draws = Tensor::from_slice(&noise, count, &Device::Cpu).unwrap();
        let sum = drawn::divergence(Kernels::Fused, &posterior, &prior, draws).unwrap().value;
        let moments = mixture().moments(mean, width);
        let error = (moments.variance / count as f64).sqrt();
        let sampled = sum / count as f64;
        assert!((sampled - moments.mean).abs() < 4.0 * error, "{sampled} ± {error}, {}", moments.mean);
    }
}

#[test]
fn the_divergence_of_a_step_is_that_of_its_draws_and_kl_its_expectation() {
    for estimator in [Estimator::Reparameterization, Estimator::Flipout] {
        let chain = Chain::new(Shape::Sequence { channels: 2, length: 40 })
            .conv1d("conv1", 8, window1d(5, 1, 0), 1, bayes_from(mixture(), estimator))
            .flatten()
            .linear("fc1", 20, bayes_from(laplace(), estimator))
            .linear("head", 3, bayes_from(mixture(), estimator));
        let run = chain.run();
        let mut backend = CandleBackend::new(&run, Device::Cpu).unwrap();
        let parameters = backend.parameters().unwrap();
        let (mut expected, mut variance) = (0.0, 0.0);
        for (name, means) in &parameters {
            let Some(tensor) = name.strip_suffix(".mu") else { continue };
            for (&mean, &rho) in means.values.iter().zip(&parameters[&format!("{tensor}.rho")].values) {
                let (mean, width) = (f64::from(mean), softplus(f64::from(rho)));
                if tensor.starts_with("fc1") {
                    expected += laplace().divergence(mean, width);
                } else {
                    let moments = mixture().moments(mean, width);
                    expected += moments.mean;
                    variance += moments.variance;
                }
            }
        }
        let kl = backend.kl().unwrap();
        assert!((kl / expected - 1.0).abs() < 1e-6, "{kl} {expected}");
        assert_eq!(kl.to_bits(), backend.kl().unwrap().to_bits());
        let batch = batch(run.network.input, 4, 3);
        let samples = 16;
        let context = StepContext { step: 0, learning_rate: 0.1, kl_weight: 0.01, samples };
        let outcome = backend.train_step(&batch, &context).unwrap();
        let error = (variance / samples as f64).sqrt();
        assert!((outcome.kl - kl).abs() < 4.0 * error && outcome.kl != kl, "{} {kl} ± {error}", outcome.kl);
        assert!((outcome.loss - outcome.negative_log_likelihood - 0.01 * outcome.kl).abs() < 1e-12);
    }
}

#[test]
fn a_mixture_without_drawn_weights_is_refused() {
    let mark = bayes_from(mixture(), Estimator::LocalReparameterization);
    let run = Chain::new(Shape::Vector { features: 4 }).linear("head", 3, mark).run();
    let error = CandleBackend::new(&run, Device::Cpu).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("layer `head`") && error.to_string().contains("needs drawn weights"), "{error}");
}
