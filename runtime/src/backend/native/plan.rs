//! The static plan of a pass: every stage with the buffers it needs, and where they lie.

use super::batch_norm::BATCH_STATISTICS;
use super::memory::{BufferId, Memory};
use super::network::{Kind, Network, Stage, Weighted};
use super::packing::Packing;
use super::tiling::Tiling;
use elbo_compiler::ir::Estimator;

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Forward and backward passes of a batch.
    Training,
    /// Draws of a batch, so many samples in one pass.
    Prediction {
        /// Samples folded into the rows.
        samples: usize,
    },
}

/// Splits of the sum over places that weight gradients are taken in, where weights are few and places many.
const MOST_SPLITS: usize = 16;
/// Numbers that the parts of such a sum may take together.
const SPLIT_NUMBERS: usize = 1 << 20;
/// Panels and rows of tiled weights that a task takes the gradient of.
pub(super) const MAPPED_PANELS: usize = 4;
pub(super) const MAPPED_ROWS: usize = 64;
/// Tasks that their gradient is divided into at least, if there are tiles enough.
const MAPPED_TASKS: usize = 12;
/// Fewer places than this are never split.
const PLACES_A_SPLIT: usize = 4;

/// The buffers of a stage beside its values.
#[derive(Debug, Clone, Default)]
pub(super) struct StageBuffers {
    /// ε of activations, or masks of a dropout.
    pub(super) noise: Option<BufferId>,
    /// Derivatives along the second product.
    pub(super) factors: Option<BufferId>,
    /// Which slot was largest; bytes.
    pub(super) choices: Option<BufferId>,
    /// Gradients of both products.
    pub(super) products: [Option<BufferId>; 2],
    /// Sums of those by blocks.
    pub(super) sums: [Option<BufferId>; 2],
    /// Parts of weight gradients, or the gradient of drawn weights.
    pub(super) partial: [Option<BufferId>; 2],
    /// Weights with inputs and outputs exchanged.
    pub(super) turned: [Option<BufferId>; 2],
    /// The tiles that are computed with fewer products, and those of the gradient of the input.
    pub(super) tilings: [Option<Tiling>; 2],
    /// Weights as the tiles multiply them.
    pub(super) mapped: [Option<BufferId>; 2],
    /// The same with inputs and outputs exchanged.
    pub(super) mapped_turned: [Option<BufferId>; 2],
    /// The second product's input, where it is not squares.
    pub(super) flipped: Option<BufferId>,
    /// Signs of input and output channels.
    pub(super) signs: [Option<BufferId>; 2],
    /// Weights and bias as drawn: μ + σε, or σε.
    pub(super) drawn: [Option<BufferId>; 2],
    /// ε of weights and bias.
    pub(super) weight_noise: [Option<BufferId>; 2],
    /// ε in PyTorch's order, on the way there.
    pub(super) canonical: Option<BufferId>,
    /// Both products, where all samples share them.
    pub(super) moments: [Option<BufferId>; 2],
    /// Means, inverse deviations and the like.
    pub(super) statistics: Option<BufferId>,
}

/// A plan.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// What it is for.
    pub(super) mode: Mode,
    /// Rows of a batch that there is room for.
    pub(super) capacity: usize,
    /// Stages whose results all samples share; those before it run once for a batch.
    pub(super) shared: Vec<bool>,
    /// By value.
    pub(super) values: Vec<BufferId>,
    /// Squares of values, where needed.
    pub(super) squares: Vec<Option<BufferId>>,
    /// Gradients of values, where needed.
    pub(super) gradients: Vec<Option<BufferId>>,
    /// By stage.
    pub(super) stages: Vec<StageBuffers>,
    /// Where numbers lie.
    pub(super) numbers: Memory,
    /// Where bytes lie.
    pub(super) bytes: Memory,
}

impl Plan {
    /// Whether it trains.
    pub(super) fn trains(&self) -> bool {
        self.mode == Mode::Training
    }

    /// Samples that one pass makes.
    pub(super) fn samples(&self) -> usize {
        if let Mode::Prediction { samples } = self.mode { samples } else { 1 }
    }

    /// Whether a stage's products are shared by all samples, but not its noise.
    pub(super) fn has_moments(&self, stage: usize) -> bool {
        self.stages[stage].moments[0].is_some()
    }

    /// Rows that a value has room for.
    pub(super) fn rows(&self, value: usize) -> usize {
        if value == 0 || self.shared[value - 1] { self.capacity } else { self.capacity * self.samples() }
    }

