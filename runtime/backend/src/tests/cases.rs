//! Every layer kind with every mark and estimator, as small runs; each function hands its runs to a check.

use super::networks::{Chain, bayes, bayes_from, laplace, mixture, point, student_t, window, window1d};
use elbo_compiler::ir::{
    Activation, AdaptiveAvgPool, AvgPool, BatchNorm, Conv2d, ConvTranspose2d, Dropout, DropoutUnit, Estimator,
    Gaussian, GroupNorm, Interpolation, LayerNorm, Likelihood, Linear, Mark, MaxPool, NoiseModel, Objective, Operation,
    Output, ProbabilityLink, Run, Shape, Upsample, Window,
};
use elbo_compiler::outputs::{Poisson, StudentT};

/// Classes of every run.
pub(crate) const CLASSES: u32 = 3;

fn marks() -> [Mark; 9] {
    [
        point(),
        bayes(Estimator::LocalReparameterization),
        bayes(Estimator::Reparameterization),
        bayes(Estimator::Flipout),
        bayes_from(laplace(), Estimator::LocalReparameterization),
        bayes_from(laplace(), Estimator::Flipout),
        bayes_from(mixture(), Estimator::Reparameterization),
        bayes_from(mixture(), Estimator::Flipout),
        bayes_from(student_t(), Estimator::Reparameterization),
    ]
}

/// Convolutions and linear maps.
pub(crate) fn convolutions_and_linear_maps(check: &mut dyn FnMut(&Run)) {
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
        check(&chain.run());
    }
}

/// Layers without bias.
pub(crate) fn layers_without_bias(check: &mut dyn FnMut(&Run)) {
    for mark in marks() {
        let conv = Operation::Conv2d(Conv2d { out_channels: 3, window: window(3, 2, 1), groups: 1, bias: false });
        let head = Operation::Linear(Linear { out_features: CLASSES as usize, bias: false });
        let chain =
            Chain::image(2, 4, 4).add("conv1", conv, Some(mark.clone())).flatten().add("head", head, Some(mark));
        check(&chain.run());
    }
}

/// Pools.
pub(crate) fn pools(check: &mut dyn FnMut(&Run)) {
    let max = |window| Operation::MaxPool(MaxPool { window });
    let average = |window| Operation::AvgPool(AvgPool { window });
    let spread = Window { kernel: [2, 3], stride: [1, 2], padding: [1, 1], dilation: [2, 1] };
    for pool in [
        max(window(2, 2, 0)),
        max(window(3, 2, 1)),
        max(spread),
        average(window(2, 2, 0)),
        average(window(3, 2, 1)),
        Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [1, 1] }),
        Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [3, 4] }),
    ] {
        let chain = Chain::image(2, 7, 6)
            .conv("conv1", 3, window(3, 1, 1), 1, point())
            .add("pool#1", pool, None)
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&chain.run());
    }
}

/// Sequences.
pub(crate) fn sequences(check: &mut dyn FnMut(&Run)) {
    let max = Operation::MaxPool(MaxPool { window: window1d(3, 2, 1) });
    let average = Operation::AvgPool(AvgPool { window: window1d(2, 1, 1) });
    let spread = Window { dilation: [1, 2], ..window1d(3, 2, 2) };
    for mark in marks() {
        let chain = Chain::new(Shape::Sequence { channels: 4, length: 11 })
            .conv1d("conv1", 6, spread, 2, mark.clone())
            .act(Activation::Tanh)
            .add("pool#1", average.clone(), None)
            .conv1d("conv2", 3, window1d(2, 1, 0), 1, mark.clone())
            .add("pool#2", max.clone(), None)
            .add("pool#3", Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [1, 2] }), None)
            .flatten()
            .linear("head", CLASSES as usize, mark);
        check(&chain.run());
    }
}

/// Convolutions that can be computed by tiles, in batches that make it worth it.
pub(crate) fn tiles(check: &mut dyn FnMut(&Run)) {
    let pool = || Operation::MaxPool(MaxPool { window: window(2, 2, 0) });
    for mark in marks() {
        let conv = |chain: Chain, name: &str, channels: usize, kernel: usize, padding: usize| {
            chain.conv(name, channels, window(kernel, 1, padding), 1, mark.clone()).act(Activation::Softplus)
        };
        // Five taps on nine places; three on six, halved; on four, without padding; on two, of which all is one tile.
        let mut chain = conv(Chain::image(16, 9, 9), "conv1", 16, 5, 1);
        chain = conv(chain, "conv2", 16, 3, 0).flatten().linear("head", CLASSES as usize, mark.clone());
        let mut other = conv(Chain::image(16, 6, 6), "conv1", 32, 3, 1).add("pool#1", pool(), None);
        other = conv(other, "conv2", 16, 3, 1).flatten().linear("head", CLASSES as usize, mark.clone());
        let mut whole = conv(Chain::image(16, 4, 4), "conv1", 16, 5, 2).add("pool#1", pool(), None);
        whole = conv(whole, "conv2", 32, 3, 1);
        whole = conv(whole, "conv3", 16, 3, 1).add("pool#2", pool(), None);
        whole = whole.flatten().linear("head", CLASSES as usize, mark.clone());
        // Panels of whole groups of a transposed convolution.
        let transposed = |out_channels, window, groups| {
            let output_padding = [0, 0];
            Operation::ConvTranspose2d(ConvTranspose2d { out_channels, window, output_padding, groups, bias: true })
        };
        let larger = Chain::image(16, 4, 4)
            .add("up1", transposed(32, window(2, 2, 0), 2), Some(mark.clone()))
            .add("up2", transposed(16, window(3, 1, 1), 1), Some(mark.clone()))
            .flatten()
            .linear("head", CLASSES as usize, mark.clone());
        for chain in [chain, other, whole, larger] {
            let mut run = chain.run();
            run.training.batch = 4096;
            check(&run);
        }
    }
}

