//! Small networks and runs for tests.

use crate::{Batch, Targets};
use elbo_compiler::ir::{
    self, Activation, Add, Annealing, Categorical, Concat, Conv1d, Conv2d, Data, DataSource, Elementwise, Estimator,
    Gaussian, Initialization, KlWeighting, Layer, LearningRate, Likelihood, Linear, Mark, MaxPool, Metric, Network,
    NoiseModel, Objective, Operation, Optimizer, Output, Posterior, PosteriorMean, Prior, ProbabilityLink, Report, Run,
    Select, Shape, Source, Split, Subset, Target, Training, VERSION, Window,
};
use elbo_compiler::optimizers::Adam;
use elbo_compiler::outputs::{TargetKind, TargetValues};
use elbo_compiler::priors::{Laplace, Normal, ScaleMixture, StudentT};
use elbo_random::{Key, Purpose};

/// A network whose shapes follow from its operations.
pub(crate) struct Chain {
    network: Network,
    shape: Shape,
}

impl Chain {
    pub(crate) fn new(input: Shape) -> Self {
        let output = Output::Categorical(Categorical { link: ProbabilityLink::Softmax });
        Self { network: Network { input, layers: Vec::new(), output }, shape: input }
    }

    pub(crate) fn image(channels: usize, height: usize, width: usize) -> Self {
        Self::new(Shape::Image { channels, height, width })
    }

    pub(crate) fn add(mut self, name: &str, operation: Operation, mark: Option<Mark>) -> Self {
        let output = output(&operation, self.shape);
        self.network.layers.push(Layer {
            name: name.to_owned(),
            operation,
            mark,
            start: None,
            from: None,
            input: self.shape,
            output,
        });
        self.shape = output;
        self
    }

    pub(crate) fn conv(self, name: &str, out_channels: usize, window: Window, groups: usize, mark: Mark) -> Self {
        self.add(name, Operation::Conv2d(Conv2d { out_channels, window, groups, bias: true }), Some(mark))
    }

    /// A convolution along a sequence.
    pub(crate) fn conv1d(self, name: &str, out_channels: usize, window: Window, groups: usize, mark: Mark) -> Self {
        self.add(name, Operation::Conv1d(Conv1d { out_channels, window, groups, bias: true }), Some(mark))
    }

    /// Lets the layer added last receive the output of an earlier one, or the input.
    pub(crate) fn receiving(mut self, other: &str) -> Self {
        let shape = if other == ir::INPUT {
            self.network.input
        } else {
            self.network.layers.iter().find(|layer| layer.name == other).expect("the test names a layer").output
        };
        let layer = self.network.layers.last_mut().expect("the test has added a layer");
        layer.from = Some(other.to_owned());
        layer.input = shape;
        layer.output = output(&layer.operation, shape);
        self.shape = layer.output;
        self
    }

    /// Adds the output of an earlier layer, or the input.
    pub(crate) fn plus(self, name: &str, other: &str) -> Self {
        self.add(name, Operation::Add(Add { other: other.to_owned() }), None)
    }

    /// Puts the channels of earlier outputs, or of the input, before those there are.
    pub(crate) fn concat(self, name: &str, before: &[&str]) -> Self {
        let before: Vec<String> = before.iter().map(|&layer| layer.to_owned()).collect();
        let of = |name: &String| match self.network.layers.iter().find(|layer| layer.name == *name) {
            Some(layer) => layer.output.channels(),
            None => self.network.input.channels(),
        };
        let sum = self.shape.channels() + before.iter().map(of).sum::<usize>();
        let output = match self.shape {
            Shape::Image { height, width, .. } => Shape::Image { channels: sum, height, width },
            Shape::Sequence { length, .. } => Shape::Sequence { channels: sum, length },
            Shape::Vector { .. } => Shape::Vector { features: sum },
        };
        let mut chain = self.add(name, Operation::Concat(Concat { before }), None);
        chain.network.layers.last_mut().expect("it has just been added").output = output;
        chain.shape = output;
        chain
    }