    /// The plan of a network for so many rows.
    pub(super) fn new(network: &Network, capacity: usize, mode: Mode) -> Self {
        let shared = shared_stages(network, mode);
        let mut numbers = Memory::default();
        let bytes = Memory::default();
        let trains = mode == Mode::Training;
        let samples = if let Mode::Prediction { samples } = mode { samples } else { 1 };
        let rows = |value: usize| if value == 0 || shared[value - 1] { capacity } else { capacity * samples };
        let name_of =
            |value: usize| value.checked_sub(1).map_or("input", |stage| network.stages[stage].name.as_str()).to_owned();
        let count = network.values.len();
        let length = |value: usize| rows(value).saturating_mul(network.numbers(value));
        let values: Vec<BufferId> =
            (0..count).map(|value| numbers.buffer(format!("{}: values", name_of(value)), length(value))).collect();
        let squares = (0..count)
            .map(|value| {
                let needed = network.needs_squares(value, trains);
                needed.then(|| numbers.buffer(format!("{}: squares", name_of(value)), length(value)))
            })
            .collect();
        let needs_gradient = gradients_needed(network);
        let gradients = (0..count)
            .map(|value| {
                let needed = trains && needs_gradient[value];
                needed.then(|| numbers.buffer(format!("{}: gradients", name_of(value)), length(value)))
            })
            .collect();
        let mut plan = Self { mode, capacity, shared, values, squares, gradients, stages: Vec::new(), numbers, bytes };
        for (number, stage) in network.stages.iter().enumerate() {
            let buffers = plan.stage(network, number, stage);
            plan.stages.push(buffers);
        }
        plan.touch(network);
        plan.numbers.settle();
        plan.bytes.settle();
        plan
    }

    /// Bytes of all buffers.
    pub(super) fn bytes_in_all(&self) -> usize {
        self.numbers.total().saturating_mul(size_of::<f32>()).saturating_add(self.bytes.total())
    }

    fn stage(&mut self, network: &Network, number: usize, stage: &Stage) -> StageBuffers {
        let mut buffers = StageBuffers::default();
        let trains = self.trains();
        let rows = self.rows(number + 1);
        let output = network.values[number + 1];
        let numbers = &mut self.numbers;
        let mut buffer = |what: &str, length: usize| Some(numbers.buffer(format!("{}: {what}", stage.name), length));
        match &stage.kind {
            Kind::Weighted(weighted) => {
                let Weighted { geometry, weight, bias, .. } = &**weighted;
                let estimator = stage.estimator(trains);
                let two = matches!(estimator, Some(Estimator::LocalReparameterization | Estimator::Flipout));
                let slots = geometry.slots.count() * output.width();
                if estimator == Some(Estimator::LocalReparameterization) {
                    buffers.noise = buffer("noise", rows * slots);
                }
                let tensor = &network.tensors[*weight];
                let weights = tensor.packing.length();
                if matches!(estimator, Some(Estimator::Reparameterization | Estimator::Flipout)) {
                    let bias = bias.map(|bias| network.tensors[bias].packing.length());
                    buffers.drawn = [buffer("drawn weights", weights), bias.and_then(|n| buffer("drawn bias", n))];
                    buffers.weight_noise =
                        [buffer("weight noise", weights), bias.and_then(|n| buffer("bias noise", n))];
                    buffers.canonical = buffer("noise in order", tensor.packing.elements().max(bias.unwrap_or(0)));
                }
                if estimator == Some(Estimator::Flipout) {
                    let input = network.numbers(stage.input);
                    buffers.flipped = buffer("flipped input", rows * input);
                    let channels = network.values[stage.input].width();
                    buffers.signs = [buffer("input signs", rows * channels), buffer("signs", rows * output.width())];
                }
                if !trains
                    && estimator == Some(Estimator::LocalReparameterization)
                    && self.samples_share(network, number)
                {
                    let length = self.capacity * slots;
                    let numbers = &mut self.numbers;
                    buffers.moments = ["means", "variances"]
                        .map(|what| Some(numbers.buffer(format!("{}: shared {what}", stage.name), length)));
                }
                if buffers.moments[0].is_none() {
                    buffers.tilings = self.tilings(network, weighted);
                }
                if let Some(tiling) = buffers.tilings[0] {
                    let numbers = &mut self.numbers;
                    let length = mapped_length(weights, tiling);
                    let mut buffer = |wanted: bool, what: &str| {
                        wanted.then(|| numbers.buffer(format!("{}: {what}", stage.name), length))
                    };
                    buffers.mapped = [buffer(true, "weights of tiles"), buffer(two, "second weights of tiles")];
                }
                if trains {
                    self.backward_buffers(network, number, weighted, two, &mut buffers);
                }
            }
            Kind::Dropout { .. } => {
                let drawn = stage.is_random(trains);
                buffers.noise = drawn.then(|| buffer("mask", rows * output.numbers())).flatten();
            }
            Kind::BatchNorm { .. } => buffers.statistics = buffer("statistics", BATCH_STATISTICS * output.width()),
            Kind::ExampleNorm { groups, .. } => buffers.statistics = buffer("statistics", 2 * rows * groups.max(&1)),
            _ => {}
        }
        buffers
    }