/// Residuals.
pub(crate) fn residuals(check: &mut dyn FnMut(&Run)) {
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

/// Concatenations, of what is random and what is not, of one value with itself, and of the input.
pub(crate) fn concatenations(check: &mut dyn FnMut(&Run)) {
    for mark in marks() {
        let chain = Chain::image(3, 5, 4)
            .conv("stem", 5, window(3, 1, 1), 1, point())
            .act(Activation::Tanh)
            .conv("left", 4, window(3, 1, 1), 1, mark.clone())
            .conv("right", 2, window(1, 1, 0), 1, point())
            .receiving("activation#1")
            .concat("concat#1", &["left", "activation#1"])
            .concat("concat#2", &["concat#1", "input"])
            .conv("conv2", 3, window(2, 1, 0), 1, mark.clone())
            .flatten()
            .linear("fc1", 5, mark.clone())
            .act(Activation::Tanh)
            .linear("fc2", 4, mark.clone())
            .concat("concat#3", &["activation#9"])
            .linear("head", CLASSES as usize, mark.clone());
        check(&chain.run());
        let chain = Chain::new(Shape::Sequence { channels: 3, length: 7 })
            .conv1d("conv1", 17, window1d(3, 1, 1), 1, mark.clone())
            .concat("concat#1", &["conv1", "input"])
            .flatten()
            .linear("head", CLASSES as usize, mark);
        check(&chain.run());
    }
}

/// More rows and columns.
pub(crate) fn upsampling(check: &mut dyn FnMut(&Run)) {
    for mode in [Interpolation::Nearest, Interpolation::Bilinear] {
        let upsample = |factor| Operation::Upsample(Upsample { factor, mode });
        let image = Chain::image(2, 4, 3)
            .conv("conv1", 3, window(2, 1, 1), 1, bayes(Estimator::LocalReparameterization))
            .add("upsample#1", upsample([2, 3]), None)
            .act(Activation::Tanh)
            .add("upsample#2", upsample([1, 2]), None)
            .conv("conv2", 2, window(3, 2, 0), 1, point())
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&image.run());
        let sequence = Chain::new(Shape::Sequence { channels: 2, length: 5 })
            .add("upsample#1", upsample([1, 3]), None)
            .conv1d("conv1", 3, window1d(2, 1, 0), 1, point())
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&sequence.run());
    }
}

/// Transposed convolutions.
pub(crate) fn transposed_convolutions(check: &mut dyn FnMut(&Run)) {
    let transposed = |out_channels, window: Window, output_padding, groups, bias| {
        Operation::ConvTranspose2d(ConvTranspose2d { out_channels, window, output_padding, groups, bias })
    };
    let odd = Window { kernel: [3, 2], stride: [2, 3], padding: [1, 0], dilation: [1, 1] };
    let cut = Window { kernel: [3, 2], stride: [1, 2], padding: [1, 2], dilation: [2, 1] };
    for mark in marks() {
        let chain = Chain::image(4, 3, 4)
            .add("up1", transposed(6, odd, [1, 2], 2, true), Some(mark.clone()))
            .act(Activation::Tanh)
            .add("up2", transposed(3, cut, [0, 0], 1, false), Some(mark.clone()))
            .add("pool#1", Operation::MaxPool(MaxPool { window: window(2, 2, 0) }), None)
            .add("up3", transposed(4, window(3, 1, 1), [0, 0], 1, true), Some(mark.clone()))
            .flatten()
            .linear("head", CLASSES as usize, mark);
        check(&chain.run());
    }
}

/// Normalisations of each example.
pub(crate) fn normalisations_of_each_example(check: &mut dyn FnMut(&Run)) {
    let group = |groups| Operation::GroupNorm(GroupNorm { groups, epsilon: 1e-3 });
    let layer = || Operation::LayerNorm(LayerNorm { epsilon: 1e-3 });
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
        .add("norm3", Operation::BatchNorm(BatchNorm { epsilon: 1e-3, momentum: 0.1 }), None)
        .flatten()
        .linear("head", CLASSES as usize, point());
    check(&sequence.run());
}

