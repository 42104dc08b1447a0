//! A network of the IR walked as the backend walks it.

use super::graph::{Gradients, Graph, Memory, Tensor};
use super::layers::{Gaussian, Rows};
use crate::forecast::Work;
use elbo_compiler::analysis::{TensorKind, WeightTensor, weight_tensors};
use elbo_compiler::ir::{Estimator, INPUT, Layer, Mark, Network, Objective, Operation, Run, Shape};
use std::collections::HashMap;

/// A tensor that training changes, with the number of its node.
#[derive(Debug)]
struct Variable {
    number: u64,
    value: Tensor,
}

/// The variables of a layer.
#[derive(Debug, Default)]
struct Held {
    weight: Vec<Variable>,
    bias: Vec<Variable>,
}

/// A network's variables and what the optimizer remembers of each.
pub(super) struct Built<'r> {
    run: &'r Run,
    memory: Memory,
    layers: Vec<Held>,
    variables: u64,
    /// Numbers in all variables.
    pub(super) parameters: u64,
    /// Numbers the optimizer remembers.
    pub(super) moments: u64,
    _moments: Vec<Tensor>,
}

/// σ of a pass, by layer: of the weights and of the bias.
type Deviations = Vec<[Option<Tensor>; 2]>;

impl<'r> Built<'r> {
    /// The network of a run; `moments` numbers are remembered for each that is trained.
    pub(super) fn new(run: &'r Run, memory: &Memory, moments: u64) -> Self {
        let mut built = Self {
            run,
            memory: memory.clone(),
            layers: Vec::new(),
            variables: 0,
            parameters: 0,
            moments: 0,
            _moments: Vec::new(),
        };
        for layer in &run.network.layers {
            let mut held = Held::default();
            for tensor in weight_tensors(layer) {
                let variables = if matches!(layer.mark, Some(Mark::Bayes { .. })) { 2 } else { 1 };
                let elements = saturating_product(&tensor);
                for _ in 0..variables {
                    let variable = built.variable(elements);
                    match tensor.kind {
                        TensorKind::Weight => held.weight.push(variable),
                        TensorKind::Bias => held.bias.push(variable),
                    }
                }
            }
            built.layers.push(held);
        }
        let sizes: Vec<u64> = built.all().map(|variable| variable.value.elements).collect();
        for elements in sizes {
            for _ in 0..moments {
                built._moments.push(memory.tensor(elements));
            }
            built.moments = built.moments.saturating_add(elements.saturating_mul(moments));
        }
        built
    }

    fn variable(&mut self, elements: u64) -> Variable {
        self.variables += 1;
        self.parameters = self.parameters.saturating_add(elements);
        Variable { number: self.variables, value: self.memory.tensor(elements) }
    }

    fn all(&self) -> impl Iterator<Item = &Variable> {
        self.layers.iter().flat_map(|held| held.weight.iter().chain(&held.bias))
    }

    /// One step: its samples, one after the other, and their gradients.
    pub(super) fn step(&self, batch: u64, samples: usize) {
        let uploaded = self.upload(batch);
        let mut sum: Option<Gradients> = None;
        for sample in 0..samples {
            let gradients = self.sample(&uploaded[2], batch, sample == 0);
            match &mut sum {
                None => sum = Some(gradients),
                Some(sum) => {
                    for (number, gradient) in gradients {
                        let total = self.memory.tensor(gradient.elements);
                        sum.insert(number, total);
                    }
                }
            }
        }
        self.memory.count(Work { updates: self.parameters as f64, ..Work::default() });
        // The rule that looks ahead with decay makes a gradient of its own, one tensor after the other.
        if let elbo_compiler::ir::Optimizer::Sgd { nesterov: true, weight_decay, .. } = self.run.training.optimizer
            && weight_decay != 0.0
        {
            for variable in self.all() {
                let decayed = self.memory.tensor(variable.value.elements);
                drop((self.memory.tensor(variable.value.elements), decayed));
            }
        }
    }

    fn sample(&self, input: &Tensor, batch: u64, with_weight_terms: bool) -> Gradients {
        let mut graph = Graph::new(&self.memory, true, self.variables);
        let deviations = self.deviations();
        let (scores, gaussians) = self.forward(&mut graph, input, batch, true, deviations);
        let mut terms = vec![graph.likelihood(&scores)];
        if with_weight_terms {
            let has_kl = matches!(self.run.training.objective, Objective::Elbo { .. });
            for (gaussian, has_closed_form) in gaussians.iter().filter(|_| has_kl) {
                terms.push(match has_closed_form {
                    true => graph.divergence(gaussian),
                    false => graph.drawn_divergence(gaussian),
                });
            }
            if self.is_penalised() {
                let points = self.run.network.layers.iter().zip(&self.layers);
                for (_, held) in points.filter(|(layer, held)| layer.mark.is_some() && held.weight.len() == 1) {
                    let weight = graph.variable(held.weight[0].number, &held.weight[0].value);
                    terms.push(graph.squared_norm(&weight));
                }
            }
        }
        graph.backward(&terms)
    }

