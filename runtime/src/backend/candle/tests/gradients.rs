//! Every layer kind, mark and estimator: gradients of the objective along parameters and input against
//! central differences in `f64`, in both forms of the kernels.

use super::networks::{Chain, batch, bayes, bayes_from, laplace, mixture, point, window, window1d};
use crate::backend::StepContext;
use crate::backend::candle::CandleBackend;
use crate::backend::candle::kernels::Kernels;
use crate::backend::candle::training::gradients;
use candle_core::{DType, Device, Tensor, Var};
use elbo_compiler::ir::{
    Activation, DropoutUnit, Estimator, Likelihood, Mark, Objective, Operation, ProbabilityLink, Run, Shape, Window,
};

const CONTEXT: StepContext = StepContext { step: 3, learning_rate: 0.0, kl_weight: 0.013, samples: 2 };
const EXAMPLES: usize = 4;
const CLASSES: u32 = 3;

/// Compares some elements of every gradient; returns how many.
fn check(run: &Run) -> usize {
    let mut compared = 0;
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let backend = CandleBackend::with(run, Device::Cpu, DType::F64, kernels).unwrap();
        let batch = batch(run.network.input, EXAMPLES, CLASSES);
        let input = Var::from_tensor(&backend.upload(&batch).unwrap()).unwrap();
        let loss = || gradients(&backend, &input, &batch.labels, &CONTEXT).unwrap().outcome.loss;
        let store = gradients(&backend, &input, &batch.labels, &CONTEXT).unwrap().store;
        let mut variables = vec![("the input".to_owned(), input.clone())];
        for parameter in backend.network.parameters() {
            if !parameter.name.contains("running") {
                variables.push((parameter.name.clone(), parameter.variable.clone()));
            }
        }
        for (name, variable) in variables {
            let gradient = store.get(&variable).unwrap_or_else(|| panic!("{name} has no gradient"));
            let gradient: Vec<f64> = gradient.flatten_all().unwrap().to_vec1().unwrap();
            let largest = gradient.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            let values: Vec<f64> = variable.flatten_all().unwrap().to_vec1().unwrap();
            let set = |at: usize, value: f64| {
                let mut changed = values.clone();
                changed[at] = value;
                variable.set(&Tensor::from_vec(changed, variable.shape(), &Device::Cpu).unwrap()).unwrap();
            };
            for at in (0..values.len()).step_by((values.len() / 7).max(1)) {
                let step = 1e-5;
                set(at, values[at] + step);
                let above = loss();
                set(at, values[at] - step);
                let difference = (above - loss()) / (2.0 * step);
                set(at, values[at]);
                let error = (difference - gradient[at]).abs();
                assert!(
                    error <= 1e-6 * largest + 1e-9,
                    "{name}[{at}] with {kernels:?}: {} against {difference}, largest {largest}",
                    gradient[at]
                );
                compared += 1;
            }
        }
    }
    compared
}

fn marks() -> [Mark; 8] {
    [
        point(),
        bayes(Estimator::LocalReparameterization),
        bayes(Estimator::Reparameterization),
        bayes(Estimator::Flipout),
        bayes_from(laplace(), Estimator::LocalReparameterization),
        bayes_from(laplace(), Estimator::Flipout),
        bayes_from(mixture(), Estimator::Reparameterization),
        bayes_from(mixture(), Estimator::Flipout),
    ]
}

#[test]
fn convolutions_and_linear_maps() {
    let odd = Window { kernel: [3, 2], stride: [2, 1], padding: [2, 1], dilation: [1, 2] };
    for mark in marks() {
        let chain = Chain::image(4, 6, 5)
            .conv("conv1", 4, odd, 2, mark.clone())
            .act(Activation::Tanh)
            .conv("conv2", 3, window(1, 1, 0), 1, mark.clone())
            .act(Activation::Softplus)
            .conv("conv3", 3, window(2, 1, 1), 1, mark.clone())
            .flatten()
            .linear("head", CLASSES as usize, mark.clone());
        assert!(check(&chain.run()) > 50);
    }
}

#[test]
fn layers_without_bias() {
    for mark in marks() {
        let conv = Operation::Conv2d { out_channels: 3, window: window(3, 2, 1), groups: 1, bias: false };
        let head = Operation::Linear { out_features: CLASSES as usize, bias: false };
        let chain =
            Chain::image(2, 4, 4).add("conv1", conv, Some(mark.clone())).flatten().add("head", head, Some(mark));
        check(&chain.run());
    }
}

#[test]
fn pools() {
    let max = |window| Operation::MaxPool { window };
    let average = |window| Operation::AvgPool { window };
    let spread = Window { kernel: [2, 3], stride: [1, 2], padding: [1, 1], dilation: [2, 1] };
    for pool in [
        max(window(2, 2, 0)),
        max(window(3, 2, 1)),
        max(spread),
        average(window(2, 2, 0)),
        average(window(3, 2, 1)),
        Operation::AdaptiveAvgPool { size: [1, 1] },
        Operation::AdaptiveAvgPool { size: [3, 4] },
    ] {
        let chain = Chain::image(2, 7, 6)
            .conv("conv1", 3, window(3, 1, 1), 1, point())
            .add("pool#1", pool, None)
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&chain.run());
    }
}

