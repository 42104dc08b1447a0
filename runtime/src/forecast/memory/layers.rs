//! What each layer takes: the backend's functions, written down for tensors without numbers.

use super::graph::{Graph, Memory, Tensor};
use crate::forecast::Work;
use elbo_compiler::ir::{Activation, Window};

/// Where the rows of a product come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// How many there are, over the whole batch.
    pub(super) count: u64,
    /// Numbers in one, of one group of channels.
    pub(super) length: u64,
    /// Whether they are the input itself, so that no window is unfolded.
    pub(super) are_input: bool,
    /// Groups of channels, which are computed one after the other.
    pub(super) groups: u64,
}

impl Rows {
    /// The rows of `features` numbers an example.
    pub(super) fn features(batch: u64, features: u64) -> Self {
        Self { count: batch, length: features, are_input: true, groups: 1 }
    }

    /// The rows of windows over `channels` planes, `positions` windows an example.
    pub(super) fn windows(batch: u64, channels: u64, positions: u64, window: &Window, groups: u64) -> Self {
        let taps = (window.kernel[0] as u64).saturating_mul(window.kernel[1] as u64);
        let are_input = window.kernel == [1, 1] && window.stride == [1, 1] && window.padding == [0, 0];
        let length = taps.saturating_mul(channels / groups.max(1));
        Self { count: batch.saturating_mul(positions), length, are_input, groups: groups.max(1) }
    }

    /// Counts a product of the rows with as many weights for each of some outputs, or one of its gradients.
    fn multiply(self, memory: &Memory, outputs: u64) {
        let multiply_accumulates = self.numbers() as f64 * outputs as f64;
        memory.count(Work { multiply_accumulates, ..Work::default() });
    }

    /// Unfolded, of one group.
    fn numbers(self) -> u64 {
        self.count.saturating_mul(self.length)
    }

    fn unfold(self, memory: &Memory, x: &Tensor) -> Tensor {
        if self.are_input { x.detach() } else { memory.tensor(self.numbers()) }
    }

    fn fold(self, memory: &Memory, rows: Tensor, elements: u64) -> Tensor {
        if self.are_input { rows } else { memory.tensor(elements) }
    }
}

/// A parameter in a pass: its values, or its means and deviations.
#[derive(Debug, Clone)]
pub(super) struct Gaussian {
    /// μ
    pub(super) mean: Tensor,
    /// σ
    pub(super) deviation: Tensor,
}

impl Graph {
    fn new_tensor(&self, elements: u64) -> Tensor {
        self.memory.tensor(elements)
    }

    /// ln(1 + eˣ), whose gradient is one loop, too.
    pub(super) fn softplus(&mut self, x: &Tensor) -> Tensor {
        let functions = x.elements as f64;
        self.memory.count(Work { functions, ..Work::default() });
        let y = self.new_tensor(x.elements);
        let elements = x.elements;
        self.with_gradient(vec![x.clone()], y, move |memory, _| {
            memory.count(Work { functions, ..Work::default() });
            vec![Some(memory.tensor(elements))]
        })
    }

    /// A function of one tensor computed by one loop, whose gradient is one loop over the gradient.
    pub(super) fn elementwise(&mut self, x: &Tensor) -> Tensor {
        let y = self.new_tensor(x.elements);
        let elements = x.elements;
        self.with_gradient(vec![x.clone()], y, move |memory, _| vec![Some(memory.tensor(elements))])
    }

    /// An activation; those made of candle's operations leave several results at once.
    pub(super) fn activation(&mut self, function: Activation, x: &Tensor) -> Tensor {
        let (forward, backward) = match function {
            Activation::Relu | Activation::LeakyRelu { .. } => return self.elementwise(x),
            Activation::Softplus => return self.softplus(x),
            Activation::Tanh => (0, 2),
            Activation::Sigmoid => (2, 2),
            Activation::Silu => (2, 4),
            Activation::Elu { .. } => (3, 3),
            Activation::Gelu => (2, 4),
        };
        self.memory.count(Work { functions: x.elements as f64, ..Work::default() });
        let between: Vec<Tensor> = (0..forward).map(|_| self.new_tensor(x.elements)).collect();
        let y = self.new_tensor(x.elements);
        drop(between);
        let elements = x.elements;
        self.with_gradient(vec![x.clone()], y, move |memory, _| {
            let between: Vec<Tensor> = (0..backward).map(|_| memory.tensor(elements)).collect();
            let result = memory.tensor(elements);
            drop(between);
            vec![Some(result)]
        })
    }