    /// The tilings that are worth it. Predictions always tile where it is possible at all, so that their bits do not
    /// depend on how many rows a pass has.
    fn tilings(&self, network: &Network, weighted: &Weighted) -> [Option<Tiling>; 2] {
        weighted.tilings.map(|tiling| tiling.filter(|tiling| !self.trains() || tiling.is_worth(network.batch)))
    }

    fn backward_buffers(
        &mut self,
        network: &Network,
        number: usize,
        weighted: &Weighted,
        two: bool,
        buffers: &mut StageBuffers,
    ) {
        let stage = &network.stages[number];
        let output = network.values[number + 1];
        let slots = weighted.geometry.slots.count();
        let (rows, windows) = (self.capacity, weighted.geometry.slots.windows());
        let paths = if two { 2 } else { 1 };
        let weights = network.tensors[weighted.weight].packing.length();
        let tilings = buffers.tilings;
        let splits = splits(network, weighted, tilings[0]);
        let drawn = weighted.estimators.is_some_and(|[training, _]| training != Estimator::LocalReparameterization);
        let numbers = &mut self.numbers;
        let mut buffer = |what: &str, length: usize| Some(numbers.buffer(format!("{}: {what}", stage.name), length));
        if two {
            buffers.factors = buffer("factors", rows * output.numbers());
        }
        for path in 0..paths {
            buffers.products[path] = buffer("product gradients", rows * slots * output.width());
            buffers.sums[path] = buffer("sums", windows * output.width());
            let parts = if splits > 1 { splits } else { usize::from(drawn) };
            if parts > 0 {
                buffers.partial[path] = buffer("partial weight gradients", parts * weights);
            }
            if self.gradients[stage.input].is_some() {
                let length = turned_length(network, weighted);
                buffers.turned[path] = buffer("turned weights", length);
                if let Some(tiling) = tilings[1] {
                    buffers.mapped_turned[path] = buffer("turned weights of tiles", mapped_length(length, tiling));
                }
            }
        }
        if weighted.geometry.slots.depth() > 1 {
            buffers.choices = Some(self.bytes.buffer(format!("{}: choices", stage.name), rows * output.numbers()));
        }
    }

    /// Whether a random stage reads what all samples share.
    fn samples_share(&self, network: &Network, number: usize) -> bool {
        let input = network.stages[number].input;
        input == 0 || self.shared[input - 1]
    }

    /// Settles when each buffer lives. Stage i runs at moment i + 1; its way back mirrors it behind the loss.
    fn touch(&mut self, network: &Network) {
        let (count, trains) = (network.stages.len(), self.trains());
        let end = 2 * count + 2;
        let back = |stage: usize| end - stage;
        // What every sample of a step, or every part of a prediction, begins from.
        let last = if trains { end } else { count + 1 };
        // What samples share is computed before the first stage that they do not share runs, and again for each of them.
        let first_sampled = self.shared.iter().position(|shared| !shared).map_or(last, |number| number + 1);
        for moment in [0, last] {
            self.numbers.touch(self.values[0], moment);
            if let Some(squares) = self.squares[0] {
                self.numbers.touch(squares, moment);
            }
        }
        for (number, stage) in network.stages.iter().enumerate() {
            let moment = number + 1;
            let mut moments = vec![moment];
            if trains {
                moments.push(back(number));
            }
            for &moment in &moments {
                let written = std::iter::once(number + 1);
                for value in stage.reads().chain(written) {
                    self.numbers.touch(self.values[value], moment);
                    for buffer in [self.squares[value], self.gradients[value].filter(|_| moment > count)] {
                        buffer.into_iter().for_each(|buffer| self.numbers.touch(buffer, moment));
                    }
                }
            }
            if self.shared[number] {
                for moment in [first_sampled, last] {
                    self.numbers.touch(self.values[number + 1], moment);
                    self.squares[number + 1].into_iter().for_each(|buffer| self.numbers.touch(buffer, moment));
                }
            }
            let buffers = self.stages[number].clone();
            let masks = matches!(stage.kind, Kind::Dropout { .. });
            let mut touch = |buffer: Option<BufferId>, moments: &[usize]| {
                for (buffer, &moment) in buffer.iter().flat_map(|buffer| moments.iter().map(move |m| (buffer, m))) {
                    self.numbers.touch(*buffer, moment);
                }
            };
            for mapped in buffers.mapped {
                touch(mapped, &moments[..1]);
            }
            touch(buffers.noise, if masks { &moments } else { &moments[..1] });
            touch(buffers.canonical, &moments[..1]);
            for kept in [buffers.factors, buffers.flipped, buffers.statistics] {
                touch(kept, &moments);
            }
            for kept in [buffers.signs, buffers.drawn, buffers.weight_noise].concat() {
                touch(kept, &moments);
            }
            for moment in buffers.moments {
                touch(moment, &[number + 1, first_sampled, last]);
            }
            if trains {
                let scratch = [buffers.products, buffers.sums, buffers.partial, buffers.turned, buffers.mapped_turned];
                for scratch in scratch.concat() {
                    touch(scratch, &moments[1..]);
                }
                for &moment in &moments {
                    buffers.choices.into_iter().for_each(|buffer| self.bytes.touch(buffer, moment));
                }
            }
        }
        // The loss reads the output and writes its gradient.
        self.numbers.touch(self.values[count], count + 1);
        if let Some(gradient) = self.gradients[count] {
            self.numbers.touch(gradient, count + 1);
        }
    }
}