    fn is_penalised(&self) -> bool {
        match self.run.training.objective {
            Objective::MaximumLikelihood => false,
            Objective::Map { l2 } | Objective::Elbo { l2, .. } => l2 != 0.0,
        }
    }

    /// One draw of a prediction.
    pub(super) fn predict(&self, batch: u64) {
        let mut graph = Graph::new(&self.memory, false, self.variables);
        let deviations = self.deviations();
        let uploaded = self.upload(batch);
        self.forward(&mut graph, &uploaded[2], batch, false, deviations);
    }

    /// The batch on the host, the same uploaded, and with channels innermost.
    fn upload(&self, batch: u64) -> [Tensor; 3] {
        let network = &self.run.network;
        let numbers = elements(network.input).saturating_mul(batch);
        let (host, uploaded) = (self.memory.tensor(numbers), self.memory.tensor(numbers));
        let input = match network.input {
            Shape::Image { channels, .. } | Shape::Sequence { channels, .. } if channels > 1 => {
                self.memory.tensor(numbers)
            }
            _ => uploaded.clone(),
        };
        [host, uploaded, input]
    }

    fn deviations(&self) -> Deviations {
        let deviation = |variables: &[Variable]| {
            variables.get(1).map(|rho| {
                let functions = rho.value.elements as f64;
                self.memory.count(Work { functions, ..Work::default() });
                self.memory.tensor(rho.value.elements)
            })
        };
        let of = |(layer, held): (&Layer, &Held)| match layer.mark {
            Some(Mark::Bayes { .. }) => [deviation(&held.weight), deviation(&held.bias)],
            _ => [None, None],
        };
        self.run.network.layers.iter().zip(&self.layers).map(of).collect()
    }

    /// The scores, and the Gaussians of the pass with whether their divergence has a closed form.
    fn forward(
        &self,
        graph: &mut Graph,
        input: &Tensor,
        batch: u64,
        training: bool,
        deviations: Deviations,
    ) -> (Tensor, Vec<(Gaussian, bool)>) {
        let network = &self.run.network;
        let asked = asked_for(network);
        let mut outputs: HashMap<&str, Tensor> = HashMap::from([(INPUT, input.clone())]);
        let mut gaussians = Vec::new();
        let mut x = input.clone();
        for ((layer, held), [weight, bias]) in network.layers.iter().zip(&self.layers).zip(deviations) {
            if let Some(other) = layer.from.as_deref().and_then(|from| outputs.get(from)) {
                x = other.clone();
            }
            x = match &layer.mark {
                Some(mark) if !held.weight.is_empty() => {
                    let weights = [(&held.weight, weight), (&held.bias, bias)];
                    self.weighted(graph, (layer, mark), &x, batch, training, weights, &mut gaussians)
                }
                _ => self.unmarked(graph, layer, held, &x, batch, training, &outputs),
            };
            if asked.contains(&layer.name.as_str()) {
                outputs.insert(&layer.name, x.clone());
            }
        }
        (x, gaussians)
    }

    #[allow(clippy::too_many_arguments)]
    fn weighted(
        &self,
        graph: &mut Graph,
        (layer, mark): (&Layer, &Mark),
        x: &Tensor,
        batch: u64,
        training: bool,
        [(weight, weight_deviation), (bias, bias_deviation)]: [(&Vec<Variable>, Option<Tensor>); 2],
        gaussians: &mut Vec<(Gaussian, bool)>,
    ) -> Tensor {
        let (rows, outputs) = rows_of(layer, batch);
        let has_closed_form = matches!(mark, Mark::Bayes { prior, .. } if prior.has_closed_form());
        let mut gaussian = |graph: &mut Graph, variables: &[Variable], deviation: Tensor| {
            let rho = graph.variable(variables[1].number, &variables[1].value);
            let elements = rho.elements;
            let deviation = graph.with_gradient(vec![rho], deviation, move |memory: &Memory, _: &Tensor| {
                vec![Some(memory.tensor(elements))]
            });
            let found = Gaussian { mean: graph.variable(variables[0].number, &variables[0].value), deviation };
            gaussians.push((found.clone(), has_closed_form));
            found
        };
        let y = match (mark, weight_deviation) {
            (Mark::Bayes { estimator, .. }, Some(deviation)) => {
                let weights = gaussian(graph, weight, deviation);
                let biases = bias_deviation.map(|deviation| gaussian(graph, bias, deviation));
                let estimator = if training { *estimator } else { self.run.report.estimator.unwrap_or(*estimator) };
                match estimator {
                    Estimator::LocalReparameterization => {
                        let mut moments = graph.moments(rows, x, &weights, outputs);
                        if let Some(biases) = &biases {
                            let both = graph.bias_moments(biases);
                            moments = graph.add_bias(&moments, &both);
                        }
                        graph.sample(&moments)
                    }
                    Estimator::Reparameterization => {
                        let drawn = graph.draw(&weights, !rows.are_input);
                        let y = graph.product(rows, x, &drawn, outputs);
                        self.drawn_bias(graph, biases.as_ref(), y)
                    }
                    Estimator::Flipout => {
                        let signs =
                            [layer.input, layer.output].map(|shape| batch.saturating_mul(shape.channels() as u64));
                        let y = graph.flipout(rows, x, &weights, outputs, signs);
                        self.drawn_bias(graph, biases.as_ref(), y)
                    }
                }
            }
            _ => {
                let weight = graph.variable(weight[0].number, &weight[0].value);
                let y = graph.product(rows, x, &weight, outputs);
                match bias.first() {
                    Some(bias) => {
                        let bias = graph.variable(bias.number, &bias.value);
                        graph.add_bias(&y, &bias)
                    }
                    None => y,
                }
            }
        };
        match layer.operation {
            Operation::Linear { .. } => y,
            _ => graph.reshape(&y),
        }
    }