    pub(crate) fn linear(self, name: &str, out_features: usize, mark: Mark) -> Self {
        self.add(name, Operation::Linear(Linear { out_features, bias: true }), Some(mark))
    }

    pub(crate) fn act(self, function: Activation) -> Self {
        let name = format!("activation#{}", self.network.layers.len());
        self.add(&name, Operation::Activation(Elementwise { function }), None)
    }

    pub(crate) fn flatten(self) -> Self {
        self.add("flatten#1", Operation::Flatten, None)
    }

    pub(crate) fn link(mut self, link: ProbabilityLink) -> Self {
        self.network.output = Output::Categorical(Categorical { link });
        self
    }

    /// Predicts real targets.
    pub(crate) fn gaussian(mut self, noise: NoiseModel) -> Self {
        self.network.output = Output::Gaussian(Gaussian { noise });
        self
    }

    /// Predicts what this family does.
    pub(crate) fn predicting(mut self, output: Output) -> Self {
        self.network.output = output;
        self
    }

    pub(crate) fn run(self) -> Run {
        run(self.network)
    }
}

fn output(operation: &Operation, input: Shape) -> Shape {
    operation.output(input).unwrap_or_else(|| panic!("a test gave {input} to {operation:?}"))
}

pub(crate) fn window(kernel: usize, stride: usize, padding: usize) -> Window {
    Window { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2], dilation: [1; 2] }
}

/// A window along a sequence.
pub(crate) fn window1d(kernel: usize, stride: usize, padding: usize) -> Window {
    Window { kernel: [1, kernel], stride: [1, stride], padding: [0, padding], dilation: [1; 2] }
}

pub(crate) fn point() -> Mark {
    Mark::Point { initialization: Initialization::Default }
}

pub(crate) fn bayes(estimator: Estimator) -> Mark {
    Mark::Bayes {
        prior: Prior::Normal(Normal { mean: 0.05, std: 0.4 }),
        posterior: Posterior { mean: PosteriorMean::LecunNormal, rho: -1.5 },
        estimator,
    }
}

/// The same with a prior.
pub(crate) fn bayes_from(prior: Prior, estimator: Estimator) -> Mark {
    Mark::Bayes { prior, posterior: Posterior { mean: PosteriorMean::LecunNormal, rho: -1.5 }, estimator }
}

pub(crate) fn laplace() -> Prior {
    Prior::Laplace(Laplace { mean: -0.02, scale: 0.3 })
}

pub(crate) fn student_t() -> Prior {
    Prior::StudentT(StudentT { df: 3.5, scale: 0.2, mean: 0.05 })
}

pub(crate) fn mixture() -> Prior {
    Prior::ScaleMixture(ScaleMixture { pi: 0.3, std1: 0.8, std2: 0.05 })
}

pub(crate) fn run(network: Network) -> Run {
    Run {
        version: VERSION,
        data: Data {
            source: Source::Set(DataSource::Digits),
            root: None,
            shape: network.input,
            target: Target::of_classes(10),
            subset: Subset::All,
            split: Split { train: 1.0, validation: 0.0 },
            transform: Vec::new(),
            augment: Vec::new(),
        },
        network,
        training: Training {
            objective: Objective::Elbo { kl: KlWeighting::Exact, temperature: 1.0, anneal: Annealing::None, l2: 0.0 },
            optimizer: Optimizer::Adam(Adam {
                learning_rate: 1e-3,
                betas: [0.9, 0.999],
                epsilon: 1e-8,
                weight_decay: 0.0,
            }),
            learning_rate: LearningRate::Constant,
            epochs: 1,
            batch: 8,
            samples: 1,
            validation_samples: 1,
            max_steps: None,
            likelihood: Likelihood { label_smoothing: 0.0, class_weights: None },
            clip: None,
            early_stopping: None,
            select: Select::Last,
            inference: ir::Inference::Variational,
            checkpoint: None,
            seed: 7,
        },
        report: Report { samples: 4, estimator: None, metrics: vec![Metric::Accuracy], out_of_distribution: vec![] },
    }
}

