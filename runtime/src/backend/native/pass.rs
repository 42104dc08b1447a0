//! One pass through the stages of a plan.

use super::arena::Arena;
use super::gradients::Gradients;
use super::network::{Kind, Network};
use super::noise::Randomness;
use super::plan::Plan;
use super::{activation, add, average, batch_norm, dropout, example_norm, flatten, pooling, weighted};
use elbo_kernels::{Extent, Grid, Kernels, for_each_tile};
use rayon::prelude::*;

/// What a pass works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'p> {
    /// The network.
    pub(super) network: &'p Network,
    /// The plan.
    pub(super) plan: &'p Plan,
    /// Its random numbers.
    pub(super) randomness: Randomness,
    /// Examples of the batch.
    pub(super) examples: usize,
    /// Samples that are drawn in this pass.
    pub(super) samples: usize,
}

/// Which stages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of training.
    Whole,
    /// What all samples share.
    Shared,
    /// The rest.
    Sampled,
}

impl Pass<'_> {
    /// What computes.
    pub(super) fn kernels(&self) -> Kernels {
        self.randomness.kernels
    }

    /// Rows of a value that are in use.
    pub(super) fn rows(&self, value: usize) -> usize {
        let shared = value == 0 || self.plan.shared[value - 1];
        if shared { self.examples } else { self.examples * self.samples }
    }

    /// A grid over a value; `block` is positions, rows and columns of a task at most.
    pub(super) fn grid(&self, value: usize, block: [usize; 3]) -> Grid {
        let shape = self.network.values[value];
        let columns = shape.width();
        let block = block.map(|size| size.max(1));
        Grid { positions: shape.positions(), capacity: self.plan.rows(value), rows: self.rows(value), columns, block }
    }

    /// Rows of a task, so that tasks are even.
    pub(super) fn row_block(&self, value: usize, most: usize) -> usize {
        let rows = self.rows(value).max(1);
        rows.div_ceil(rows.div_ceil(most))
    }

    /// The batch as value 0, and its squares if they are needed.
    pub(super) fn input(&self, arena: &mut Arena, images: &[f32]) {
        let value = self.network.values[0];
        let (positions, channels, width) = (value.positions(), value.channels, value.width());
        let squares = self.plan.squares[0];
        let example = positions * channels;
        let [to, squared] = arena.numbers([Some(self.plan.values[0]), squares]);
        if let Some(geometry) = self.network.input_geometry() {
            let size = self.network.numbers(0);
            let ([top, left], [_, columns]) = (geometry.padding(), geometry.padded_input());
            let place = |to: &mut [f32], image: &[f32], squared: bool| {
                to.fill(0.0);
                for (channel, plane) in image.chunks_exact(positions).enumerate() {
                    for (y, line) in plane.chunks_exact(value.size[1]).enumerate() {
                        let first = ((y + top) * columns + left) * channels + channel;
                        for (x, &number) in line.iter().enumerate() {
                            to[first + x * channels] = if squared { number * number } else { number };
                        }
                    }
                }
            };
            let rows = self.examples * size;
            let pairs = to[..rows].par_chunks_exact_mut(size).zip(images.par_chunks_exact(example));
            pairs.for_each(|(to, image)| place(to, image, false));
            if squares.is_some() {
                let pairs = squared[..rows].par_chunks_exact_mut(size).zip(images.par_chunks_exact(example));
                pairs.for_each(|(to, image)| place(to, image, true));
            }
            return;
        }
        let grid = self.grid(0, [positions, 8, width]);
        let whole = Extent::Positions(1);
        for_each_tile(&grid, [(to, whole), (squared, whole)], [], |region, [mut to, mut squared], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let image = &images[row * example..][..example];
                for position in 0..positions {
                    let numbers = to.row_mut(position, at);
                    for (channel, number) in numbers[..channels].iter_mut().enumerate() {
                        *number = image[channel * positions + position];
                    }
                    numbers[channels..].fill(0.0);
                    if !squared.is_absent() {
                        for channel in 0..width {
                            let number = to.row_mut(position, at)[channel];
                            squared.row_mut(position, at)[channel] = number * number;
                        }
                    }
                }
            }
        });
    }

    /// The stages of a part, in order; `observe` is called with each after it has run.
    pub(super) fn forward<Error>(
        &self,
        arena: &mut Arena,
        part: Part,
        mut observe: impl FnMut(usize, &mut Arena) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for number in 0..self.network.stages.len() {
            let shared = self.plan.shared[number];
            let has_moments = self.plan.has_moments(number);
            let runs = match part {
                Part::Whole => true,
                Part::Shared => shared || has_moments,
                Part::Sampled => !shared,
            };
            if runs {
                let moments_only = part == Part::Shared && has_moments;
                self.stage(arena, number, moments_only);
                if !moments_only {
                    observe(number, arena)?;
                }
            }
        }
        Ok(())
    }

    fn stage(&self, arena: &mut Arena, number: usize, moments_only: bool) {
        let stage = &self.network.stages[number];
        match &stage.kind {
            Kind::Weighted(weighted) => weighted::forward(self, arena, number, weighted, moments_only),
            Kind::MaxPool(geometry) => pooling::forward(self, arena, number, geometry),
            Kind::Average(averages) => average::forward(self, arena, number, averages),
            Kind::Activation(function) => activation::forward(self, arena, number, *function),
            Kind::Flatten => flatten::forward(self, arena, number),
            Kind::BatchNorm { epsilon, tensors, .. } => batch_norm::forward(self, arena, number, *epsilon, *tensors),
            Kind::ExampleNorm { groups, epsilon, each, tensors } => {
                let norm = example_norm::Norm { groups: *groups, epsilon: *epsilon, each: *each };
                example_norm::forward(self, arena, number, norm, *tensors);
            }
            Kind::Add { other } => add::forward(self, arena, number, *other),
            Kind::Dropout { probability, unit, .. } => dropout::forward(self, arena, number, *probability, *unit),
        }
        // A convolution writes the squares of what it gives itself.
        if !matches!(stage.kind, Kind::Weighted(_)) && self.plan.squares[number + 1].is_some() {
            self.square(arena, number + 1);
        }
    }

    fn square(&self, arena: &mut Arena, value: usize) {
        let [from, to] = arena.numbers([Some(self.plan.values[value]), self.plan.squares[value]]);
        let (from, capacity) = (&*from, self.plan.rows(value));
        let grid = self.grid(value, [1, 64, usize::MAX]);
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let from = &from[(region.positions.start * capacity + row) * grid.columns..][..grid.columns];
                self.kernels().multiply_each(from, from, to.row_mut(0, at));
            }
        });
    }

    /// The stages' ways back, last to first; gradients of parameters are added to `gradients`.
    pub(super) fn backward(&self, arena: &mut Arena, gradients: &mut Gradients) {
        // Whether a value's gradient has its first part.
        let mut begun = vec![false; self.network.values.len()];
        for number in (0..self.network.stages.len()).rev() {
            let stage = &self.network.stages[number];
            if self.plan.gradients[number + 1].is_none() {
                continue;
            }
            let mut begin = |value: usize| std::mem::replace(&mut begun[value], true);
            let add_to_input = begin(stage.input);
            match &stage.kind {
                Kind::Weighted(weighted) => {
                    weighted::backward(self, arena, number, weighted, gradients, add_to_input);
                }
                Kind::MaxPool(geometry) => pooling::backward(self, arena, number, geometry, add_to_input),
                Kind::Average(averages) => average::backward(self, arena, number, averages, add_to_input),
                Kind::Activation(function) => activation::backward(self, arena, number, *function, add_to_input),
                Kind::Flatten => flatten::backward(self, arena, number, add_to_input),
                Kind::BatchNorm { tensors, .. } => {
                    batch_norm::backward(self, arena, number, *tensors, gradients, add_to_input);
                }
                Kind::ExampleNorm { groups, epsilon, each, tensors } => {
                    let norm = example_norm::Norm { groups: *groups, epsilon: *epsilon, each: *each };
                    example_norm::backward(self, arena, number, norm, *tensors, gradients, add_to_input);
                }
                Kind::Add { other } => {
                    add::backward(self, arena, number, stage.input, add_to_input);
                    let add_to_other = begin(*other);
                    add::backward(self, arena, number, *other, add_to_other);
                }
                Kind::Dropout { .. } => dropout::backward(self, arena, number, add_to_input),
            }
        }
    }
}