    fn drawn_bias(&self, graph: &mut Graph, bias: Option<&Gaussian>, y: Tensor) -> Tensor {
        match bias {
            Some(bias) => {
                let drawn = graph.draw(bias, false);
                graph.add_bias(&y, &drawn)
            }
            None => y,
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn unmarked(
        &self,
        graph: &mut Graph,
        layer: &Layer,
        held: &Held,
        x: &Tensor,
        batch: u64,
        training: bool,
        outputs: &HashMap<&str, Tensor>,
    ) -> Tensor {
        let numbers = elements(layer.output).saturating_mul(batch);
        match &layer.operation {
            Operation::MaxPool { .. } => graph.pooled(x, numbers),
            Operation::AvgPool { .. } | Operation::AdaptiveAvgPool { .. } => {
                let (Some((channels, [rows, columns])), Some((_, [new_rows, new_columns]))) =
                    (layer.input.planes(), layer.output.planes())
                else {
                    return graph.pooled(x, numbers);
                };
                let times =
                    |factors: [usize; 3]| factors.iter().fold(batch, |all, &factor| all.saturating_mul(factor as u64));
                let between = times([new_rows, columns, channels]);
                let matrices = [times([new_rows, rows, 1]), times([new_rows, new_columns, columns])];
                graph.averaged(x, between, matrices, numbers)
            }
            Operation::Activation { function } => graph.activation(*function, x),
            Operation::Flatten => match layer.input {
                Shape::Vector { .. } => x.clone(),
                _ => {
                    let permuted = graph.permuted(x);
                    graph.reshape(&permuted)
                }
            },
            Operation::BatchNorm { .. } if !training => graph.rescaled(x),
            Operation::BatchNorm { .. } | Operation::GroupNorm { .. } | Operation::LayerNorm { .. } => {
                let (Some(weight), Some(bias)) = (held.weight.first(), held.bias.first()) else { return x.clone() };
                let weight = graph.variable(weight.number, &weight.value);
                let bias = graph.variable(bias.number, &bias.value);
                let y = graph.normalised(x, &weight, &bias);
                graph.reshape(&y)
            }
            Operation::Add { other } => match outputs.get(other.as_str()) {
                Some(other) => graph.sum(x, other),
                None => x.clone(),
            },
            Operation::Dropout { at_prediction, unit, .. } => {
                if !training && !at_prediction {
                    return x.clone();
                }
                let units = match (unit, layer.input.planes()) {
                    (elbo_compiler::ir::DropoutUnit::Channel, Some((channels, _))) => {
                        batch.saturating_mul(channels as u64)
                    }
                    _ => x.elements,
                };
                graph.masked(x, units)
            }
            Operation::Conv1d { .. } | Operation::Conv2d { .. } | Operation::Linear { .. } => x.clone(),
        }
    }
}

/// The outputs that later layers ask for by name.
fn asked_for(network: &Network) -> Vec<&str> {
    let mut names = Vec::new();
    for layer in &network.layers {
        names.extend(layer.from.as_deref());
        if let Operation::Add { other } = &layer.operation {
            names.push(other);
        }
    }
    names
}

/// The rows a layer with weights multiplies, and its outputs for each.
fn rows_of(layer: &Layer, batch: u64) -> (Rows, u64) {
    match (&layer.operation, layer.input.planes(), layer.output.planes()) {
        (
            Operation::Conv1d { window, groups, .. } | Operation::Conv2d { window, groups, .. },
            Some((channels, _)),
            Some((outputs, [rows, columns])),
        ) => {
            let positions = (rows as u64).saturating_mul(columns as u64);
            (Rows::windows(batch, channels as u64, positions, window, *groups as u64), outputs as u64)
        }
        _ => (Rows::features(batch, elements(layer.input)), elements(layer.output)),
    }
}

/// Numbers of one example; shapes in a checked run do not overflow, others saturate.
pub(super) fn elements(shape: Shape) -> u64 {
    shape.sizes().iter().fold(1, |all: u64, &size| all.saturating_mul(size as u64))
}

fn saturating_product(tensor: &WeightTensor) -> u64 {
    tensor.shape.iter().fold(1, |all: u64, &size| all.saturating_mul(size as u64))
}