/// Smoothed and weighted labels.
pub(crate) fn smoothed_and_weighted_labels(check: &mut dyn FnMut(&Run)) {
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

/// Activations.
pub(crate) fn activations(check: &mut dyn FnMut(&Run)) {
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

/// Batch norm of images and vectors.
pub(crate) fn batch_norm_of_images_and_vectors(check: &mut dyn FnMut(&Run)) {
    let norm = || Operation::BatchNorm(BatchNorm { epsilon: 1e-3, momentum: 0.1 });
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

/// Dropout of elements and channels.
pub(crate) fn dropout_of_elements_and_channels(check: &mut dyn FnMut(&Run)) {
    for unit in [DropoutUnit::Element, DropoutUnit::Channel] {
        let dropout = Operation::Dropout(Dropout { probability: 0.4, unit, at_prediction: true });
        let chain = Chain::new(Shape::Sequence { channels: 3, length: 6 })
            .conv1d("conv1", 5, window1d(2, 1, 0), 1, point())
            .add("conv1.dropout", dropout, None)
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&chain.run());
        let dropout = Operation::Dropout(Dropout { probability: 0.4, unit, at_prediction: true });
        let chain = Chain::image(3, 3, 3)
            .conv("conv1", 5, window(2, 1, 0), 1, point())
            .add("conv1.dropout", dropout, None)
            .flatten()
            .linear("head", CLASSES as usize, point());
        check(&chain.run());
    }
}

/// Softplus link and penalty.
pub(crate) fn softplus_link_and_penalty(check: &mut dyn FnMut(&Run)) {
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

/// Every family of real targets, with noise that is learned or given.
fn real_outputs() -> Vec<Output> {
    let noises = [NoiseModel::Learned, NoiseModel::Heteroscedastic];
    let gaussian = noises.map(|noise| Output::Gaussian(Gaussian { noise }));
    let student_t = noises.map(|noise| Output::StudentT(StudentT { df: 3.5, noise }));
    [&gaussian[..], &student_t, &[Output::Poisson(Poisson {})]].concat()
}

/// Real targets.
pub(crate) fn real_targets(check: &mut dyn FnMut(&Run)) {
    for output in real_outputs() {
        for targets in [1, 3] {
            for mark in [point(), bayes(Estimator::LocalReparameterization), bayes_from(mixture(), Estimator::Flipout)]
            {
                let outputs = output.family().outputs(targets).expect("small");
                let chain = Chain::new(Shape::Vector { features: 5 })
                    .linear("fc1", 7, mark.clone())
                    .act(Activation::Tanh)
                    .linear("head", outputs, mark)
                    .predicting(output.clone());
                check(&chain.run());
            }
        }
    }
}

/// Branches that begin from what all samples share, one of them normalised.
pub(crate) fn late_branches(check: &mut dyn FnMut(&Run)) {
    for mark in marks() {
        let chain = Chain::image(2, 6, 6)
            .conv("stem", 5, window(3, 1, 1), 1, point())
            .act(Activation::Relu)
            .conv("conv1", 6, window(3, 2, 1), 1, mark.clone())
            .add("norm1", Operation::BatchNorm(BatchNorm { epsilon: 1e-3, momentum: 0.1 }), None)
            .act(Activation::Tanh)
            .conv("conv2", 6, window(3, 1, 1), 1, mark.clone())
            .conv("project", 6, window(1, 2, 0), 1, mark.clone())
            .receiving("activation#1")
            .plus("add#1", "conv2")
            .add("pool#1", Operation::AdaptiveAvgPool(AdaptiveAvgPool { size: [1, 1] }), None)
            .flatten()
            .linear("head", CLASSES as usize, mark);
        check(&chain.run());
    }
}

/// All of them with their names.
pub(crate) type Cases = fn(&mut dyn FnMut(&Run));

/// All of them, by name.
pub(crate) const ALL: &[(&str, Cases)] = &[
    ("convolutions_and_linear_maps", convolutions_and_linear_maps),
    ("layers_without_bias", layers_without_bias),
    ("pools", pools),
    ("sequences", sequences),
    ("tiles", tiles),
    ("residuals", residuals),
    ("concatenations", concatenations),
    ("upsampling", upsampling),
    ("transposed_convolutions", transposed_convolutions),
    ("normalisations_of_each_example", normalisations_of_each_example),
    ("smoothed_and_weighted_labels", smoothed_and_weighted_labels),
    ("activations", activations),
    ("batch_norm_of_images_and_vectors", batch_norm_of_images_and_vectors),
    ("dropout_of_elements_and_channels", dropout_of_elements_and_channels),
    ("softplus_link_and_penalty", softplus_link_and_penalty),
    ("late_branches", late_branches),
    ("real_targets", real_targets),
];