#[test]
fn sequences() {
    let max = Operation::MaxPool { window: window1d(3, 2, 1) };
    let average = Operation::AvgPool { window: window1d(2, 1, 1) };
    let spread = Window { dilation: [1, 2], ..window1d(3, 2, 2) };
    for mark in marks() {
        let chain = Chain::new(Shape::Sequence { channels: 4, length: 11 })
            .conv1d("conv1", 6, spread, 2, mark.clone())
            .act(Activation::Tanh)
            .add("pool#1", average.clone(), None)
            .conv1d("conv2", 3, window1d(2, 1, 0), 1, mark.clone())
            .add("pool#2", max.clone(), None)
            .add("pool#3", Operation::AdaptiveAvgPool { size: [1, 2] }, None)
            .flatten()
            .linear("head", CLASSES as usize, mark);
        check(&chain.run());
    }
}

#[test]
fn residuals() {
    for mark in marks() {
        let chain = Chain::image(2, 4, 4)
            .conv("conv1", 2, window(3, 1, 1), 1, mark.clone())
            .act(Activation::Tanh)
            .plus("add#1", "input")
            .conv("conv2", 3, window(3, 2, 1), 1, mark.clone())
            .conv("shortcut", 3, window(1, 2, 0), 1, mark.clone())
            .receiving("add#1")
            .plus("add#2", "conv2")
            .plus("add#3", "add#2")
            .flatten()
            .linear("head", CLASSES as usize, mark);
        check(&chain.run());
    }
}

#[test]
fn normalisations_of_each_example() {
    let group = |groups| Operation::GroupNorm { groups, epsilon: 1e-3 };
    let layer = || Operation::LayerNorm { epsilon: 1e-3 };
    let image = Chain::image(2, 4, 3)
        .conv("conv1", 6, window(3, 1, 1), 1, bayes(Estimator::LocalReparameterization))
        .add("norm1", group(3), None)
        .act(Activation::Tanh)
        .add("norm2", layer(), None)
        .add("norm3", group(1), None)
        .flatten()
        .linear("fc1", 8, point())
        .add("norm4", group(2), None)
        .act(Activation::Tanh)
        .add("norm5", layer(), None)
        .linear("head", CLASSES as usize, point());
    check(&image.run());
    let sequence = Chain::new(Shape::Sequence { channels: 4, length: 5 })
        .add("norm1", group(2), None)
        .conv1d("conv1", 4, window1d(3, 1, 1), 1, point())
        .add("norm2", layer(), None)
        .add("norm3", Operation::BatchNorm { epsilon: 1e-3, momentum: 0.1 }, None)
        .flatten()
        .linear("head", CLASSES as usize, point());
    check(&sequence.run());
}

#[test]
fn smoothed_and_weighted_labels() {
    for link in [ProbabilityLink::Softmax, ProbabilityLink::Softplus] {
        let chain = Chain::new(Shape::Vector { features: 5 })
            .linear("fc1", 6, bayes_from(mixture(), Estimator::Flipout))
            .linear("head", CLASSES as usize, point())
            .link(link);
        let mut run = chain.run();
        run.training.likelihood = Likelihood { label_smoothing: 0.2, class_weights: Some(vec![0.5, 2.0, 1.5]) };
        check(&run);
    }
}

#[test]
fn activations() {
    for function in [
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Softplus,
        Activation::Gelu,
        Activation::Silu,
        Activation::Elu { alpha: 0.7 },
        Activation::Tanh,
        Activation::Sigmoid,
    ] {
        let input = Shape::Vector { features: 6 };
        let chain = Chain::new(input).linear("fc1", 9, point()).act(function).linear("head", CLASSES as usize, point());
        check(&chain.run());
    }
}

#[test]
fn batch_norm_of_images_and_vectors() {
    let norm = || Operation::BatchNorm { epsilon: 1e-3, momentum: 0.1 };
    let chain = Chain::image(2, 4, 3)
        .conv("conv1", 3, window(3, 1, 1), 1, bayes(Estimator::LocalReparameterization))
        .add("norm1", norm(), None)
        .act(Activation::Tanh)
        .flatten()
        .linear("fc1", 5, point())
        .add("norm2", norm(), None)
        .linear("head", CLASSES as usize, point());
    check(&chain.run());
}

#[test]
fn dropout_of_elements_and_channels() {
    for unit in [DropoutUnit::Element, DropoutUnit::Channel] {
        let dropout = Operation::Dropout { probability: 0.4, unit, at_prediction: true };
        let chain = Chain::new(Shape::Sequence { channels: 3, length: 6 })
            .conv1d("conv1", 5, window1d(2, 1, 0), 1, point())
            .add("conv1.dropout", dropout, None)
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&chain.run());
        let dropout = Operation::Dropout { probability: 0.4, unit, at_prediction: true };
        let chain = Chain::image(3, 3, 3)
            .conv("conv1", 5, window(2, 1, 0), 1, point())
            .add("conv1.dropout", dropout, None)
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&chain.run());
    }
}

#[test]
fn softplus_link_and_penalty() {
    let chain = Chain::new(Shape::Vector { features: 5 })
        .linear("fc1", 6, point())
        .linear("head", CLASSES as usize, bayes(Estimator::LocalReparameterization))
        .link(ProbabilityLink::Softplus);
    let mut run = chain.run();
    if let Objective::Elbo { l2, .. } = &mut run.training.objective {
        *l2 = 0.3;
    }
    check(&run);
}