/// Stages before which nothing random happens. What they give is the same for all samples.
fn shared_stages(network: &Network, mode: Mode) -> Vec<bool> {
    let mut shared: Vec<bool> = Vec::with_capacity(network.stages.len());
    for stage in &network.stages {
        let inputs = stage.reads().all(|value| value == 0 || shared[value - 1]);
        shared.push(mode != Mode::Training && inputs && !stage.is_random(false));
    }
    shared
}

/// Whether the samples of a prediction can be folded into its rows: weights are not drawn, and what samples share is
/// read only by stages that know how to spread it.
pub(super) fn can_fold(network: &Network) -> bool {
    let shared = shared_stages(network, Mode::Prediction { samples: 1 });
    network.stages.iter().enumerate().all(|(number, stage)| {
        let estimator = stage.estimator(false);
        let drawn = matches!(estimator, Some(Estimator::Reparameterization | Estimator::Flipout));
        let reads_shared = stage.reads().any(|value| value == 0 || shared[value - 1]);
        let spreads =
            estimator == Some(Estimator::LocalReparameterization) || matches!(stage.kind, Kind::Dropout { .. });
        !drawn && (shared[number] || !reads_shared || spreads)
    })
}

/// Which values' gradients are needed: those that a parameter stands before.
fn gradients_needed(network: &Network) -> Vec<bool> {
    let mut needed = vec![false];
    for stage in &network.stages {
        let has_parameters =
            matches!(stage.kind, Kind::Weighted(_) | Kind::BatchNorm { .. } | Kind::ExampleNorm { .. });
        let before = stage.reads().any(|value| needed[value]);
        needed.push(has_parameters || before);
    }
    needed
}

/// Parts that the sum over places of a weight gradient is taken in.
pub(super) fn splits(network: &Network, weighted: &Weighted, tiling: Option<Tiling>) -> usize {
    let weights = network.tensors[weighted.weight].packing.length().max(1);
    if let (Some(tiling), Packing::Weights(panels)) = (tiling, &network.tensors[weighted.weight].packing) {
        let blocks = panels.panels().div_ceil(MAPPED_PANELS) * panels.rows().div_ceil(MAPPED_ROWS);
        return MAPPED_TASKS.div_ceil(blocks).min(tiling.count()).min(SPLIT_NUMBERS.div_ceil(weights)).max(1);
    }
    let slots = weighted.geometry.slots.count();
    let most = (slots / PLACES_A_SPLIT).min(SPLIT_NUMBERS / weights).min(MOST_SPLITS);
    // Two parts are not worth adding up where tasks are many anyway.
    if most < 4 { 1 } else { most }
}

/// Numbers of weights with inputs and outputs exchanged.
fn turned_length(network: &Network, weighted: &Weighted) -> usize {
    let Packing::Weights(panels) = &network.tensors[weighted.weight].packing else { return 0 };
    let inputs = panels.inputs().next_multiple_of(elbo_kernels::PANEL);
    panels.divisions * inputs * panels.taps() * panels.outputs()
}

/// Numbers of weights as tiles multiply them.
fn mapped_length(weights: usize, tiling: Tiling) -> usize {
    weights / tiling.filter.taps().pow(2) * tiling.filter.products().pow(2)
}