    /// The groups of channels of x, copied out of it.
    fn by_group(&mut self, rows: Rows, x: &Tensor) -> Tensor {
        if rows.groups == 1 {
            return x.clone();
        }
        let (copy, elements) = (self.new_tensor(x.elements), x.elements);
        self.record(vec![x.clone()], copy, move |memory, _| vec![Some(memory.tensor(elements))])
    }

    /// The results of the groups, joined.
    fn joined(&mut self, rows: Rows, y: Tensor) -> Tensor {
        if rows.groups == 1 {
            return y;
        }
        let joined = self.new_tensor(y.elements);
        self.record(vec![y], joined, |_, g| vec![Some(g.clone())])
    }

    /// `rows(x) · weightsᵀ`
    pub(super) fn product(&mut self, rows: Rows, x: &Tensor, weights: &Tensor, outputs: u64) -> Tensor {
        let x = self.by_group(rows, x);
        let unfolded = rows.unfold(&self.memory, &x);
        rows.multiply(&self.memory, outputs);
        let y = self.new_tensor(rows.count.saturating_mul(outputs));
        drop(unfolded);
        let arguments = vec![x.clone(), weights.clone()];
        let (weights, x) = ((weights.elements, weights.tracked()), (x.detach(), x.tracked()));
        let y = self.with_gradient(arguments, y, move |memory, _| {
            let input = x.1.then(|| {
                rows.multiply(memory, outputs);
                let along_rows = memory.tensor(rows.numbers());
                rows.fold(memory, along_rows, x.0.elements)
            });
            let weight = weights.1.then(|| {
                rows.multiply(memory, outputs);
                let _unfolded = rows.unfold(memory, &x.0);
                memory.tensor(weights.0)
            });
            vec![input, weight]
        });
        self.joined(rows, y)
    }

    /// Mean and variance of the product with independent Gaussian weights, `[2, rows, outputs]`.
    pub(super) fn moments(&mut self, rows: Rows, x: &Tensor, weights: &Gaussian, outputs: u64) -> Tensor {
        let x = self.by_group(rows, x);
        let unfolded = rows.unfold(&self.memory, &x);
        let elements = rows.count.saturating_mul(outputs);
        rows.multiply(&self.memory, outputs.saturating_mul(2));
        let location = self.new_tensor(elements);
        let variance = {
            let _squares = self.new_tensor(rows.numbers());
            let _variances = self.new_tensor(weights.deviation.elements);
            self.new_tensor(elements)
        };
        let y = self.new_tensor(elements.saturating_mul(2));
        drop((location, variance));
        let arguments = vec![x.clone(), weights.mean.clone(), weights.deviation.clone()];
        let weights = weights.mean.elements;
        let (input, x) = (x.tracked(), x.detach());
        let y = self.with_gradient(arguments, y, move |memory, _| {
            let unfolded = rows.unfold(memory, &x);
            rows.multiply(memory, outputs.saturating_mul(2));
            let mean = memory.tensor(weights);
            let along_variance = {
                let _squares = memory.tensor(rows.numbers());
                memory.tensor(weights)
            };
            let deviation = {
                let _product = memory.tensor(weights);
                memory.tensor(weights)
            };
            drop(along_variance);
            let along_input = input.then(|| {
                rows.multiply(memory, outputs.saturating_mul(2));
                let from_mean = memory.tensor(rows.numbers());
                let from_variance = {
                    let _variances = memory.tensor(weights);
                    memory.tensor(rows.numbers())
                };
                let both = memory.tensor(rows.numbers());
                let folded = rows.fold(memory, both, x.elements);
                drop((from_mean, from_variance));
                folded
            });
            drop(unfolded);
            vec![along_input, Some(mean), Some(deviation)]
        });
        drop(unfolded);
        self.joined(rows, y)
    }

    /// Adds a bias to every row.
    pub(super) fn add_bias(&mut self, rows: &Tensor, bias: &Tensor) -> Tensor {
        let (y, outputs) = (self.new_tensor(rows.elements), bias.elements);
        self.with_gradient(vec![rows.clone(), bias.clone()], y, move |memory, g| {
            vec![Some(g.clone()), Some(memory.tensor(outputs))]
        })
    }