/// A batch of normal numbers with labels that cycle through the classes.
pub(crate) fn batch(shape: Shape, examples: usize, classes: u32) -> Batch {
    let mut images = vec![0.0; examples * shape.elements()];
    Key::new(99).stream(Purpose::Augmentation, "test images").fill_normal(0, 0, 0, &mut images);
    let targets = Targets::Classes((0..examples as u32).map(|label| label % classes).collect());
    Batch { shape, inputs: images, targets }
}

/// The same with the targets that a run has.
pub(crate) fn batch_of(run: &Run, examples: usize) -> Batch {
    let mut batch = batch(run.network.input, examples, super::cases::CLASSES);
    let family = run.network.output.family();
    if family.kind() == TargetKind::RealNumbers {
        let targets = family.targets(run.network.outputs());
        let mut values = vec![0.0; examples * targets];
        Key::new(99).stream(Purpose::Augmentation, "test targets").fill_normal(0, 0, 0, &mut values);
        let of_family = |value: f64| match family.takes() {
            TargetValues::All => value,
            TargetValues::Counts => (3.0 * value).abs().round(),
        };
        let values = values.into_iter().map(|value| of_family(f64::from(value))).collect();
        batch.targets = Targets::Values { targets, values };
    }
    batch
}

/// AlexNet for 32 × 32 images as the Bayesian-CNN literature draws it.
pub(crate) fn alexnet(mark: &Mark) -> Chain {
    let pool = || Operation::MaxPool(MaxPool { window: window(2, 2, 0) });
    Chain::image(3, 32, 32)
        .conv("conv1", 64, window(11, 4, 5), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#1", pool(), None)
        .conv("conv2", 192, window(5, 1, 2), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#2", pool(), None)
        .conv("conv3", 384, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Softplus)
        .conv("conv4", 256, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Softplus)
        .conv("conv5", 128, window(3, 1, 1), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#3", pool(), None)
        .flatten()
        .linear("head", 10, mark.clone())
}

/// LeNet-5 for 32 × 32 images of one channel.
pub(crate) fn lenet5(mark: &Mark) -> Chain {
    let pool = || Operation::MaxPool(MaxPool { window: window(2, 2, 0) });
    Chain::image(1, 32, 32)
        .conv("conv1", 6, window(5, 1, 0), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#1", pool(), None)
        .conv("conv2", 16, window(5, 1, 0), 1, mark.clone())
        .act(Activation::Softplus)
        .add("maxpool#2", pool(), None)
        .flatten()
        .linear("fc1", 120, mark.clone())
        .act(Activation::Softplus)
        .linear("fc2", 84, mark.clone())
        .act(Activation::Softplus)
        .linear("head", 10, mark.clone())
}

/// VGG16 for 32 × 32 images: thirteen convolutions, then three linear maps.
pub(crate) fn vgg16(mark: &Mark) -> Chain {
    let channels = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512];
    let mut chain = Chain::image(3, 32, 32);
    for (number, channels) in (1..).zip(channels) {
        let name = format!("conv{number}");
        chain = chain.conv(&name, channels, window(3, 1, 1), 1, mark.clone()).act(Activation::Relu);
        if [2, 4, 7, 10, 13].contains(&number) {
            let pool = Operation::MaxPool(MaxPool { window: window(2, 2, 0) });
            chain = chain.add(&format!("maxpool#{number}"), pool, None);
        }
    }
    chain
        .flatten()
        .linear("fc1", 512, mark.clone())
        .act(Activation::Relu)
        .linear("fc2", 512, mark.clone())
        .act(Activation::Relu)
        .linear("head", 10, mark.clone())
}
