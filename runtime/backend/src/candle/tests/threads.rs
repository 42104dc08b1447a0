//! The number of threads, and running again, change no bit.

use crate::candle::CandleBackend;
use crate::tests::networks::{Chain, batch, bayes, bayes_from, laplace, mixture, point, window, window1d};
use crate::{Backend, DrawContext, StepContext};
use candle_core::Device;
use elbo_compiler::ir::{
    Activation, AdaptiveAvgPool, BatchNorm, Clip, Estimator, GroupNorm, LayerNorm, Likelihood, MaxPool, Operation,
    Optimizer, Run, Shape,
};
use elbo_compiler::optimizers::Adam;
use std::process::Command;

/// Bits of everything a short training leaves, large enough that every kernel cuts its work into parts.
fn fingerprint() -> String {
    let mut all = Vec::new();
    for estimator in [Estimator::LocalReparameterization, Estimator::Reparameterization] {
        let run = Chain::image(3, 16, 16)
            .conv("conv1", 48, window(5, 1, 2), 1, bayes(estimator))
            .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
            .act(Activation::Softplus)
            .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(3, 2, 1) }), None)
            .conv("conv2", 64, window(3, 1, 1), 1, point())
            .act(Activation::Gelu)
            .add("pool#1", Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [2, 2] }), None)
            .flatten()
            .linear("head", 10, bayes(estimator))
            .run();
        all.extend(bits_of(run));
    }
    let drawn = bayes_from(mixture(), Estimator::Flipout);
    let images = Chain::image(4, 12, 12)
        .conv("conv1", 48, window(3, 1, 1), 1, drawn.clone())
        .add("norm1", Operation::GroupNorm(GroupNorm { groups: 4, epsilon: 1e-5 }), None)
        .act(Activation::Relu)
        .conv("conv2", 48, window(3, 1, 1), 4, bayes_from(laplace(), Estimator::LocalReparameterization))
        .plus("add#1", "norm1")
        .add("norm2", Operation::LayerNorm(LayerNorm { epsilon: 1e-5 }), None);
    let sequences = Chain::new(Shape::Sequence { channels: 8, length: 150 })
        .conv1d("conv1", 48, window1d(5, 1, 2), 2, bayes_from(mixture(), Estimator::Reparameterization))
        .add("norm1", Operation::GroupNorm(GroupNorm { groups: 4, epsilon: 1e-5 }), None)
        .add("maxpool#1", Operation::MaxPool(MaxPool { window: window1d(3, 2, 1) }), None);
    for chain in [images, sequences] {
        let mut run = chain.flatten().linear("head", 10, drawn.clone()).run();
        run.training.clip = Some(Clip::Norm { maximum: 0.5 });
        run.training.likelihood = Likelihood { label_smoothing: 0.1, class_weights: Some(vec![0.7; 10]) };
        all.extend(bits_of(run));
    }
    use sha2::{Digest, Sha256};
    let bytes: Vec<u8> = all.into_iter().flat_map(u64::to_le_bytes).collect();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bits of a few steps and a prediction.
fn bits_of(mut run: Run) -> Vec<u64> {
    let mut all = Vec::new();
    run.training.optimizer =
        Optimizer::Adam(Adam { learning_rate: 1e-2, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 1e-3 });
    let batch = batch(run.network.input, 32, 10);
    let mut backend = CandleBackend::new(&run, Device::Cpu).unwrap();
    for step in 0..3 {
        let context = StepContext { step, learning_rate: 1e-2, kl_weight: 1e-3, samples: 2 };
        let outcome = backend.train_step(&batch, &context).unwrap();
        all.extend([outcome.loss.to_bits(), outcome.kl.to_bits()]);
    }
    let parameters = backend.parameters().unwrap();
    all.extend(parameters.values().flat_map(|tensor| &tensor.values).map(|value| u64::from(value.to_bits())));
    let scores = backend.predict(&batch, &DrawContext { sample: 3, first_example: 5, pass: 1 }).unwrap();
    all.extend(scores.iter().map(|score| u64::from(score.to_bits())));
    all.push(backend.kl().unwrap().to_bits());
    all
}

/// What the fingerprint follows; no test is called so.
const MARK: &str = "the bits are ";

#[test]
#[ignore = "run in processes of its own by the test below"]
fn printed_fingerprint() {
    println!("{MARK}{}", fingerprint());
}

/// The fingerprint of a process whose pools, rayon's and candle's, have this many threads.
fn in_process(threads: usize) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "candle::tests::threads::printed_fingerprint", "--nocapture", "--ignored"])
        .env("RAYON_NUM_THREADS", threads.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let start = text.find(MARK).expect("the child printed its fingerprint") + MARK.len();
    text[start..start + 64].to_owned()
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let here = fingerprint();
    assert_eq!(here, fingerprint(), "running again changed bits");
    for threads in [1, 2, 3, 8] {
        assert_eq!(in_process(threads), here, "{threads} threads");
    }
    // A pool of its own size inside a process that candle believes to have more threads.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(fingerprint), here, "in a pool of one thread");
}