    /// Mean and variance of a bias, one after the other.
    pub(super) fn bias_moments(&mut self, bias: &Gaussian) -> Tensor {
        let both = self.new_tensor(bias.mean.elements.saturating_mul(2));
        let outputs = bias.mean.elements;
        self.record(vec![bias.mean.clone(), bias.deviation.clone()], both, move |memory, _| {
            vec![Some(memory.tensor(outputs)), Some(memory.tensor(outputs))]
        })
    }

    /// Activations from their moments and fresh noise.
    pub(super) fn sample(&mut self, moments: &Tensor) -> Tensor {
        let elements = moments.elements / 2;
        self.memory.count(Work { normals: elements as f64, functions: elements as f64, ..Work::default() });
        let noise = self.new_tensor(elements);
        let y = self.new_tensor(elements);
        self.with_gradient(vec![moments.clone()], y, move |memory, _| {
            let _noise = &noise;
            memory.count(Work { functions: elements as f64, ..Work::default() });
            let _along_variance = memory.tensor(elements);
            vec![Some(memory.tensor(elements.saturating_mul(2)))]
        })
    }

    /// One draw of weights for the whole pass; those of a convolution change their order of axes.
    pub(super) fn draw(&mut self, weights: &Gaussian, reordered: bool) -> Tensor {
        let elements = weights.mean.elements;
        self.memory.count(Work { normals: elements as f64, ..Work::default() });
        let mut noise = self.new_tensor(elements);
        if reordered {
            noise = self.new_tensor(elements);
        }
        let product = self.new_tensor(elements);
        let drawn = self.new_tensor(elements);
        drop(product);
        self.with_gradient(vec![weights.mean.clone(), weights.deviation.clone()], drawn, move |memory, g| {
            let _noise = &noise;
            vec![Some(g.clone()), Some(memory.tensor(elements))]
        })
    }

    /// Flipout (Wen et al. 2018): the product with μ plus the signed product of the signed input with one draw of
    /// the deviations; `signs` of inputs and outputs.
    pub(super) fn flipout(
        &mut self,
        rows: Rows,
        x: &Tensor,
        weights: &Gaussian,
        outputs: u64,
        signs: [u64; 2],
    ) -> Tensor {
        let location = self.product(rows, x, &weights.mean, outputs);
        let drawn = self.draw(&Gaussian { mean: weights.deviation.clone(), ..weights.clone() }, !rows.are_input);
        let signed = self.masked(x, signs[0]);
        let perturbation = self.product(rows, &signed, &drawn, outputs);
        let perturbation = self.masked(&perturbation, signs[1]);
        self.sum(&location, &perturbation)
    }

    /// The sum of two tensors.
    pub(super) fn sum(&mut self, a: &Tensor, b: &Tensor) -> Tensor {
        let y = self.new_tensor(a.elements);
        self.record(vec![a.clone(), b.clone()], y, |_, g| vec![Some(g.clone()), Some(g.clone())])
    }

    /// The largest of each window, or its average.
    pub(super) fn pooled(&mut self, x: &Tensor, elements: u64) -> Tensor {
        let (y, inputs) = (self.new_tensor(elements), x.elements);
        self.with_gradient(vec![x.clone()], y, move |memory, _| vec![Some(memory.tensor(inputs))])
    }

    /// Averages along one axis after the other; `between` is how many numbers stand after the first, `matrices` how
    /// many the repeated averaging matrices have.
    pub(super) fn averaged(&mut self, x: &Tensor, between: u64, matrices: [u64; 2], elements: u64) -> Tensor {
        let both_axes = move |memory: &Memory, result: u64| {
            let first = {
                let _matrix = memory.tensor(matrices[0]);
                memory.tensor(between)
            };
            let _matrix = memory.tensor(matrices[1]);
            let y = memory.tensor(result);
            drop(first);
            y
        };
        let y = both_axes(&self.memory, elements);
        let inputs = x.elements;
        self.with_gradient(vec![x.clone()], y, move |memory, _| vec![Some(both_axes(memory, inputs))])
    }

