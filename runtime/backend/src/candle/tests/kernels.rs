//! The two forms of the kernels give the same outputs and gradients, so that what a GPU runs is what the
//! CPU has been tested on.

use crate::candle::CandleBackend;
use crate::candle::kernels::Kernels;
use crate::candle::training::gradients;
use crate::candle::unfold::Patches;
use crate::tests::networks::{
    Chain, alexnet, batch, bayes, bayes_from, laplace, mixture, point, student_t, window, window1d,
};
use crate::{Backend, DrawContext, StepContext};
use candle_core::{DType, Device, Tensor};
use elbo_compiler::ir::{
    Activation, BatchNorm, Clip, Estimator, GroupNorm, LayerNorm, Likelihood, MaxPool, Operation, Run, Shape, Window,
};

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// The largest difference over the largest value.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().chain(b).fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    a.iter().zip(b).fold(0.0, |distance: f64, (a, b)| distance.max((a - b).abs())) / largest
}

#[test]
fn unfolding_and_folding_agree_and_are_transposes() {
    let odd = Window { kernel: [3, 2], stride: [1, 2], padding: [2, 1], dilation: [2, 1] };
    for (channels, size, window) in
        [(3, [6, 5], odd), (1, [4, 4], window(3, 1, 1)), (5, [3, 7], window(2, 2, 0)), (2, [4, 3], window(1, 1, 0))]
    {
        let patches = Patches::new(channels, size, window).unwrap();
        let x = Tensor::randn(0f64, 1.0, (2, size[0], size[1], channels), &Device::Cpu).unwrap();
        let rows = patches.unfold(Kernels::Fused, &x).unwrap();
        assert_eq!(values(&rows), values(&patches.unfold(Kernels::Portable, &x).unwrap()));
        let y = rows.randn_like(0.0, 1.0).unwrap();
        let folded = patches.fold(Kernels::Fused, &y).unwrap();
        assert!(distance(&values(&folded), &values(&patches.fold(Kernels::Portable, &y).unwrap())) < 1e-14);
        let dot = |a: &Tensor, b: &Tensor| (a * b).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
        let (left, right) = (dot(&rows, &y), dot(&x, &folded));
        assert!((left - right).abs() < 1e-11 * left.abs().max(1.0), "{left} {right}");
    }
}

#[test]
fn whole_networks_agree() {
    let marks = [
        point(),
        bayes(Estimator::LocalReparameterization),
        bayes(Estimator::Reparameterization),
        bayes(Estimator::Flipout),
        bayes_from(laplace(), Estimator::LocalReparameterization),
        bayes_from(mixture(), Estimator::Reparameterization),
        bayes_from(mixture(), Estimator::Flipout),
        bayes_from(student_t(), Estimator::Flipout),
    ];
    for mark in marks {
        let norm = Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 });
        let chain = Chain::image(2, 7, 7)
            .conv("conv1", 4, window(3, 1, 1), 1, mark.clone())
            .add("norm1", norm, None)
            .act(Activation::Relu)
            .add("maxpool#1", Operation::MaxPool(MaxPool { window: window(3, 2, 1) }), None)
            .act(Activation::Softplus)
            .flatten()
            .linear("head", 3, mark.clone());
        agree(&chain.run());
        let group = Operation::GroupNorm(GroupNorm { groups: 2, epsilon: 1e-5 });
        let chain = Chain::new(Shape::Sequence { channels: 4, length: 9 })
            .conv1d("conv1", 4, window1d(3, 1, 1), 2, mark.clone())
            .add("norm2", group, None)
            .act(Activation::Relu)
            .plus("add#1", "input")
            .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None)
            .add("maxpool#1", Operation::MaxPool(MaxPool { window: window1d(3, 2, 1) }), None)
            .add("norm3", Operation::LayerNorm(LayerNorm { epsilon: 1e-5 }), None)
            .flatten()
            .linear("head", 3, mark);
        let mut run = chain.run();
        run.training.clip = Some(Clip::Norm { maximum: 0.1 });
        run.training.likelihood = Likelihood { label_smoothing: 0.1, class_weights: Some(vec![0.5, 2.0, 1.0]) };
        agree(&run);
    }
}

/// Compares outcome, gradients, prediction and running statistics of the two forms.
fn agree(run: &Run) {
    let batch = batch(run.network.input, 5, 3);
    let context = StepContext { step: 2, learning_rate: 0.1, kl_weight: 0.01, samples: 2 };
    let draw = DrawContext { sample: 1, first_example: 4, pass: 2 };
    let results = [Kernels::Fused, Kernels::Portable].map(|kernels| {
        let mut backend = CandleBackend::with(run, Device::Cpu, DType::F32, kernels).unwrap();
        let input = backend.upload(&batch).unwrap();
        let gradients = gradients(&backend, &input, &batch.targets, &context).unwrap();
        let mut all = vec![gradients.outcome.loss, gradients.outcome.kl];
        for parameter in backend.network.parameters() {
            if let Some(gradient) = gradients.store.get(&parameter.variable) {
                all.extend(values(gradient));
            }
        }
        let prediction = backend.predict(&batch, &draw).unwrap();
        all.extend(prediction.into_iter().map(f64::from));
        backend.train_step(&batch, &context).unwrap();
        (all, backend.parameters().unwrap())
    });
    let [(fused, after_fused), (portable, after_portable)] = results;
    assert!(distance(&fused[2..], &portable[2..]) < 2e-6);
    assert!(distance(&fused[..2], &portable[..2]) < 2e-6);
    assert_eq!(after_fused.keys().collect::<Vec<_>>(), after_portable.keys().collect::<Vec<_>>());
    for statistic in ["norm1.running_mean", "norm1.running_var"] {
        let get =
            |all: &crate::Parameters| all[statistic].values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
        assert!(distance(&get(&after_fused), &get(&after_portable)) < 1e-6, "{statistic}");
    }
}

#[test]
fn alexnet_has_the_published_number_of_weights() {
    let backend = CandleBackend::new(&alexnet(&point()).run(), Device::Cpu).unwrap();
    let count: usize = backend.parameters().unwrap().values().map(|tensor| tensor.values.len()).sum();
    assert_eq!(count, 2_175_946);
}