    /// A random mask over `units`.
    pub(super) fn masked(&mut self, x: &Tensor, units: u64) -> Tensor {
        self.memory.count(Work { uniforms: units as f64, ..Work::default() });
        let uniforms = self.new_tensor(units);
        let kept = {
            let _bytes = self.new_tensor(units.div_ceil(4));
            self.new_tensor(units)
        };
        let mask = self.new_tensor(units);
        let (y, elements) = (self.new_tensor(x.elements), x.elements);
        let y = self.with_gradient(vec![x.clone()], y, move |memory, _| {
            let _mask = &mask;
            vec![Some(memory.tensor(elements))]
        });
        drop((uniforms, kept));
        y
    }

    /// Normalisation with the statistics of the batch or of each example, whose gradient needs the normalised values.
    pub(super) fn normalised(&mut self, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
        let (elements, parameters) = (x.elements, weight.elements);
        let centred = self.new_tensor(elements);
        drop(self.new_tensor(elements));
        let normal = self.new_tensor(elements);
        let scaled = self.new_tensor(elements);
        let y = self.new_tensor(elements);
        drop(scaled);
        let needs_input = x.tracked();
        let y = self.with_gradient(vec![x.clone(), weight.clone(), bias.clone()], y, move |memory, _| {
            let _normal = &normal;
            let (bias, product) = (memory.tensor(parameters), memory.tensor(elements));
            let weight = memory.tensor(parameters);
            drop(product);
            let input = needs_input.then(|| {
                let along = memory.tensor(elements);
                let rest = {
                    let _without_mean = memory.tensor(elements);
                    memory.tensor(elements)
                };
                drop(along);
                let input = memory.tensor(elements);
                drop(rest);
                input
            });
            vec![input, Some(weight), Some(bias)]
        });
        drop(centred);
        y
    }

    /// Normalisation with fixed statistics.
    pub(super) fn rescaled(&self, x: &Tensor) -> Tensor {
        let centred = self.new_tensor(x.elements);
        let scaled = self.new_tensor(x.elements);
        drop(centred);
        let y = self.new_tensor(x.elements);
        drop(scaled);
        y
    }

    /// The divergence of a Gaussian tensor from its prior, a scalar.
    pub(super) fn divergence(&mut self, weights: &Gaussian) -> Tensor {
        let elements = weights.mean.elements;
        self.memory.count(Work { functions: elements as f64, ..Work::default() });
        let value = self.new_tensor(1);
        self.with_gradient(vec![weights.mean.clone(), weights.deviation.clone()], value, move |memory, _| {
            vec![Some(memory.tensor(elements)), Some(memory.tensor(elements))]
        })
    }

    /// The divergence at one draw, for priors without a closed form.
    pub(super) fn drawn_divergence(&mut self, weights: &Gaussian) -> Tensor {
        let elements = weights.mean.elements;
        let work = Work { functions: 2.0 * elements as f64, ..Work::default() };
        self.memory.count(Work { normals: elements as f64, ..work });
        let noise = self.new_tensor(elements);
        drop([self.new_tensor(elements), self.new_tensor(elements)]);
        let value = self.new_tensor(1);
        self.with_gradient(vec![weights.mean.clone(), weights.deviation.clone()], value, move |memory, _| {
            let _noise = &noise;
            memory.count(work);
            let _draw = memory.tensor(elements);
            let _slope = memory.tensor(elements);
            vec![Some(memory.tensor(elements)), Some(memory.tensor(elements))]
        })
    }

    /// The mean negative log-likelihood of `[examples, classes]`, a scalar.
    pub(super) fn likelihood(&mut self, scores: &Tensor) -> Tensor {
        let elements = scores.elements;
        let kept = [self.new_tensor(elements), self.new_tensor(elements)];
        drop([self.new_tensor(elements), self.new_tensor(elements)]);
        let value = self.new_tensor(1);
        self.with_gradient(vec![scores.clone()], value, move |memory, _| {
            let _kept = &kept;
            let _between = [memory.tensor(elements), memory.tensor(elements)];
            vec![Some(memory.tensor(elements))]
        })
    }

    /// The squared norm of weights, a scalar.
    pub(super) fn squared_norm(&mut self, weights: &Tensor) -> Tensor {
        let (value, elements) = (self.new_tensor(1), weights.elements);
        self.with_gradient(vec![weights.clone()], value, move |memory, _| vec![Some(memory.tensor(elements))])
    }
}
